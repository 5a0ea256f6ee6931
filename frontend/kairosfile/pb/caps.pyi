# Generated from caps.proto by `make proto`; changes here are lost.

from typing import Final

from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class APICap(Message):
    ID: str
    Enabled: bool
    Deprecated: bool
    DisabledReason: str
    DisabledReasonMsg: str
    DisabledAlternative: str
    def __init__(
        self,
        *,
        ID: str = ...,
        Enabled: bool = ...,
        Deprecated: bool = ...,
        DisabledReason: str = ...,
        DisabledReasonMsg: str = ...,
        DisabledAlternative: str = ...,
    ) -> None: ...
