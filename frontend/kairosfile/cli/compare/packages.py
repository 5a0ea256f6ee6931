"""The packages of an image, read from the databases of dpkg, rpm, apk and pacman without running any of these programs.

Formats: dpkg's status file (deb-control(5); `status.d` of distroless images), apk's installed database (its wiki, "Apk
spec"), pacman's `local` database (a folder for each package). The first two are paragraphs of `Key: value` lines, of
which four keys are read here; python-debian reads all of them, under the GPL.

rpm's database has two forms that are written today. SQLite (Fedora, Rocky, AlmaLinux, RHEL 9) is read by Python's own
sqlite3. NDB (openSUSE, SLE Micro) is a file of slots and blobs (rpm's lib/backend/ndb/rpmpkg.c). Berkeley DB (RHEL 8
and older) is not read. Each package is a header as in an rpm file, without its magic number (rpm's
docs/manual/format_header.md). Readers of rpm files, such as rpmfile, decode every tag, the lists of all files among
them; five tags of text and numbers are needed here.

Versions are ordered by univers, which knows the rules of all four.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import struct
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from univers import versions

from kairosfile.cli.image.layers import UnreadableError

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

_FOLDERS = ("usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm")
SQLITE, WAL, NDB, BERKELEY = "rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages"
_RPM_FILES = frozenset(f"{folder}/{name}" for folder in _FOLDERS for name in (SQLITE, WAL, NDB, BERKELEY))

_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH = 1000, 1001, 1002, 1003, 1022
_TEXTS = {_NAME, _VERSION, _RELEASE, _ARCH}
_STRING, _INT32 = 6, 4
# Signatures, which are kept in the database as packages of this name.
_KEYS = "gpg-pubkey"
# Tags of a header, bytes of a text, and packages: far more than there ever are.
_MOST_TAGS, _LONGEST, _MOST_PACKAGES = 4096, 1024, 1_000_000
# Instructions of SQLite's machine between two looks at how many there were, and how many looks there may be.
_INSTRUCTIONS, _LOOKS = 100_000, 2000

_NDB_HEADER, _NDB_SLOT, _NDB_BLOB = struct.Struct("<4sIII16x"), struct.Struct("<4sIII"), struct.Struct("<4sIII")
_NDB_PAGE, _NDB_BLOCK = 4096, 16


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """An installed package. `manager` is dpkg, rpm, apk or pacman; `architecture` is in its notation."""

    name: str
    version: str
    architecture: str
    manager: str


def limit(path: str) -> int:
    """Return the maximum number of bytes to read of a package database, 0 for any other file."""
    if path == _DPKG or path in _APK or path in _RPM_FILES:
        return LARGEST
    return LARGEST_ENTRY if path.startswith(_DISTROLESS) or _PACMAN.fullmatch(path) else 0


def read(files: Mapping[str, bytes]) -> list[Package]:
    """Return the packages of an image, sorted; raises UnreadableError for a database that cannot be read.

    Args:
        files: The content of the files for which `limit` is not 0, by their paths.
    """
    packages: set[Package] = set()
    for path, data in files.items():
        if path == _DPKG or (path.startswith(_DISTROLESS) and not path.endswith(".md5sums")):
            packages |= set(_dpkg(data))
        elif path in _APK:
            packages |= set(_apk(data))
        elif _PACMAN.fullmatch(path):
            packages |= set(_pacman(data))
    packages |= {Package(each.name, each.version, each.architecture, "rpm") for each in _read_rpm(files)}
    return sorted(packages)


def is_newer(new: Package, old: Package) -> bool | None:
    """Return whether a version is newer than another of the same package, None if they have no order."""
    kind = _VERSIONS[new.manager]
    try:
        return bool(kind(new.version) > kind(old.version))
    except (versions.InvalidVersion, ValueError, TypeError, IndexError, AttributeError):  # of others' making
        return None


def _dpkg(data: bytes) -> Iterator[Package]:
    for fields in _paragraphs(data, re.compile(r"(Package|Status|Version|Architecture): ?([^\n]*)")):
        status = fields.get("Status", "install ok installed").split()
        if status[-1:] == ["installed"] and {"Package", "Version"} <= fields.keys():
            yield Package(fields["Package"], fields["Version"], fields.get("Architecture", ""), "dpkg")


def _apk(data: bytes) -> Iterator[Package]:
    for fields in _paragraphs(data, re.compile(r"([PVA]):([^\n]*)")):
        if {"P", "V"} <= fields.keys():
            yield Package(fields["P"], fields["V"], fields.get("A", ""), "apk")


def _paragraphs(data: bytes, field: re.Pattern[str]) -> Iterator[dict[str, str]]:
    """Yield the fields of each paragraph, as key and value, that a pattern matches at the start of a line."""
    fields: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        if line and (match := field.match(line)):
            fields.setdefault(match[1], match[2].strip())
        elif not line and fields:
            yield fields
            fields = {}
    if fields:
        yield fields


def _pacman(data: bytes) -> Iterator[Package]:
    """Yield the package of a `desc` file, in which each value follows its `%KEY%` on a separate line."""
    lines = data.decode("utf-8", "replace").split("\n")
    fields = {key: value for key, value in pairwise(lines) if key.startswith("%")}
    if {"%NAME%", "%VERSION%"} <= fields.keys():
        yield Package(fields["%NAME%"], fields["%VERSION%"], fields.get("%ARCH%", ""), "pacman")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a package that are read; the version as `[EPOCH:]VERSION-RELEASE`."""

    name: str
    version: str
    architecture: str


