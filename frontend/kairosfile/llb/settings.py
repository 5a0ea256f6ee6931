"""What a run sees beside its file system, and what everything built on a state inherits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from kairosfile.llb import paths
from kairosfile.llb.choice import check_choice
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from kairosfile.oci import Platform

Network = Literal["sandbox", "host", "none"]
Security = Literal["sandbox", "insecure"]

SANDBOX: Literal["sandbox"] = "sandbox"
NETWORKS = {SANDBOX: ops_pb2.UNSET, "host": ops_pb2.HOST, "none": ops_pb2.NONE}
SECURITIES = {SANDBOX: ops_pb2.SANDBOX, "insecure": ops_pb2.INSECURE}


class Host(NamedTuple):
    """A line of /etc/hosts."""

    name: str
    ip: str


class Ulimit(NamedTuple):
    """A resource limit of the processes of a run, such as nofile; -1 for none."""

    name: str
    soft: int
    hard: int


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
        """Set a variable; raise ValueError for a name that no process can have."""
        if not key or "=" in key:
            raise ValueError(f"environment variable {key!r}: a name is not empty and has no '='")
        kept = tuple(pair for pair in self.env if pair[0] != key)
        return self._replace(env=(*kept, (key, value)))

    def with_cwd(self, path: str) -> Settings:
        """Set the working directory: an absolute one as given, a relative one below the present one."""
        return self._replace(cwd=path if path.startswith("/") else paths.join(self.cwd, path))

    def with_network(self, mode: Network) -> Settings:
        """Set the network mode; raise ValueError for an unknown one."""
        check_choice("network", mode, NETWORKS)
        return self._replace(network=mode)

    def with_security(self, mode: Security) -> Settings:
        """Set the security mode; raise ValueError for an unknown one."""
        check_choice("security", mode, SECURITIES)
        return self._replace(security=mode)

    def with_host(self, name: str, ip: str) -> Settings:
        """Add a host; raise ValueError for what is not an IP address."""
        return self._replace(hosts=(*self.hosts, Host(name, _canonical(ip))))

    def with_ulimit(self, name: str, soft: int, hard: int) -> Settings:
        """Add a resource limit."""
        return self._replace(ulimits=(*self.ulimits, Ulimit(name, soft, hard)))


def _canonical(address: str) -> str:
    # Few graphs name hosts, and every build would pay for the import.
    from ipaddress import IPv6Address, ip_address  # noqa: PLC0415

    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(parsed)
