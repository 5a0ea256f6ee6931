"""The databases of four package managers; rpm itself wrote its databases."""

from __future__ import annotations

import gzip
import sqlite3
import struct
from pathlib import Path

import pytest

from kairosfile.cli.compare.packages import Package, is_newer, limit, read
from kairosfile.cli.image.layers import UnreadableError

HERE = Path(__file__).parent
DATABASE = "usr/lib/sysimage/rpm/rpmdb.sqlite"
NDB = "usr/lib/sysimage/rpm/Packages.db"
RPMS = [
    Package("glibc-standin", "2.34-3.el9", "x86_64", "rpm"),
    Package("hello", "1:2.10-3.el9", "noarch", "rpm"),
]
STATUS = b"""Package: adduser
Status: install ok installed
Architecture: all
Version: 3.134
Description: add users
 Version: 9 of a continuation line

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: libc6
Status: hold ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.36-9+deb12u14
"""
APK = b"""C:Q1abc=
P:musl
V:1.2.5-r10
A:x86_64
F:lib
R:ld-musl-x86_64.so.1

C:Q1def=
P:busybox
V:1.37.0-r18
A:x86_64
"""
PACMAN = b"%NAME%\nlinux\n\n%VERSION%\n6.12.1.arch1-1\n\n%BASE%\nlinux\n\n%ARCH%\nx86_64\n"


def rpm_file(name: str) -> bytes:
    return gzip.decompress((HERE / f"{name}.gz").read_bytes())


# By pacman 6.0.2, of a package installed with -U.
WRITTEN_BY_PACMAN = b"""%NAME%
tiny-tool

%VERSION%
1:2.3.4-5

%BASE%
tiny-tool

%DESC%
A tiny tool

%URL%
https://example.com

%ARCH%
x86_64

%BUILDDATE%
1700000000

%INSTALLDATE%
1796033812

%PACKAGER%
Me <me@example.com>

%SIZE%
12

%VALIDATION%
none

"""


def test_packages_of_dpkg_are_those_that_are_installed() -> None:
    assert read({"var/lib/dpkg/status": STATUS}) == [
        Package("adduser", "3.134", "all", "dpkg"),
        Package("libc6", "2.36-9+deb12u14", "amd64", "dpkg"),
    ]


def test_packages_of_a_distroless_image_are_read_from_their_own_files() -> None:
    entry = b"Package: tzdata\nVersion: 2026a\nArchitecture: all\n"
    files = {
        "var/lib/dpkg/status.d/tzdata": entry,
        "var/lib/dpkg/status.d/tzdata.md5sums": b"Package: no\nVersion: 1\n",
    }

    assert read(files) == [Package("tzdata", "2026a", "all", "dpkg")]


@pytest.mark.parametrize("path", ["lib/apk/db/installed", "usr/lib/apk/db/installed"])
def test_packages_of_apk(path: str) -> None:
    assert [(one.name, one.version) for one in read({path: APK})] == [("busybox", "1.37.0-r18"), ("musl", "1.2.5-r10")]


def test_packages_of_pacman() -> None:
    actual = read({"var/lib/pacman/local/linux-6.12.1.arch1-1/desc": PACMAN})

    assert actual == [Package("linux", "6.12.1.arch1-1", "x86_64", "pacman")]


def test_packages_of_a_database_that_pacman_wrote() -> None:
    actual = read({"var/lib/pacman/local/tiny-tool-1:2.3.4-5/desc": WRITTEN_BY_PACMAN})

    assert actual == [Package("tiny-tool", "1:2.3.4-5", "x86_64", "pacman")]


@pytest.mark.parametrize(("path", "name"), [(DATABASE, "rpmdb.sqlite"), (NDB, "Packages.db")])
def test_packages_of_databases_that_rpm_wrote(path: str, name: str) -> None:
    assert read({path: rpm_file(name)}) == RPMS
    assert read({path.replace("usr/lib/sysimage", "var/lib"): rpm_file(name)}) == RPMS


