"""The transport of the product: gRPC calls over HTTP/2 on the two pipes, one thread, one connection.

The daemon is the HTTP/2 server, with prior knowledge, and there can only ever be one connection. h2 keeps
the protocol's state; this module moves bytes. Nothing runs in the background: whoever waits for one call
pumps the connection for all, so every other call in flight makes progress meanwhile.

The daemon waits 10 s for the first bytes, counted from before the container exists. So the preface is written
when the transport is made: make it before importing anything heavy.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError, StreamClosedError
from h2.settings import SettingCodes, Settings

from kairosfile.gateway import grpc_wire
from kairosfile.gateway.errors import Code, ConnectionLostError, GatewayError, RpcError
from kairosfile.gateway.pipes import PipePair

if TYPE_CHECKING:
    from h2.events import Event

_DEFAULT_WINDOW = 65535  # of a connection, by the protocol
_WINDOW = grpc_wire.MESSAGE_LIMIT + (64 << 10)  # a whole message never waits for a window update
_FRAME_SIZE = 1 << 20  # fewer, larger frames: each costs h2 about as much as 64 KiB of content
_HEADER_LIST_SIZE = 1 << 20  # an error's details quote the user's file, in a header
# Calls in flight at most: what RFC 9113 lets a client assume before SETTINGS, and well below a daemon's 250.
# At its very limit a server may still count a stream whose answer has been read, and refuse the next.
_STREAMS = 100

_CODE_OF_RESET = {
    ErrorCodes.REFUSED_STREAM: Code.UNAVAILABLE,
    ErrorCodes.CANCEL: Code.CANCELED,
    ErrorCodes.ENHANCE_YOUR_CALM: Code.RESOURCE_EXHAUSTED,
    ErrorCodes.INADEQUATE_SECURITY: Code.PERMISSION_DENIED,
}


class Http2Transport:
    """A connection to the daemon on two descriptors; `window` is what it announces per stream and in all."""

    def __init__(self, reader: int, writer: int, *, window: int = _WINDOW) -> None:
        self._pipes = PipePair(reader, writer)
        self._h2 = _connection(window)
        self._outbox = bytearray()
        self._queued: list[_Call] = []  # waiting for a stream
        self._sending: list[_Call] = []  # with a stream, request not yet written out
        self._open: dict[int, _Call] = {}
        self._stream_limit = _STREAMS
        self._broken: ConnectionLostError | None = None
        self._flush()

    def call(self, method: str, request: bytes) -> _Call:
        """Start `method` and write what the daemon takes at once; raises MessageTooLargeError."""
        call = _Call(self, method, grpc_wire.frame(method, request))
        if self._broken:
            call.finish(self._broken)
            return call
        self._queued.append(call)
        self._advance()
        return call

    def pump(self) -> None:
        """Wait for the daemon's next bytes, act on them, and write all that flow control then allows."""
        received = self._pipes.exchange(self._outbox)
        if received:
            self._receive(received)
        else:
            self._break("the BuildKit daemon closed the connection")
        self._advance()

    def _receive(self, data: bytes) -> None:
        try:
            for event in self._h2.receive_data(data):
                self._handle(event)
        except ProtocolError as error:  # h2 has prepared the GOAWAY that tells the daemon why
            self._break(f"the BuildKit daemon broke the HTTP/2 protocol ({error})")

    def _handle(self, event: Event) -> None:
        match event:
            case DataReceived():
                self._accept_data(event)
            case ResponseReceived() | TrailersReceived():
                self._accept_headers(event)
            case StreamEnded():
                self._end(event)
            case StreamReset():
                self._reset(event)
            case RemoteSettingsChanged():
                self._stream_limit = min(_STREAMS, self._h2.remote_settings.max_concurrent_streams)
            case ConnectionTerminated():
                self._break(_goodbye(event))

    def _accept_data(self, event: DataReceived) -> None:
        self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if call := self._open.get(event.stream_id):
            call.body += event.data

    def _accept_headers(self, event: ResponseReceived | TrailersReceived) -> None:
        if call := self._open.get(event.stream_id):
            call.headers.update(event.headers)

    def _end(self, event: StreamEnded) -> None:
        if call := self._open.pop(event.stream_id, None):
            if call in self._sending:  # answered before it was asked to the end
                self._sending.remove(call)
                self._abandon(call)
            call.finish(None)

    def _reset(self, event: StreamReset) -> None:
        if call := self._open.pop(event.stream_id, None):
            if call in self._sending:
                self._sending.remove(call)
            problem = f"{call.method}: the BuildKit daemon gave up the call ({_name(event.error_code)})"
            call.finish(RpcError(call.method, _code_of_reset(event.error_code), problem))

    def _abandon(self, call: _Call) -> None:
        with suppress(StreamClosedError):  # the daemon may have reset the stream in the same breath
            self._h2.reset_stream(call.stream_id, ErrorCodes.CANCEL)

    def _advance(self) -> None:
        """Begin queued calls, send as much of each request as flow control allows, without waiting."""
        while self._queued and len(self._open) < self._stream_limit:
            self._begin(self._queued.pop(0))
        self._sending = [call for call in self._sending if not self._send(call)]
        self._flush()

    def _begin(self, call: _Call) -> None:
        call.stream_id = self._h2.get_next_available_stream_id()
        self._h2.send_headers(call.stream_id, grpc_wire.request_headers(call.method))
        self._open[call.stream_id] = call
        self._sending.append(call)

    def _send(self, call: _Call) -> bool:
        """Return whether the whole request is on its way."""
        while call.unsent:
            window = self._h2.local_flow_control_window(call.stream_id)
            size = min(window, self._h2.max_outbound_frame_size, len(call.unsent))
            if size <= 0:
                return False
            last = size == len(call.unsent)
            self._h2.send_data(call.stream_id, call.unsent[:size], end_stream=last)
            call.unsent = call.unsent[size:]
        return True

    def _flush(self) -> None:
        self._outbox += self._h2.data_to_send()
        self._pipes.write(self._outbox)

    def _break(self, reason: str) -> None:
        waiting = [*self._open.values(), *self._queued]
        names = ", ".join(sorted({call.method for call in waiting}))
        self._broken = ConnectionLostError(f"{reason} before answering {names}" if names else reason)
        for call in waiting:
            call.finish(self._broken)
        self._open.clear()
        self._queued.clear()
        self._sending.clear()


