"""The packages of an image, out of the databases of dpkg, rpm, apk and pacman; no program of theirs is run.

Formats: dpkg's status file (deb-control(5); `status.d` of distroless images), apk's installed database (its wiki,
"Apk spec"), pacman's `local` database (a folder for each package), rpm: see rpmdb.py. The first two are paragraphs of
`Key: value` lines, of which four keys are read here; python-debian reads all of them, under the GPL.

Versions are ordered by univers, which knows the rules of all four.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from univers import versions

from kairosfile.cli.compare import rpmdb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MIB = 1 << 20
# Bytes of a database that are read. The largest that is known is rpm's on a Fedora with a desktop, about 150 MiB.
LARGEST = 256 * MIB
# Of a file of one package in a database that has many of them.
LARGEST_ENTRY = 4 * MIB

_DPKG, _DISTROLESS = "var/lib/dpkg/status", "var/lib/dpkg/status.d/"
_APK = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_PACMAN = re.compile(r"var/lib/pacman/local/[^/]{1,255}/desc")

_VERSIONS: dict[str, type[versions.Version]] = {
    "dpkg": versions.DebianVersion,
    "rpm": versions.RpmVersion,
    "apk": versions.AlpineLinuxVersion,
    "pacman": versions.ArchLinuxVersion,
}


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """An installed package. `manager` is dpkg, rpm, apk or pacman; `architecture` as that writes it."""

    name: str
    version: str
    architecture: str
    manager: str


def limit(path: str) -> int:
    """Return how many bytes are read of a file that is a database of packages, 0 for any other."""
    if path == _DPKG or path in _APK or path in rpmdb.FILES:
        return LARGEST
    return LARGEST_ENTRY if path.startswith(_DISTROLESS) or _PACMAN.fullmatch(path) else 0


def read(files: Mapping[str, bytes]) -> list[Package]:
    """Return the packages of an image, sorted; raises UnreadableError for a database that cannot be read.

    Args:
        files: The content of the files for which `limit` is not 0, by their paths.
    """
    found: set[Package] = set()
    for path, data in files.items():
        if path == _DPKG or (path.startswith(_DISTROLESS) and not path.endswith(".md5sums")):
            found |= set(_dpkg(data))
        elif path in _APK:
            found |= set(_apk(data))
        elif _PACMAN.fullmatch(path):
            found |= set(_pacman(data))
    found |= {Package(*fields, "rpm") for fields in rpmdb.read(files)}
    return sorted(found)


def is_newer(new: Package, old: Package) -> bool | None:
    """Return whether a version is newer than another of the same package, None where they cannot be ordered."""
    kind = _VERSIONS[new.manager]
    try:
        return bool(kind(new.version) > kind(old.version))
    except (versions.InvalidVersion, ValueError, TypeError, IndexError, AttributeError):  # of others' making
        return None


def _dpkg(data: bytes) -> Iterator[Package]:
    for fields in _paragraphs(data, re.compile(r"(Package|Status|Version|Architecture): ?([^\n]*)")):
        words = fields.get("Status", "install ok installed").split()
        if words[-1:] == ["installed"] and {"Package", "Version"} <= fields.keys():
            yield Package(fields["Package"], fields["Version"], fields.get("Architecture", ""), "dpkg")


def _apk(data: bytes) -> Iterator[Package]:
    for fields in _paragraphs(data, re.compile(r"([PVA]):([^\n]*)")):
        if {"P", "V"} <= fields.keys():
            yield Package(fields["P"], fields["V"], fields.get("A", ""), "apk")


def _paragraphs(data: bytes, field: re.Pattern[str]) -> Iterator[dict[str, str]]:
    """Yield the fields of each paragraph that a pattern matches at the begin of a line, as key and value."""
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        if line and (match := field.match(line)):
            found.setdefault(match[1], match[2].strip())
        elif not line and found:
            yield found
            found = {}
    if found:
        yield found


def _pacman(data: bytes) -> Iterator[Package]:
    """Yield the package of a `desc` file, in which each value follows its `%KEY%` on a line of its own."""
    lines = data.decode("utf-8", "replace").split("\n")
    fields = {key: value for key, value in pairwise(lines) if key.startswith("%")}
    if {"%NAME%", "%VERSION%"} <= fields.keys():
        yield Package(fields["%NAME%"], fields["%VERSION%"], fields.get("%ARCH%", ""), "pacman")
