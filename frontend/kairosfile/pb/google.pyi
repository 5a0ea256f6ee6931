# Generated from timestamp.proto, any.proto, status.proto by `make proto`; changes here are lost.

from collections.abc import Sequence
from typing import Final

from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class Timestamp(Message):
    seconds: int
    nanos: int
    def __init__(
        self,
        *,
        seconds: int = ...,
        nanos: int = ...,
    ) -> None: ...

class Any(Message):
    type_url: str
    value: bytes
    def __init__(
        self,
        *,
        type_url: str = ...,
        value: bytes = ...,
    ) -> None: ...

class Status(Message):
    code: int
    message: str
    details: Sequence[Any]
    def __init__(
        self,
        *,
        code: int = ...,
        message: str = ...,
        details: Sequence[Any] = ...,
    ) -> None: ...
