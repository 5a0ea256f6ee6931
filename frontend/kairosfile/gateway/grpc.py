"""Unary gRPC calls over a transport: framing of requests, decoding of answers, and calls in flight.

A message has a prefix of five bytes (not compressed, length); the outcome is in the trailers, or in the headers of a
trailers-only answer. Source: doc/PROTOCOL-HTTP2.md of grpc/grpc.

A `Transport` starts a call and returns immediately, so that the daemon works on many calls at the same time. The
product uses HTTP/2 over two pipes; tests can use any other transport.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from kairosfile.gateway.errors import Code, RpcError
from kairosfile.pb.wire import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kairosfile.pb.wire import Message


MESSAGE_LIMIT = 16 << 20  # what a daemon since v0.14 accepts; v0.13 refuses more than 4 MiB by itself
SERVICE = "moby.buildkit.v1.frontend.LLBBridge"
_PREFIX = 5
BODY_LIMIT = MESSAGE_LIMIT + _PREFIX  # of what carries one message
# The headers of every call, in the order of the protocol: its path is between them.
HEADERS_BEFORE_PATH = ((b":method", b"POST"), (b":scheme", b"http"))
HEADERS_AFTER_PATH = ((b":authority", b"localhost"), (b"te", b"trailers"), (b"content-type", b"application/grpc"))
_OK = b"0"
_STATUS_DIGITS = 9  # codes have two; a daemon newer than this frontend may have larger ones
_HTTP_OK = b"200"
_CODE_OF_HTTP_STATUS = {
    b"401": Code.UNAUTHENTICATED,
    b"403": Code.PERMISSION_DENIED,
    b"404": Code.UNIMPLEMENTED,
    b"429": Code.UNAVAILABLE,
    b"502": Code.UNAVAILABLE,
    b"503": Code.UNAVAILABLE,
    b"504": Code.UNAVAILABLE,
}

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound="Message")


def path(method: str) -> bytes:
    """Return the path of a call."""
    return f"/{SERVICE}/{method}".encode()


def frame(method: str, message: bytes) -> bytes:
    """Return the request body that carries `message`.

    Raises:
        MessageTooLargeError: The message exceeds 16 MiB.
    """
    if len(message) > MESSAGE_LIMIT:
        from kairosfile.gateway.rare_errors import MessageTooLargeError  # noqa: PLC0415

        raise MessageTooLargeError(method, len(message), MESSAGE_LIMIT)
    return b"\0" + len(message).to_bytes(4) + message


def answer(method: str, headers: Mapping[bytes, bytes], body: bytearray) -> bytes:
    """Return the message of a finished call.

    Args:
        method: Bare name of the method, for errors.
        headers: Headers and trailers of the answer together.
        body: All of its data.

    Raises:
        RpcError: The call failed, or the answer is malformed.
    """
    status = headers.get(b"grpc-status")
    if status is None:
        raise _without_status(method, headers)
    if status != _OK:
        raise _failure(method, status, headers)
    return _unframe(method, body)


def _unframe(method: str, body: bytearray) -> bytes:
    if len(body) < _PREFIX:
        raise RpcError(method, Code.INTERNAL, f"{method}: the daemon's answer carries no message")
    if body[0]:
        raise RpcError(method, Code.INTERNAL, f"{method}: the daemon's answer is compressed")
    announced, received = int.from_bytes(body[1:_PREFIX]), len(body) - _PREFIX
    if announced != received:
        problem = f"{method}: the daemon announced {announced} bytes and sent {received}"
        raise RpcError(method, Code.INTERNAL, problem)
    return bytes(memoryview(body)[_PREFIX:])


def _without_status(method: str, headers: Mapping[bytes, bytes]) -> RpcError:
    http_status = headers.get(b":status", b"?")
    code = Code.INTERNAL if http_status == _HTTP_OK else _CODE_OF_HTTP_STATUS.get(http_status, Code.UNKNOWN)
    return RpcError(method, code, f"{method}: HTTP status {http_status.decode(errors='replace')} without a gRPC status")


def _failure(method: str, status: bytes, headers: Mapping[bytes, bytes]) -> RpcError:
    code = int(status) if status.isdigit() and len(status) <= _STATUS_DIGITS else Code.UNKNOWN
    message = _unquoted(headers.get(b"grpc-message", b"").decode("latin-1"))
    details = headers.get(b"grpc-status-details-bin", b"")
    return RpcError(method, code, message, lambda: _details(details))  # of a missing file, nobody reads them


def _details(header: bytes) -> bytes:
    """Return the content of a binary header, empty if it is not base64: the error is reported anyway."""
    from binascii import a2b_base64  # noqa: PLC0415 - few answers are errors

    try:
        return a2b_base64(header + b"=" * (-len(header) % 4))
    except ValueError:
        return b""


def _unquoted(message: str) -> str:
    """Return a percent-decoded message; the message for a missing file, part of every build, takes the fast path."""
    if "%" not in message:
        return message
    from urllib.parse import unquote  # noqa: PLC0415 - 6 ms that few messages are worth

    return unquote(message, errors="replace")


class Deferred(Generic[T]):
    """A value that a call in flight will return."""

    def __init__(self, take: Callable[[], T]) -> None:
        self._take: Callable[[], T] | None = take
        self._value: T

    def wait(self) -> T:
        """Return the value, the same one each time; raises the exception of the call."""
        if self._take:
            self._value = self._take()
            self._take = None  # and with it the bytes of the answer
        return self._value

    def map(self, convert: Callable[[T], U]) -> Deferred[U]:
        """Return the deferred result of `convert` on this value; `convert` runs when the result is waited for."""
        return Deferred(lambda: convert(self.wait()))


class Calls:
    """Starts calls with messages."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def start(self, method: str, request: Message, response: type[M]) -> Deferred[M]:
        """Start a call.

        Args:
            method: Bare name of the method.
            request: The request.
            response: Class of the response.

        Returns:
            The response; waiting for it raises RpcError or ConnectionLostError.

        Raises:
            MessageTooLargeError: The request exceeds 16 MiB; nothing was sent.
        """
        pending = self._transport.call(method, request.encode())
        return Deferred(lambda: _decode(method, response, pending.wait()))


def _decode(method: str, response: type[M], data: bytes) -> M:
    try:
        return response.decode(data)
    except DecodeError as error:
        problem = f"{method}: the daemon's answer is not the message {response.__name__}: {error}"
        raise RpcError(method, Code.INTERNAL, problem) from error


class Pending(Protocol):
    """A call in flight."""

    def wait(self) -> bytes:
        """Return the serialised answer; raises RpcError or ConnectionLostError."""


class Transport(Protocol):
    """Carries unary calls of one gRPC service."""

    def call(self, method: str, request: bytes) -> Pending:
        """Start `method` (its bare name) with a serialised request; raises MessageTooLargeError."""
