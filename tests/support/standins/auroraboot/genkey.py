"""genkey: keys and certificates for Secure Boot, and the key of the PCR policy.

The certificates of Microsoft are left out, whatever the flags say: there is no copy of them here.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.work import Failed, Log, run

if TYPE_CHECKING:
    from tests.support.standins.auroraboot.commandline import Call

# PK signs itself and KEK, KEK signs db.
_SIGNERS = {"PK": "PK", "KEK": "PK", "db": "KEK"}


def generate_keys(call: Call, _release: str) -> None:
    """Write PK, KEK and db in all forms, and tpm2-pcr-private.pem; raises Failed."""
    if not call.text("output"):
        raise Failed("output not set")
    if call.text("custom-cert-dir"):
        raise Failed("stand-in: --custom-cert-dir is not made here")
    log = Log("debug")
    output = Path(call.text("output"))
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = str(uuid.uuid4())
    for kind, signer in _SIGNERS.items():
        log.info(f"Generating {kind}")
        _key(output / kind, f"/CN={call.words[0] if call.words else ''}-{kind}/", call.text("expiration-in-days"))
        _signed(output, kind, signer, owner)
    log.info("Generating policy encryption key")
    run("openssl", "genrsa", "-out", output / "tpm2-pcr-private.pem", "2048")


def _key(place: Path, subject: str, days: str) -> None:
    request = ("openssl", "req", "-nodes", "-x509", "-newkey", "rsa:2048", "-subj", subject, "-days", days)
    run(*request, "-keyout", f"{place}.key", "-out", f"{place}.pem")
    run("openssl", "x509", "-outform", "DER", "-in", f"{place}.pem", "-out", f"{place}.der")


def _signed(output: Path, kind: str, signer: str, owner: str) -> None:
    run("cert-to-efi-sig-list", "-g", owner, output / f"{kind}.pem", output / f"{kind}.esl")
    signing = ("-k", output / f"{signer}.key", "-c", output / f"{signer}.pem")
    run("sign-efi-sig-list", "-g", owner, *signing, kind, output / f"{kind}.esl", output / f"{kind}.auth")
