"""`kairosfile llb`: the definition of a build, for BuildKit, for programs and for people."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict

from kairosfile import llb, spec
from kairosfile.cli.checking import FAULTY
from kairosfile.cli.loading import Loaded, load, of_target, tell_faults
from kairosfile.cli.stop import StopError
from kairosfile.gateway.contexts import ignorefile
from kairosfile.gateway.contexts.ignored import CONTEXT, IGNORE_FILE
from kairosfile.gateway.contexts.main import follow
from kairosfile.gateway.proxies import proxy_env
from kairosfile.pb import ops_pb2
from kairosfile.plan.unpinned import define

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.cli.checking import Wishes

SCHEMA = "kairosfile.llb/1"
NAME = "llb.customname"
SHORT = len("sha256:") + 12
UNPINNED = (
    "{count} named by tag, so the graph builds what the tag means then; write a digest into the file to fix it: {names}"
)
NO_TERMINAL = "binary LLB is not for a terminal: pipe it into `buildctl build`, or into a file, or use --format text"


def write(file: str, wishes: Wishes, target: str | None, form: str) -> int:
    """Write the definition to standard output. Returns the exit status; raises StopError."""
    if form == "binary" and sys.stdout.isatty():
        raise StopError(NO_TERMINAL)
    try:
        loaded = load(file, wishes)
        loaded = loaded._replace(plan=of_target(loaded.plan, target))
    except spec.KairosfileError as error:
        tell_faults(error)
        return FAULTY
    definition = define_file(loaded, wishes)
    _tell_unpinned(loaded)
    if form == "binary":
        sys.stdout.buffer.write(definition.to_bytes())
    elif form == "json":
        sys.stdout.write(json.dumps(_data(loaded, definition), indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(loaded, definition)) + "\n")
    return 0


def define_file(loaded: Loaded, wishes: Wishes) -> llb.Definition:
    """Return the definition of a file, without what its ignore file keeps out of the build context."""
    source, files = loaded.document.source, loaded.document.files
    named = source.filename.rpartition("/")[2] + IGNORE_FILE
    ignored = (files.read(named) or files.read(IGNORE_FILE) or b"") if files else b""
    context = llb.local(
        CONTEXT,
        exclude_patterns=ignorefile.patterns(ignored),
        follow_paths=follow(loaded.plan.context_paths),
        shared_key_hint=CONTEXT,
        constraints=llb.Constraints(custom_name="[internal] load build context"),
    )
    return define(loaded.plan, source, context, proxy_env(wishes.build_args))


def _tell_unpinned(loaded: Loaded) -> None:
    names = [image.reference for image in loaded.plan.images if "@" not in image.reference]
    if names:
        count = f"{len(names)} images are" if len(names) > 1 else "1 image is"
        sys.stderr.write(f"kairosfile: {UNPINNED.format(count=count, names=', '.join(names))}\n")


def _data(loaded: Loaded, definition: llb.Definition) -> dict[str, Any]:
    message = definition.to_proto()
    ops = [
        {"digest": digest, "op": MessageToDict(op), "metadata": MessageToDict(message.metadata[digest])}
        for digest, op in _ops(definition)
    ]
    source = MessageToDict(message.Source)
    return {"schema": SCHEMA, "platform": loaded.plan.platform, "head": definition.head, "ops": ops, "source": source}


def _ops(definition: llb.Definition) -> Iterator[tuple[str, ops_pb2.Op]]:
    """Yield the operations, inputs before what reads them; without the terminal one, which only names the head."""
    for digest, op in zip(definition.digests[:-1], definition.ops[:-1], strict=True):
        yield digest, ops_pb2.Op.FromString(op)


def _lines(loaded: Loaded, definition: llb.Definition) -> Iterator[str]:
    message = definition.to_proto()
    yield f"{loaded.plan.platform}: {len(definition.ops) - 1} operations, the result is {definition.head[:SHORT]}"
    for digest, op in _ops(definition):
        kind = op.WhichOneof("op") or ""
        read = ", ".join(edge.digest[:SHORT] for edge in op.inputs)
        yield f"\n{digest[:SHORT]}  {kind}  {message.metadata[digest].description.get(NAME, '')}".rstrip()
        if kind == "source":
            yield f"  {op.source.identifier}"
            yield from (f"  {key}={value}" for key, value in sorted(op.source.attrs.items()))
        if read:
            yield f"  reads {read}"
        places = [place for found in message.Source.locations[digest].locations for place in _places(found, message)]
        if places:
            yield f"  from {', '.join(places)}"


def _places(location: ops_pb2.Location, message: ops_pb2.Definition) -> Iterator[str]:
    name = message.Source.infos[location.sourceIndex].filename
    return (f"{name}:{part.start.line}" for part in location.ranges)
