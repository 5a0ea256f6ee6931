"""`kairosfile lock`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `lock` says what it did."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def lock(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="With --upgrade: base, kairos-init, or images. Default: all."),
    ] = None,
    file: Annotated[str, typer.Option("--file", "-f", metavar="FILE", help="A Kairosfile.")] = options.FILE,
    check: Annotated[bool, typer.Option("--check", help="Change nothing, tell whether the lock file fits.")] = False,
    online: Annotated[bool, typer.Option("--online", help="With --check: and whether tags have moved.")] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Look up again what is locked already.")] = False,
    policy: Annotated[
        str, typer.Option("--policy", metavar="FILE", help="Write a source policy for BuildKit too; - is stdout.")
    ] = "",
    build_arg: options.BuildArgs = None,
    platform: options.Platforms = None,
    context: options.Context = None,
    form: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Pin the images of a Kairosfile by digest, in Kairosfile.lock beside it, which builds then keep to.

    Images that are missing in the lock file are looked up and added, those that the file no longer names are dropped.

    Exit status: 0, 1 for a file with errors or, with --check, a lock file that does not fit, 2 arguments or files that
    cannot be used, or an image that cannot be looked up.

    Example: kairosfile lock --upgrade base
    """
    from kairosfile.cli import locking  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    wishes = Wishes.of(build_arg, options.listed(platform), context)
    if check:
        locking.refuse_writing(names=bool(names), upgrade=upgrade, policy=bool(policy))
        raise typer.Exit(locking.check(file, wishes, form.value, online=online))
    wanted = locking.Upgrade(upgrade, tuple(names or ()))
    raise typer.Exit(locking.lock(file, wishes, wanted, policy, form.value, online=online))
