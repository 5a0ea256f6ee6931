"""The files of a graph of sources and copies, as a daemon would have them, without running anything.

Sources are given: `{"context": {"a/b": b"..."}}` for the local source of that name, other ones by their identifier. A
copy takes a folder's content, or unpacks a tar file. The module does not support steps that run.
"""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

from tests.support.gateway import strict
from tests.support.gateway.strict import RefusalError
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Files = dict[str, bytes]


def of(definition: ops_pb2.Definition, sources: Mapping[str, Mapping[str, bytes]]) -> Files:
    """Return the files of a definition's result; raises RefusalError for a source that is not given."""
    ops = {strict.digest(raw): ops_pb2.Op.FromString(raw) for raw in getattr(definition, "def")}
    terminal = list(ops.values())[-1]
    return _content_of(ops[terminal.inputs[0].digest], ops, sources)


def _content_of(op: ops_pb2.Op, ops: Mapping[str, ops_pb2.Op], sources: Mapping[str, Mapping[str, bytes]]) -> Files:
    if op.WhichOneof("op") == "source":
        return _source(op.source, sources)
    (action,) = op.file.actions
    (copied,) = (_content_of(ops[each.digest], ops, sources) for each in op.inputs)
    return _copied(action.copy, copied)


def _source(source: ops_pb2.SourceOp, sources: Mapping[str, Mapping[str, bytes]]) -> Files:
    name = source.identifier.removeprefix("local://")
    if name not in sources:
        what = f'no access allowed to dir "{name}"' if name != source.identifier else f"{name}: not found"
        raise RefusalError(what)
    followed = json.loads(source.attrs.get("local.followpaths", "[]"))
    return {path: content for path, content in sources[name].items() if not followed or _is_below(path, followed)}


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _copied(action: ops_pb2.FileActionCopy, files: Files) -> Files:
    if action.attemptUnpackDockerCompatibility:
        return _unpacked(files[action.src.lstrip("/")])
    folder = action.src.strip("/")
    actual = {path.removeprefix(f"{folder}/"): data for path, data in files.items() if _is_below(path, [folder])}
    return actual if folder else files


def _unpacked(archive: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        members = {member.name.removeprefix("./"): opened.extractfile(member) for member in opened if member.isfile()}
        return {name: content.read() for name, content in members.items() if content}
