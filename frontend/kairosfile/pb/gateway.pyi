# Generated from gateway.proto by `make proto`; changes here are lost.

from collections.abc import Mapping, Sequence
from typing import Final

from kairosfile.pb import caps, google, ops, policy, stat, worker
from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class AttestationKind:
    InToto: Final = 0
    Bundle: Final = 1

class InTotoSubjectKind:
    Self: Final = 0
    Raw: Final = 1

class ChecksumRequest_ChecksumAlgo:
    CHECKSUM_ALGO_SHA256: Final = 0
    CHECKSUM_ALGO_SHA384: Final = 1
    CHECKSUM_ALGO_SHA512: Final = 2

class Result(Message):
    refDeprecated: str
    refsDeprecated: RefMapDeprecated | None
    ref: Ref | None
    refs: RefMap | None
    metadata: Mapping[str, bytes]
    attestations: Mapping[str, Attestations]
    def __init__(
        self,
        *,
        refDeprecated: str = ...,
        refsDeprecated: RefMapDeprecated | None = ...,
        ref: Ref | None = ...,
        refs: RefMap | None = ...,
        metadata: Mapping[str, bytes] = ...,
        attestations: Mapping[str, Attestations] = ...,
    ) -> None: ...

class RefMapDeprecated(Message):
    refs: Mapping[str, str]
    def __init__(
        self,
        *,
        refs: Mapping[str, str] = ...,
    ) -> None: ...

class Ref(Message):
    id: str
    def_: ops.Definition | None
    def __init__(
        self,
        *,
        id: str = ...,
        def_: ops.Definition | None = ...,
    ) -> None: ...

class RefMap(Message):
    refs: Mapping[str, Ref]
    def __init__(
        self,
        *,
        refs: Mapping[str, Ref] = ...,
    ) -> None: ...

class Attestations(Message):
    attestation: Sequence[Attestation]
    def __init__(
        self,
        *,
        attestation: Sequence[Attestation] = ...,
    ) -> None: ...

class Attestation(Message):
    kind: int
    metadata: Mapping[str, bytes]
    ref: Ref | None
    path: str
    inTotoPredicateType: str
    inTotoSubjects: Sequence[InTotoSubject]
    def __init__(
        self,
        *,
        kind: int = ...,
        metadata: Mapping[str, bytes] = ...,
        ref: Ref | None = ...,
        path: str = ...,
        inTotoPredicateType: str = ...,
        inTotoSubjects: Sequence[InTotoSubject] = ...,
    ) -> None: ...

class InTotoSubject(Message):
    kind: int
    digest: Sequence[str]
    name: str
    def __init__(
        self,
        *,
        kind: int = ...,
        digest: Sequence[str] = ...,
        name: str = ...,
    ) -> None: ...

class ReturnRequest(Message):
    result: Result | None
    error: google.Status | None
    def __init__(
        self,
        *,
        result: Result | None = ...,
        error: google.Status | None = ...,
    ) -> None: ...

class ReturnResponse(Message): ...
class InputsRequest(Message): ...

class InputsResponse(Message):
    Definitions: Mapping[str, ops.Definition]
    def __init__(
        self,
        *,
        Definitions: Mapping[str, ops.Definition] = ...,
    ) -> None: ...

class ResolveImageConfigRequest(Message):
    Ref: str
    Platform: ops.Platform | None
    ResolveMode: str
    LogName: str
    ResolverType: int
    SessionID: str
    StoreID: str
    SourcePolicies: Sequence[policy.Policy]
    def __init__(
        self,
        *,
        Ref: str = ...,
        Platform: ops.Platform | None = ...,
        ResolveMode: str = ...,
        LogName: str = ...,
        ResolverType: int = ...,
        SessionID: str = ...,
        StoreID: str = ...,
        SourcePolicies: Sequence[policy.Policy] = ...,
    ) -> None: ...

class ResolveImageConfigResponse(Message):
    Digest: str
    Config: bytes
    Ref: str
    def __init__(
        self,
        *,
        Digest: str = ...,
        Config: bytes = ...,
        Ref: str = ...,
    ) -> None: ...

