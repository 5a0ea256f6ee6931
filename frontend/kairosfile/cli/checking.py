"""`kairosfile check`: the one checker, and all its forms of report."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from kairosfile import spec
from kairosfile.cli.folder import FolderFiles
from kairosfile.cli.stop import StopError
from kairosfile.cli.terminal import coloured
from kairosfile.spec import lock
from kairosfile.spec.render import Checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kairosfile.spec.lock import Lock

STANDARD_INPUT = "-"
CLEAN, FAULTY = 0, 1
FORMS = {"json": "data", "sarif": "sarif", "github": "github"}


class Wishes(NamedTuple):
    """What the files are held against beside themselves."""

    build_args: Mapping[str, str]
    platforms: Sequence[str]
    context: str | None = None

    @classmethod
    def of(cls, build_args: Iterable[str] | None, platforms: Sequence[str] | None, context: str | None) -> Self:
        """Return what the options of a command say; raises StopError."""
        pairs = dict(_pair(text) for text in build_args or ())
        return cls(pairs, [_platform(text) for text in platforms or ()], context)


def check(files: Sequence[str], wishes: Wishes, form: str) -> int:
    """Report all that is found in the files; returns the exit status."""
    checked = [check_file(file, wishes) for file in files]
    sys.stdout.write(_render(checked, form))
    return FAULTY if any(file.count("error") for file in checked) else CLEAN


def check_file(file: str, wishes: Wishes) -> Checked:
    """Return all that is found in one file, for every platform asked for; raises StopError."""
    data = read_bytes(file)
    try:
        source = spec.decode("<stdin>" if file == STANDARD_INPUT else file, data)
    except spec.KairosfileError as error:
        return Checked.of(error.source, error.diagnostics)
    return check_source(source, files_of(file, wishes), wishes)


def check_source(source: spec.Source, files: spec.Files | None, wishes: Wishes) -> Checked:
    """Return all that is found in a text with a build context, for every platform asked for; raises StopError.

    A lock file is looked for beside the file that the text is called after.
    """
    try:
        beside = lock_of(source.filename)
        document = spec.read(source, wishes.build_args, platforms=wishes.platforms, files=files, lock=beside)
        if wishes.platforms:
            from kairosfile.plan import resolve  # noqa: PLC0415 - most calls name no platform

            resolve(document, wishes.platforms, artifacts=False)
        return Checked.of(source, document.warnings)
    except spec.KairosfileError as error:
        return Checked.of(error.source, [*error.diagnostics, *error.warnings])


def read(source: spec.Source, file: str, wishes: Wishes) -> spec.Document:
    """Return the document of a text, with the files of its build context; raises KairosfileError."""
    files = files_of(file, wishes)
    return spec.read(source, wishes.build_args, platforms=wishes.platforms, files=files, lock=lock_of(file))


def lock_of(file: str) -> Lock | None:
    """Return the lock file beside a file, None without one; raises KairosfileError and StopError."""
    beside = Path(file + lock.SUFFIX)
    if file == STANDARD_INPUT or not beside.exists():
        return None
    return lock.read(str(beside), read_bytes(str(beside)))


def files_of(file: str, wishes: Wishes) -> FolderFiles:
    """Return the build context of a file: the one asked for, else the folder that the file is in."""
    return FolderFiles(Path(context_of(file, wishes)))


def context_of(file: str, wishes: Wishes) -> str:
    """Return the path of the build context of a file."""
    if wishes.context is not None:
        return wishes.context
    return str(Path() if file == STANDARD_INPUT else Path(file).parent)


def read_bytes(file: str) -> bytes:
    """Return the content of a file or of standard input; raises StopError."""
    try:
        return sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
    except OSError as error:
        raise StopError(f"{file} cannot be read: {error.strerror}") from error


def _render(checked: Sequence[Checked], form: str) -> str:
    if form == "text":
        from kairosfile.spec.render.text import render  # noqa: PLC0415

        return render(checked, colour=coloured())
    module = import_module(f"kairosfile.spec.render.{FORMS[form]}")
    return str(module.render(checked))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise StopError(f'--build-arg "{text}" is not NAME=VALUE')
    return name, value


def _platform(text: str) -> str:
    from kairosfile.oci import Platform  # noqa: PLC0415 - most calls name no platform

    try:
        return str(Platform.parse(text))
    except ValueError as error:
        raise StopError(f"--platform {text}: {error}") from error
