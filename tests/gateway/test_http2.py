"""The transport against a peer that is scripted frame by frame."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, PingAckReceived, RemoteSettingsChanged, StreamReset
from h2.settings import SettingCodes
from hpack import Encoder
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile.gateway.errors import RpcError
from kairosfile.gateway.grpc import MESSAGE_LIMIT
from kairosfile.gateway.http2 import Http2Transport
from kairosfile.gateway.rare_errors import ConnectionLostError
from tests.support.gateway.raw_peer import RawPeer, frame

if TYPE_CHECKING:
    from collections.abc import Callable

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS_FRAME = 4
EXAMPLES = 20 * int(os.environ.get("KAIROSFILE_EXAMPLES", "15"))


def _answers(peer: RawPeer) -> None:
    peer.answer(peer.next_request(), b"answer")


def test_preface_and_settings_precede_the_first_call() -> None:
    reader, writer = os.pipe()
    inward, outward = os.pipe()
    Http2Transport(inward, writer)
    first = os.read(reader, 1 << 16)
    for descriptor in (reader, writer, inward, outward):
        os.close(descriptor)

    assert first.startswith(_PREFACE)
    assert first[len(_PREFACE) + 3] == _SETTINGS_FRAME


def test_settings_disable_the_header_table_and_push() -> None:
    visited: dict[int, int] = {}

    def note_settings(peer: RawPeer) -> None:
        for event in peer.read():
            if isinstance(event, RemoteSettingsChanged):
                visited.update({code: changed.new_value for code, changed in event.changed_settings.items()})

    with RawPeer(note_settings) as peer:
        Http2Transport(peer.reader, peer.writer)

    assert visited[SettingCodes.HEADER_TABLE_SIZE] == 0
    assert visited[SettingCodes.ENABLE_PUSH] == 0
    assert visited[SettingCodes.INITIAL_WINDOW_SIZE] > MESSAGE_LIMIT


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
    """Both sides send more than the pipes hold: a side that only writes would deadlock."""
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
        transport.call("Ping", b"").wait()  # the peer's SETTINGS arrive with the response

        assert transport.call("Solve", request).wait() == b"answer"
    assert bytes(peer.received[3][5:]) == request


def test_calls_in_flight_are_limited_by_the_peer() -> None:
    most = 0

    def count(peer: RawPeer) -> None:
        nonlocal most
        for _ in range(20):
            stream = peer.next_request()
            most = max(most, peer.h2.open_inbound_streams)
            peer.answer(stream, b"answer")

    with RawPeer(count, streams=3) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        transport.call("Ping", b"").wait()  # the peer's SETTINGS arrive with the response
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


def test_a_protocol_violation_is_reported_as_the_fault_of_the_peer() -> None:
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


DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED, WITH_PRIORITY = 1, 4, 8, 32
MESSAGE = b"\0\0\0\0\2ok"
STATUS_200 = b"\x88"
OK_TRAILERS = Encoder().encode([("grpc-status", "0")])


def send_frames(*frames: tuple[int, int, int, bytes]) -> Callable[[RawPeer], None]:
    def script(peer: RawPeer) -> None:
        peer.next_request()
        for sent in frames:
            peer.write_frame(*sent)

    return script


def whole_answer(*first: tuple[int, int, int, bytes]) -> Callable[[RawPeer], None]:
    """Send frames, then the rest of a response."""
    return send_frames(*first, (DATA, 0, 1, MESSAGE), (HEADERS, END_HEADERS | END_STREAM, 1, OK_TRAILERS))


@pytest.mark.parametrize(
    "script",
    [
        whole_answer((HEADERS, END_HEADERS, 1, STATUS_200)),
        whole_answer((HEADERS, 0, 1, STATUS_200), (CONTINUATION, 0, 1, b""), (CONTINUATION, END_HEADERS, 1, b"")),
        whole_answer((HEADERS, END_HEADERS | PADDED, 1, b"\3" + STATUS_200 + b"\0\0\0")),
        whole_answer((HEADERS, END_HEADERS | WITH_PRIORITY, 1, b"\0\0\0\0\1" + STATUS_200)),
        whole_answer(
            (HEADERS, END_HEADERS, 1, Encoder().encode([(":status", "103")])), (HEADERS, END_HEADERS, 1, STATUS_200)
        ),
        whole_answer((HEADERS, END_HEADERS, 1, b"\x20" + STATUS_200)),
        whole_answer((HEADERS, END_HEADERS, 1, STATUS_200), (DATA, PADDED, 1, b"\2\0\0"), (DATA, 0, 1, b"")),
        whole_answer((HEADERS, END_HEADERS, 1, STATUS_200), (0xFA, 0xFF, 1, b"a type that does not exist yet")),
        whole_answer((HEADERS, END_HEADERS, 1, STATUS_200), (PRIORITY, 0, 1, b"\0\0\0\0\1")),
        whole_answer((HEADERS, END_HEADERS, 1, STATUS_200), (SETTINGS, 0, 0, b"\0\x77\0\0\0\1")),
        whole_answer((HEADERS, END_HEADERS, 1, STATUS_200), (PING, 1, 0, b"12345678")),
    ],
    ids=[
        "plain",
        "continued",
        "padded",
        "priority",
        "interim",
        "table-size",
        "padded-data",
        "unknown-type",
        "priority-frame",
        "unknown-setting",
        "ping-ack",
    ],
)
def test_answer_may_come_in_every_form_that_the_protocol_has(script: Callable[[RawPeer], None]) -> None:
    with RawPeer(script) as peer:
        assert Http2Transport(peer.reader, peer.writer).call("Ping", b"").wait() == b"ok"


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ([(DATA, 0, 0, b"")], "DATA for stream 0"),
        ([(DATA, 0, 3, b"")], "DATA for stream 3"),
        ([(HEADERS, END_HEADERS, 2, STATUS_200)], "HEADERS for stream 2"),
        ([(DATA, PADDED, 1, b"\x05abc")], "more padding than content"),
        ([(HEADERS, 0, 1, STATUS_200), (PING, 0, 0, bytes(8))], "headers are not continued"),
        ([(HEADERS, 0, 1, STATUS_200), (CONTINUATION, 0, 3, b"")], "headers are not continued"),
        ([(CONTINUATION, END_HEADERS, 1, b"")], "CONTINUATION without HEADERS"),
        ([(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff")], "a number is cut off or too large"),
        ([(HEADERS, END_HEADERS, 1, b"\xbe")], "no entry 62"),
        ([(HEADERS, END_HEADERS, 1, b"\x3f\xe1\x1f")], "the size of the header table changes"),
        ([(RST_STREAM, 0, 1, b"")], "a frame of type 3 with 0 bytes"),
        ([(RST_STREAM, 0, 5, bytes(4))], "RST_STREAM for stream 5"),
        ([(SETTINGS, 0, 1, b"")], "a frame of type 4 on stream 1"),
        ([(SETTINGS, 0, 0, b"abc")], "SETTINGS of a wrong size"),
        ([(SETTINGS, 1, 0, bytes(6))], "SETTINGS of a wrong size"),
        ([(SETTINGS, 0, 0, b"\0\2\0\0\0\1")], "cannot enable push"),
        ([(SETTINGS, 0, 0, b"\0\4\x80\0\0\0")], "an initial window of 2147483648 bytes"),
        ([(SETTINGS, 0, 0, b"\0\5\0\0\0\1")], "frames of at most 1 bytes"),
        ([(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + STATUS_200)], "push is disabled"),
        ([(PING, 0, 0, b"1234567")], "a frame of type 6 with 7 bytes"),
        ([(PING, 0, 1, b"12345678")], "a frame of type 6 on stream 1"),
        ([(GOAWAY, 0, 0, b"1234567")], "GOAWAY of a wrong size"),
        ([(WINDOW_UPDATE, 0, 0, bytes(4))], "WINDOW_UPDATE by 0 bytes"),
        ([(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff")], "larger than the protocol allows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_peer_that_violates_the_protocol_gets_the_error_code(
    frames: list[tuple[int, int, int, bytes]], text: str
) -> None:
    ends: list[ConnectionTerminated] = []

    def script(peer: RawPeer) -> None:
        send_frames(*frames)(peer)
        while not ends:
            ends.extend(event for event in peer.read() if isinstance(event, ConnectionTerminated))

    with RawPeer(script) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        with pytest.raises(
            ConnectionLostError, match=f"broke the HTTP/2 protocol .*{re.escape(text)}.* before answering"
        ):
            transport.call("Ping", b"").wait()

    assert ends[0].error_code


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ([(DATA, 0, 1, MESSAGE)], "DATA comes before the headers"),
        ([(HEADERS, END_HEADERS, 1, STATUS_200), (HEADERS, END_HEADERS, 1, OK_TRAILERS)], "the trailers do not end it"),
        ([(WINDOW_UPDATE, 0, 1, bytes(4))], "WINDOW_UPDATE by 0 bytes"),
        ([(WINDOW_UPDATE, 0, 1, b"\x7f\xff\xff\xff")], "WINDOW_UPDATE by 2147483647 bytes"),
    ],
)
def test_malformed_answer_ends_only_its_call(frames: list[tuple[int, int, int, bytes]], text: str) -> None:
    def script(peer: RawPeer) -> None:
        send_frames(*frames)(peer)
        peer.answer(peer.next_request(), b"next")

    with RawPeer(script) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        calls = [transport.call("ReadFile", b""), transport.call("Ping", b"")]
        with pytest.raises(RpcError, match=f"ReadFile: the daemon's answer is malformed: {text}"):
            calls[0].wait()

        assert calls[1].wait() == b"next"


def test_first_frame_has_to_be_settings() -> None:
    inward, outward = os.pipe()
    reader, writer = os.pipe()
    os.write(outward, frame(PING, 0, 0, bytes(8)))
    with pytest.raises(ConnectionLostError, match="the first frame is not SETTINGS"):
        Http2Transport(inward, writer).call("Ping", b"").wait()
    for descriptor in (inward, outward, reader, writer):
        os.close(descriptor)


def test_frame_larger_than_announced_ends_the_connection_before_it_is_read() -> None:
    def script(peer: RawPeer) -> None:
        peer.next_request()
        os.write(peer.outward, b"\xff\xff\xff\0\0\0\0\0\1")

    with RawPeer(script) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        with pytest.raises(ConnectionLostError, match="a frame of 16777215 bytes"):
            transport.call("Ping", b"").wait()


def test_headers_without_an_end_are_not_collected_for_ever() -> None:
    def script(peer: RawPeer) -> None:
        peer.next_request()
        peer.write_frame(HEADERS, 0, 1, b"")
        for _ in range(65):
            peer.write_frame(CONTINUATION, 0, 1, b"\0" * (1 << 14))

    with RawPeer(script) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        with pytest.raises(ConnectionLostError, match="the headers have more than 1048576 bytes"):
            transport.call("Ping", b"").wait()


def test_peer_that_sends_more_than_the_window_is_cut_off() -> None:
    def script(peer: RawPeer) -> None:
        peer.next_request()
        peer.write_frame(HEADERS, END_HEADERS, 1, STATUS_200)
        peer.write_frame(DATA, 0, 1, b"x" * 20_001)

    with RawPeer(script) as peer:
        transport = Http2Transport(peer.reader, peer.writer, window=20_000)
        with pytest.raises(ConnectionLostError, match="more DATA than the window allows"):
            transport.call("Ping", b"").wait()


def test_answer_without_an_end_is_not_collected_for_ever() -> None:
    resets: list[object] = []

    def script(peer: RawPeer) -> None:
        stream = peer.next_request()
        peer.h2.send_headers(stream, [(":status", "200")])
        while not resets:
            window = peer.h2.local_flow_control_window(stream)
            peer.h2.send_data(stream, b"x" * min(window, peer.h2.max_outbound_frame_size))
            peer.write()
            if window < 1 << 20:
                resets.extend(event.error_code for event in peer.read() if isinstance(event, StreamReset))
        peer.answer(peer.next_request(), b"next")

    with RawPeer(script) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        with pytest.raises(RpcError, match="ReadFile: the daemon's answer has more than 16777216 bytes") as caught:
            transport.call("ReadFile", b"").wait()
        assert transport.call("Ping", b"").wait() == b"next"

    assert (caught.value.code, resets) == (8, [ErrorCodes.CANCEL])


def test_goaway_lets_calls_end_that_the_peer_has_taken_up() -> None:
    def script(peer: RawPeer) -> None:
        first, _ = peer.next_request(), peer.next_request()
        peer.write_frame(GOAWAY, 0, 0, first.to_bytes(4) + bytes(4))
        peer.answer(first, b"answer")
        peer.next_request()

    with RawPeer(script) as peer:
        transport = Http2Transport(peer.reader, peer.writer)
        calls = [transport.call("ReadFile", b""), transport.call("Ping", b"")]

        assert calls[0].wait() == b"answer"
        with pytest.raises(ConnectionLostError, match=r"ended the connection \(NO_ERROR\) before answering Ping"):
            calls[1].wait()
        with pytest.raises(ConnectionLostError, match=r"ended the connection \(NO_ERROR\) before answering Solve"):
            transport.call("Solve", b"").wait()
        os.write(peer.writer, frame(HEADERS, END_HEADERS | END_STREAM, 5, Encoder().encode(REQUEST)))


REQUEST = [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "localhost")]


def test_windows_that_change_under_way_hold_at_once_and_may_be_below_zero() -> None:
    inward, outward = os.pipe()
    reader, writer = os.pipe()
    transport = Http2Transport(inward, writer)

    def data_sent_after(*frames: bytes) -> int:
        os.write(outward, b"".join(frames))
        transport.pump()
        sent, total = os.read(reader, 1 << 16), 0
        sent = sent.removeprefix(_PREFACE)
        while sent:
            size = int.from_bytes(sent[:3])
            total += size if sent[3] == DATA else 0
            sent = sent[9 + size :]
        return total

    def first_window(size: int) -> bytes:
        return frame(SETTINGS, 0, 0, b"\0\4" + size.to_bytes(4))

    assert data_sent_after(first_window(10)) == 0
    transport.call("Solve", b"x" * 95)
    assert data_sent_after(first_window(30)) == 30
    assert data_sent_after(first_window(5)) == 0
    assert data_sent_after(frame(WINDOW_UPDATE, 0, 1, (25).to_bytes(4)), frame(PING, 0, 0, bytes(8))) == 0
    assert data_sent_after(frame(WINDOW_UPDATE, 0, 1, (20).to_bytes(4))) == 20
    assert data_sent_after(first_window(500)) == 50
    for descriptor in (inward, outward, reader, writer):
        os.close(descriptor)


def test_a_status_with_too_many_digits_is_an_unknown_error() -> None:
    with RawPeer(_trail((":status", "200"), ("grpc-status", "7" * 5000))) as peer:
        with pytest.raises(RpcError) as caught:
            Http2Transport(peer.reader, peer.writer).call("Ping", b"").wait()

        assert caught.value.code == 2


@pytest.mark.parametrize("details", ["a", "%%%%%", "YQ", "YQ=="])
def test_details_that_are_no_base64_leave_the_error_as_it_is(details: str) -> None:
    headers = (":status", "200"), ("grpc-status", "5"), ("grpc-message", "no"), ("grpc-status-details-bin", details)
    with RawPeer(_trail(*headers)) as peer:
        with pytest.raises(RpcError, match=r"^no$") as caught:
            Http2Transport(peer.reader, peer.writer).call("Ping", b"").wait()

        assert caught.value.details() == (b"a" if details.startswith("YQ") else b"")


FRAMES = st.builds(
    frame,
    st.integers(0, 11),
    st.sampled_from([0, END_STREAM, END_HEADERS, END_STREAM | END_HEADERS, PADDED, 0x2D, 0xFF]),
    st.sampled_from([0, 1, 3, 5, 2, (1 << 32) - 1]),
    st.sampled_from([b"", STATUS_200, OK_TRAILERS, MESSAGE, bytes(4), bytes(8), b"\0\0\0\1\0\0\0\0gone"])
    | st.binary(max_size=20),
)
GREETING = frame(SETTINGS, 0, 0, b"")


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(FRAMES | st.binary(max_size=30), max_size=12).map(b"".join), st.booleans())
def test_each_call_ends_with_a_response_or_an_error_whatever_the_daemon_sends(data: bytes, greets: bool) -> None:
    inward, outward = os.pipe()
    reader, writer = os.pipe()
    os.write(outward, (GREETING if greets else b"") + data)
    os.close(outward)
    transport = Http2Transport(inward, writer)
    for call in [transport.call("ReadFile", b"x"), transport.call("Ping", b"y" * 70_000)]:
        try:
            answered = call.wait()
        except (ConnectionLostError, RpcError) as error:
            assert str(error) or isinstance(error, RpcError)
        else:
            assert isinstance(answered, bytes)
    for descriptor in (inward, reader, writer):
        os.close(descriptor)
