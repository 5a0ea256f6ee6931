# Generated from ops.proto by `make proto`; changes here are lost.

from collections.abc import Mapping, Sequence
from typing import Final

from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class NetMode:
    UNSET: Final = 0
    HOST: Final = 1
    NONE: Final = 2

class SecurityMode:
    SANDBOX: Final = 0
    INSECURE: Final = 1

class MountType:
    BIND: Final = 0
    SECRET: Final = 1
    SSH: Final = 2
    CACHE: Final = 3
    TMPFS: Final = 4

class MountContentCache:
    DEFAULT: Final = 0
    ON: Final = 1
    OFF: Final = 2

class CacheSharingOpt:
    SHARED: Final = 0
    PRIVATE: Final = 1
    LOCKED: Final = 2

class Op(Message):
    inputs: Sequence[Input]
    exec: ExecOp | None
    source: SourceOp | None
    file: FileOp | None
    build: BuildOp | None
    merge: MergeOp | None
    diff: DiffOp | None
    passthrough: PassthroughOp | None
    platform: Platform | None
    constraints: WorkerConstraints | None
    def __init__(
        self,
        *,
        inputs: Sequence[Input] = ...,
        exec: ExecOp | None = ...,
        source: SourceOp | None = ...,
        file: FileOp | None = ...,
        build: BuildOp | None = ...,
        merge: MergeOp | None = ...,
        diff: DiffOp | None = ...,
        passthrough: PassthroughOp | None = ...,
        platform: Platform | None = ...,
        constraints: WorkerConstraints | None = ...,
    ) -> None: ...

class Platform(Message):
    Architecture: str
    OS: str
    Variant: str
    OSVersion: str
    OSFeatures: Sequence[str]
    def __init__(
        self,
        *,
        Architecture: str = ...,
        OS: str = ...,
        Variant: str = ...,
        OSVersion: str = ...,
        OSFeatures: Sequence[str] = ...,
    ) -> None: ...

class Input(Message):
    digest: str
    index: int
    def __init__(
        self,
        *,
        digest: str = ...,
        index: int = ...,
    ) -> None: ...

class ExecOp(Message):
    meta: Meta | None
    mounts: Sequence[Mount]
    network: int
    security: int
    secretenv: Sequence[SecretEnv]
    cdiDevices: Sequence[CDIDevice]
    def __init__(
        self,
        *,
        meta: Meta | None = ...,
        mounts: Sequence[Mount] = ...,
        network: int = ...,
        security: int = ...,
        secretenv: Sequence[SecretEnv] = ...,
        cdiDevices: Sequence[CDIDevice] = ...,
    ) -> None: ...

class Meta(Message):
    args: Sequence[str]
    env: Sequence[str]
    cwd: str
    user: str
    proxy_env: ProxyEnv | None
    extraHosts: Sequence[HostIP]
    hostname: str
    ulimit: Sequence[Ulimit]
    cgroupParent: str
    removeMountStubsRecursive: bool
    validExitCodes: Sequence[int]
    def __init__(
        self,
        *,
        args: Sequence[str] = ...,
        env: Sequence[str] = ...,
        cwd: str = ...,
        user: str = ...,
        proxy_env: ProxyEnv | None = ...,
        extraHosts: Sequence[HostIP] = ...,
        hostname: str = ...,
        ulimit: Sequence[Ulimit] = ...,
        cgroupParent: str = ...,
        removeMountStubsRecursive: bool = ...,
        validExitCodes: Sequence[int] = ...,
    ) -> None: ...

class HostIP(Message):
    Host: str
    IP: str
    def __init__(
        self,
        *,
        Host: str = ...,
        IP: str = ...,
    ) -> None: ...

class Ulimit(Message):
    Name: str
    Soft: int
    Hard: int
    def __init__(
        self,
        *,
        Name: str = ...,
        Soft: int = ...,
        Hard: int = ...,
    ) -> None: ...

class SecretEnv(Message):
    ID: str
    name: str
    optional: bool
    def __init__(
        self,
        *,
        ID: str = ...,
        name: str = ...,
        optional: bool = ...,
    ) -> None: ...

class CDIDevice(Message):
    name: str
    optional: bool
    def __init__(
        self,
        *,
        name: str = ...,
        optional: bool = ...,
    ) -> None: ...

class Mount(Message):
    input: int
    selector: str
    dest: str
    output: int
    readonly: bool
    mountType: int
    TmpfsOpt: _TmpfsOpt | None
    cacheOpt: CacheOpt | None
    secretOpt: SecretOpt | None
    SSHOpt: _SSHOpt | None
    resultID: str
    contentCache: int
    def __init__(
        self,
        *,
        input: int = ...,
        selector: str = ...,
        dest: str = ...,
        output: int = ...,
        readonly: bool = ...,
        mountType: int = ...,
        TmpfsOpt: _TmpfsOpt | None = ...,
        cacheOpt: CacheOpt | None = ...,
        secretOpt: SecretOpt | None = ...,
        SSHOpt: _SSHOpt | None = ...,
        resultID: str = ...,
        contentCache: int = ...,
    ) -> None: ...

