# Generated from worker.proto by `make proto`; changes here are lost.

from collections.abc import Mapping, Sequence
from typing import Final

from kairosfile.pb import ops
from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class WorkerRecord(Message):
    ID: str
    Labels: Mapping[str, str]
    platforms: Sequence[ops.Platform]
    GCPolicy: Sequence[_GCPolicy]
    BuildkitVersion: _BuildkitVersion | None
    CDIDevices: Sequence[CDIDevice]
    def __init__(
        self,
        *,
        ID: str = ...,
        Labels: Mapping[str, str] = ...,
        platforms: Sequence[ops.Platform] = ...,
        GCPolicy: Sequence[_GCPolicy] = ...,
        BuildkitVersion: _BuildkitVersion | None = ...,
        CDIDevices: Sequence[CDIDevice] = ...,
    ) -> None: ...

class GCPolicy(Message):
    all: bool
    keepDuration: int
    filters: Sequence[str]
    reservedSpace: int
    maxUsedSpace: int
    minFreeSpace: int
    def __init__(
        self,
        *,
        all: bool = ...,
        keepDuration: int = ...,
        filters: Sequence[str] = ...,
        reservedSpace: int = ...,
        maxUsedSpace: int = ...,
        minFreeSpace: int = ...,
    ) -> None: ...

class BuildkitVersion(Message):
    package: str
    version: str
    revision: str
    dockerfileVersion: str
    def __init__(
        self,
        *,
        package: str = ...,
        version: str = ...,
        revision: str = ...,
        dockerfileVersion: str = ...,
    ) -> None: ...

class CDIDevice(Message):
    Name: str
    AutoAllow: bool
    Annotations: Mapping[str, str]
    OnDemand: bool
    def __init__(
        self,
        *,
        Name: str = ...,
        AutoAllow: bool = ...,
        Annotations: Mapping[str, str] = ...,
        OnDemand: bool = ...,
    ) -> None: ...

_BuildkitVersion = BuildkitVersion
_GCPolicy = GCPolicy
