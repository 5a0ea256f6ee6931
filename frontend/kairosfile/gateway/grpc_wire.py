"""gRPC over HTTP/2, the unary part: how a call is framed and what its answer means.

A message travels behind five bytes (not compressed, length); the outcome in the trailers, or in the headers
where there is nothing else to say. Source: doc/PROTOCOL-HTTP2.md of grpc/grpc. Pure functions on bytes.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from kairosfile.gateway.errors import Code, MessageTooLargeError, RpcError

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGE_LIMIT = 16 << 20  # what a daemon since v0.14 accepts; v0.13 refuses more than 4 MiB by itself
SERVICE = "moby.buildkit.v1.frontend.LLBBridge"
_PREFIX = 5
_OK = b"0"
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


def request_headers(method: str) -> list[tuple[str, str]]:
    """Return the header list of a call, pseudo headers first."""
    return [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", f"/{SERVICE}/{method}"),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ]


def frame(method: str, message: bytes) -> bytes:
    """Return the request body that carries `message`; raises MessageTooLargeError."""
    if len(message) > MESSAGE_LIMIT:
        raise MessageTooLargeError(method, len(message), MESSAGE_LIMIT)
    return b"\0" + len(message).to_bytes(4) + message


def answer(method: str, headers: Mapping[bytes, bytes], body: bytearray) -> bytes:
    """Return the message that a finished call answered with; raises RpcError.

    `headers` are those of the answer and its trailers together.
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
    return RpcError(method, code, f"{method}: HTTP status {http_status.decode()} without a gRPC status")


def _failure(method: str, status: bytes, headers: Mapping[bytes, bytes]) -> RpcError:
    code = int(status) if status.isdigit() else Code.UNKNOWN
    message = _unquoted(headers.get(b"grpc-message", b"").decode("latin-1"))
    details = headers.get(b"grpc-status-details-bin", b"")
    return RpcError(method, code, message, b64decode(details + b"=" * (-len(details) % 4)))


def _unquoted(message: str) -> str:
    """Return a message as it was before it was percent-encoded; that a file is not there is said on every build."""
    if "%" not in message:
        return message
    from urllib.parse import unquote  # noqa: PLC0415 - 6 ms that few messages are worth

    return unquote(message, errors="replace")
