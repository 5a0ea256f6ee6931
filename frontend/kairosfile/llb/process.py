"""The process of a run: all of it that is not a file system."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb import caps
from kairosfile.llb.settings import SANDBOX
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb.settings import Settings


class ProxyEnv(NamedTuple):
    """Proxies for the process; they are not part of the cache key."""

    http: str = ""
    https: str = ""
    ftp: str = ""
    no: str = ""
    all: str = ""

    def encode(self) -> ops_pb2.ProxyEnv:
        """Return the message."""
        return ops_pb2.ProxyEnv(
            http_proxy=self.http,
            https_proxy=self.https,
            ftp_proxy=self.ftp,
            no_proxy=self.no,
            all_proxy=self.all,
        )


class CdiDevice(NamedTuple):
    """A device by its Container Device Interface name, such as `vendor.com/gpu=0`."""

    name: str
    optional: bool = False

    def encode(self) -> ops_pb2.CDIDevice:
        """Return the message."""
        return ops_pb2.CDIDevice(name=self.name, optional=self.optional)


class Process(NamedTuple):
    """What runs, and the settings that it runs under."""

    args: Sequence[str]
    settings: Settings
    proxy: ProxyEnv | None
    valid_exit_codes: Sequence[int]
    cdi_devices: Sequence[CdiDevice]

    def checked(self) -> Process:
        """Return a copy that nobody else can change; raise ValueError when there is nothing to run."""
        if isinstance(self.args, str):
            raise TypeError(f"run {self.args!r}: the arguments are a list, not one text")
        if not self.args:
            raise ValueError("run: the list of arguments is empty")
        return self._replace(
            args=tuple(self.args),
            valid_exit_codes=tuple(self.valid_exit_codes),
            cdi_devices=tuple(self.cdi_devices),
        )

    def caps(self) -> set[str]:
        """Return the capabilities that the process needs."""
        uses = {
            caps.EXEC_META_BASE: True,
            caps.EXEC_META_CDI: self.cdi_devices,
            caps.EXEC_META_NETWORK: self.settings.network != SANDBOX,
            caps.EXEC_META_PROXY: self.proxy is not None,
            caps.EXEC_META_SECURITY: self.settings.security != SANDBOX,
            caps.EXEC_META_ULIMIT: self.settings.ulimits,
            caps.EXEC_VALID_EXIT_CODE: self.valid_exit_codes,
        }
        return {capability for capability, used in uses.items() if used}

    def encode(self, defaults: dict[str, str]) -> ops_pb2.Meta:
        """Return the message; `defaults` are variables that hold where the settings have none."""
        settings = self.settings
        env = dict(settings.env)
        for name, value in defaults.items():
            env.setdefault(name, value)
        return ops_pb2.Meta(
            args=self.args,
            env=(f"{name}={value}" for name, value in env.items()),
            cwd=settings.cwd,
            user=settings.user,
            proxy_env=self.proxy.encode() if self.proxy else None,
            extraHosts=(ops_pb2.HostIP(Host=host.name, IP=host.ip) for host in settings.hosts),
            hostname=settings.hostname,
            ulimit=(ops_pb2.Ulimit(Name=item.name, Soft=item.soft, Hard=item.hard) for item in settings.ulimits),
            cgroupParent=settings.cgroup_parent,
            removeMountStubsRecursive=True,
            validExitCodes=self.valid_exit_codes,
        )
