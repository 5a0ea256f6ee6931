"""`kairosfile llb`: the definition of a build, for BuildKit, for programs and for people."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kairosfile import language, llb
from kairosfile.cli import options
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import Loaded, LoadOptions, load, locate, report_errors
from kairosfile.cli.output import say
from kairosfile.gateway.contexts import CONTEXT, IGNORE_FILE, main
from kairosfile.gateway.contexts.main import follow
from kairosfile.gateway.known_options import proxy_env
from kairosfile.pb import ops
from kairosfile.pb.json import to_dict
from kairosfile.plan.offline import define
from kairosfile.untrusted import lines, one_line, printable_json

if TYPE_CHECKING:
    from collections.abc import Iterator


SCHEMA = "kairosfile.llb/1"
NAME = "llb.customname"
SHORT = len("sha256:") + 12
UNPINNED = (
    "{count} named by tag, so the graph builds what the tag means then; write a digest into the file to fix it: {names}"
)
NO_TERMINAL = "binary LLB is not for a terminal: pipe it into `buildctl build`, or into a file, or use --format text"


def write(file: str, load_options: LoadOptions, target: str | None, output_format: str) -> int:
    """Write the definition to standard output. Returns the exit status; raises CliError."""
    if output_format == "binary" and sys.stdout.isatty():
        raise CliError(NO_TERMINAL)
    try:
        loaded = load(file, load_options, target)
    except language.KairosfileError as error:
        return report_errors(error)
    definition = define_file(loaded, load_options)
    _tell_unpinned(loaded)
    if output_format == "binary":
        sys.stdout.buffer.write(definition.to_bytes())
    elif output_format == "json":
        sys.stdout.write(printable_json(_data(loaded, definition)))
    else:
        sys.stdout.write("\n".join(map(lines, _lines(loaded, definition))) + "\n")
    return 0


def define_file(loaded: Loaded, load_options: LoadOptions) -> llb.Definition:
    """Return the definition of a file, without the files that its ignore file excludes from the build context."""
    source, files = loaded.document.source, loaded.document.files
    named = source.filename.rpartition("/")[2] + IGNORE_FILE
    ignored = (files.read(named) or files.read(IGNORE_FILE) or b"") if files else b""
    context = llb.local(
        CONTEXT,
        exclude_patterns=main.patterns(ignored),
        follow_paths=follow(loaded.plan.context_paths),
        shared_key_hint=CONTEXT,
        constraints=llb.Constraints(custom_name="[internal] load build context"),
    )
    return define(loaded.plan, source, context, proxy_env(load_options.build_args))


def _tell_unpinned(loaded: Loaded) -> None:
    names = [image.reference for image in loaded.plan.images if "@" not in image.reference]
    if names:
        count = f"{len(names)} images are" if len(names) > 1 else "1 image is"
        say(UNPINNED.format(count=count, names=", ".join(names)))


def _data(loaded: Loaded, definition: llb.Definition) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "platform": loaded.plan.platform,
        "head": definition.head,
        "ops": [
            {"digest": digest, "op": to_dict(op), "metadata": to_dict(definition.metadata[digest])}
            for digest, op in _ops(definition)
        ],
        "source": to_dict(definition.source or ops.Source()),
    }


def _ops(definition: llb.Definition) -> Iterator[tuple[str, ops.Op]]:
    """Yield the operations, each after its inputs, without the terminal one, which only names the head."""
    for digest, op in zip(definition.digests[:-1], definition.ops[:-1], strict=True):
        yield digest, ops.Op.decode(op)


def _lines(loaded: Loaded, definition: llb.Definition) -> Iterator[str]:
    source = definition.source or ops.Source()
    yield f"{loaded.plan.platform}: {len(definition.ops) - 1} operations, the result is {definition.head[:SHORT]}"
    for digest, op in _ops(definition):
        kind = op.which("op") or ""
        read = ", ".join(edge.digest[:SHORT] for edge in op.inputs)
        yield f"\n{digest[:SHORT]}  {kind}  {definition.metadata[digest].description.get(NAME, '')}".rstrip()
        if op.source:
            yield f"  {op.source.identifier}"
            yield from (f"  {key}={value}" for key, value in sorted(op.source.attrs.items()))
        if read:
            yield f"  reads {read}"
        locations = [text for location in source.locations[digest].locations for text in _locations(location, source)]
        if locations:
            yield f"  from {', '.join(locations)}"


def _locations(location: ops.Location, source: ops.Source) -> Iterator[str]:
    name = source.infos[location.sourceIndex].filename
    return (f"{one_line(name)}:{part.start.line}" for part in location.ranges if part.start)


class Format(StrEnum):
    """Output formats of `llb`."""

    BINARY = "binary"
    JSON = "json"
    TEXT = "text"


app = options.command()


@app.command()
def command(
    file: options.File = None,
    file_option: options.FileOption = None,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    target: options.Target = None,
    output_format: Annotated[
        Format, typer.Option("--format", help="binary for BuildKit, json for programs, text for people.")
    ] = Format.BINARY,
) -> None:
    """Write the build graph as BuildKit's LLB.

    It is the graph of one platform, with the source lines of each operation.

    The command uses no registry: an image without a digest in the file is named by its tag, and the environment of the
    base is missing. The files of the build context are those that the client offers as `context`.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or binary on a terminal.

    Example: kairosfile llb Kairosfile | buildctl build --local context=. --output type=local,dest=out
    """
    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, platform, context))
    raise typer.Exit(write(name, load_options, target, output_format.value))
