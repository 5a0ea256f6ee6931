"""The `kairosfile` command: a group of sub-commands, of which only the one that was asked for is imported."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from kairosfile.cli.stop import StopError

# In the order of `--help`: first what a person does first.
COMMANDS = (
    "new",
    "check",
    "plan",
    "explain",
    "diff",
    "graph",
    "llb",
    "build",
    "verify",
    "doctor",
    "name",
    "bake",
    "lock",
    "eject",
    "adopt",
    "lsp",
    "schema",
    "rules",
    "version",
)


class Commands(TyperGroup):
    """Sub-commands, each a module of `kairosfile.cli.commands` that is imported when it is needed."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - click's types are Typer's own affair
        """Return a command by its name, None for an unknown one."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"kairosfile.cli.commands.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    help="Kairosfiles: checked, explained and planned without a daemon.\n\nExample: kairosfile check Kairosfile",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def kairosfile() -> None:
    """Do nothing before a command: the group itself has no options."""


def run() -> None:
    """Run the command; what a person can act upon ends it with one line."""
    try:
        app(prog_name="kairosfile")
    except StopError as error:
        sys.stderr.write(f"kairosfile: {error}\n")
        sys.exit(error.status)
