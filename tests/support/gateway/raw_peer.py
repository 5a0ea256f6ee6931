"""A peer that is scripted frame by frame, for behaviour that a correct gRPC server does not show.

h2 is strict about its input, and this peer sends what grpcio, the peer in `fake_bridge`, does not send: a PING,
a GOAWAY, a reset, windows of a given size, an answer before the question ends, and any frame byte by byte.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded
from h2.settings import SettingCodes, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

_DEFAULT_WINDOW = 65535
_OK = [(":status", "200"), ("content-type", "application/grpc")]


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return the bytes of a frame."""
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


class RawPeer:
    """The daemon's end of two pipes; `reader` and `writer` are the frontend's.

    `script(peer)` runs in a separate thread once the peer's SETTINGS are sent; an exception in it is raised
    at the end of the `with`.
    """

    def __init__(self, script: Callable[[RawPeer], None], *, window: int = _DEFAULT_WINDOW, streams: int = 250) -> None:
        self.reader, self.outward = os.pipe()
        self._inward, self.writer = os.pipe()
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.INITIAL_WINDOW_SIZE: window,
                SettingCodes.MAX_CONCURRENT_STREAMS: streams,
            },
        )
        self._window = window
        self.received: dict[int, bytearray] = {}
        self.headers: dict[int, list[tuple[str, str]]] = {}
        self.first_bytes = b""
        self._ended: list[int] = []
        self._script = script
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.writer)
        self._thread.join(timeout=60)
        os.close(self.reader)
        if self._failure:
            raise self._failure

    def next_request(self) -> int:
        """Read until a request has come in whole, and return its stream."""
        while not self._ended:
            self.read()
        return self._ended.pop(0)

    def next_headers(self) -> int:
        """Read until a request has begun, and return its stream."""
        known = set(self.headers)
        while not (fresh := set(self.headers) - known):
            self.read()
        return fresh.pop()

    def read(self) -> list[Event]:
        """Read once, process the events, and reopen the flow-control window for the received bytes."""
        data = os.read(self._inward, 1 << 16)
        if not data:
            raise EOFError
        self.first_bytes = self.first_bytes or data
        events = self.h2.receive_data(data)
        for event in events:
            self._note(event)
        self.write()
        return events

    def answer(self, stream: int, message: bytes, *, prefix: bytes | None = None) -> None:
        """Answer with one message and success, without reading."""
        body = (b"\0" + len(message).to_bytes(4) if prefix is None else prefix) + message
        self.h2.send_headers(stream, _OK)
        while body:
            size = min(self.h2.max_outbound_frame_size, len(body), self.h2.local_flow_control_window(stream))
            self.h2.send_data(stream, body[:size])
            body = body[size:]
            self.write()
            while body and not self.h2.local_flow_control_window(stream):
                self.read()
        self.trail(stream, [("grpc-status", "0")])

    def trail(self, stream: int, headers: list[tuple[str, str]]) -> None:
        """End an answer with trailers (or, as its first headers, with a trailers-only answer)."""
        self.h2.send_headers(stream, headers, end_stream=True)
        self.write()

    def write_frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        """Write a frame that h2 does not know."""
        self.write()
        os.write(self.outward, frame(kind, flags, stream, payload))

    def write(self) -> None:
        """Write the pending bytes of h2."""
        view = memoryview(self.h2.data_to_send())
        while view:
            view = view[os.write(self.outward, view) :]

    def _note(self, event: Event) -> None:
        match event:
            case RequestReceived(stream_id=int(stream)):
                self.headers[stream] = [(str(name), str(value)) for name, value in event.headers or []]
                self.received[stream] = bytearray()
            case DataReceived(stream_id=int(stream)):
                self.received[stream] += event.data or b""
                self.h2.acknowledge_received_data(event.flow_controlled_length or 0, stream)
            case StreamEnded(stream_id=int(stream)):
                self._ended.append(stream)

    def _run(self) -> None:
        try:
            self.h2.initiate_connection()
            if self._window > _DEFAULT_WINDOW:
                self.h2.increment_flow_control_window(self._window - _DEFAULT_WINDOW)
            self.write()
            self._script(self)
        except BaseException as error:  # noqa: BLE001 - shown in the test's own thread
            self._failure = error
        finally:
            os.close(self.outward)
            os.close(self._inward)
