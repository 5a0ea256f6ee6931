"""File systems as `--output type=tar` writes them, to compare file by file."""

from __future__ import annotations

import hashlib
import re
import tarfile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

# What programs write down of the moment at which they ran.
MOMENTS = re.compile(
    r"^(var/log/(apt/.*|dpkg\.log|alternatives\.log|kairos/.*)|var/cache/ldconfig/aux-cache|etc/machine-id)$"
)


class Entry(NamedTuple):
    """One file: its type, mode and owner, link target, and content."""

    kind: str
    mode: str
    owner: tuple[int, int]
    link: str
    device: tuple[int, int]
    attributes: tuple[tuple[str, str], ...]
    content: str


def tree(path: Path) -> dict[str, Entry]:
    """Return the files of an archive by their paths, without those that hold the moment they were made."""
    with tarfile.open(path) as archive:
        actual = {member.name.rstrip("/"): _entry(archive, member) for member in archive}
    return {name: entry for name, entry in actual.items() if not MOMENTS.match(name)}


def difference(one: dict[str, Entry], other: dict[str, Entry]) -> dict[str, tuple[Entry | None, Entry | None]]:
    """Return the differences between two trees."""
    names = sorted(one.keys() | other.keys())
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    data = archive.extractfile(member) if member.isfile() else None
    attributes = {key: text for key, text in member.pax_headers.items() if key.startswith("SCHILY.xattr.")}
    return Entry(
        member.type.decode(),
        oct(member.mode),
        (member.uid, member.gid),
        member.linkname,
        (member.devmajor, member.devminor),
        tuple(sorted(attributes.items())),
        hashlib.sha256(data.read()).hexdigest() if data else "",
    )