class ResolveSourceMetaRequest(Message):
    Source: ops.SourceOp | None
    Platform: ops.Platform | None
    LogName: str
    ResolveMode: str
    Git: ResolveSourceGitRequest | None
    Image: ResolveSourceImageRequest | None
    HTTP: ResolveSourceHTTPRequest | None
    SourcePolicies: Sequence[policy.Policy]
    def __init__(
        self,
        *,
        Source: ops.SourceOp | None = ...,
        Platform: ops.Platform | None = ...,
        LogName: str = ...,
        ResolveMode: str = ...,
        Git: ResolveSourceGitRequest | None = ...,
        Image: ResolveSourceImageRequest | None = ...,
        HTTP: ResolveSourceHTTPRequest | None = ...,
        SourcePolicies: Sequence[policy.Policy] = ...,
    ) -> None: ...

class ResolveSourceMetaResponse(Message):
    Source: ops.SourceOp | None
    Image: ResolveSourceImageResponse | None
    Git: ResolveSourceGitResponse | None
    HTTP: ResolveSourceHTTPResponse | None
    def __init__(
        self,
        *,
        Source: ops.SourceOp | None = ...,
        Image: ResolveSourceImageResponse | None = ...,
        Git: ResolveSourceGitResponse | None = ...,
        HTTP: ResolveSourceHTTPResponse | None = ...,
    ) -> None: ...

class ResolveSourceImageRequest(Message):
    NoConfig: bool
    AttestationChain: bool
    ResolveAttestations: Sequence[str]
    def __init__(
        self,
        *,
        NoConfig: bool = ...,
        AttestationChain: bool = ...,
        ResolveAttestations: Sequence[str] = ...,
    ) -> None: ...

class AttestationChain(Message):
    Root: str
    ImageManifest: str
    AttestationManifest: str
    SignatureManifests: Sequence[str]
    Blobs: Mapping[str, Blob]
    def __init__(
        self,
        *,
        Root: str = ...,
        ImageManifest: str = ...,
        AttestationManifest: str = ...,
        SignatureManifests: Sequence[str] = ...,
        Blobs: Mapping[str, Blob] = ...,
    ) -> None: ...

class ResolveSourceImageResponse(Message):
    Digest: str
    Config: bytes
    AttestationChain: _AttestationChain | None
    def __init__(
        self,
        *,
        Digest: str = ...,
        Config: bytes = ...,
        AttestationChain: _AttestationChain | None = ...,
    ) -> None: ...

class ResolveSourceGitRequest(Message):
    ReturnObject: bool
    def __init__(
        self,
        *,
        ReturnObject: bool = ...,
    ) -> None: ...

class ResolveSourceGitResponse(Message):
    Checksum: str
    Ref: str
    CommitChecksum: str
    CommitObject: bytes
    TagObject: bytes
    def __init__(
        self,
        *,
        Checksum: str = ...,
        Ref: str = ...,
        CommitChecksum: str = ...,
        CommitObject: bytes = ...,
        TagObject: bytes = ...,
    ) -> None: ...

class ResolveSourceHTTPResponse(Message):
    Checksum: str
    Filename: str
    LastModified: google.Timestamp | None
    ChecksumResponse: _ChecksumResponse | None
    def __init__(
        self,
        *,
        Checksum: str = ...,
        Filename: str = ...,
        LastModified: google.Timestamp | None = ...,
        ChecksumResponse: _ChecksumResponse | None = ...,
    ) -> None: ...

class ResolveSourceHTTPRequest(Message):
    ChecksumRequest: _ChecksumRequest | None
    def __init__(
        self,
        *,
        ChecksumRequest: _ChecksumRequest | None = ...,
    ) -> None: ...

class ChecksumRequest(Message):
    Algo: int
    Suffix: bytes
    def __init__(
        self,
        *,
        Algo: int = ...,
        Suffix: bytes = ...,
    ) -> None: ...

