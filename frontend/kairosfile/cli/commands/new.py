"""`kairosfile new`."""

from __future__ import annotations

from typing import Annotated

import typer

from kairosfile.cli import options

app = options.command()


@app.command()
def new(
    *,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Where to write.")] = ".",
    distro: Annotated[
        str | None,
        typer.Option(
            "--distro",
            metavar="NAME",
            help="ubuntu, debian, alpine, opensuse, fedora, rockylinux, almalinux or hadron.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="BOARD", help="generic, rpi3, rpi4, nvidia-jetson-agx-orin, ...")
    ] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Kubernetes: none, k3s or k0s.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", metavar="VERSION", help="Version of your image. Default: v0.1.0.")
    ] = None,
    trusted_boot: Annotated[
        bool | None, typer.Option("--trusted-boot/--no-trusted-boot", help="Build for Trusted Boot.")
    ] = None,
    ci: Annotated[
        str | None, typer.Option("--ci", metavar="KIND", help="A file for CI too: none, github, gitlab, tekton, shell.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="On a terminal, ask for what is not given.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write a commented Kairosfile, a .dockerignore and, if wanted, a file for CI.

    Exit status: 0, 2 for arguments that do not go together, or files that are there already.

    Example: kairosfile new --distro ubuntu --model rpi4 --provider k3s --ci github my-os
    """
    from kairosfile.cli import starting  # noqa: PLC0415

    wanted = starting.Wanted(distro, model, provider, version, trusted_boot, ci)
    raise typer.Exit(starting.start(folder, wanted, ask=ask, force=force))
