"""Reads the Debian mirror of this machine from its apt sources.

Supports both formats of apt sources. Raises an error if they name no Debian mirror.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

APT = Path("/etc/apt")
ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$")


def debian_mirror(apt: Path = APT) -> str:
    """Return the address of the main Debian archive; KAIROSFILE_DEBIAN_MIRROR goes first."""
    chosen = os.environ.get("KAIROSFILE_DEBIAN_MIRROR")
    actual = [chosen] if chosen else [uri for uri in _archives(apt) if _is_debian(uri)]
    if not actual:
        raise EngineUnavailable(
            f"No Debian mirror is named in {apt}/sources.list or {apt}/sources.list.d. "
            "Set KAIROSFILE_DEBIAN_MIRROR to the address of one."
        )
    return actual[0].rstrip("/")


def _is_debian(uri: str) -> bool:
    return uri.startswith(("http://", "https://")) and uri.rstrip("/").endswith("/debian")


def _archives(apt: Path) -> Iterator[str]:
    for path in sorted(apt.glob("sources.list.d/*.sources")):
        yield from _deb822(path.read_text())
    for path in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]:
        if path.exists():
            yield from _one_line(path.read_text())


def _deb822(text: str) -> Iterator[str]:
    """Yield the addresses of the enabled binary archives that carry the component main."""
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        unfolded = re.sub(r"\n[ \t]+", " ", stanza)
        lines = re.findall(r"(?m)^([\w-]+):[ \t]*(.*)$", unfolded)
        fields = {key.lower(): value.split() for key, value in lines}
        enabled = fields.get("enabled", ["yes"]) != ["no"]
        if enabled and "deb" in fields.get("types", []) and "main" in fields.get("components", []):
            yield from fields.get("uris", [])


def _one_line(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = ONE_LINE.match(line.split("#")[0].strip())
        if match and "main" in match[3].split():
            yield match[1]
