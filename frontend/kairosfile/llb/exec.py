"""The exec op: a process in a container whose root file system is a state.

All that a run is made of is fixed when it is created, so the numbers of its outputs are too: mounts sorted by
target, then the writable binds counted in that order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb.canonical import delimited
from kairosfile.llb.graph import NO_OUTPUT, Body, InputTable, Output, Vertex
from kairosfile.llb.mount import check_targets
from kairosfile.llb.settings import NETWORKS, SECURITIES
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.graph import Scope
    from kairosfile.llb.mount import Mount
    from kairosfile.llb.process import Process
    from kairosfile.llb.secret import Secret, Ssh

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ExecVertex(Vertex):
    """A run to be; the first of `mounts` is the root."""

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
        """Return what is in the mount at `target` after the run; raise ValueError where nothing is left.

        A read-only mount is what it was before.
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

    def body(self, scope: Scope) -> Body:
        """Encode the run."""
        inputs = InputTable(scope)
        op = ops_pb2.ExecOp(
            meta=self._process.encode(self._default_env(scope)),
            mounts=self._encode_mounts(inputs),
            network=NETWORKS[self._process.settings.network],
            security=SECURITIES[self._process.settings.security],
            secretenv=filter(None, (secret.encode_env() for secret in self._secrets)),
            cdiDevices=(device.encode() for device in self._process.cdi_devices),
        )
        member = delimited(ops_pb2.Op.EXEC_FIELD_NUMBER, op.SerializeToString())
        platform = self.constraints.platform or self._process.settings.platform or scope.platform
        return Body(member, inputs.edges(), self._caps(scope), platform)

    def _default_env(self, scope: Scope) -> dict[str, str]:
        defaults = {}
        if self._agents:
            defaults["SSH_AUTH_SOCK"] = self._agents[0].path
        if scope.capabilities and not _sets_default_path(scope) and scope.platform.os != "windows":
            defaults["PATH"] = DEFAULT_PATH
        return defaults

    def _encode_mounts(self, inputs: InputTable) -> Iterator[ops_pb2.Mount]:
        for mount, number in zip(self._mounts, self._outputs, strict=True):
            yield mount.encode(inputs.add(mount.content), number)
        yield from filter(None, (secret.encode_mount() for secret in self._secrets))
        yield from (agent.encode() for agent in self._agents)

    def _caps(self, scope: Scope) -> frozenset[str]:
        uses = {
            caps.EXEC_META_LINUX_RESOURCES: self.constraints.linux_resources,
            caps.EXEC_META_SETS_DEFAULT_PATH: _sets_default_path(scope),
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


def _sets_default_path(scope: Scope) -> bool:
    return bool(scope.capabilities and scope.capabilities.supports(caps.EXEC_META_SETS_DEFAULT_PATH))
