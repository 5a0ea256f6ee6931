"""The transport against a peer that is scripted frame by frame."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import PingAckReceived, RemoteSettingsChanged, StreamReset
from h2.settings import SettingCodes

from kairosfile.gateway.errors import ConnectionLostError, RpcError
from kairosfile.gateway.grpc_wire import MESSAGE_LIMIT
from kairosfile.gateway.http2 import Http2Transport
from tests.gateway.raw_peer import RawPeer

if TYPE_CHECKING:
    from collections.abc import Callable

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS_FRAME = 4


def _answers(peer: RawPeer) -> None:
    peer.answer(peer.next_request(), b"answer")


def test_preface_and_settings_are_written_before_anything_is_asked() -> None:
    reader, writer = os.pipe()
    inward, outward = os.pipe()
    Http2Transport(inward, writer)
    first = os.read(reader, 1 << 16)
    for descriptor in (reader, writer, inward, outward):
        os.close(descriptor)

    assert first.startswith(_PREFACE)
    assert first[len(_PREFACE) + 3] == _SETTINGS_FRAME


def test_peer_is_told_to_keep_no_header_table_and_to_push_nothing() -> None:
    seen: dict[int, int] = {}

    def note_settings(peer: RawPeer) -> None:
        for event in peer.read():
            if isinstance(event, RemoteSettingsChanged):
                seen.update({code: changed.new_value for code, changed in event.changed_settings.items()})

    with RawPeer(note_settings) as peer:
        Http2Transport(peer.reader, peer.writer)

    assert seen[SettingCodes.HEADER_TABLE_SIZE] == 0
    assert seen[SettingCodes.ENABLE_PUSH] == 0
    assert seen[SettingCodes.INITIAL_WINDOW_SIZE] > MESSAGE_LIMIT


def test_headers_of_a_call_are_those_of_grpc_pseudo_headers_first() -> None:
    with RawPeer(_answers) as peer:
        transport = Http2Transport(peer.reader, peer.writer)

        assert transport.call("Ping", b"").wait() == b"answer"
    names = [name for name, _ in peer.headers[1]]
    headers = dict(peer.headers[1])

    assert all(name.startswith(":") for name in names[:4])
    assert headers[":path"] == "/moby.buildkit.v1.frontend.LLBBridge/Ping"
    assert (headers["te"], headers["content-type"]) == ("trailers", "application/grpc")


def test_ping_is_answered() -> None:
    acks: list[bytes] = []

    def ping(peer: RawPeer) -> None:
        stream = peer.next_request()
        peer.h2.ping(b"12345678")
        peer.write()
        while not acks:
            acks.extend(event.ping_data for event in peer.read() if isinstance(event, PingAckReceived))
        peer.answer(stream, b"")

    with RawPeer(ping) as peer:
        Http2Transport(peer.reader, peer.writer).call("Ping", b"").wait()

    assert acks == [b"12345678"]


def test_peer_that_writes_without_reading_does_not_stop_us() -> None:
    """Both sides push more than the pipes hold: whoever only wrote would stand still for ever."""
    large = b"x" * (8 << 20)

    def push_then_read(peer: RawPeer) -> None:
        peer.answer(peer.next_request(), large)
        peer.answer(peer.next_request(), b"done")

    with RawPeer(push_then_read, window=MESSAGE_LIMIT) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        small = transport.call("ReadFile", b"")
        upload = transport.call("Solve", large)

        assert small.wait() == large
        assert upload.wait() == b"done"
    assert bytes(peer.received[3][5:]) == large


def test_request_waits_for_the_windows_of_the_peer() -> None:
    request = b"x" * (1 << 20)

    def answer_twice(peer: RawPeer) -> None:
        _answers(peer)
        _answers(peer)

    with RawPeer(answer_twice, window=1000) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        transport.call("Ping", b"").wait()  # the peer's SETTINGS have come with the answer

        assert transport.call("Solve", request).wait() == b"answer"
    assert bytes(peer.received[3][5:]) == request


def test_no_more_calls_are_in_flight_than_the_peer_allows() -> None:
    most = 0

    def count(peer: RawPeer) -> None:
        nonlocal most
        for _ in range(20):
            stream = peer.next_request()
            most = max(most, peer.h2.open_inbound_streams)
            peer.answer(stream, b"answer")

    with RawPeer(count, streams=3) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        transport.call("Ping", b"").wait()  # the peer's SETTINGS have come with the answer
        for call in [transport.call("ReadFile", b"") for _ in range(19)]:
            call.wait()

    assert most == 3


def test_call_answered_before_it_is_sent_is_not_sent_to_the_end() -> None:
    resets: list[object] = []

    def refuse_early(peer: RawPeer) -> None:
        stream = peer.next_headers()
        peer.trail(stream, [(":status", "200"), ("grpc-status", "8"), ("grpc-message", "too%20large")])
        while not resets:
            resets.extend(event.error_code for event in peer.read() if isinstance(event, StreamReset))
        peer.answer(peer.next_request(), b"next")

    with RawPeer(refuse_early) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        with pytest.raises(RpcError, match="too large"):
            transport.call("Solve", b"x" * (1 << 20)).wait()

        assert transport.call("Ping", b"").wait() == b"next"
    assert resets == [ErrorCodes.CANCEL]
    assert len(peer.received[1]) < 1 << 20


def test_answer_and_reset_in_one_breath_is_an_answer() -> None:
    def refuse_and_reset(peer: RawPeer) -> None:
        stream = peer.next_headers()
        peer.h2.send_headers(stream, [(":status", "200"), ("grpc-status", "8")], end_stream=True)
        peer.h2.reset_stream(stream, ErrorCodes.NO_ERROR)
        peer.write()
        peer.answer(peer.next_request(), b"next")

    with RawPeer(refuse_and_reset) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        with pytest.raises(RpcError) as caught:
            transport.call("Solve", b"x" * (1 << 20)).wait()

        assert caught.value.code == 8
        assert transport.call("Ping", b"").wait() == b"next"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (ErrorCodes.REFUSED_STREAM, 14),
        (ErrorCodes.CANCEL, 1),
        (ErrorCodes.ENHANCE_YOUR_CALM, 8),
        (ErrorCodes.INTERNAL_ERROR, 13),
        (0x77, 13),
    ],
)
def test_reset_fails_one_call_and_leaves_the_others(reason: int, code: int) -> None:
    def reset(peer: RawPeer) -> None:
        peer.h2.reset_stream(peer.next_request(), reason)
        peer.answer(peer.next_request(), b"other")

    with RawPeer(reset) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        calls = [transport.call("ReadFile", b""), transport.call("Ping", b"")]
        with pytest.raises(RpcError, match="ReadFile: the BuildKit daemon gave up the call") as caught:
            calls[0].wait()

        assert caught.value.code == code
        assert calls[1].wait() == b"other"


def test_goaway_ends_the_calls_with_the_peers_own_words() -> None:
    def say_goodbye(peer: RawPeer) -> None:
        peer.next_request()
        peer.h2.close_connection(ErrorCodes.ENHANCE_YOUR_CALM, b"too many pings")
        peer.write()

    with RawPeer(say_goodbye) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        expected = r"ended the connection \(ENHANCE_YOUR_CALM: too many pings\) before answering Solve"
        with pytest.raises(ConnectionLostError, match=expected):
            transport.call("Solve", b"").wait()


def test_answer_that_came_before_the_end_of_the_connection_counts() -> None:
    def answer_and_leave(peer: RawPeer) -> None:
        peer.answer(peer.next_request(), b"last words")
        peer.h2.close_connection()
        peer.write()

    with RawPeer(answer_and_leave) as peer:
        call = Http2Transport(peer.reader, peer.writer).call("Ping", b"")

        assert call.wait() == b"last words"


def test_peer_that_breaks_the_protocol_is_named_as_such() -> None:
    def send_data_on_a_stream_nobody_opened(peer: RawPeer) -> None:
        peer.next_request()
        os.write(peer.outward, b"\0\0\0" + b"\0\0" + b"\0\0\0\x63")

    with RawPeer(send_data_on_a_stream_nobody_opened) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        with pytest.raises(ConnectionLostError, match="broke the HTTP/2 protocol"):
            transport.call("Ping", b"").wait()


def _trail(*headers: tuple[str, str]) -> Callable[[RawPeer], None]:
    return lambda peer: peer.trail(peer.next_request(), list(headers))


def _send(prefix: bytes, message: bytes) -> Callable[[RawPeer], None]:
    return lambda peer: peer.answer(peer.next_request(), message, prefix=prefix)


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        (_trail((":status", "404")), 12, "HTTP status 404"),
        (_trail((":status", "503")), 14, "HTTP status 503"),
        (_trail((":status", "418")), 2, "HTTP status 418"),
        (_trail((":status", "200")), 13, "without a gRPC status"),
        (_trail((":status", "200"), ("grpc-status", "0")), 13, "no message"),
        (_trail((":status", "200"), ("grpc-status", "what")), 2, "^$"),
        (_send(b"\1\0\0\0\1", b"x"), 13, "compressed"),
        (_send(b"\0\0\0\0\2", b"x"), 13, "announced 2 bytes and sent 1"),
    ],
)
def test_answer_that_is_no_grpc_answer_is_an_error(script: Callable[[RawPeer], None], code: int, text: str) -> None:
    with RawPeer(script) as peer:
        with pytest.raises(RpcError, match=text) as caught:
            Http2Transport(peer.reader, peer.writer).call("Ping", b"").wait()

        assert caught.value.code == code


def test_h2_accepts_more_streams_than_are_used() -> None:
    """The margin below a daemon's limit is ours, not the library's."""
    assert H2Connection().remote_settings.max_concurrent_streams > 250