class _Call:
    """One call in flight, and its outcome once there is one."""

    def __init__(self, transport: Http2Transport, method: str, body: bytes) -> None:
        self.method = method
        self.stream_id = 0
        self.unsent = memoryview(body)
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self._transport = transport
        self._finished = False
        self._failure: GatewayError | None = None

    def finish(self, failure: GatewayError | None) -> None:
        """Take the outcome: what has been received, or a failure of the call or of the connection."""
        self._finished = True
        self._failure = failure

    def wait(self) -> bytes:
        """Pump the connection until this call has its answer; raises RpcError or ConnectionLostError."""
        while not self._finished:
            self._transport.pump()
        if self._failure:
            raise self._failure
        return grpc_wire.answer(self.method, self.headers, self.body)


def _connection(window: int) -> H2Connection:
    connection = H2Connection(H2Configuration(client_side=True, header_encoding=None))
    connection.local_settings = Settings(
        client=True,
        initial_values={
            SettingCodes.HEADER_TABLE_SIZE: 0,
            SettingCodes.ENABLE_PUSH: 0,
            SettingCodes.INITIAL_WINDOW_SIZE: window,
            SettingCodes.MAX_FRAME_SIZE: _FRAME_SIZE,
            SettingCodes.MAX_HEADER_LIST_SIZE: _HEADER_LIST_SIZE,
        },
    )
    connection.max_inbound_frame_size = _FRAME_SIZE
    connection.decoder.max_header_list_size = _HEADER_LIST_SIZE
    connection.initiate_connection()
    if window > _DEFAULT_WINDOW:
        connection.increment_flow_control_window(window - _DEFAULT_WINDOW)
    return connection


def _code_of_reset(reason: ErrorCodes | int | None) -> int:
    return _CODE_OF_RESET.get(reason, Code.INTERNAL) if isinstance(reason, ErrorCodes) else Code.INTERNAL


def _goodbye(event: ConnectionTerminated) -> str:
    said = (event.additional_data or b"").decode(errors="replace")
    reason = f"{_name(event.error_code)}: {said}" if said else _name(event.error_code)
    return f"the BuildKit daemon ended the connection ({reason})"


def _name(code: ErrorCodes | int | None) -> str:
    return code.name if isinstance(code, ErrorCodes) else f"error code {code}"
