"""Requirements of a daemon on requests, where its code refuses, panics or fails later.

Each function raises `RefusalError` with the daemon's message if it has one. Mistakes that a real daemon only
punishes in some modes (a result that `--platform` or a remote cache would choke on) are refused here at once.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import grpc

from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from google.protobuf.any_pb2 import Any

    from tests.support.protobuf import gateway_pb2 as pb


class RefusalError(Exception):
    """The answer of a daemon that refuses: becomes the status of the call."""

    def __init__(
        self, message: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN, details: Iterable[Any] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = tuple(details)


def check_solve(request: pb.SolveRequest, caps: Collection[str]) -> None:
    """Refuse a solve that a daemon would answer wrongly or not at all."""
    _demand(request.allowResultReturn and request.allowResultArrayRef, "solve without the allowResult flags")
    _demand(request.HasField("Definition") != bool(request.Frontend), "definition and frontend exclude each other")
    check_definition(request.Definition, caps)


def check_definition(definition: ops_pb2.Definition, caps: Collection[str]) -> None:
    """Refuse a graph that is not one."""
    encoded = list(getattr(definition, "def"))
    if not encoded:
        return
    digests = [digest(op) for op in encoded]
    ops = [ops_pb2.Op.FromString(op) for op in encoded]
    _demand(len(set(digests)) == len(digests), "an op is listed twice")
    _check_order(digests, ops)
    _check_terminal(ops[-1])
    for op, raw in zip(ops, encoded, strict=True):
        _check_op(op)
        _demand(raw in _forms(op, caps), "an op is not in canonical form: its digest will not be the daemon's")
    _demand(set(definition.metadata) == set(digests), "invalid definition op with unknown metas")
    for metadata in definition.metadata.values():
        for cap in metadata.caps:
            _demand(cap in caps, f"unknown API capability {cap}")
    _check_locations(definition.Source, digests)


def digest(op: bytes) -> str:
    """Return the name of an op."""
    return f"sha256:{sha256(op).hexdigest()}"


def _forms(op: ops_pb2.Op, caps: Collection[str]) -> tuple[bytes, ...]:
    """Return the bytes under which the daemon's own Go clients know an op.

    Before BuildKit 0.18 those have the fields in the order of their numbers, and the daemon keeps any bytes.
    """
    encodes_again = "file.symlink.create" in caps
    return (canonical(op),) if encodes_again else (canonical(op), op.SerializeToString(deterministic=True))


def canonical(op: ops_pb2.Op) -> bytes:
    """Return an op as Go's encoder writes it: the member of the oneof last."""
    member = op.WhichOneof("op")
    if member is None:
        return op.SerializeToString(deterministic=True)
    rest, alone = ops_pb2.Op(), ops_pb2.Op()
    rest.CopyFrom(op)
    rest.ClearField(member)
    getattr(alone, member).CopyFrom(getattr(op, member))
    return rest.SerializeToString(deterministic=True) + alone.SerializeToString(deterministic=True)


def check_return(request: pb.ReturnRequest, refs: Collection[str]) -> None:
    """Refuse a return that panics a daemon, or whose result no exporter can use."""
    if request.HasField("error"):
        _demand(request.error.code != 0, "an error with code 0 is no error")
        return
    if not request.HasField("result"):
        raise RefusalError("panic: runtime error: invalid memory address", grpc.StatusCode.INTERNAL)
    result = request.result
    kind = result.WhichOneof("result")
    if kind is None:
        return
    if kind == "ref":
        _check_single(result, refs)
    else:
        _demand(kind == "refs", f"deprecated result {kind}")
        _check_map(result, refs)


def _check_single(result: pb.Result, refs: Collection[str]) -> None:
    _check_ref(result.ref.id, refs)
    _check_config(result, "containerimage.config")
    _demand(len(_platforms(result)) == 1, "one ref with several platforms")


def _check_map(result: pb.Result, refs: Collection[str]) -> None:
    names = _platforms(result)
    _demand(
        set(names) == set(result.refs.refs),
        f"refs.platforms {names} are not the refs {set(result.refs.refs)}",
    )
    for name, ref in result.refs.refs.items():
        _check_ref(ref.id, refs)
        _check_config(result, f"containerimage.config/{name}")


def _check_ref(ref_id: str, refs: Collection[str]) -> None:
    _demand(not ref_id or ref_id in refs, f"return reference {ref_id} was not found")


def _check_config(result: pb.Result, key: str) -> None:
    """Check the config of an image for the exporters' fields; a result that is not an image has none."""
    if not any(name.startswith("containerimage.") for name in result.metadata):
        return
    _demand(key in result.metadata, f"no {key}")
    config = json.loads(result.metadata[key])
    _demand(config.get("os") and config.get("architecture"), f"{key}: os and architecture are required")


def _platforms(result: pb.Result) -> list[str]:
    _demand("refs.platforms" in result.metadata, "no refs.platforms")
    platforms = json.loads(result.metadata["refs.platforms"])["Platforms"]
    for platform in platforms:
        _demand(platform["Platform"]["os"] and platform["Platform"]["architecture"], "a platform without os")
    return [platform["ID"] for platform in platforms]


def _check_order(digests: list[str], ops: list[ops_pb2.Op]) -> None:
    visited: set[str] = set()
    for name, op in zip(digests, ops, strict=True):
        for source in op.inputs:
            _demand(source.digest in visited, f"invalid missing input digest {source.digest}")
        visited.add(name)


def _check_terminal(op: ops_pb2.Op) -> None:
    bare = len(op.inputs) == 1 and not (op.WhichOneof("op") or op.HasField("platform") or op.HasField("constraints"))
    _demand(bare, "the last op must only point at the result")


def _check_op(op: ops_pb2.Op) -> None:
    match op.WhichOneof("op"):
        case "exec":
            _demand(op.exec.HasField("meta") and op.exec.meta.args, "invalid exec op with no args")
            _demand(any(mount.dest == "/" for mount in op.exec.mounts), "no root mount")
        case "file":
            _demand(op.file.actions, "invalid file op with no actions")
        case "source":
            _demand("://" in op.source.identifier, f"failed to parse source {op.source.identifier}")


def _check_locations(source: ops_pb2.Source, digests: Collection[str]) -> None:
    for name, item in source.locations.items():
        _demand(name in digests, f"location of an unknown op {name}")
        for location in item.locations:
            _demand(0 <= location.sourceIndex < len(source.infos), "location in an unknown file")


def _demand(holds: object, message: str) -> None:
    if not holds:
        raise RefusalError(message)
