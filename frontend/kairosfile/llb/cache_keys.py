"""The cache key of each op of a definition: equal for two ops if a daemon finds the second one cached.

A daemon looks up an op by its operation and its inputs, not by its digest. Names and proxies do not count, nor does the
transferred part of a client's directory, because the ops that read from it are looked up by the content that they
read. Content is unknown here: files of the client count as unchanged, and two names of one image as two images.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.llb.marshal import Definition

_LOCAL = "local://"


def cache_keys(definition: Definition) -> dict[str, str]:
    """Return the cache key of each op.

    Args:
        definition: A marshalled graph.

    Returns:
        Keys by the digest of the op, without the terminal op.
    """
    keys: dict[str, str] = {}
    for digest, encoded in zip(definition.digests[:-1], definition.ops[:-1], strict=True):
        keys[digest] = _key(ops.Op.decode(encoded), keys)
    return keys


def _key(op: ops.Op, keys: Mapping[str, str]) -> str:
    if op.source and op.source.identifier.startswith(_LOCAL):
        return op.source.identifier
    inputs = [read.replace(digest=keys[read.digest]) for read in op.inputs]
    op = op.replace(constraints=None, inputs=inputs)
    if op.exec and op.exec.meta:
        op = op.replace(exec=op.exec.replace(meta=op.exec.meta.replace(proxy_env=None)))
    return sha256(op.encode()).hexdigest()