class ChecksumResponse(Message):
    Digest: str
    Suffix: bytes
    def __init__(
        self,
        *,
        Digest: str = ...,
        Suffix: bytes = ...,
    ) -> None: ...

class SolveRequest(Message):
    Definition: ops.Definition | None
    Frontend: str
    FrontendOpt: Mapping[str, str]
    allowResultReturn: bool
    allowResultArrayRef: bool
    Final: bool
    ExporterAttr: bytes
    CacheImports: Sequence[CacheOptionsEntry]
    FrontendInputs: Mapping[str, ops.Definition]
    Evaluate: bool
    SourcePolicies: Sequence[policy.Policy]
    def __init__(
        self,
        *,
        Definition: ops.Definition | None = ...,
        Frontend: str = ...,
        FrontendOpt: Mapping[str, str] = ...,
        allowResultReturn: bool = ...,
        allowResultArrayRef: bool = ...,
        Final: bool = ...,
        ExporterAttr: bytes = ...,
        CacheImports: Sequence[CacheOptionsEntry] = ...,
        FrontendInputs: Mapping[str, ops.Definition] = ...,
        Evaluate: bool = ...,
        SourcePolicies: Sequence[policy.Policy] = ...,
    ) -> None: ...

class CacheOptionsEntry(Message):
    Type: str
    Attrs: Mapping[str, str]
    def __init__(
        self,
        *,
        Type: str = ...,
        Attrs: Mapping[str, str] = ...,
    ) -> None: ...

class SolveResponse(Message):
    ref: str
    result: Result | None
    def __init__(
        self,
        *,
        ref: str = ...,
        result: Result | None = ...,
    ) -> None: ...

class ReadFileRequest(Message):
    Ref: str
    FilePath: str
    Range: FileRange | None
    MountIndex: int
    def __init__(
        self,
        *,
        Ref: str = ...,
        FilePath: str = ...,
        Range: FileRange | None = ...,
        MountIndex: int = ...,
    ) -> None: ...

class FileRange(Message):
    Offset: int
    Length: int
    def __init__(
        self,
        *,
        Offset: int = ...,
        Length: int = ...,
    ) -> None: ...

class ReadFileResponse(Message):
    Data: bytes
    def __init__(
        self,
        *,
        Data: bytes = ...,
    ) -> None: ...

class ReadDirRequest(Message):
    Ref: str
    DirPath: str
    IncludePattern: str
    MountIndex: int
    def __init__(
        self,
        *,
        Ref: str = ...,
        DirPath: str = ...,
        IncludePattern: str = ...,
        MountIndex: int = ...,
    ) -> None: ...

class ReadDirResponse(Message):
    entries: Sequence[stat.Stat]
    def __init__(
        self,
        *,
        entries: Sequence[stat.Stat] = ...,
    ) -> None: ...

class StatFileRequest(Message):
    Ref: str
    Path: str
    MountIndex: int
    def __init__(
        self,
        *,
        Ref: str = ...,
        Path: str = ...,
        MountIndex: int = ...,
    ) -> None: ...

class StatFileResponse(Message):
    stat: _stat.Stat | None
    def __init__(
        self,
        *,
        stat: _stat.Stat | None = ...,
    ) -> None: ...

class EvaluateRequest(Message):
    Ref: str
    def __init__(
        self,
        *,
        Ref: str = ...,
    ) -> None: ...

class EvaluateResponse(Message): ...
class PingRequest(Message): ...

class PongResponse(Message):
    FrontendAPICaps: Sequence[caps.APICap]
    LLBCaps: Sequence[caps.APICap]
    Workers: Sequence[worker.WorkerRecord]
    def __init__(
        self,
        *,
        FrontendAPICaps: Sequence[caps.APICap] = ...,
        LLBCaps: Sequence[caps.APICap] = ...,
        Workers: Sequence[worker.WorkerRecord] = ...,
    ) -> None: ...

