"""What is attested of a build, where nobody says otherwise: all of it, as soon as the image leaves the machine.

BuildKit makes the attestations; here is only decided which. An image that stays here gets what buildx gives it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kairosfile.cli.buildx.arguments import looks_secret
from kairosfile.cli.stop import StopError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.cli.building import Goods
    from kairosfile.cli.buildx.arguments import Request

MAX, MIN, OFF, ON = "max", "min", "off", "on"
MODES = (MAX, MIN, OFF)
# Options of buildx that, given after `--`, are the person's own choice.
PROVENANCE, SBOM = "--provenance", "--sbom"


def attestations(goods: Goods, build_args: Mapping[str, str]) -> list[str]:
    """Return the values of buildx's `--attest`; raises StopError for a mode that is none."""
    return [*_provenance(goods, build_args), *_sbom(goods)]


def scans(request: Request) -> bool:
    """Tell whether a build makes an SBOM."""
    words = (*request.attestations, *request.more)
    return _has_option(request.more, SBOM) or any("type=sbom" in it and "disabled=true" not in it for it in words)


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
