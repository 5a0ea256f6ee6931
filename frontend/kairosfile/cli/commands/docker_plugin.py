"""`kairosfile docker-plugin`: make the command available as `docker kairos`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options
from kairosfile.cli.errors import CliError


class Action(StrEnum):
    """Actions of the command."""

    INSTALL = "install"
    UNINSTALL = "uninstall"


def install(*, force: bool) -> None:
    """Write the plugin; raises CliError if another file is in its place."""
    from kairosfile.cli import docker_plugin  # noqa: PLC0415

    path = docker_plugin.folder() / docker_plugin.PROGRAM
    if path.exists() and not force and not docker_plugin.is_own(path):
        raise CliError(f"{path} exists and is not of kairosfile; --force overwrites it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(docker_plugin.script(), encoding="utf-8")
        path.chmod(0o755)
    except OSError as error:
        raise CliError(f"cannot write {path}: {error.strerror}") from error
    sys.stdout.write(f"wrote {path}\nThe next step: docker kairos --help\n")


def uninstall() -> None:
    """Remove the plugin; raises CliError if this command did not install it."""
    from kairosfile.cli import docker_plugin  # noqa: PLC0415

    path = docker_plugin.folder() / docker_plugin.PROGRAM
    if not docker_plugin.is_own(path):
        raise CliError(f"{path} is not a plugin of kairosfile")
    path.unlink()
    sys.stdout.write(f"removed {path}\n")


app = options.command()


@app.command()
def docker_plugin(
    action: Annotated[Action, typer.Argument(metavar="install|uninstall", help="Action.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a plugin of another program.")] = False,
) -> None:
    """Install the command as `docker kairos`.

    It is a plugin in the Docker configuration of the user.

    The plugin runs this command in its Python environment; install the plugin again after moving the environment.

    Exit status: 0, 2 if the plugin cannot be written or removed.

    Example: kairosfile docker-plugin install
    """
    if action is Action.INSTALL:
        install(force=force)
    else:
        uninstall()
