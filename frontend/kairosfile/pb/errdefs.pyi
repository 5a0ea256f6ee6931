# Generated from errdefs.proto by `make proto`; changes here are lost.

from collections.abc import Mapping, Sequence
from typing import Final

from kairosfile.pb import ops
from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class Vertex(Message):
    digest: str
    def __init__(
        self,
        *,
        digest: str = ...,
    ) -> None: ...

class Source(Message):
    info: ops.SourceInfo | None
    ranges: Sequence[ops.Range]
    def __init__(
        self,
        *,
        info: ops.SourceInfo | None = ...,
        ranges: Sequence[ops.Range] = ...,
    ) -> None: ...

class Frontend(Message):
    name: str
    source: str
    def __init__(
        self,
        *,
        name: str = ...,
        source: str = ...,
    ) -> None: ...

class FrontendCap(Message):
    name: str
    def __init__(
        self,
        *,
        name: str = ...,
    ) -> None: ...

class Subrequest(Message):
    name: str
    def __init__(
        self,
        *,
        name: str = ...,
    ) -> None: ...

class Solve(Message):
    inputIDs: Sequence[str]
    mountIDs: Sequence[str]
    op: ops.Op | None
    file: FileAction | None
    cache: ContentCache | None
    description: Mapping[str, str]
    def __init__(
        self,
        *,
        inputIDs: Sequence[str] = ...,
        mountIDs: Sequence[str] = ...,
        op: ops.Op | None = ...,
        file: FileAction | None = ...,
        cache: ContentCache | None = ...,
        description: Mapping[str, str] = ...,
    ) -> None: ...

class FileAction(Message):
    index: int
    def __init__(
        self,
        *,
        index: int = ...,
    ) -> None: ...

class ContentCache(Message):
    index: int
    def __init__(
        self,
        *,
        index: int = ...,
    ) -> None: ...
