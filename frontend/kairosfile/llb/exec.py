"""The exec op: a process in a container whose root file system is a state, with its mounts.

A run is immutable from its creation, and so are the numbers of its outputs: mounts sorted by target, then the writable
binds counted in that order. The root file system is a mount like the others. Mounts whose result other ops can use have
an output: writable binds have one; caches, tmpfs and read-only binds do not.

Secrets and SSH agent sockets (`credentials`) are mounts too, in the given order and after all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.llb import caps
from kairosfile.llb.graph import NO_OUTPUT, EncodedOp, InputTable, Output, Vertex, validate_choice
from kairosfile.llb.settings import NETWORKS, SECURITIES
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile.llb.credentials import Secret, Ssh
    from kairosfile.llb.graph import Constraints, FileSystem, MarshalContext
    from kairosfile.llb.settings import Process


Sharing = Literal["shared", "private", "locked"]
ContentCache = Literal["on", "off"]

ROOT = "/"
_SHARING = {
    "shared": ops.CacheSharingOpt.SHARED,
    "private": ops.CacheSharingOpt.PRIVATE,
    "locked": ops.CacheSharingOpt.LOCKED,
}
_CONTENT_CACHE = {"on": ops.MountContentCache.ON, "off": ops.MountContentCache.OFF}
_TYPES = {"bind": ops.MountType.BIND, "cache": ops.MountType.CACHE, "tmpfs": ops.MountType.TMPFS}

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Mount(NamedTuple):
    """A mount; `bind`, `cache` and `tmpfs` create one."""

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
        source: FileSystem | None = None,
        *,
        selector: str = "",
        readonly: bool = False,
        no_output: bool = False,
        content_cache: ContentCache | None = None,
    ) -> Mount:
        """Mount a state, or an empty directory.

        Args:
            target: Absolute path below the root.
            source: The state, None for an empty directory.
            selector: The path in the source to mount, empty for its root.
            readonly: Whether the run cannot write there.
            no_output: Whether what the run writes there is discarded.
            content_cache: Whether the run's cache key depends on the content of the mount (`on`) or on the ops that
                created it (`off`); None lets the daemon decide (BuildKit's MountContentCache).

        Raises:
            ValueError: `content_cache` is unknown.
        """
        if content_cache is not None:
            validate_choice("content_cache", content_cache, _CONTENT_CACHE)
        content = source.content if source else None
        return cls(target, "bind", content, selector, readonly, no_output, content_cache)

    @classmethod
    def cache(
        cls,
        target: str,
        *,
        id: str,  # noqa: A002 - BuildKit's word
        sharing: Sharing = "shared",
        source: FileSystem | None = None,
        selector: str = "",
        readonly: bool = False,
    ) -> Mount:
        """Mount a persistent directory of the daemon.

        Args:
            target: Absolute path below the root.
            id: Name of the directory; the empty name is valid, as in the Go client.
            sharing: Concurrent use: `shared` by all, `private` with a copy for each, `locked` by one at a time.
            source: The initial content, None for an empty directory.
            selector: The path in the source, empty for its root.
            readonly: Whether the run cannot write there.

        Raises:
            ValueError: `sharing` is unknown.
        """
        validate_choice("sharing", sharing, _SHARING)
        content = source.content if source else None
        return cls(target, "cache", content, selector, readonly, cache_id=id, sharing=sharing)

    @classmethod
    def tmpfs(cls, target: str, *, size: int = 0) -> Mount:
        """Mount an empty file system in memory.

        Args:
            target: Absolute path below the root.
            size: Limit in bytes, 0 for the daemon's default.
        """
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

    def to_proto(self, number: int, output: int) -> ops.Mount:
        """Return the mount of input `number` and this output number."""
        return ops.Mount(
            input=number,
            selector=self.selector,
            dest=self.target,
            output=output,
            readonly=self.readonly,
            mountType=_TYPES[self.type],
            TmpfsOpt=ops.TmpfsOpt(size=self.size) if self.type == "tmpfs" else None,
            cacheOpt=self._cache_opt(),
            contentCache=_CONTENT_CACHE.get(self.content_cache or "", ops.MountContentCache.DEFAULT),
        )

    def _cache_opt(self) -> ops.CacheOpt | None:
        if self.type != "cache":
            return None
        return ops.CacheOpt(ID=self.cache_id, sharing=_SHARING[self.sharing])


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


class ExecVertex(Vertex):
    """The vertex of a run; the first of `mounts` is the root."""

    __slots__ = ("_agents", "_mounts", "_outputs", "_process", "_secrets")

    def __init__(
        self,
        process: Process,
        mounts: Sequence[Mount],
        secrets: Sequence[Secret],
        agents: Sequence[Ssh],
        constraints: Constraints | None,
    ) -> None:
        super().__init__(constraints)
        self._process = process.checked()
        self._mounts = sorted(mounts, key=lambda mount: mount.target)
        self._outputs = _number_outputs(self._mounts)
        self._secrets = tuple(secrets)
        self._agents = tuple(agent.at(position) for position, agent in enumerate(agents))
        check_targets(mount.target for mount in mounts[1:])
        check_targets(secret.path for secret in self._secrets if secret.path is not None)
        check_targets(agent.path for agent in self._agents)

    def output(self, target: str) -> Output | None:
        """Return the content of the mount at `target` after the run; a read-only mount is as it was before.

        Raises:
            ValueError: There is no mount, or it has no output (caches, tmpfs, `no_output`).
        """
        for mount, number in zip(self._mounts, self._outputs, strict=True):
            if mount.target == target:
                return self._left_in(mount, number)
        raise ValueError(f"mount at {target}: the run has none there")

    def _left_in(self, mount: Mount, number: int) -> Output | None:
        if mount.type == "bind" and mount.readonly:
            return mount.content
        if number == NO_OUTPUT:
            kind = "no-output" if mount.type == "bind" else mount.type
            raise ValueError(f"mount at {mount.target}: nothing can be built on a {kind} mount")
        return Output(self, number, self.constraints.platform)

    def inputs(self) -> Iterator[Output]:
        """Return the mounted outputs by target."""
        return (mount.content for mount in self._mounts if mount.content)

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op."""
        inputs = InputTable(context)
        run = ops.ExecOp(
            meta=self._process.to_proto(self._default_env(context)),
            mounts=list(self._mount_messages(inputs)),
            network=NETWORKS[self._process.settings.network],
            security=SECURITIES[self._process.settings.security],
            secretenv=list(filter(None, (secret.to_env() for secret in self._secrets))),
            cdiDevices=[device.to_proto() for device in self._process.cdi_devices],
        )
        platform = self.constraints.platform or self._process.settings.platform or context.platform
        return EncodedOp(ops.Op(exec=run), inputs.edges(), self._caps(context), platform)

    def _default_env(self, context: MarshalContext) -> dict[str, str]:
        defaults = {}
        if self._agents:
            defaults["SSH_AUTH_SOCK"] = self._agents[0].path
        if context.capabilities and not _sets_default_path(context) and context.platform.os != "windows":
            defaults["PATH"] = DEFAULT_PATH
        return defaults

    def _mount_messages(self, inputs: InputTable) -> Iterator[ops.Mount]:
        for mount, number in zip(self._mounts, self._outputs, strict=True):
            yield mount.to_proto(inputs.add(mount.content), number)
        yield from filter(None, (secret.to_mount() for secret in self._secrets))
        yield from (agent.to_proto() for agent in self._agents)

    def _caps(self, context: MarshalContext) -> frozenset[str]:
        uses = {
            caps.EXEC_META_LINUX_RESOURCES: self.constraints.linux_resources,
            caps.EXEC_META_SETS_DEFAULT_PATH: _sets_default_path(context),
            caps.EXEC_MOUNT_SECRET: self._secrets,
            caps.EXEC_MOUNT_SSH: self._agents,
            caps.EXEC_SECRET_ENV: any(secret.env is not None for secret in self._secrets),
        }
        needed = {capability for capability, used in uses.items() if used}
        return frozenset(needed.union(self._process.caps(), *(mount.caps() for mount in self._mounts)))


def _number_outputs(mounts: list[Mount]) -> list[int]:
    numbers: list[int] = []
    count = 0
    for mount in mounts:
        numbers.append(count if mount.has_output else NO_OUTPUT)
        count += mount.has_output
    return numbers


def _sets_default_path(context: MarshalContext) -> bool:
    return bool(context.capabilities and context.capabilities.supports(caps.EXEC_META_SETS_DEFAULT_PATH))
