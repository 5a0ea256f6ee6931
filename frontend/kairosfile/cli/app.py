"""The `kairosfile` command: a group of sub-commands that imports only the requested one."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from kairosfile.cli.errors import CliError
from kairosfile.untrusted import RefusedFileError, lines

# Errors of writing: the disk is full, a quota is used up, or the reader has gone.
UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE}
# In the order of `--help`: first what a user does first. The summaries are here too, so that the list of all commands
# imports none of them; each fits on a line of a terminal.
GROUPS: dict[str, dict[str, str]] = {
    "Start": {
        "new": "Write a commented Kairosfile, and a file for CI.",
        "adopt": "Convert a Dockerfile with kairos-init into a Kairosfile.",
        "doctor": "Find what prevents builds on this machine.",
    },
    "Check and understand": {
        "check": "Find errors and possible improvements in Kairosfiles.",
        "rules": "List the rules of the checker, or explain one.",
        "plan": "Show the steps of a build, in order, and their fields.",
        "explain": "Explain steps: their commands, reasons and cache.",
        "diff": "Show which steps an edit makes run again, and why.",
        "graph": "Draw the steps of a build, or what an edit costs.",
    },
    "Build and publish": {
        "build": "Check a Kairosfile, then build it with docker buildx.",
        "bake": "Write the images of a matrix as a file for buildx bake.",
        "lock": "Pin images by digest in a lock file for builds.",
        "name": "Print Kairos' names of the image and its artifacts.",
        "compare": "Show what an upgrade changes in an image.",
        "web": "Serve a web page and an HTTP API for Kairosfiles.",
        "boot": "Boot a built ISO, disk or UKI in QEMU.",
        "verify": "Check the labels, provenance and SBOM of a pushed image.",
    },
    "Export": {
        "eject": "Write a Dockerfile that builds the same image.",
        "llb": "Write the build graph as BuildKit's LLB.",
    },
    "Editors and other tools": {
        "schema": "Print the JSON Schema of a Kairosfile.",
        "docker-plugin": "Install the command as `docker kairos`.",
        "lsp": "Run the language server (started by editors).",
        "version": "Print the versions of this command and of kairos-init.",
    },
}
COMMANDS = {name: summary for commands in GROUPS.values() for name, summary in commands.items()}


class Commands(TyperGroup):
    """Sub-commands, each a module of `kairosfile.cli.commands` that is imported when it is needed."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - click's types are Typer's own affair
        """Return a command by its name, None for an unknown one."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"kairosfile.cli.commands.{cmd_name.replace('-', '_')}").app)
        command.name = cmd_name
        for param in command.params:
            if param.param_type_name == "argument":  # Typer appends the Python type to its name
                vars(param)["display_type_rich"] = lambda ctx: None  # noqa: ARG005
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as declared there
        """Return the command that the arguments begin with; raises CliError for an unknown one, with a suggestion."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from kairosfile.language.diagnostics import did_you_mean, nearest  # noqa: PLC0415 - only after a mistake

            hint = did_you_mean(nearest(args[0], list(COMMANDS))) or "`kairosfile --help` lists them"
            raise CliError(f'unknown command "{args[0]}"; {hint}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ANN401, ARG002 - click's types are Typer's own affair
        """Write the list of commands from the table of summaries."""
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), summary) for name, summary in commands.items()])


app = typer.Typer(
    cls=Commands,
    help="Kairosfiles: checked, explained, planned and built.\n\nExample: kairosfile check Kairosfile",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        from kairosfile.cli.commands.version import text  # noqa: PLC0415 - most calls need something else

        sys.stdout.write(text())
        raise typer.Exit


@app.callback()
def kairosfile(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Do nothing before a command."""


def _run() -> None:
    """Run the command, and write its output; raises CliError if that cannot be written."""
    try:
        try:
            app(prog_name="kairosfile")
        finally:
            if not sys.stdout.closed:  # the language server closes it
                sys.stdout.flush()
    except OSError as error:
        if error.filename is not None or error.errno not in UNWRITABLE:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        raise CliError(f"cannot write to standard output: {error.strerror}") from error


def run() -> None:
    """Run the command; an error that the user can fix ends it with one message and no traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name of a file need not be UTF-8
            stream.reconfigure(errors="backslashreplace")
    try:
        _run()
    except (CliError, RefusedFileError) as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error))


def _stop(message: str) -> None:
    sys.stderr.write(f"kairosfile: {lines(message)}\n")
    sys.exit(CliError.status)
