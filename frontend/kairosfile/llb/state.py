"""A state: the file system that a build will create, and the settings that states built on it inherit.

States are immutable. Each method returns a new one, so any state can be the start of several others. Nothing is
encoded until a state is marshalled.

States are also joined (`merge`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb import settings as image_config
from kairosfile.llb.exec import ROOT, ExecVertex, root_mount
from kairosfile.llb.file import FileActionChain, FileVertex
from kairosfile.llb.graph import (
    Constraints,
    EncodedOp,
    Output,
    Vertex,
)
from kairosfile.llb.settings import Process, Settings
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.llb.credentials import Secret, Ssh
    from kairosfile.llb.exec import Mount
    from kairosfile.llb.file import Action
    from kairosfile.llb.graph import MarshalContext
    from kairosfile.llb.options import CdiDevice, Host, ProxyEnv, Ulimit
    from kairosfile.llb.settings import Network, Security
    from kairosfile.oci import Platform


_DEFAULTS = Settings()

_LEAST_INPUTS = 2


class State:
    """A file system of the graph; `State()` is the empty one."""

    __slots__ = ("_content", "_settings")

    def __init__(self, content: Output | None = None, settings: Settings = _DEFAULTS) -> None:
        self._content = content
        self._settings = settings

    @property
    def content(self) -> Output | None:
        """The output that the files come from, None for the empty file system."""
        return self._content

    @property
    def settings(self) -> Settings:
        """The inherited settings: environment, working directory, user, network, platform and similar."""
        return self._settings

    def holding(self, content: Output | None) -> State:
        """Return this state with other files; their explicit platform becomes the state's."""
        settings = self._settings
        if content and content.platform:
            settings = settings._replace(platform=content.platform.normalized())
        return State(content, settings)

    def env(self, key: str, value: str) -> State:
        """Set a variable of all runs.

        Raises:
            ValueError: The name is invalid.
        """
        return State(self._content, self._settings.with_env(key, value))

    def cwd(self, path: str) -> State:
        """Set the working directory: an absolute path, or a path relative to the current one."""
        return State(self._content, self._settings.with_cwd(path))

    def user(self, name: str) -> State:
        """Set the user as `name[:group]`, each a name or a number."""
        return State(self._content, self._settings._replace(user=name))

    def hostname(self, name: str) -> State:
        """Set the name of the host."""
        return State(self._content, self._settings._replace(hostname=name))

    def network(self, mode: Network) -> State:
        """Set the network: `sandbox` (the daemon's default), `host` (needs an entitlement) or `none`.

        Raises:
            ValueError: The mode is unknown.
        """
        return State(self._content, self._settings.with_network(mode))

    def security(self, mode: Security) -> State:
        """Set the security mode: `sandbox`, or `insecure`, which needs an entitlement.

        Raises:
            ValueError: The mode is unknown.
        """
        return State(self._content, self._settings.with_security(mode))

    def add_host(self, host: str, ip: str) -> State:
        """Add a line to /etc/hosts.

        Raises:
            ValueError: `ip` is not an IP address.
        """
        return State(self._content, self._settings.with_host(host, ip))

    def ulimit(self, name: str, soft: int, hard: int) -> State:
        """Add a resource limit such as nofile, -1 for none."""
        return State(self._content, self._settings.with_ulimit(name, soft, hard))

    def cgroup_parent(self, name: str) -> State:
        """Set the parent control group of containers."""
        return State(self._content, self._settings._replace(cgroup_parent=name))

    def platform(self, platform: Platform) -> State:
        """Set the platform of this state, normalised."""
        return State(self._content, self._settings._replace(platform=platform.normalized()))

    def with_image_config(self, config: Mapping[str, object]) -> State:
        """Set environment, working directory and platform, but not the user, from an OCI image config.

        Args:
            config: The config as JSON.

        Raises:
            ValueError: The config is malformed.
        """
        return State(self._content, image_config.applied(self._settings, config))

    def file(self, *actions: Action, constraints: Constraints | None = None) -> State:
        """Apply file actions, all in one op.

        Raises:
            ValueError: There are no actions.
        """
        return self.holding(Output(FileVertex(FileActionChain(self, *actions), constraints)))

    def run(
        self,
        args: Sequence[str],
        *,
        mounts: Sequence[Mount] = (),
        secrets: Sequence[Secret] = (),
        ssh: Sequence[Ssh] = (),
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        hostname: str | None = None,
        network: Network | None = None,
        security: Security | None = None,
        cgroup_parent: str | None = None,
        hosts: Sequence[Host] = (),
        ulimits: Sequence[Ulimit] = (),
        proxy: ProxyEnv | None = None,
        valid_exit_codes: Sequence[int] = (),
        cdi_devices: Sequence[CdiDevice] = (),
        readonly_root: bool = False,
        constraints: Constraints | None = None,
    ) -> Run:
        """Run a process. Settings given here apply to this run only.

        Args:
            args: argv, never a shell line.
            mounts: Mounts other than the root.
            secrets: Secrets as files or variables.
            ssh: SSH agent sockets.
            env: Variables on top of the state's.
            cwd: Working directory.
            user: `name[:group]`, each a name or a number.
            hostname: Name of the host.
            network: `sandbox`, `host` (needs an entitlement) or `none`.
            security: `sandbox` or `insecure` (needs an entitlement).
            cgroup_parent: Control group of the container.
            hosts: Lines of /etc/hosts.
            ulimits: Resource limits.
            proxy: Proxies, which are part of no cache key.
            valid_exit_codes: Exit statuses that count as success, 0 if empty.
            cdi_devices: Devices by their CDI names.
            readonly_root: Whether the root cannot be written.
            constraints: Constraints of the op.

        Returns:
            The run; `root` is the state after it, `output(target)` the content of a mount after it.

        Raises:
            ValueError: There are no arguments, a mount has no absolute path below the root, or a setting is invalid.
        """
        inside = self
        for key, value in (env or {}).items():
            inside = inside.env(key, value)
        for host in hosts:
            inside = inside.add_host(*host)
        for ulimit in ulimits:
            inside = inside.ulimit(*ulimit)
        inside = inside if cwd is None else inside.cwd(cwd)
        inside = inside if user is None else inside.user(user)
        inside = inside if hostname is None else inside.hostname(hostname)
        inside = inside if network is None else inside.network(network)
        inside = inside if security is None else inside.security(security)
        inside = inside if cgroup_parent is None else inside.cgroup_parent(cgroup_parent)
        process = Process(args, inside.settings, proxy, valid_exit_codes, cdi_devices)
        root = root_mount(self._content, readonly=readonly_root)
        return Run(self, ExecVertex(process, (root, *mounts), secrets, ssh, constraints))