class TmpfsOpt(Message):
    size: int
    def __init__(
        self,
        *,
        size: int = ...,
    ) -> None: ...

class CacheOpt(Message):
    ID: str
    sharing: int
    def __init__(
        self,
        *,
        ID: str = ...,
        sharing: int = ...,
    ) -> None: ...

class SecretOpt(Message):
    ID: str
    uid: int
    gid: int
    mode: int
    optional: bool
    def __init__(
        self,
        *,
        ID: str = ...,
        uid: int = ...,
        gid: int = ...,
        mode: int = ...,
        optional: bool = ...,
    ) -> None: ...

class SSHOpt(Message):
    ID: str
    uid: int
    gid: int
    mode: int
    optional: bool
    def __init__(
        self,
        *,
        ID: str = ...,
        uid: int = ...,
        gid: int = ...,
        mode: int = ...,
        optional: bool = ...,
    ) -> None: ...

class SourceOp(Message):
    identifier: str
    attrs: Mapping[str, str]
    def __init__(
        self,
        *,
        identifier: str = ...,
        attrs: Mapping[str, str] = ...,
    ) -> None: ...

class BuildOp(Message):
    builder: int
    inputs: Mapping[str, BuildInput]
    def_: Definition | None
    attrs: Mapping[str, str]
    def __init__(
        self,
        *,
        builder: int = ...,
        inputs: Mapping[str, BuildInput] = ...,
        def_: Definition | None = ...,
        attrs: Mapping[str, str] = ...,
    ) -> None: ...

class BuildInput(Message):
    input: int
    def __init__(
        self,
        *,
        input: int = ...,
    ) -> None: ...

class OpMetadata(Message):
    ignore_cache: bool
    description: Mapping[str, str]
    export_cache: ExportCache | None
    caps: Mapping[str, bool]
    progress_group: ProgressGroup | None
    linux_resources: LinuxResources | None
    def __init__(
        self,
        *,
        ignore_cache: bool = ...,
        description: Mapping[str, str] = ...,
        export_cache: ExportCache | None = ...,
        caps: Mapping[str, bool] = ...,
        progress_group: ProgressGroup | None = ...,
        linux_resources: LinuxResources | None = ...,
    ) -> None: ...

class Source(Message):
    locations: Mapping[str, Locations]
    infos: Sequence[SourceInfo]
    def __init__(
        self,
        *,
        locations: Mapping[str, Locations] = ...,
        infos: Sequence[SourceInfo] = ...,
    ) -> None: ...

class Locations(Message):
    locations: Sequence[Location]
    def __init__(
        self,
        *,
        locations: Sequence[Location] = ...,
    ) -> None: ...

class SourceInfo(Message):
    filename: str
    data: bytes
    definition: Definition | None
    language: str
    def __init__(
        self,
        *,
        filename: str = ...,
        data: bytes = ...,
        definition: Definition | None = ...,
        language: str = ...,
    ) -> None: ...

class Location(Message):
    sourceIndex: int
    ranges: Sequence[Range]
    def __init__(
        self,
        *,
        sourceIndex: int = ...,
        ranges: Sequence[Range] = ...,
    ) -> None: ...

class Range(Message):
    start: Position | None
    end: Position | None
    def __init__(
        self,
        *,
        start: Position | None = ...,
        end: Position | None = ...,
    ) -> None: ...

class Position(Message):
    line: int
    character: int
    def __init__(
        self,
        *,
        line: int = ...,
        character: int = ...,
    ) -> None: ...

class ExportCache(Message):
    Value: bool
    def __init__(
        self,
        *,
        Value: bool = ...,
    ) -> None: ...

class ProgressGroup(Message):
    id: str
    name: str
    weak: bool
    def __init__(
        self,
        *,
        id: str = ...,
        name: str = ...,
        weak: bool = ...,
    ) -> None: ...

class LinuxResources(Message):
    memory: int
    memorySwap: int
    cpuShares: int
    cpuPeriod: int
    cpuQuota: int
    cpusetCpus: str
    cpusetMems: str
    def __init__(
        self,
        *,
        memory: int = ...,
        memorySwap: int = ...,
        cpuShares: int = ...,
        cpuPeriod: int = ...,
        cpuQuota: int = ...,
        cpusetCpus: str = ...,
        cpusetMems: str = ...,
    ) -> None: ...

class ProxyEnv(Message):
    http_proxy: str
    https_proxy: str
    ftp_proxy: str
    no_proxy: str
    all_proxy: str
    def __init__(
        self,
        *,
        http_proxy: str = ...,
        https_proxy: str = ...,
        ftp_proxy: str = ...,
        no_proxy: str = ...,
        all_proxy: str = ...,
    ) -> None: ...

class WorkerConstraints(Message):
    filter: Sequence[str]
    def __init__(
        self,
        *,
        filter: Sequence[str] = ...,
    ) -> None: ...

class Definition(Message):
    def_: Sequence[bytes]
    metadata: Mapping[str, OpMetadata]
    Source: _Source | None
    def __init__(
        self,
        *,
        def_: Sequence[bytes] = ...,
        metadata: Mapping[str, OpMetadata] = ...,
        Source: _Source | None = ...,
    ) -> None: ...

