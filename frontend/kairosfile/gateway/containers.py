"""What the user asks of the containers of all steps: their network, hosts, limits (`--network`, `--add-host`, ...).

Most of it is a setting that states inherit, so it is given to the state that everything is built on, and a step's own
setting outranks it. BuildKit decides what of it is part of a cache key (solver/llbsolver/ops/exec.go): all but the
addresses of hosts, `--shm-size` as any mount, limits of memory and processors never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.gateway import option_values as values
from kairosfile.gateway.errors import OptionError
from kairosfile.gateway.flags import flag
from kairosfile.llb import Host, LinuxResources, Ulimit, caps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.llb import Capabilities, State
    from kairosfile.llb.settings import Network

ADD_HOSTS = "add-hosts"
CGROUP_PARENT = "cgroup-parent"
FORCE_NETWORK_MODE = "force-network-mode"
HOSTNAME = "hostname"
SHM_SIZE = "shm-size"
ULIMIT = "ulimit"
_AMOUNTS = ("memory", "memswap", "cpushares", "cpuperiod", "cpuquota")
_SETS = ("cpusetcpus", "cpusetmems")
_RESOURCES = (*_AMOUNTS, *_SETS)  # in the order of the fields of LinuxResources
ARG_SANDBOX_HOSTNAME = "BUILDKIT_SANDBOX_HOSTNAME"

_NETWORKS: tuple[Network, ...] = ("host", "none", "sandbox")


class Containers(NamedTuple):
    """What was asked; nothing, by default. `shm_size` is in bytes, 0 for the daemon's own."""

    network: Network | None = None
    hosts: tuple[Host, ...] = ()
    hostname: str = ""
    ulimits: tuple[Ulimit, ...] = ()
    cgroup_parent: str = ""
    shm_size: int = 0
    resources: LinuxResources | None = None

    def applied(self, state: State) -> State:
        """Return a state from which everything inherits what is asked, but for what no state carries."""
        state = state if self.network is None else state.network(self.network)
        for host in self.hosts:
            state = state.add_host(*host)
        for ulimit in self.ulimits:
            state = state.ulimit(*ulimit)
        state = state.hostname(self.hostname) if self.hostname else state
        return state.cgroup_parent(self.cgroup_parent) if self.cgroup_parent else state

    def within(self, capabilities: Capabilities) -> tuple[Containers, list[str]]:
        """Return what a daemon with these capabilities can do of it, and a sentence on each thing that it cannot."""
        kept, sentences = self, []
        for field, capability, effect in _NEEDS:
            if getattr(self, field) and not capabilities.supports(capability):
                kept = kept._replace(**{field: _NOTHING[field]})
                options = ", ".join(map(flag, self._keys(field)))
                sentences.append(f"{options} has no effect: this BuildKit cannot {effect} (it lacks {capability})")
        return kept, sentences

    def _keys(self, field: str) -> list[str]:
        """Return the options that gave a field its value."""
        if field != "resources":
            return [{"ulimits": ULIMIT, "cgroup_parent": CGROUP_PARENT, "shm_size": SHM_SIZE}[field]]
        return [key for key, value in zip(_RESOURCES, self.resources or (), strict=True) if value]


_NOTHING = Containers._field_defaults
_NEEDS = (
    ("ulimits", caps.EXEC_META_ULIMIT, "set limits of processes"),
    ("cgroup_parent", caps.EXEC_META_CGROUP_PARENT, "choose the control group of a step"),
    ("shm_size", caps.EXEC_MOUNT_TMPFS_SIZE, "choose the size of /dev/shm"),
    ("resources", caps.EXEC_META_LINUX_RESOURCES, "limit the memory and processors of a step"),
)


def containers(raw: Mapping[str, str], build_args: Mapping[str, str]) -> Containers:
    """Read the options of a request; raises OptionError."""
    return Containers(
        network=values.one_of(raw, FORCE_NETWORK_MODE, _NETWORKS),
        hosts=tuple(_host(field) for field in values.csv_fields(ADD_HOSTS, raw.get(ADD_HOSTS, ""))),
        hostname=build_args.get(ARG_SANDBOX_HOSTNAME) or raw.get(HOSTNAME, ""),
        ulimits=tuple(_ulimit(field) for field in values.csv_fields(ULIMIT, raw.get(ULIMIT, ""))),
        cgroup_parent=raw.get(CGROUP_PARENT, ""),
        shm_size=_amount(SHM_SIZE, raw.get(SHM_SIZE) or "0"),
        resources=_resources(raw),
    )


def _host(field: str) -> Host:
    name, equals, address = field.lower().partition("=")
    if not equals or not name:
        raise OptionError(ADD_HOSTS, f'expected host=address, not "{field}"')
    return Host(name, values.ip_address(ADD_HOSTS, address))


def _ulimit(field: str) -> Ulimit:
    name, equals, limits = field.partition("=")
    soft, colon, hard = limits.partition(":")
    if not equals or not name:
        raise OptionError(ULIMIT, f'expected name=soft or name=soft:hard, not "{field}"')
    unit = "a limit"
    return Ulimit(name, values.integer(ULIMIT, soft, unit), values.integer(ULIMIT, hard if colon else soft, unit))


def _resources(raw: Mapping[str, str]) -> LinuxResources | None:
    memory, swap, shares, period, quota = (_amount(key, raw.get(key) or "0") for key in _AMOUNTS)
    processors, nodes = (raw.get(key, "") for key in _SETS)
    found = LinuxResources(memory, swap, shares, period, quota, processors, nodes)
    return None if found == LinuxResources() else found


def _amount(key: str, text: str) -> int:
    return values.integer(key, text, "a number of bytes" if key in (SHM_SIZE, "memory", "memswap") else "a number")
