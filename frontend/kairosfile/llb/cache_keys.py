"""What a daemon's cache sees of a definition: a key for each op that is equal where the daemon would find it cached.

A daemon looks an op up by what it does and by what its inputs are, not by its digest: the names and proxies that come
with an op do not count, and neither does which part of a directory of the client is transferred, because the ops that
read from there are looked up by the content of what they read. Content is not known here: files of the client are
taken as unchanged, and two names of one image as two images.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.llb.definition import Definition

_LOCAL = "local://"


def cache_keys(definition: Definition) -> dict[str, str]:
    """Return the key of each op by the op's digest; the terminal op has none."""
    keys: dict[str, str] = {}
    for digest, encoded in zip(definition.digests[:-1], definition.ops[:-1], strict=True):
        keys[digest] = _key(ops_pb2.Op.FromString(encoded), keys)
    return keys


def _key(op: ops_pb2.Op, keys: Mapping[str, str]) -> str:
    if op.WhichOneof("op") == "source" and op.source.identifier.startswith(_LOCAL):
        return op.source.identifier
    op.ClearField("constraints")
    for read in op.inputs:
        read.digest = keys[read.digest]
    if op.WhichOneof("op") == "exec":
        op.exec.meta.ClearField("proxy_env")
    return sha256(op.SerializeToString(deterministic=True)).hexdigest()
