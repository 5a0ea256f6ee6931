# Generated from policy.proto by `make proto`; changes here are lost.

from collections.abc import Mapping, Sequence
from typing import Final

from kairosfile.pb.wire import Field, Message

DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]

class PolicyAction:
    ALLOW: Final = 0
    DENY: Final = 1
    CONVERT: Final = 2

class AttrMatch:
    EQUAL: Final = 0
    NOTEQUAL: Final = 1
    MATCHES: Final = 2

class MatchType:
    WILDCARD: Final = 0
    EXACT: Final = 1
    REGEX: Final = 2

class Rule(Message):
    action: int
    selector: Selector | None
    updates: Update | None
    def __init__(
        self,
        *,
        action: int = ...,
        selector: Selector | None = ...,
        updates: Update | None = ...,
    ) -> None: ...

class Update(Message):
    identifier: str
    attrs: Mapping[str, str]
    def __init__(
        self,
        *,
        identifier: str = ...,
        attrs: Mapping[str, str] = ...,
    ) -> None: ...

class Selector(Message):
    identifier: str
    match_type: int
    constraints: Sequence[AttrConstraint]
    def __init__(
        self,
        *,
        identifier: str = ...,
        match_type: int = ...,
        constraints: Sequence[AttrConstraint] = ...,
    ) -> None: ...

class AttrConstraint(Message):
    key: str
    value: str
    condition: int
    def __init__(
        self,
        *,
        key: str = ...,
        value: str = ...,
        condition: int = ...,
    ) -> None: ...

class Policy(Message):
    version: int
    rules: Sequence[Rule]
    def __init__(
        self,
        *,
        version: int = ...,
        rules: Sequence[Rule] = ...,
    ) -> None: ...