class FileOp(Message):
    actions: Sequence[FileAction]
    def __init__(
        self,
        *,
        actions: Sequence[FileAction] = ...,
    ) -> None: ...

class FileAction(Message):
    input: int
    secondaryInput: int
    output: int
    copy: FileActionCopy | None
    mkfile: FileActionMkFile | None
    mkdir: FileActionMkDir | None
    rm: FileActionRm | None
    symlink: FileActionSymlink | None
    def __init__(
        self,
        *,
        input: int = ...,
        secondaryInput: int = ...,
        output: int = ...,
        copy: FileActionCopy | None = ...,
        mkfile: FileActionMkFile | None = ...,
        mkdir: FileActionMkDir | None = ...,
        rm: FileActionRm | None = ...,
        symlink: FileActionSymlink | None = ...,
    ) -> None: ...

class FileActionCopy(Message):
    src: str
    dest: str
    owner: ChownOpt | None
    mode: int
    followSymlink: bool
    dirCopyContents: bool
    attemptUnpackDockerCompatibility: bool
    createDestPath: bool
    allowWildcard: bool
    allowEmptyWildcard: bool
    timestamp: int
    include_patterns: Sequence[str]
    exclude_patterns: Sequence[str]
    alwaysReplaceExistingDestPaths: bool
    modeStr: str
    required_paths: Sequence[str]
    def __init__(
        self,
        *,
        src: str = ...,
        dest: str = ...,
        owner: ChownOpt | None = ...,
        mode: int = ...,
        followSymlink: bool = ...,
        dirCopyContents: bool = ...,
        attemptUnpackDockerCompatibility: bool = ...,
        createDestPath: bool = ...,
        allowWildcard: bool = ...,
        allowEmptyWildcard: bool = ...,
        timestamp: int = ...,
        include_patterns: Sequence[str] = ...,
        exclude_patterns: Sequence[str] = ...,
        alwaysReplaceExistingDestPaths: bool = ...,
        modeStr: str = ...,
        required_paths: Sequence[str] = ...,
    ) -> None: ...

class FileActionMkFile(Message):
    path: str
    mode: int
    data: bytes
    owner: ChownOpt | None
    timestamp: int
    def __init__(
        self,
        *,
        path: str = ...,
        mode: int = ...,
        data: bytes = ...,
        owner: ChownOpt | None = ...,
        timestamp: int = ...,
    ) -> None: ...

class FileActionSymlink(Message):
    oldpath: str
    newpath: str
    owner: ChownOpt | None
    timestamp: int
    def __init__(
        self,
        *,
        oldpath: str = ...,
        newpath: str = ...,
        owner: ChownOpt | None = ...,
        timestamp: int = ...,
    ) -> None: ...

class FileActionMkDir(Message):
    path: str
    mode: int
    makeParents: bool
    owner: ChownOpt | None
    timestamp: int
    def __init__(
        self,
        *,
        path: str = ...,
        mode: int = ...,
        makeParents: bool = ...,
        owner: ChownOpt | None = ...,
        timestamp: int = ...,
    ) -> None: ...

class FileActionRm(Message):
    path: str
    allowNotFound: bool
    allowWildcard: bool
    def __init__(
        self,
        *,
        path: str = ...,
        allowNotFound: bool = ...,
        allowWildcard: bool = ...,
    ) -> None: ...

class ChownOpt(Message):
    user: UserOpt | None
    group: UserOpt | None
    def __init__(
        self,
        *,
        user: UserOpt | None = ...,
        group: UserOpt | None = ...,
    ) -> None: ...

class UserOpt(Message):
    byName: NamedUserOpt | None
    byID: int
    def __init__(
        self,
        *,
        byName: NamedUserOpt | None = ...,
        byID: int = ...,
    ) -> None: ...

class NamedUserOpt(Message):
    name: str
    input: int
    def __init__(
        self,
        *,
        name: str = ...,
        input: int = ...,
    ) -> None: ...

class MergeInput(Message):
    input: int
    def __init__(
        self,
        *,
        input: int = ...,
    ) -> None: ...

class MergeOp(Message):
    inputs: Sequence[MergeInput]
    def __init__(
        self,
        *,
        inputs: Sequence[MergeInput] = ...,
    ) -> None: ...

class LowerDiffInput(Message):
    input: int
    def __init__(
        self,
        *,
        input: int = ...,
    ) -> None: ...

class UpperDiffInput(Message):
    input: int
    def __init__(
        self,
        *,
        input: int = ...,
    ) -> None: ...

class DiffOp(Message):
    lower: LowerDiffInput | None
    upper: UpperDiffInput | None
    def __init__(
        self,
        *,
        lower: LowerDiffInput | None = ...,
        upper: UpperDiffInput | None = ...,
    ) -> None: ...

class PassthroughOp(Message):
    id: str
    outputs: Sequence[int]
    def __init__(
        self,
        *,
        id: str = ...,
        outputs: Sequence[int] = ...,
    ) -> None: ...

_SSHOpt = SSHOpt
_Source = Source
_TmpfsOpt = TmpfsOpt
