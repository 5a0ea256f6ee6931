"""Settings of processes: those that every run on a state inherits, and their encoding for one run.

Environment, user, working directory, network mode and limits; the resolution of paths relative to the working
directory, and the settings from the config of an OCI image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from kairosfile.llb import caps
from kairosfile.llb.graph import FileSystem, validate_choice
from kairosfile.named_tuple import NamedTuple
from kairosfile.oci import Platform
from kairosfile.paths import normpath
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.llb.options import CdiDevice, Host, ProxyEnv, Ulimit

Network = Literal["sandbox", "host", "none"]
Security = Literal["sandbox", "insecure"]

SANDBOX: Literal["sandbox"] = "sandbox"
NETWORKS = {SANDBOX: ops.NetMode.UNSET, "host": ops.NetMode.HOST, "none": ops.NetMode.NONE}
SECURITIES = {SANDBOX: ops.SecurityMode.SANDBOX, "insecure": ops.SecurityMode.INSECURE}


def join(parent: str, path: str) -> str:
    """Return `path` below `parent`, cleaned, and absolute."""
    return normpath(f"/{parent}/{path}")


def absolute(parent: str, path: str) -> str:
    """Return `path` cleaned, below `parent` when it is relative."""
    return normpath(path) if path.startswith("/") else join(parent, path)


def destination(parent: str, path: str) -> str:
    """Return `absolute(parent, path)` with the ending `/` or `/.` by which a copy goes into a directory."""
    target = absolute(parent, path)
    if path.endswith("/"):
        return target if target == "/" else f"{target}/"
    if path.endswith("/."):
        return "/." if target == "/" else f"{target}/."
    return target


class Settings(NamedTuple):
    """The inherited part of a state; `env` is ordered by the last assignment of each name."""

    env: tuple[tuple[str, str], ...] = ()
    cwd: str = "/"
    user: str = ""
    hostname: str = ""
    network: Network = SANDBOX
    security: Security = SANDBOX
    cgroup_parent: str = ""
    hosts: tuple[Host, ...] = ()
    ulimits: tuple[Ulimit, ...] = ()
    platform: Platform | None = None

    def with_env(self, key: str, value: str) -> Settings:
        """Set a variable; raise ValueError for an invalid name."""
        if not key or "=" in key:
            raise ValueError(f"environment variable {key!r}: a name is not empty and has no '='")
        others = tuple(pair for pair in self.env if pair[0] != key)
        return self._replace(env=(*others, (key, value)))

    def with_cwd(self, path: str) -> Settings:
        """Set the working directory: an absolute path, or a path relative to the current one."""
        return self._replace(cwd=path if path.startswith("/") else join(self.cwd, path))

    def with_network(self, mode: Network) -> Settings:
        """Set the network mode; raise ValueError for an unknown one."""
        validate_choice("network", mode, NETWORKS)
        return self._replace(network=mode)

    def with_security(self, mode: Security) -> Settings:
        """Set the security mode; raise ValueError for an unknown one."""
        validate_choice("security", mode, SECURITIES)
        return self._replace(security=mode)

    def with_host(self, name: str, ip: str) -> Settings:
        """Add a host; raise ValueError for an invalid IP address."""
        from kairosfile.llb.options import Host  # noqa: PLC0415 - few graphs have hosts

        return self._replace(hosts=(*self.hosts, Host.parse(name, ip)))

    def with_ulimit(self, name: str, soft: int, hard: int) -> Settings:
        """Add a resource limit."""
        from kairosfile.llb.options import Ulimit  # noqa: PLC0415 - few graphs have limits

        return self._replace(ulimits=(*self.ulimits, Ulimit(name, soft, hard)))


def applied(settings: Settings, config: Mapping[str, object]) -> Settings:
    """Return the settings with those of the config; raise ValueError for a malformed config."""
    process = config.get("config") or {}
    if not isinstance(process, dict):
        raise ValueError("image config: 'config' is not an object")  # noqa: TRY004 - data, not code
    for variable in _texts(process, "Env"):
        key, _, value = variable.partition("=")
        settings = settings.with_env(key, value) if key else settings
    settings = settings.with_cwd(_text(process, "WorkingDir"))
    platform = _platform(config)
    return settings._replace(platform=platform.normalized()) if platform else settings


def _platform(config: Mapping[str, object]) -> Platform | None:
    system, architecture = _text(config, "os"), _text(config, "architecture")
    if not system or not architecture:
        return None
    features = tuple(_texts(config, "os.features"))
    return Platform(system, architecture, _text(config, "variant"), _text(config, "os.version"), features)


def _text(config: Mapping[str, object], key: str) -> str:
    value = config.get(key) or ""
    if not isinstance(value, str):
        raise ValueError(f"image config: {key!r} is not text")  # noqa: TRY004 - data, not code
    return value


def _texts(config: Mapping[str, object], key: str) -> list[str]:
    value = config.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"image config: {key!r} is not a list of text")
    return value


class Process(NamedTuple):
    """The arguments of a process, and its settings."""

    args: Sequence[str]
    settings: Settings
    proxy: ProxyEnv | None
    valid_exit_codes: Sequence[int]
    cdi_devices: Sequence[CdiDevice]

    def checked(self) -> Process:
        """Return an independent copy; raise ValueError if there is no command."""
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

    def to_proto(self, defaults: dict[str, str]) -> ops.Meta:
        """Return the message; `defaults` are variables for names that the settings lack."""
        settings = self.settings
        env = dict(settings.env)
        for name, value in defaults.items():
            env.setdefault(name, value)
        return ops.Meta(
            args=self.args,
            env=[f"{name}={value}" for name, value in env.items()],
            cwd=settings.cwd,
            user=settings.user,
            proxy_env=self.proxy.to_proto() if self.proxy else None,
            extraHosts=[ops.HostIP(Host=host.name, IP=host.ip) for host in settings.hosts],
            hostname=settings.hostname,
            ulimit=[ops.Ulimit(Name=item.name, Soft=item.soft, Hard=item.hard) for item in settings.ulimits],
            cgroupParent=settings.cgroup_parent,
            removeMountStubsRecursive=True,
            validExitCodes=self.valid_exit_codes,
        )


class StateView(FileSystem, Protocol):
    """The settings of a state that file actions need."""

    @property
    def settings(self) -> Settings:
        """The working directory, environment and user that paths and owners refer to."""
