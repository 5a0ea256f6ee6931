"""The three things that build-uki leaves: a tree of files, an ISO with that tree in a FAT image, an image archive."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot import root as roots
from tests.support.standins.auroraboot.image_archive import write_archive
from tests.support.standins.auroraboot.uki_entries import INSTALL, Entry
from tests.support.standins.auroraboot.uki_keys import ENROLLED
from tests.support.standins.auroraboot.work import MIB, Failed, Log, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.standins.auroraboot.commandline import Call

Tree = dict[str, list[Path]]
"""Directories of the EFI partition, the outer ones first, and the files that go into each."""


def imported(
    call: Call, expected: list[Entry], programs: list[Path], loader: Path, version: str, enrolled: Path, scratch: Path
) -> Tree:
    """Return the tree of an EFI partition; raises Failed where a key to be enrolled is missing."""
    keys = [enrolled / name for name in ENROLLED]
    for key in keys:
        if not key.exists():
            raise Failed(f"finding file info for file {key}: stat {key}: no such file or directory")
    (scratch / "entries").mkdir()
    for entry in expected:
        (scratch / f"entries/{entry.file_name}.conf").write_text(_entry(call, entry, version), "utf-8")
    settings = f"timeout 5\nconsole-mode max\neditor no\nsecure-boot-enroll {call.text('secure-boot-enroll')}\n"
    (scratch / "loader.conf").write_text(settings, "utf-8")
    return {
        "EFI": [],
        "EFI/BOOT": [loader],
        "EFI/kairos": programs,
        "EFI/tools": [],
        "loader": [scratch / "loader.conf"],
        "loader/entries": sorted((scratch / "entries").iterdir()),
        "loader/keys": [],
        "loader/keys/auto": keys,
    }


def _entry(call: Call, entry: Entry, version: str) -> str:
    name = entry.file_name
    lines = [f"title {entry.title}", f"sort-key {name}-0", f"uki /EFI/kairos/{name}.efi", "profile 0"]
    if call.switch("include-version-in-config"):
        lines.append(f"version {version}")
    if call.switch("include-cmdline-in-config"):
        lines.append(f"cmdline {'' if entry.added == INSTALL else entry.added}")
    return "\n".join(lines) + "\n"


def _as_files(call: Call, tree: Tree, _name: str, _scratch: Path) -> None:
    _write(tree, Path(call.text("output-dir")))


def _write(tree: Tree, to: Path) -> None:
    for directory, files in tree.items():
        (to / directory).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, to / directory / file.name)


def _as_iso(call: Call, tree: Tree, name: str, scratch: Path) -> None:
    content = scratch / "iso"
    content.mkdir()
    image = content / "efiboot.img"
    files = [file for each in tree.values() for file in each]
    total = sum(file.stat().st_size for file in files)
    with image.open("wb") as new:
        # FAT takes a fiftieth, half a cluster for each file, and a little for itself.
        new.truncate((int(total * 1.02 + 512 * 1024 + len(files) * 2048) // MIB + 2) * MIB)
    run("mformat", "-i", image, "-F", "::")
    for directory, inside in tree.items():
        run("mmd", "-i", image, f"::{directory}")
        for file in inside:
            run("mcopy", "-i", image, file, f"::{directory}/{file.name}")
    if call.text("overlay-iso"):
        roots.copy(f"dir:{Path(call.text('overlay-iso')).resolve()}", content, Log())
    iso = Path(call.text("output-dir")) / f"{call.text('name') or name}.iso"
    command = ("xorriso", "-as", "mkisofs", "-V", "UKI_ISO_INSTALL", "-isohybrid-gpt-basdat", "-e", image.name)
    run(*command, "-no-emul-boot", "-o", iso, content)


def _as_archive(call: Call, tree: Tree, name: str, scratch: Path) -> None:
    """The archive's file never takes the name that was given: that is only the image's."""
    _write(tree, scratch / "image")
    write_archive(scratch / "image", Path(call.text("output-dir")) / f"{name}.tar", call.text("name") or "kairos")


OUTPUTS: dict[str, Callable[[Call, Tree, str, Path], None]] = {
    "iso": _as_iso,
    "container": _as_archive,
    "uki": _as_files,
}
