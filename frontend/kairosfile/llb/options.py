"""Options that few ops have: hosts, limits, proxies and devices of a run, and groups in the progress output."""

from __future__ import annotations

from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops


class Host(NamedTuple):
    """A line of /etc/hosts."""

    name: str
    ip: str

    @classmethod
    def parse(cls, name: str, address: str) -> Host:
        """Return a line with the address in its canonical form; raise ValueError for an invalid one."""
        from ipaddress import IPv6Address, ip_address  # noqa: PLC0415 - slow to import

        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
            return cls(name, str(parsed.ipv4_mapped))
        return cls(name, str(parsed))


class Ulimit(NamedTuple):
    """A resource limit of the processes of a run, such as nofile; -1 for none."""

    name: str
    soft: int
    hard: int


class ProxyEnv(NamedTuple):
    """Proxies for the process; they are not part of the cache key."""

    http: str = ""
    https: str = ""
    ftp: str = ""
    no: str = ""
    all: str = ""

    def to_proto(self) -> ops.ProxyEnv:
        """Return the message."""
        return ops.ProxyEnv(
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

    def to_proto(self) -> ops.CDIDevice:
        """Return the message."""
        return ops.CDIDevice(name=self.name, optional=self.optional)


class LinuxResources(NamedTuple):
    """Limits of the container of a run; sizes in bytes, times in microseconds, 0 for no limit."""

    memory: int = 0
    memory_swap: int = 0
    cpu_shares: int = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""

    def to_proto(self) -> ops.LinuxResources:
        """Return the message."""
        return ops.LinuxResources(
            memory=self.memory,
            memorySwap=self.memory_swap,
            cpuShares=self.cpu_shares,
            cpuPeriod=self.cpu_period,
            cpuQuota=self.cpu_quota,
            cpusetCpus=self.cpuset_cpus,
            cpusetMems=self.cpuset_mems,
        )


class ProgressGroup(NamedTuple):
    """Groups ops in one progress line, which is shown once a member that is not weak runs."""

    id: str
    name: str
    weak: bool = False