def _read_rpm(files: Mapping[str, bytes]) -> Iterator[Fields]:
    """Yield the packages of the databases among the files of an image; raises UnreadableError for another format."""
    for folder in _FOLDERS:
        sqlite, ndb = files.get(f"{folder}/{SQLITE}"), files.get(f"{folder}/{NDB}")
        if sqlite:
            yield from _packages(_sqlite_blobs(sqlite, files.get(f"{folder}/{WAL}", b"")))
        elif ndb:
            yield from _packages(_ndb_blobs(ndb))
        elif files.get(f"{folder}/{BERKELEY}"):
            raise UnreadableError("its rpm database is a Berkeley DB, as of RHEL 8, which is not read")


def _packages(blobs: Iterator[bytes]) -> Iterator[Fields]:
    for blob in blobs:
        fields = _header(blob)
        if fields and fields.name != _KEYS:
            yield fields


def _sqlite_blobs(data: bytes, wal: bytes) -> Iterator[bytes]:
    """Yield the headers of a database; it is opened as a file because of the write-ahead log that rpm may leave."""
    with tempfile.TemporaryDirectory(prefix="kairosfile-") as folder:
        path = Path(folder) / SQLITE
        path.write_bytes(data)
        if wal:
            path.with_name(WAL).write_bytes(wal)
        try:
            with contextlib.closing(sqlite3.connect(path)) as database:
                yield from _rows(database)
        except sqlite3.Error as error:
            raise UnreadableError(f"its rpm database cannot be read: {error}") from error


def _rows(database: sqlite3.Connection) -> Iterator[bytes]:
    """Yield the headers; the database is foreign, so reading it has a bound and runs none of its code."""
    looks = iter(range(_LOOKS))
    database.set_progress_handler(lambda: next(looks, None) is None, _INSTRUCTIONS)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'Packages' AND type = 'table'").fetchone():
        raise UnreadableError("its rpm database has no table of packages")
    for (blob,) in database.execute("SELECT blob FROM Packages ORDER BY hnum LIMIT ?", (_MOST_PACKAGES,)):
        if isinstance(blob, bytes):
            yield blob


def _ndb_blobs(data: bytes) -> Iterator[bytes]:
    """Yield the headers of an NDB: a slot of the first pages names the blocks of a package."""
    if len(data) < _NDB_HEADER.size or data[:4] != b"RpmP":
        raise UnreadableError("its rpm database has not the form of an NDB")
    pages = _NDB_HEADER.unpack_from(data)[3]
    end = min(len(data), pages * _NDB_PAGE)
    for at in range(_NDB_HEADER.size, end - _NDB_SLOT.size + 1, _NDB_SLOT.size):
        magic, number, block, _ = _NDB_SLOT.unpack_from(data, at)
        start = block * _NDB_BLOCK
        if magic != b"Slot" or not number or start + _NDB_BLOB.size > len(data):
            continue
        magic, owner, _, length = _NDB_BLOB.unpack_from(data, start)
        if magic == b"BlbS" and owner == number:
            yield data[start + _NDB_BLOB.size : start + _NDB_BLOB.size + length]


def _header(blob: bytes) -> Fields | None:
    """Return the fields of a header, None without a name or a version.

    It begins with the number of its tags and the bytes of their values; a tag is its number, its type, the place of its
    value and the number of values.
    """
    if len(blob) < struct.calcsize(">II"):
        return None
    count, _ = struct.unpack_from(">II", blob)
    start = 8 + 16 * count
    if count > _MOST_TAGS or start > len(blob):
        return None
    texts, epoch = dict[int, str](), 0
    for at in range(8, start, 16):
        tag, kind, offset, _ = struct.unpack_from(">IIII", blob, at)
        if tag in _TEXTS and kind == _STRING:
            texts[tag] = _text(blob, start + offset)
        elif tag == _EPOCH and kind == _INT32 and start + offset + 4 <= len(blob):
            (epoch,) = struct.unpack_from(">I", blob, start + offset)
    if not texts.get(_NAME) or not texts.get(_VERSION):
        return None
    version = f"{texts[_VERSION]}-{texts.get(_RELEASE, '')}".rstrip("-")
    return Fields(texts[_NAME], f"{epoch}:{version}" if epoch else version, texts.get(_ARCH, ""))


def _text(blob: bytes, at: int) -> str:
    return blob[at : at + _LONGEST].partition(b"\0")[0].decode("utf-8", "replace")
