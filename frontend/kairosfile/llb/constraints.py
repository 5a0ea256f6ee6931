"""What can be said of any op beside what it does: where it may run, what it is called, how it is cached.

`Constraints` is what a caller says of one op, or of all ops of a graph. `Metadata` is what a definition tells
the daemon of an op; nothing of it is part of the op's bytes, so equal ops may carry different metadata, which
are then merged.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb.canonical import flags_field, map_field
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.llb.sourcemap import Location
    from kairosfile.oci import Platform

CUSTOM_NAME = "llb.customname"
_EMPTY: Mapping[str, str] = MappingProxyType({})


class ProgressGroup(NamedTuple):
    """Several ops as one line of progress, which shows once a member that is not weak runs."""

    id: str
    name: str
    weak: bool = False


class LinuxResources(NamedTuple):
    """Limits of the container of a run; sizes in bytes, times in microseconds, 0 for no limit of its own."""

    memory: int = 0
    memory_swap: int = 0
    cpu_shares: int = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""


class Constraints(NamedTuple):
    """What holds for one op, or as the default of a whole graph when given to `marshal`.

    `platform` is written as given and inherited, normalised, by what is built on the op. `export_cache` is
    None for the daemon's choice. `custom_name` is what the progress output shows. `require` are worker
    filters. `local_unique_id` keeps a local source without a session apart from others of its name.
    """

    platform: Platform | None = None
    ignore_cache: bool = False
    export_cache: bool | None = None
    custom_name: str | None = None
    description: Mapping[str, str] = _EMPTY
    progress_group: ProgressGroup | None = None
    linux_resources: LinuxResources | None = None
    require: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    local_unique_id: str | None = None

    def snapshot(self) -> Constraints:
        """Return a copy that no later change of a given dict or list reaches."""
        return self._replace(
            description=MappingProxyType(dict(self.description)),
            require=tuple(self.require),
            locations=tuple(self.locations),
        )

    def metadata(self, caps: frozenset[str] = frozenset()) -> Metadata:
        """Return what the daemon is told of an op under these constraints that needs `caps`."""
        named = {} if self.custom_name is None else {CUSTOM_NAME: self.custom_name}
        return Metadata(
            self.ignore_cache,
            {**self.description, **named},
            self.export_cache,
            caps,
            self.progress_group,
            self.linux_resources,
        )


class Metadata(NamedTuple):
    """What a definition says of one op."""

    ignore_cache: bool
    description: Mapping[str, str]
    export_cache: bool | None
    caps: frozenset[str]
    progress_group: ProgressGroup | None
    linux_resources: LinuxResources | None

    def merged(self, later: Metadata) -> Metadata:
        """Return both in one; where only one can hold, `later` does."""
        return Metadata(
            self.ignore_cache or later.ignore_cache,
            {**self.description, **later.description},
            self.export_cache if later.export_cache is None else later.export_cache,
            self.caps | later.caps,
            later.progress_group or self.progress_group,
            later.linux_resources or self.linux_resources,
        )

    def encode(self) -> bytes:
        """Return the canonical bytes of pb.OpMetadata."""
        message = ops_pb2.OpMetadata
        encoded = message(ignore_cache=self.ignore_cache).SerializeToString()
        description = {key: value.encode() for key, value in self.description.items()}
        encoded += map_field(message.DESCRIPTION_FIELD_NUMBER, description)
        if self.export_cache is not None:
            encoded += message(export_cache=ops_pb2.ExportCache(Value=self.export_cache)).SerializeToString()
        return encoded + _encode_caps(self.caps) + self._encode_limits()

    def _encode_limits(self) -> bytes:
        message = ops_pb2.OpMetadata()
        if self.progress_group:
            group = self.progress_group
            message.progress_group.CopyFrom(ops_pb2.ProgressGroup(id=group.id, name=group.name, weak=group.weak))
        if self.linux_resources:
            message.linux_resources.CopyFrom(_resources(self.linux_resources))
        return message.SerializeToString()


@lru_cache(maxsize=256)  # thousands of ops need the same few sets
def _encode_caps(caps: frozenset[str]) -> bytes:
    return flags_field(ops_pb2.OpMetadata.CAPS_FIELD_NUMBER, caps)


def _resources(limits: LinuxResources) -> ops_pb2.LinuxResources:
    return ops_pb2.LinuxResources(
        memory=limits.memory,
        memorySwap=limits.memory_swap,
        cpuShares=limits.cpu_shares,
        cpuPeriod=limits.cpu_period,
        cpuQuota=limits.cpu_quota,
        cpusetCpus=limits.cpuset_cpus,
        cpusetMems=limits.cpuset_mems,
    )
