"""The keys that a UKI is signed with: a directory of genkey's files before v0.9.0, one flag for each after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.releases import has_split_keys
from tests.support.standins.auroraboot.work import Failed, run

if TYPE_CHECKING:
    from tests.support.standins.auroraboot.commandline import Call

ENROLLED = ("PK.auth", "KEK.auth", "db.auth")
_DIRECTORY = ("db.der", "db.key", "db.auth", "KEK.der", "KEK.auth", "PK.der", "PK.auth", "tpm2-pcr-private.pem")


@dataclass(frozen=True)
class Keys:
    """Paths: the signing key, its certificate (DER if `der`), the policy's key, the directory of enrolled keys."""

    key: Path
    certificate: Path
    policy: Path
    enrolled: Path
    der: bool = False

    def certificate_in_pem(self, scratch: Path) -> Path:
        """Return the certificate in the format of the tools."""
        if not self.der:
            return self.certificate
        run("openssl", "x509", "-inform", "DER", "-in", self.certificate, "-out", scratch / "db.pem")
        return scratch / "db.pem"

    def policy_public_key(self, scratch: Path) -> Path:
        """Return the public half of the policy's key; raises Failed where there is no private one."""
        run("openssl", "pkey", "-in", self.policy, "-pubout", "-out", scratch / "policy.pub")
        return scratch / "policy.pub"


def keys_of(call: Call, release: str) -> Keys:
    """Return the keys that a call names; raises Failed for one that is not there."""
    return _split(call) if has_split_keys(release) else _directory(Path(call.text("keys")))


def _directory(keys: Path) -> Keys:
    if not keys.is_dir():
        raise Failed(f"keys directory does not exist: {keys}")
    for name in _DIRECTORY:
        if not (keys / name).exists():
            raise Failed(f"keys directory does not contain required file: {name}")
    return Keys(keys / "db.key", keys / "db.der", keys / "tpm2-pcr-private.pem", keys, der=True)


def _split(call: Call) -> Keys:
    public = call.text("public-keys")
    if public:
        if not Path(public).exists():
            raise Failed(f"keys directory does not exist: {public}")
        for name in ("db.auth", "KEK.auth", "PK.auth"):
            if not (Path(public) / name).exists():
                raise Failed(f"keys directory does not contain required file: {name}")
    else:
        print("Warning: public-keys directory is not set, Secure Boot auto enroll will not work.")
    policy, key, certificate = (_existing(call, name) for name in ("tpm-pcr-private-key", "sb-key", "sb-cert"))
    return Keys(key, certificate, policy, Path(public))


def _existing(call: Call, flag: str) -> Path:
    place = Path(call.text(flag))
    if str(place).startswith("pkcs11"):
        raise Failed(f"stand-in: no token can be asked for --{flag}")
    if not place.exists():
        raise Failed(f"{flag} does not exist: {place}")
    return place
