"""What is attested of a build, where nobody says otherwise: all of it, as soon as the image leaves the machine.

BuildKit makes the attestations; here is only decided which. An image that stays here gets what buildx gives it.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from kairosfile.cli.buildx.arguments import looks_secret
from kairosfile.cli.stop import StopError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.cli.building import Goods

MAX, MIN, OFF, ON = "max", "min", "off", "on"
MODES = (MAX, MIN, OFF)
# Options of buildx that, given after `--`, are the person's own choice.
PROVENANCE, SBOM = "--provenance", "--sbom"
# What BuildKit says of an attestation that is too large: 0.32.2 and newer, 0.33, and by the limit of gRPC before.
_TOO_LARGE = re.compile(r"exceeds (41943040|83886080) bytes|message larger than max")
SMALLER = """\
kairosfile: this is how BuildKit refuses an attestation that is too large, mostly the SBOM of a large image.
What helps: --sbom off, or --sbom IMAGE with a scanner that leaves out the list of files; --provenance min.
"""


def attestations(goods: Goods, build_args: Mapping[str, str]) -> list[str]:
    """Return the values of buildx's `--attest`; raises StopError for a mode that is none."""
    return [*_provenance(goods, build_args), *_sbom(goods)]


def is_too_large(line: str) -> bool:
    """Tell whether what buildx says of a failure is that an attestation is too large."""
    return _TOO_LARGE.search(line) is not None


def _provenance(goods: Goods, build_args: Mapping[str, str]) -> Iterator[str]:
    if goods.provenance not in {None, *MODES}:
        raise StopError(f"--provenance {goods.provenance}: there is no such mode; known are {', '.join(MODES)}")
    mode = goods.provenance or (MAX if goods.push and not _is_chosen(goods, PROVENANCE, "provenance") else "")
    if mode == MAX and goods.provenance is None and (secret := _secret(build_args)):
        mode = MIN
        sys.stderr.write(
            f"kairosfile: the build arg {secret} looks like a secret, which full provenance would publish: mode=min; "
            "hand it over as a build secret\n"
        )
    if mode:
        yield "type=provenance,disabled=true" if mode == OFF else f"type=provenance,mode={mode}"


def _secret(build_args: Mapping[str, str]) -> str:
    return next((name for name, value in build_args.items() if looks_secret(f"{name}={value}")), "")


def _sbom(goods: Goods) -> Iterator[str]:
    wish = goods.sbom or (ON if goods.push and not _is_chosen(goods, SBOM, "sbom") else "")
    if wish == OFF:
        yield "type=sbom,disabled=true"
    elif wish:
        yield "type=sbom" if wish == ON else f"type=sbom,generator={wish}"


def _is_chosen(goods: Goods, flag: str, kind: str) -> bool:
    """Tell whether what follows `--` says something of it, as `--sbom=...` or as `--attest type=sbom,...`."""
    return _has_option(goods.more, flag) or any(f"type={kind}" in word for word in goods.more)


def _has_option(words: Sequence[str], flag: str) -> bool:
    return any(word.partition("=")[0] == flag for word in words)