class Run:
    """A run, and the states after it."""

    __slots__ = ("_before", "_vertex")

    def __init__(self, before: State, vertex: ExecVertex) -> None:
        self._before = before
        self._vertex = vertex

    @property
    def root(self) -> State:
        """The root after the run, inheriting from the state that ran; unchanged if it was read-only."""
        return self._before.holding(self._vertex.output(ROOT))

    def output(self, target: str) -> State:
        """Return the content of the mount at `target` after the run, without settings; a read-only one is unchanged.

        Raises:
            ValueError: There is no mount, or it leaves no content (caches, tmpfs, `no_output`).
        """
        return State().holding(self._vertex.output(target))


class MergeVertex(Vertex):
    """The vertex of a merge."""

    __slots__ = ("_inputs",)

    def __init__(self, inputs: tuple[Output, ...], constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._inputs = inputs

    def inputs(self) -> tuple[Output, ...]:
        """Return the merged outputs."""
        return self._inputs

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op; an output merged twice is two inputs."""
        edges = tuple(map(context.edge, self._inputs))
        merged = ops.MergeOp(inputs=[ops.MergeInput(input=number) for number in range(len(edges))])
        return EncodedOp(ops.Op(merge=merged), edges, frozenset({caps.MERGE_OP}))


def merge(states: Sequence[State], constraints: Constraints | None = None) -> State:
    """Return the states stacked, the last on top.

    Args:
        states: Two or more; empty ones are omitted, and a single remaining one is returned unchanged, without an op.
        constraints: Constraints of the op.

    Returns:
        A state that inherits the settings of the first one that is not empty.

    Raises:
        ValueError: There are fewer than two states.
    """
    if len(states) < _LEAST_INPUTS:
        raise ValueError(f"merge: {len(states)} given, at least {_LEAST_INPUTS} states are needed")
    filled = [(state, state.content) for state in states if state.content]
    if not filled:
        return State()
    if len(filled) < _LEAST_INPUTS:
        return filled[0][0]
    vertex = MergeVertex(tuple(content for _, content in filled), constraints)
    return filled[0][0].holding(Output(vertex))