class WarnRequest(Message):
    digest: str
    level: int
    short: bytes
    detail: Sequence[bytes]
    url: str
    info: ops.SourceInfo | None
    ranges: Sequence[ops.Range]
    def __init__(
        self,
        *,
        digest: str = ...,
        level: int = ...,
        short: bytes = ...,
        detail: Sequence[bytes] = ...,
        url: str = ...,
        info: ops.SourceInfo | None = ...,
        ranges: Sequence[ops.Range] = ...,
    ) -> None: ...

class WarnResponse(Message): ...

class NewContainerRequest(Message):
    ContainerID: str
    Mounts: Sequence[ops.Mount]
    Network: int
    platform: ops.Platform | None
    constraints: ops.WorkerConstraints | None
    extraHosts: Sequence[ops.HostIP]
    hostname: str
    def __init__(
        self,
        *,
        ContainerID: str = ...,
        Mounts: Sequence[ops.Mount] = ...,
        Network: int = ...,
        platform: ops.Platform | None = ...,
        constraints: ops.WorkerConstraints | None = ...,
        extraHosts: Sequence[ops.HostIP] = ...,
        hostname: str = ...,
    ) -> None: ...

class NewContainerResponse(Message): ...

class ReleaseContainerRequest(Message):
    ContainerID: str
    def __init__(
        self,
        *,
        ContainerID: str = ...,
    ) -> None: ...

class ReleaseContainerResponse(Message): ...

class ExecMessage(Message):
    ProcessID: str
    Init: InitMessage | None
    File: FdMessage | None
    Resize: ResizeMessage | None
    Started: StartedMessage | None
    Exit: ExitMessage | None
    Done: DoneMessage | None
    Signal: SignalMessage | None
    def __init__(
        self,
        *,
        ProcessID: str = ...,
        Init: InitMessage | None = ...,
        File: FdMessage | None = ...,
        Resize: ResizeMessage | None = ...,
        Started: StartedMessage | None = ...,
        Exit: ExitMessage | None = ...,
        Done: DoneMessage | None = ...,
        Signal: SignalMessage | None = ...,
    ) -> None: ...

class InitMessage(Message):
    ContainerID: str
    Meta: ops.Meta | None
    Fds: Sequence[int]
    Tty: bool
    Security: int
    secretenv: Sequence[ops.SecretEnv]
    def __init__(
        self,
        *,
        ContainerID: str = ...,
        Meta: ops.Meta | None = ...,
        Fds: Sequence[int] = ...,
        Tty: bool = ...,
        Security: int = ...,
        secretenv: Sequence[ops.SecretEnv] = ...,
    ) -> None: ...

class ExitMessage(Message):
    Code: int
    Error: google.Status | None
    def __init__(
        self,
        *,
        Code: int = ...,
        Error: google.Status | None = ...,
    ) -> None: ...

class StartedMessage(Message): ...
class DoneMessage(Message): ...

class FdMessage(Message):
    Fd: int
    EOF: bool
    Data: bytes
    def __init__(
        self,
        *,
        Fd: int = ...,
        EOF: bool = ...,
        Data: bytes = ...,
    ) -> None: ...

class ResizeMessage(Message):
    Rows: int
    Cols: int
    def __init__(
        self,
        *,
        Rows: int = ...,
        Cols: int = ...,
    ) -> None: ...

class SignalMessage(Message):
    Name: str
    def __init__(
        self,
        *,
        Name: str = ...,
    ) -> None: ...

class Blob(Message):
    descriptor: Descriptor | None
    data: bytes
    def __init__(
        self,
        *,
        descriptor: Descriptor | None = ...,
        data: bytes = ...,
    ) -> None: ...

class Descriptor(Message):
    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str]
    def __init__(
        self,
        *,
        media_type: str = ...,
        digest: str = ...,
        size: int = ...,
        annotations: Mapping[str, str] = ...,
    ) -> None: ...

_AttestationChain = AttestationChain
_ChecksumRequest = ChecksumRequest
_ChecksumResponse = ChecksumResponse
_stat = stat
