"""`kairosfile build`: the most common options of `docker buildx build`, and all others after `--`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from kairosfile.cli import options
from kairosfile.cli.errors import CliError

EXTRA_ARGS = "kairosfile.extra_args"


class PassthroughCommand(TyperCommand):
    """A command that passes everything after `--` to buildx."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's types are Typer's own affair
        """Keep what follows `--` in `ctx.meta`, and read the rest as usual; raises CliError for an unknown option."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[EXTRA_ARGS] = args[at + 1 :]
        try:
            return super().parse_args(ctx, args[:at])
        except Exception as error:
            if type(error).__name__ != "NoSuchOption":  # of click, or of the copy of it in newer releases of Typer
                raise
            option = getattr(error, "option_name", "it")
            raise CliError(
                f"kairosfile build has no option {option}; write other options of docker buildx build "
                f"after --, as in `kairosfile build -- {option}`"
            ) from error


app = options.command()


@app.command(cls=PassthroughCommand)
def build(
    *,
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="Kairosfile, or a folder with one. With -f, a folder is the build context, as in docker.",
        ),
    ] = None,
    file_option: options.FileOption = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", metavar="NAME", help="Default: the name of `kairosfile name`.")
    ] = None,
    registry: options.Registry = "",
    platform: options.Platforms = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="TARGET", help="An artifact, which is written to ./build; a step; a hook."),
    ] = None,
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
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run every step.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Look up all images in their registries again.")] = False,
    secret: Annotated[
        list[str] | None, typer.Option("--secret", metavar="SPEC", help="As docker buildx build has it; repeat it.")
    ] = None,
    ssh: Annotated[
        list[str] | None, typer.Option("--ssh", metavar="SPEC", help="As docker buildx build has it; repeat it.")
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="ENTITLEMENT", help="Such as security.insecure for disks.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="A label of the image; repeat it.")
    ] = None,
    provenance: Annotated[
        str | None,
        typer.Option("--provenance", metavar="MODE", help="max, min or off. Default: max with --push."),
    ] = None,
    sbom: Annotated[
        str | None,
        typer.Option("--sbom", metavar="WHAT", help="on, off, or the image of a scanner. Default: on with --push."),
    ] = None,
    builder: Annotated[str, typer.Option("--builder", metavar="NAME", help="The builder of buildx.")] = "",
    metadata_file: Annotated[
        str, typer.Option("--metadata-file", metavar="FILE", help="Write the digest and more to this file.")
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the id of the image.")] = False,
    progress: Annotated[
        str,
        typer.Option(
            "--progress",
            metavar="KIND",
            help="auto: a live view on a terminal, else plain. json: events. Or a mode of buildx.",
        ),
    ] = "auto",
    printed: Annotated[bool, typer.Option("--print", help="Only print the command.")] = False,
) -> None:
    """Check a Kairosfile, then build it with docker buildx.

    Options have the names of docker buildx build. Write its other options after --.

    Exit status: that of buildx; 1 for a file with errors, 2 for arguments that cannot be used or a missing buildx.

    Example: kairosfile build --registry quay.io/acme --push --cache quay.io/acme/cache -- --no-cache-filter init
    """
    from kairosfile.cli.build import outputs  # noqa: PLC0415 - --help needs none of it
    from kairosfile.cli.build.buildx import flags  # noqa: PLC0415
    from kairosfile.cli.commands.name import registry_of  # noqa: PLC0415
    from kairosfile.cli.load import LoadOptions, locate  # noqa: PLC0415

    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, platform, context))
    passed = flags(
        builder=builder, pull=pull, no_cache=no_cache, secret=secret, ssh=ssh, allow=allow, label=label,
        metadata_file=metadata_file, quiet=quiet,
    )  # fmt: skip
    build_outputs = outputs.BuildOutputs(
        tags=tag or (),
        registry=registry_of(registry),
        target=target,
        push=push,
        load=load,
        outputs=output or (),
        caches=cache or (),
        caches_from=cache_from or (),
        caches_to=cache_to or (),
        extra_args=[*passed, *ctx.meta.get(EXTRA_ARGS, ())],
        provenance=provenance,
        sbom=sbom,
    )
    if printed:
        raise typer.Exit(outputs.show(name, load_options, build_outputs))
    raise typer.Exit(outputs.build(name, load_options, build_outputs, progress))
