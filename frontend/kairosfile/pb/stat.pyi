# Generated from stat.proto by `make proto`; changes here are lost.

from collections.abc import Mapping
from typing import Final

from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class Stat(Message):
    path: str
    mode: int
    uid: int
    gid: int
    size: int
    modTime: int
    linkname: str
    devmajor: int
    devminor: int
    xattrs: Mapping[str, bytes]
    def __init__(
        self,
        *,
        path: str = ...,
        mode: int = ...,
        uid: int = ...,
        gid: int = ...,
        size: int = ...,
        modTime: int = ...,
        linkname: str = ...,
        devmajor: int = ...,
        devminor: int = ...,
        xattrs: Mapping[str, bytes] = ...,
    ) -> None: ...
