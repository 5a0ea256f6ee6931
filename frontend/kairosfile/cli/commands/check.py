"""`kairosfile check`: every diagnostic of Kairosfiles, in each output format, and the edits that fix them."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile import language, sections
from kairosfile.cli import file_checks, options
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import (
    EXIT_ERRORS,
    EXIT_OK,
    LoadOptions,
    files_of,
    in_folder,
    lock_of,
    on_disk,
    open_file,
)
from kairosfile.cli.output import coloured, say
from kairosfile.language.diagnostics import once
from kairosfile.language.renderers import RENDERERS, Checked, render_text
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.editing import Edit
    from kairosfile.language.lockfile import Lock
    from kairosfile.language.nodes import Node

# A fix can uncover another error: for example, a corrected key has a value of the wrong type.
MOST_PASSES = 10


class Format(StrEnum):
    """Output format of `check`."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


app = options.command()


@app.command(cls=options.Repeating)
def command(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Kairosfiles, folders, REVISION:FILE or - for stdin."),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="FILE", help="The same as an argument FILE. Default: Kairosfile."),
    ] = None,
    build_arg: options.BuildArgs = None,
    platform: options.CheckPlatforms = None,
    context: options.Context = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 for warnings too.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Apply the edits that diagnostics carry, then check.")] = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="For people, programs or annotations.")
    ] = Format.TEXT,
) -> None:
    """Find errors and possible improvements in Kairosfiles.

    Exit status: 0 no findings, or only warnings; 1 errors, with --strict also warnings; 2 arguments or files that
    cannot be used.

    Example: kairosfile check --platform linux/arm64 Kairosfile
    """
    names = [in_folder(name) for name in (*(files or ()), *(file or ()))] or [options.FILE]
    load_options = LoadOptions.parse(build_arg, platform, context)
    if fix:
        for name in names:
            fix_file(on_disk(name, "check --fix"), load_options)
    raise typer.Exit(check(names, load_options, output_format.value, strict=strict))


def check(files: Sequence[str], load_options: LoadOptions, output_format: str, *, strict: bool = False) -> int:
    """Report the diagnostics of files; returns the exit status: 1 for errors, and for warnings if `strict`."""
    checked = [check_file(file, load_options) for file in files]
    sys.stdout.write(_render(checked, output_format))
    failing = ("error", "warning") if strict else ("error",)
    return EXIT_ERRORS if any(file.count(severity) for file in checked for severity in failing) else EXIT_OK


def check_file(file: str, load_options: LoadOptions) -> Checked:
    """Return the diagnostics of one file, for all requested platforms; raises CliError."""
    try:
        opened = open_file(file, load_options)
    except language.KairosfileError as error:
        return Checked.of(error.source, [*error.diagnostics, *error.warnings])
    return check_read(opened.source, opened.files, opened.lock, load_options)


def check_source(source: language.Source, files: language.Files | None, load_options: LoadOptions) -> Checked:
    """Return the diagnostics of a text with a build context, for all requested platforms; raises CliError.

    The lock file is the one next to the file whose name the text has.
    """
    try:
        lock = lock_of(source.filename)
    except language.KairosfileError as error:
        return Checked.of(error.source, [*error.diagnostics, *error.warnings])
    return check_read(source, files, lock, load_options)


def check_read(
    source: language.Source,
    files: language.Files | None,
    lock: Lock | None,
    load_options: LoadOptions,
    *,
    parsed: tuple[Node, list[Diagnostic]] | None = None,
) -> Checked:
    """Return the diagnostics of a text with its build context and its lock file; raises CliError.

    `parsed` is what the parser returned for the text, if the caller has it already.
    """
    try:
        platforms = load_options.platforms
        loader = sections.Loader(source, load_options.build_args, files, read_lock=lambda: lock, parsed=parsed)
        documents = loader.documents(platforms or loader.platforms)
        if platforms:
            resolve(documents[0], platforms, artifacts=False)
        warnings = [diagnostic for document in documents for diagnostic in document.warnings]
        return Checked.of(source, [*once(warnings), *file_checks.check_file(documents)])
    except language.KairosfileError as error:
        return Checked.of(error.source, [*error.diagnostics, *error.warnings])


def _render(checked: Sequence[Checked], output_format: str) -> str:
    if output_format == "text":
        return render_text(checked, colour=coloured())
    return RENDERERS[output_format](checked)


def fix_file(file: str, load_options: LoadOptions) -> int:
    """Apply the edits of the diagnostics of a file, until none is left; returns their number.

    A pass that does not reduce the errors is reverted. Included files are not changed.

    Raises:
        CliError: The file cannot be read or written.
    """
    from kairosfile.language.editing import apply  # noqa: PLC0415 - a check without --fix needs none of it

    text = _decoded(file, load_options)
    if text is None:
        return 0
    fixed, count = text, 0
    checked = _check_text(file, fixed, load_options)
    for _ in range(MOST_PASSES):
        edits = _edits(checked)
        better = apply(fixed, edits)
        after = _check_text(file, better, load_options)
        if not edits or _weight(after) >= _weight(checked):
            break
        fixed, checked, count = better, after, count + len(edits)
    if count:
        _write(file, fixed)
    say(f"fixed {count} problem{'' if count == 1 else 's'} in {file}")
    return count


def _edits(checked: Checked) -> tuple[Edit, ...]:
    from kairosfile.language.editing import Edit, without_overlaps  # noqa: PLC0415

    fixes = [one.fix for one in checked.diagnostics if one.fix and not one.fix.range.source]
    return without_overlaps(Edit(fix.range, fix.text) for fix in fixes)


def _weight(checked: Checked) -> tuple[int, int, int]:
    """Return the numbers of errors, warnings and notes: one error less outweighs new notes."""
    return checked.count("error"), checked.count("warning"), checked.count("note")


def _decoded(file: str, load_options: LoadOptions) -> str | None:
    """Return the text of a file with its byte order mark and its line ends; None if it is not text."""
    try:
        return open_file(file, load_options).data.decode()
    except language.KairosfileError:
        return None


def _check_text(file: str, text: str, load_options: LoadOptions) -> Checked:
    return check_source(language.decode(file, text.encode()), files_of(file, load_options), load_options)


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_bytes(text.encode())
    except OSError as error:
        raise CliError(f"{file} cannot be written: {error.strerror}") from error