def test_what_an_rpm_database_says_in_its_write_ahead_log_counts(tmp_path: Path) -> None:
    path = tmp_path / "rpmdb.sqlite"
    path.write_bytes(rpm_file("rpmdb.sqlite"))
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("DELETE FROM Packages WHERE hnum = 1")
        writer.commit()
        log = path.with_name("rpmdb.sqlite-wal").read_bytes()
        data = path.read_bytes()
    assert log

    assert len(read({DATABASE: data, f"{DATABASE}-wal": log})) == 1
    assert len(read({DATABASE: data})) == 2


def test_a_berkeley_database_is_refused_with_the_reason() -> None:
    with pytest.raises(UnreadableError, match="Berkeley DB"):
        read({"var/lib/rpm/Packages": b"\0" * 20})


def hostile(path: Path, *statements: str) -> bytes:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    return path.read_bytes()


def test_reading_a_database_runs_no_code_of_it(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE t(x) AS (SELECT x'00' UNION ALL SELECT x FROM t) SELECT 1 AS hnum, x AS blob FROM t"
    view = hostile(tmp_path / "a", f"CREATE VIEW Packages AS {endless}")
    generated = hostile(
        tmp_path / "b",
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob GENERATED ALWAYS AS (zeroblob(999999999)) VIRTUAL)",
        "INSERT INTO Packages (hnum) VALUES (1)",
    )

    with pytest.raises(UnreadableError, match="has no table of packages"):
        read({DATABASE: view})
    assert read({DATABASE: generated}) == []


@pytest.mark.parametrize("data", [b"x" * 5000, rpm_file("rpmdb.sqlite")[:9000], b""], ids=["noise", "cut", "empty"])
def test_an_invalid_database_is_reported_without_a_traceback(data: bytes) -> None:
    if data:
        with pytest.raises(UnreadableError, match="rpm database"):
            read({DATABASE: data})
        with pytest.raises(UnreadableError, match="rpm database"):
            read({NDB: data})
    else:
        assert read({DATABASE: data}) == []


@pytest.mark.parametrize("at", range(0, 120, 7))
def test_headers_with_wrong_numbers_are_read_within_their_bounds(at: int) -> None:
    """A count, an offset or a length may have any value; the reader may then skip the package, but raises no error."""
    data = bytearray(rpm_file("Packages.db"))
    start = data.index(b"BlbS") + 16
    data[start + at : start + at + 4] = b"\xff\xff\xff\xff"

    assert set(read({NDB: bytes(data)})) <= {*RPMS, *(Package(one.name, "", "", "rpm") for one in RPMS)} or at > 8


def test_an_ndb_whose_slots_point_anywhere_gives_nothing() -> None:
    header = struct.pack("<4sIII16x", b"RpmP", 0, 1, 0xFFFFFFFF)
    slots = struct.pack("<4sIII", b"Slot", 1, 0xFFFFFFFF, 1) + struct.pack("<4sIII", b"Slot", 2, 2, 1)

    assert read({NDB: header + slots + b"\0" * 100}) == []


@pytest.mark.parametrize(
    ("manager", "old", "new"),
    [
        ("dpkg", "1.0~rc1", "1.0"),
        ("dpkg", "2.0", "1:1.0"),
        ("rpm", "2.34-3.el9", "2.34-10.el9"),
        ("rpm", "9.9-1", "1:1.0-1"),
        ("apk", "1.2.5-r9", "1.2.5-r10"),
        ("apk", "1.2.5_rc1-r0", "1.2.5-r0"),
        ("pacman", "6.12.1.arch1-1", "6.12.10.arch1-1"),
        ("pacman", "9-1", "1:1-1"),
    ],
)
def test_versions_are_ordered_as_their_manager_does(manager: str, old: str, new: str) -> None:
    was, now = (Package("a", version, "", manager) for version in (old, new))

    assert is_newer(now, was) is True
    assert is_newer(was, now) is False


def test_an_invalid_version_has_no_order() -> None:
    assert is_newer(Package("a", "not a version!", "", "dpkg"), Package("a", "1", "", "dpkg")) is None


def test_only_databases_are_read_whole() -> None:
    assert limit("var/lib/dpkg/status") > limit("var/lib/pacman/local/a-1-1/desc") > 0
    assert limit("usr/bin/bash") == limit("var/lib/pacman/local/a-1-1/files") == 0
