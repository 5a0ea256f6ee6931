"""`kairosfile build`."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperCommand

from kairosfile.cli import options

MORE = "kairosfile.more"


class PassingOn(TyperCommand):
    """A command that leaves everything after `--` to buildx."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Keep what follows `--` in `ctx.meta`, and read the rest as usual."""
        own, more = (args[: args.index("--")], args[args.index("--") + 1 :]) if "--" in args else (args, [])
        ctx.meta[MORE] = more
        return super().parse_args(ctx, own)


app = options.command()


@app.command(cls=PassingOn)
def build(
    *,
    ctx: typer.Context,
    file: options.File = options.FILE,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", metavar="NAME", help="Default: what `kairosfile name` says.")
    ] = None,
    registry: options.Registry = "",
    platform: options.Platforms = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    push: Annotated[bool, typer.Option("--push", help="Push the image.")] = False,
    load: Annotated[
        bool, typer.Option("--load", help="Load the image into the engine; the default without --push and --output.")
    ] = False,
    output: Annotated[
        list[str] | None, typer.Option("--output", "-o", metavar="SPEC", help="As docker buildx build has it.")
    ] = None,
    cache: Annotated[
        list[str] | None, typer.Option("--cache", metavar="REF", help="Read and write a registry cache of all steps.")
    ] = None,
    cache_from: Annotated[
        list[str] | None, typer.Option("--cache-from", metavar="SPEC", help="As docker buildx build has it.")
    ] = None,
    cache_to: Annotated[
        list[str] | None, typer.Option("--cache-to", metavar="SPEC", help="As docker buildx build has it.")
    ] = None,
    provenance: Annotated[
        str | None,
        typer.Option("--provenance", metavar="MODE", help="max, min or off. Default: max where --push pushes."),
    ] = None,
    sbom: Annotated[
        str | None,
        typer.Option("--sbom", metavar="WHAT", help="on, off, or the image of a scanner. Default: on with --push."),
    ] = None,
    progress: Annotated[
        str,
        typer.Option("--progress", metavar="KIND", help="auto is our own on a terminal, plain else; or one of buildx."),
    ] = "auto",
    printed: Annotated[
        bool, typer.Option("--print", help="Print the command that would run, and do nothing else.")
    ] = False,
) -> None:
    """Check a Kairosfile, then build it with docker buildx.

    What follows -- goes to docker buildx build as it is.

    Exit status: that of buildx; 1 for a file with errors, 2 for arguments that cannot be used or a missing buildx.

    Example: kairosfile build --registry quay.io/acme --push --cache quay.io/acme/cache -- --no-cache
    """
    from kairosfile.cli import building  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    wishes = Wishes.of(build_arg, options.listed(platform), context)
    goods = building.Goods(
        tag or (),
        registry,
        push,
        load,
        output or (),
        cache or (),
        cache_from or (),
        cache_to or (),
        ctx.meta.get(MORE, ()),
        provenance,
        sbom,
    )
    raise typer.Exit(building.show(file, wishes, goods) if printed else building.build(file, wishes, goods, progress))
