"""The findings in the open files of an editor, and in the files that these name.

The build context is a folder of the machine, and over it the texts that are not saved yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile import language as spec
from kairosfile.cli.commands.check import check_source
from kairosfile.cli.load import FolderFiles
from kairosfile.language.files import clean, leaves_context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from kairosfile.cli.load import LoadOptions
    from kairosfile.language import Diagnostic

LANGUAGE = "kairosfile"

# `Kairosfile.lock` and `Kairosfile.dockerignore` are other files beside one.
_NAME = re.compile(r"(?:Kairosfile(?:\.(?!lock$|dockerignore$).+)?|.+\.kairosfile\.ya?ml)")


class BufferFiles(FolderFiles):
    """Files below a folder; the texts of open `buffers`, by absolute path, precede the files on the disk.

    `dependencies` are the absolute paths of all requested files, also of missing ones: changes may affect findings.
    """

    def __init__(self, root: Path, buffers: Mapping[Path, str]) -> None:
        super().__init__(root)
        self.buffers = buffers
        self.dependencies: set[Path] = set()

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None if it does not exist."""
        located = self.locate(path)
        self.dependencies.add(located)
        text = self.buffers.get(located)
        return super().read(path) if text is None else text.encode(errors="replace")

    def locate(self, path: str) -> Path:
        """Return the path of a file of the context on this machine."""
        return self.root / clean(path)

    def names(self, folder: str) -> list[str]:
        """Return the sorted names directly in a folder, folders with a slash, without hidden ones."""
        if leaves_context(folder):
            return []
        inside = [*(self.list(folder) or ()), *(f"{name}/" for name in self.folders(folder))]
        return sorted(name for name in inside if not name.startswith("."))


@dataclass(frozen=True, slots=True)
class FileFinding:
    """One finding in the file at a path, with the checked text."""

    file: Path
    source: spec.Source
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of one open Kairosfile, and the files that it depends on."""

    findings: tuple[FileFinding, ...]
    dependencies: frozenset[Path]


def check_text(file: Path, text: str, files: BufferFiles, load_options: LoadOptions) -> Checked:
    """Return the findings in an open text with its build context."""
    source = spec.Source(str(file), text.removeprefix("\ufeff").replace("\r\n", "\n"))
    checked = check_source(source, files, load_options)
    findings = tuple(
        FileFinding(
            files.locate(diagnostic.range.filename) if diagnostic.range.source else file,
            diagnostic.range.source or source,
            diagnostic,
        )
        for diagnostic in checked.diagnostics
    )
    return Checked(findings, frozenset(files.dependencies))


class Checks:
    """The last check of each open Kairosfile, by its path."""

    def __init__(self, load_options: LoadOptions) -> None:
        self.load_options = load_options
        self.by_file: dict[Path, Checked] = {}

    def store(self, file: Path, checked: Checked) -> set[Path]:
        """Store the check of a Kairosfile; returns the files whose findings may have changed."""
        before = self.forget(file)
        self.by_file[file] = checked
        return {file, *before, *(finding.file for finding in checked.findings)}

    def forget(self, file: Path) -> set[Path]:
        """Remove the findings of a Kairosfile; returns the files with these findings."""
        checked = self.by_file.pop(file, None)
        return {finding.file for finding in checked.findings} | {file} if checked else set()

    def of(self, file: Path) -> Iterator[FileFinding]:
        """Yield the findings in a file without duplicates, whatever Kairosfiles name it."""
        keys = set()
        for checked in self.by_file.values():
            for finding in checked.findings:
                diagnostic = finding.diagnostic
                if finding.file == file and (diagnostic.rule, diagnostic.range, diagnostic.message) not in keys:
                    keys.add((diagnostic.rule, diagnostic.range, diagnostic.message))
                    yield finding

    def depending_on(self, file: Path) -> list[Path]:
        """Return the open Kairosfiles whose check requested a file."""
        return [entry for entry, checked in self.by_file.items() if file in checked.dependencies]

    def files(self, file: Path, buffers: Mapping[Path, str], root: Path) -> BufferFiles:
        """Return the build context of a file: the one of the command line, else the folder of the file."""
        context = self.load_options.context
        return BufferFiles(file.parent if context is None else root / context, buffers)


def is_kairosfile(file: Path, language: str) -> bool:
    """Return whether an open file is a Kairosfile, by its name or its language in the editor."""
    return language.rpartition(".")[2] == LANGUAGE or _NAME.fullmatch(file.name) is not None
