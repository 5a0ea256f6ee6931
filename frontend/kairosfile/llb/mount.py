"""Mounts of a run: directories of other states, caches, memory, secrets and agent sockets.

The root file system is a mount like the others. A mount has an output when what the run writes there can be
built on: writable binds have one, the others lose their changes with the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from kairosfile.llb import caps
from kairosfile.llb.choice import check_choice
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.llb.graph import Output
    from kairosfile.llb.state import State

Sharing = Literal["shared", "private", "locked"]
ContentCache = Literal["on", "off"]

ROOT = "/"
_SHARING = {"shared": ops_pb2.SHARED, "private": ops_pb2.PRIVATE, "locked": ops_pb2.LOCKED}
_CONTENT_CACHE = {"on": ops_pb2.ON, "off": ops_pb2.OFF}
_TYPES = {"bind": ops_pb2.BIND, "cache": ops_pb2.CACHE, "tmpfs": ops_pb2.TMPFS}


class Mount(NamedTuple):
    """A mount; made by `bind`, `cache` and `tmpfs`."""

    target: str
    type: Literal["bind", "cache", "tmpfs"] = "bind"
    content: Output | None = None
    selector: str = ""
    readonly: bool = False
    no_output: bool = False
    content_cache: ContentCache | None = None
    cache_id: str = ""
    sharing: Sharing = "shared"
    size: int = 0

    @classmethod
    def bind(
        cls,
        target: str,
        source: State | None = None,
        *,
        selector: str = "",
        readonly: bool = False,
        no_output: bool = False,
        content_cache: ContentCache | None = None,
    ) -> Mount:
        """Mount a state, or the path `selector` in it; an empty directory without a source.

        `no_output` drops what the run writes there. `content_cache` says whether the run's cache key follows
        the content of the mount instead of how it was made; None leaves that to the daemon.
        """
        if content_cache is not None:
            check_choice("content_cache", content_cache, _CONTENT_CACHE)
        content = source.content if source else None
        return cls(target, "bind", content, selector, readonly, no_output, content_cache)

    @classmethod
    def cache(
        cls,
        target: str,
        *,
        id: str,  # noqa: A002 - BuildKit's word
        sharing: Sharing = "shared",
        source: State | None = None,
        selector: str = "",
        readonly: bool = False,
    ) -> Mount:
        """Mount the persistent directory `id` of the daemon, which starts as `source` or empty.

        Raise ValueError for an empty id or an unknown way of sharing.
        """
        if not id:
            raise ValueError(f"cache mount at {target}: the id is empty")
        check_choice("sharing", sharing, _SHARING)
        content = source.content if source else None
        return cls(target, "cache", content, selector, readonly, cache_id=id, sharing=sharing)

    @classmethod
    def tmpfs(cls, target: str, *, size: int = 0) -> Mount:
        """Mount memory of at most `size` bytes, 0 for the daemon's own limit."""
        return cls(target, "tmpfs", size=size)

    @property
    def has_output(self) -> bool:
        """Whether the run's changes there become an output."""
        return self.type == "bind" and not self.readonly and not self.no_output

    def caps(self) -> set[str]:
        """Return the capabilities that this mount needs."""
        needed = {caps.EXEC_MOUNT_SELECTOR} if self.selector else set()
        if self.type == "cache":
            needed |= {caps.EXEC_MOUNT_CACHE, caps.EXEC_MOUNT_CACHE_SHARING}
        elif self.type == "tmpfs":
            needed |= {caps.EXEC_MOUNT_TMPFS, caps.EXEC_MOUNT_TMPFS_SIZE} if self.size else {caps.EXEC_MOUNT_TMPFS}
        elif self.content:
            needed.add(caps.EXEC_MOUNT_BIND)
        if self.content_cache:
            needed.add(caps.EXEC_MOUNT_CONTENT_CACHE)
        return needed

    def encode(self, number: int, output: int) -> ops_pb2.Mount:
        """Return the mount of input `number` and this output number."""
        return ops_pb2.Mount(
            input=number,
            selector=self.selector,
            dest=self.target,
            output=output,
            readonly=self.readonly,
            mountType=_TYPES[self.type],
            TmpfsOpt=ops_pb2.TmpfsOpt(size=self.size) if self.type == "tmpfs" else None,
            cacheOpt=self._cache_opt(),
            contentCache=_CONTENT_CACHE.get(self.content_cache or "", ops_pb2.DEFAULT),
        )

    def _cache_opt(self) -> ops_pb2.CacheOpt | None:
        if self.type != "cache":
            return None
        return ops_pb2.CacheOpt(ID=self.cache_id, sharing=_SHARING[self.sharing])


def root_mount(content: Output | None, *, readonly: bool) -> Mount:
    """Return the mount that makes `content` the root file system."""
    return Mount(ROOT, content=content, readonly=readonly)


def check_targets(targets: Iterable[str]) -> None:
    """Raise ValueError for a target that is not an absolute path, or that would hide the root."""
    for target in targets:
        if not target.startswith("/"):
            raise ValueError(f"mount at {target!r}: the target is not an absolute path")
        if target == ROOT:
            raise ValueError(f"mount at {ROOT}: the root is the state that the run starts from")
