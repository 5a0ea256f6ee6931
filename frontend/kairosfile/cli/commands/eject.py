"""`kairosfile eject`: converts a Kairosfile to a Dockerfile."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from kairosfile import language
from kairosfile.cli import options
from kairosfile.cli.files import is_revision
from kairosfile.cli.load import EXIT_ERRORS, STANDARD_INPUT, LoadOptions, load, locate, report_errors
from kairosfile.cli.output import Output, safe_rows
from kairosfile.dockerfile.eject import InexpressibleError, eject
from kairosfile.dockerfile.eject.comments import locations
from kairosfile.untrusted import one_line

LONGEST_NAME = 100  # characters of a step's name in a message: it may be a command of many kilobytes

app = options.command()


@app.command()
def command(
    *,
    file: options.File = None,
    file_option: options.FileOption = None,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    output: options.Output = options.STANDARD_OUTPUT,
    force: options.Force = False,
) -> None:
    """Write a Dockerfile that builds the same image.

    It needs no frontend and is for one platform. It contains the Kairosfile as comments at the end: `kairosfile adopt`
    restores it.

    Exit status: 0, 1 for a file with errors or with parts that a Dockerfile cannot express, 2 arguments or files that
    cannot be used, including an output that exists.

    Example: kairosfile eject --platform linux/arm64 -o Dockerfile Kairosfile
    """
    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, platform, context))
    raise typer.Exit(write_dockerfile(name, load_options, Output(output, force=force)))


def write_dockerfile(file: str, load_options: LoadOptions, output: Output) -> int:
    """Write the Dockerfile of a file; its errors go to standard error. Returns the exit status."""
    try:
        loaded = load(file, load_options)
        text = eject(loaded.plan, loaded.document, _base_name(file), loaded.data.decode())
    except language.KairosfileError as error:
        return report_errors(error)
    except InexpressibleError as error:
        for part in error.unsupported:
            name = one_line(part.name, LONGEST_NAME)
            line = f"{locations(part.ranges, file)}: {name}: not in a Dockerfile: {part.reason}"
            sys.stderr.write(safe_rows([line]))
        return EXIT_ERRORS
    output.write(text)
    return 0


def _base_name(file: str) -> str:
    """Return the name that a Dockerfile says it is made from."""
    path = file.partition(":")[2] if is_revision(file) else file
    return options.FILE if path == STANDARD_INPUT else Path(path).name
