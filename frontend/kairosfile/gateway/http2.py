"""The transport of the product: gRPC calls over HTTP/2 (RFC 9113) on the two pipes, one thread, one connection.

The daemon is the HTTP/2 server, with prior knowledge, and there is only one connection. This module implements the
client's side of the protocol for unary calls: no push, no priorities, no dynamic header table. Nothing runs in the
background: waiting for one call pumps the connection for all, so every other call in flight makes progress meanwhile.

The daemon waits 10 s for the first bytes, counted from before the container exists. So the constructor of the transport
writes the preface: create it before importing anything heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway import grpc, hpack
from kairosfile.gateway.errors import Code, GatewayError, RpcError
from kairosfile.gateway.pipes import PipePair

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD = 9  # bytes before the payload of a frame: length, type, flags, stream

_DATA, _HEADERS, _PRIORITY, _RST_STREAM, _SETTINGS = range(5)
_PUSH_PROMISE, _PING, _GOAWAY, _WINDOW_UPDATE, _CONTINUATION = range(5, 10)
_ACK = _END_STREAM = 0x01
_END_HEADERS, _PADDED, _WITH_PRIORITY = 0x04, 0x08, 0x20

_HEADER_TABLE_SIZE, _ENABLE_PUSH, _MAX_CONCURRENT_STREAMS = 1, 2, 3
_INITIAL_WINDOW_SIZE, _MAX_FRAME_SIZE, _MAX_HEADER_LIST_SIZE = 4, 5, 6
_SETTING = 6  # bytes

_ERROR_NAMES = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip
_PROTOCOL_ERROR, _FLOW_CONTROL_ERROR, _FRAME_SIZE_ERROR, _REFUSED_STREAM = 1, 3, 6, 7
_CANCEL, _COMPRESSION_ERROR, _ENHANCE_YOUR_CALM, _INADEQUATE_SECURITY = 8, 9, 11, 12
_CODE_OF_RESET = {
    _REFUSED_STREAM: Code.UNAVAILABLE,
    _CANCEL: Code.CANCELED,
    _ENHANCE_YOUR_CALM: Code.RESOURCE_EXHAUSTED,
    _INADEQUATE_SECURITY: Code.PERMISSION_DENIED,
}

_DEFAULT_WINDOW = 65535  # by the protocol, of a connection and of its streams
_MOST_WINDOW = (1 << 31) - 1
_LEAST_FRAME_SIZE, _MOST_FRAME_SIZE = 1 << 14, (1 << 24) - 1
_WINDOW = grpc.MESSAGE_LIMIT + (64 << 10)  # a whole message never waits for a window update
_FRAME_SIZE = 1 << 20  # fewer, larger frames: each costs about as much as 64 KiB of content
_HEADER_LIST_SIZE = 1 << 20  # an error's details quote the user's file, in a header
_BEFORE_PATH, _AFTER_PATH = hpack.encode(grpc.HEADERS_BEFORE_PATH), hpack.encode(grpc.HEADERS_AFTER_PATH)
_REPEATED_BLOCK, _MOST_REPEATED = 256, 16  # bytes; longer blocks are rarely repeated
# Calls in flight at most: what RFC 9113 lets a client assume before SETTINGS, and well below a daemon's 250.
# At its very limit a server may still count a stream whose answer has been read, and refuse the next.
_STREAMS = 100


class _PeerError(Exception):
    """The daemon broke the protocol: the connection ends with this error code."""

    def __init__(self, code: int, problem: str) -> None:
        super().__init__(problem)
        self.code = code


class Http2Transport:
    """A connection to the daemon on two descriptors; `window` is what it announces per stream and in all."""

    def __init__(self, reader: int, writer: int, *, window: int = _WINDOW) -> None:
        self._pipes = PipePair(reader, writer)
        self._inbox = bytearray()
        self._outbox = bytearray(_PREFACE)
        self._queued: list[_Call] = []  # waiting for a stream
        self._sending: list[_Call] = []  # with a stream, request not yet written out
        self._open: dict[int, _Call] = {}
        self._next_stream = 1
        self._block: _HeaderBlock | None = None  # begun, and not ended
        # Headers of the first small blocks: those that come with every answer.
        self._repeated: dict[bytes, dict[bytes, bytes]] = {}
        self._broken: GatewayError | None = None
        self._farewell = ""  # what the daemon gave as the reason to end the connection
        # What the daemon allows, until its SETTINGS have come.
        self._has_settings = False
        self._stream_limit = _STREAMS
        self._frame_size = _LEAST_FRAME_SIZE
        self._first_window = _DEFAULT_WINDOW  # of a new stream
        self._window = _DEFAULT_WINDOW  # of the connection
        self._stream_window = window
        self._received = _ReceiveWindow(max(window, _DEFAULT_WINDOW))
        self._announce(window)
        self._flush()

    def call(self, method: str, request: bytes) -> _Call:
        """Start `method` and write as much as the daemon accepts now; raises MessageTooLargeError."""
        call = _Call(self, method, grpc.frame(method, request))
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
            self._break(self._farewell or "the BuildKit daemon closed the connection")
        self._advance()

    # What is sent.

    def _announce(self, window: int) -> None:
        settings = {
            _HEADER_TABLE_SIZE: 0,
            _ENABLE_PUSH: 0,
            _INITIAL_WINDOW_SIZE: window,
            _MAX_FRAME_SIZE: _FRAME_SIZE,
            _MAX_HEADER_LIST_SIZE: _HEADER_LIST_SIZE,
        }
        payload = b"".join(key.to_bytes(2) + value.to_bytes(4) for key, value in settings.items())
        self._write(_SETTINGS, 0, 0, payload)
        if window > _DEFAULT_WINDOW:
            self._write(_WINDOW_UPDATE, 0, 0, (window - _DEFAULT_WINDOW).to_bytes(4))

    def _write(self, kind: int, flags: int, stream: int, payload: bytes | memoryview) -> None:
        self._outbox += len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4)
        self._outbox += payload

    def _advance(self) -> None:
        """Begin queued calls, send as much of each request as flow control allows, without waiting."""
        if self._farewell and self._queued:
            self._fail(self._queued, self._farewell)
            self._queued = []
        while self._queued and len(self._open) < self._stream_limit:
            self._begin(self._queued.pop(0))
        self._sending = [call for call in self._sending if not self._send(call)]
        self._flush()

    def _begin(self, call: _Call) -> None:
        call.stream_id = self._next_stream
        call.window = self._first_window
        call.received = _ReceiveWindow(self._stream_window)
        self._next_stream += 2
        headers = _BEFORE_PATH + hpack.encode([(b":path", grpc.path(call.method))]) + _AFTER_PATH
        self._write(_HEADERS, _END_HEADERS, call.stream_id, headers)
        self._open[call.stream_id] = call
        self._sending.append(call)

    def _send(self, call: _Call) -> bool:
        """Return whether the whole request has been sent."""
        while call.unsent:
            size = min(self._window, call.window, self._frame_size, len(call.unsent))
            if size <= 0:
                return False
            last = size == len(call.unsent)
            self._write(_DATA, _END_STREAM if last else 0, call.stream_id, call.unsent[:size])
            call.unsent = call.unsent[size:]
            call.window -= size
            self._window -= size
        return True

    def _flush(self) -> None:
        self._pipes.write(self._outbox)

    def _close(self, call: _Call, failure: GatewayError | None, reset: int | None = None) -> None:
        """End a call; with an error code in `reset`, reset its stream."""
        del self._open[call.stream_id]
        if reset is None and call in self._sending:  # the response came before the end of the request
            reset = _CANCEL
        if reset is not None:
            self._write(_RST_STREAM, 0, call.stream_id, reset.to_bytes(4))
        if call in self._sending:
            self._sending.remove(call)
        call.finish(failure)

    def _break(self, reason: str) -> None:
        self._broken = self._fail([*self._open.values(), *self._queued], reason)
        self._open.clear()
        self._queued.clear()
        self._sending.clear()

    @staticmethod
    def _fail(calls: list[_Call], reason: str) -> GatewayError:
        from kairosfile.gateway.rare_errors import ConnectionLostError  # noqa: PLC0415

        names = ", ".join(sorted({call.method for call in calls}))
        failure = ConnectionLostError(f"{reason} before answering {names}" if names else reason)
        for call in calls:
            call.finish(failure)
        return failure

    # What is received.

    def _receive(self, data: bytes) -> None:
        self._inbox += data
        position = 0
        try:
            while not self._broken and (end := _end_of_frame(self._inbox, position)):
                self._handle(self._inbox, position, end)
                position = end
        except _PeerError as error:
            self._write(_GOAWAY, 0, 0, bytes(4) + error.code.to_bytes(4))
            self._break(f"the BuildKit daemon broke the HTTP/2 protocol ({error})")
        del self._inbox[:position]

    def _handle(self, inbox: bytearray, position: int, end: int) -> None:
        kind, flags = inbox[position + 3], inbox[position + 4]
        stream = int.from_bytes(inbox[position + 5 : position + _HEAD]) & _MOST_WINDOW
        if not self._has_settings and (kind != _SETTINGS or flags & _ACK):
            raise _PeerError(_PROTOCOL_ERROR, "the first frame is not SETTINGS")
        if self._block and (kind != _CONTINUATION or stream != self._block.stream):
            raise _PeerError(_PROTOCOL_ERROR, "headers are not continued")
        if handler := self._HANDLERS.get(kind):
            handler(self, stream, flags, bytes(memoryview(inbox)[position + _HEAD : end]))

    def _find_call(self, stream: int, kind: str) -> _Call | None:
        """Return the call on a stream, None if it has ended; raise _PeerError if the stream never existed."""
        if not stream & 1 or stream >= self._next_stream:
            raise _PeerError(_PROTOCOL_ERROR, f"{kind} for stream {stream}, which does not exist")
        return self._open.get(stream)

    def _on_data(self, stream: int, flags: int, payload: bytes) -> None:
        call = self._find_call(stream, "DATA")
        self._take_from_window(self._received, 0, len(payload))
        data = _without_padding(flags, payload)
        if call is None:
            return
        self._take_from_window(call.received, stream if not flags & _END_STREAM else None, len(payload))
        if not call.has_headers:
            self._close_malformed(call, "DATA comes before the headers")
            return
        call.body += data
        if len(call.body) > grpc.BODY_LIMIT:
            problem = f"{call.method}: the daemon's answer has more than {grpc.MESSAGE_LIMIT} bytes"
            self._close(call, RpcError(call.method, Code.RESOURCE_EXHAUSTED, problem), _CANCEL)
        elif flags & _END_STREAM:
            self._close(call, None)

    def _take_from_window(self, window: _ReceiveWindow, stream: int | None, size: int) -> None:
        """Count received bytes, and allow the daemon as many again; nothing more comes on a stream that is None."""
        increment = window.take(size)
        if increment and stream is not None:
            self._write(_WINDOW_UPDATE, 0, stream, increment.to_bytes(4))

    def _on_headers(self, stream: int, flags: int, payload: bytes) -> None:
        self._find_call(stream, "HEADERS")
        fragment = _without_padding(flags, payload)
        if flags & _WITH_PRIORITY:
            fragment = fragment[5:]
        self._block = _HeaderBlock(stream, ends_stream=bool(flags & _END_STREAM))
        self._on_continuation(stream, flags, fragment)

    def _on_continuation(self, _: int, flags: int, payload: bytes) -> None:
        if self._block is None:
            raise _PeerError(_PROTOCOL_ERROR, "CONTINUATION without HEADERS")
        self._block.fragments += payload
        if len(self._block.fragments) > _HEADER_LIST_SIZE:
            raise _PeerError(_ENHANCE_YOUR_CALM, f"the headers have more than {_HEADER_LIST_SIZE} bytes")
        if flags & _END_HEADERS:
            block, self._block = self._block, None
            self._take_headers(block)

    def _take_headers(self, block: _HeaderBlock) -> None:
        headers = self._decode(bytes(block.fragments))
        call = self._open.get(block.stream)
        if call is None:
            return
        if headers.get(b":status", b"").startswith(b"1") and not (call.has_headers or block.ends_stream):
            return  # an interim answer
        if call.has_headers and not block.ends_stream:
            self._close_malformed(call, "the trailers do not end it")
            return
        call.has_headers = True
        call.headers.update(headers)
        if block.ends_stream:
            self._close(call, None)

    def _decode(self, block: bytes) -> dict[bytes, bytes]:
        """Return the headers of a block; without a dynamic table, equal blocks have equal headers."""
        headers = self._repeated.get(block)
        if headers is None:
            try:
                headers = dict(hpack.decode(block, _HEADER_LIST_SIZE))
            except hpack.HeaderError as error:
                raise _PeerError(_COMPRESSION_ERROR, str(error)) from error
            if len(block) <= _REPEATED_BLOCK and len(self._repeated) < _MOST_REPEATED:
                self._repeated[block] = headers
        return headers

    def _close_malformed(self, call: _Call, problem: str) -> None:
        failure = RpcError(call.method, Code.INTERNAL, f"{call.method}: the daemon's answer is malformed: {problem}")
        self._close(call, failure, _PROTOCOL_ERROR)

    def _on_reset(self, stream: int, _: int, payload: bytes) -> None:
        _check_size(_RST_STREAM, payload, 4)
        if call := self._find_call(stream, "RST_STREAM"):
            reason = int.from_bytes(payload)
            problem = f"{call.method}: the BuildKit daemon gave up the call ({_error_name(reason)})"
            if call in self._sending:
                self._sending.remove(call)
            self._close(call, RpcError(call.method, _CODE_OF_RESET.get(reason, Code.INTERNAL), problem))

    def _on_settings(self, stream: int, flags: int, payload: bytes) -> None:
        _check_is_of_connection(_SETTINGS, stream)
        if len(payload) % _SETTING or (flags & _ACK and payload):
            raise _PeerError(_FRAME_SIZE_ERROR, "SETTINGS of a wrong size")
        if flags & _ACK:
            return
        self._has_settings = True
        for start in range(0, len(payload), _SETTING):
            key, value = payload[start : start + 2], payload[start + 2 : start + _SETTING]
            self._apply(int.from_bytes(key), int.from_bytes(value))
        self._write(_SETTINGS, _ACK, 0, b"")

    def _apply(self, key: int, value: int) -> None:
        if key == _MAX_CONCURRENT_STREAMS:
            self._stream_limit = min(_STREAMS, value)
        elif key == _INITIAL_WINDOW_SIZE:
            if value > _MOST_WINDOW:
                raise _PeerError(_FLOW_CONTROL_ERROR, f"an initial window of {value} bytes")
            change, self._first_window = value - self._first_window, value
            for call in self._open.values():
                call.window += change
                _check_window(call.window)
        elif key == _MAX_FRAME_SIZE:
            if not _LEAST_FRAME_SIZE <= value <= _MOST_FRAME_SIZE:
                raise _PeerError(_PROTOCOL_ERROR, f"frames of at most {value} bytes")
            self._frame_size = value
        elif key == _ENABLE_PUSH and value:
            raise _PeerError(_PROTOCOL_ERROR, "a server cannot enable push")

    def _on_push_promise(self, stream: int, _: int, __: bytes) -> None:
        raise _PeerError(_PROTOCOL_ERROR, f"PUSH_PROMISE on stream {stream}, and push is disabled")

    def _on_ping(self, stream: int, flags: int, payload: bytes) -> None:
        _check_is_of_connection(_PING, stream)
        _check_size(_PING, payload, 8)
        if not flags & _ACK:
            self._write(_PING, _ACK, 0, payload)

    def _on_goaway(self, stream: int, _: int, payload: bytes) -> None:
        """Fail the calls that the daemon has not accepted; the others may still be answered."""
        _check_is_of_connection(_GOAWAY, stream)
        if len(payload) < 8:  # noqa: PLR2004 - the last stream and the error code
            raise _PeerError(_FRAME_SIZE_ERROR, "GOAWAY of a wrong size")
        last = int.from_bytes(payload[:4]) & _MOST_WINDOW
        name, text = _error_name(int.from_bytes(payload[4:8])), payload[8:].decode(errors="replace")
        self._farewell = f"the BuildKit daemon ended the connection ({f'{name}: {text}' if text else name})"
        lost = [call for call in self._open.values() if call.stream_id > last]
        self._fail(lost, self._farewell)
        for call in lost:
            del self._open[call.stream_id]
        self._sending = [call for call in self._sending if call not in lost]

    def _on_window_update(self, stream: int, _: int, payload: bytes) -> None:
        _check_size(_WINDOW_UPDATE, payload, 4)
        increment = int.from_bytes(payload) & _MOST_WINDOW
        call = self._find_call(stream, "WINDOW_UPDATE") if stream else None
        if not increment and not stream:
            raise _PeerError(_PROTOCOL_ERROR, "WINDOW_UPDATE by 0 bytes")
        if not stream:
            self._window += increment
            _check_window(self._window)
        elif call and (not increment or call.window + increment > _MOST_WINDOW):
            self._close_malformed(call, f"WINDOW_UPDATE by {increment} bytes")
        elif call:
            call.window += increment

    _HANDLERS: ClassVar[dict[int, Callable[[Http2Transport, int, int, bytes], None]]] = {
        _DATA: _on_data,
        _HEADERS: _on_headers,
        _RST_STREAM: _on_reset,
        _SETTINGS: _on_settings,
        _PUSH_PROMISE: _on_push_promise,
        _PING: _on_ping,
        _GOAWAY: _on_goaway,
        _WINDOW_UPDATE: _on_window_update,
        _CONTINUATION: _on_continuation,
    }


class _Call:
    """One call in flight, and later its outcome."""

    received: _ReceiveWindow

    def __init__(self, transport: Http2Transport, method: str, body: bytes) -> None:
        self.method = method
        self.stream_id = 0
        self.window = 0
        self.unsent = memoryview(body)
        self.has_headers = False
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self._transport = transport
        self._finished = False
        self._failure: GatewayError | None = None

    def finish(self, failure: GatewayError | None) -> None:
        """Set the outcome: the received data, or a failure of the call or of the connection."""
        self._finished = True
        self._failure = failure

    def wait(self) -> bytes:
        """Pump the connection until this call has its answer; raises RpcError or ConnectionLostError."""
        while not self._finished:
            self._transport.pump()
        if self._failure:
            raise self._failure
        return grpc.answer(self.method, self.headers, self.body)


class _HeaderBlock:
    """A header list that is not complete yet."""

    def __init__(self, stream: int, *, ends_stream: bool) -> None:
        self.stream = stream
        self.ends_stream = ends_stream
        self.fragments = bytearray()


class _ReceiveWindow:
    """The number of bytes that the daemon may still send, on a stream or in all."""

    def __init__(self, size: int) -> None:
        self._size = self._window = size

    def take(self, size: int) -> int:
        """Count received bytes; return how many more to allow, 0 while half of the window is left."""
        self._window -= size
        if self._window < 0:
            raise _PeerError(_FLOW_CONTROL_ERROR, "more DATA than the window allows")
        used = self._size - self._window
        if used <= self._size // 2:
            return 0
        self._window = self._size
        return used


def _end_of_frame(inbox: bytearray, position: int) -> int:
    """Return the end of the frame at `position`, 0 while it is incomplete."""
    if len(inbox) - position < _HEAD:
        return 0
    size = int.from_bytes(inbox[position : position + 3])
    if size > _FRAME_SIZE:
        raise _PeerError(_FRAME_SIZE_ERROR, f"a frame of {size} bytes")
    end = position + _HEAD + size
    return end if end <= len(inbox) else 0


def _without_padding(flags: int, payload: bytes) -> bytes:
    if not flags & _PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise _PeerError(_PROTOCOL_ERROR, "a frame with more padding than content")
    return payload[1 : len(payload) - payload[0]]


def _check_size(kind: int, payload: bytes, size: int) -> None:
    if len(payload) != size:
        raise _PeerError(_FRAME_SIZE_ERROR, f"a frame of type {kind} with {len(payload)} bytes")


def _check_is_of_connection(kind: int, stream: int) -> None:
    if stream:
        raise _PeerError(_PROTOCOL_ERROR, f"a frame of type {kind} on stream {stream}")


def _check_window(window: int) -> None:
    if window > _MOST_WINDOW:
        raise _PeerError(_FLOW_CONTROL_ERROR, "a window is larger than the protocol allows")


def _error_name(code: int) -> str:
    return _ERROR_NAMES[code] if code < len(_ERROR_NAMES) else f"error code {code}"
