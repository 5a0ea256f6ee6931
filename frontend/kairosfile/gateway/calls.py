"""Typed calls on a transport: a message out, an `Answer` at once, its value when somebody waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from kairosfile.gateway.transport import Transport

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound="Message")


class Answer(Generic[T]):
    """A value that is on its way."""

    def __init__(self, take: Callable[[], T]) -> None:
        self._take: Callable[[], T] | None = take
        self._value: T

    def wait(self) -> T:
        """Return the value, the same one each time; raises what the call raised."""
        if self._take:
            self._value = self._take()
            self._take = None  # and with it the bytes of the answer
        return self._value

    def then(self, convert: Callable[[T], U]) -> Answer[U]:
        """Return the answer that `convert` makes of this one, when somebody waits for it."""
        return Answer(lambda: convert(self.wait()))


class Calls:
    """Starts calls with protobuf messages."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def start(self, method: str, request: Message, response: type[M]) -> Answer[M]:
        """Start `method`; its answer will be a `response`. Raises MessageTooLargeError."""
        pending = self._transport.call(method, request.SerializeToString())
        return Answer(lambda: response.FromString(pending.wait()))
