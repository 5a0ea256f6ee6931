"""The transport against an independent HTTP/2 implementation: grpcio's server, on real pipes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.status_pb2 import Status

from kairosfile.gateway.errors import RpcError
from kairosfile.gateway.grpc import MESSAGE_LIMIT
from kairosfile.gateway.http2 import Http2Transport
from kairosfile.gateway.rare_errors import ConnectionLostError, MessageTooLargeError
from tests.support.gateway.fake_bridge import V0_13, FakeBridge
from tests.support.gateway.strict import RefusalError
from tests.support.protobuf import gateway_pb2 as pb

if TYPE_CHECKING:
    from tests.support.gateway.relay import Relay

_OVERHEAD = 64  # the message's encoding around the bytes


def _read(name: str) -> bytes:
    return pb.ReadFileRequest(FilePath=name).SerializeToString()


def _echo(request: Any, _: object) -> pb.ReadFileResponse:
    return pb.ReadFileResponse(Data=request.FilePath.encode())


def _data(answer: bytes) -> bytes:
    return pb.ReadFileResponse.FromString(answer).Data


def test_calls_in_flight_may_be_answered_in_any_order(fake: FakeBridge, transport: Http2Transport) -> None:
    checks = {name: threading.Event() for name in "abc"}

    def answer_in_reverse(request: Any, usual: object) -> pb.ReadFileResponse:
        following = {"a": "b", "b": "c"}.get(request.FilePath)
        assert following is None or checks[following].wait(10)
        checks[request.FilePath].set()
        return _echo(request, usual)

    fake.on("ReadFile", answer_in_reverse)
    calls = [transport.call("ReadFile", _read(name)) for name in "abc"]

    assert [_data(call.wait()) for call in calls] == [b"a", b"b", b"c"]


def test_waiting_again_gives_the_same_answer(fake: FakeBridge, transport: Http2Transport) -> None:
    fake.on("ReadFile", _echo)
    call = transport.call("ReadFile", _read("a"))

    assert call.wait() == call.wait()


def test_more_calls_than_streams_wait_for_a_stream(fake: FakeBridge, transport: Http2Transport) -> None:
    fake.on("ReadFile", _echo)
    names = [f"file{number}" for number in range(600)]
    calls = [transport.call("ReadFile", _read(name)) for name in names]

    assert [_data(call.wait()) for call in calls] == [name.encode() for name in names]


@pytest.mark.parametrize("window", [1 << 14, MESSAGE_LIMIT])
def test_largest_messages_pass_in_both_directions_at_once(fake: FakeBridge, relay: Relay, window: int) -> None:
    size = MESSAGE_LIMIT - _OVERHEAD
    content, question = b"d" * size, b"q" * size
    fake.on("ReadFile", lambda _, __: pb.ReadFileResponse(Data=content))
    fake.on("Warn", lambda _, __: pb.WarnResponse())
    transport = Http2Transport(relay.reader, relay.writer, window=window)

    download = transport.call("ReadFile", b"")
    upload = transport.call("Warn", pb.WarnRequest(short=question).SerializeToString())

    assert _data(download.wait()) == content
    assert upload.wait() == b""
    assert fake.requests("Warn")[0].short == question


def test_message_over_the_limit_is_refused_before_anything_is_sent(fake: FakeBridge, transport: Http2Transport) -> None:
    with pytest.raises(MessageTooLargeError, match=r"Solve: the request has 16777217 bytes, .* 16777216"):
        transport.call("Solve", b"x" * (MESSAGE_LIMIT + 1))

    transport.call("Ping", b"").wait()
    assert [name for name, _ in fake.record] == ["Ping"]


def test_message_that_only_an_old_daemon_refuses_gives_the_daemons_error() -> None:
    with FakeBridge(release=V0_13) as fake:
        relay = fake.connect()
        transport = Http2Transport(relay.reader, relay.writer)
        call = transport.call("Warn", pb.WarnRequest(short=b"x" * (5 << 20)).SerializeToString())
        with pytest.raises(RpcError, match="larger than max") as caught:
            call.wait()
        assert caught.value.code == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]

        transport.call("Ping", b"").wait()
        relay.close_frontend_ends()


@pytest.mark.parametrize(
    "message",
    ["plain", "100% wrong", "first line\nsecond line", "caf\u00e9 \u2192 \U0001f4a5", "%41 is not A", ""],
)
def test_error_text_survives_the_wire(fake: FakeBridge, transport: Http2Transport, message: str) -> None:
    def refuse(_: object, __: object) -> None:
        raise RefusalError(message, grpc.StatusCode.NOT_FOUND)

    fake.on("ReadFile", refuse)
    with pytest.raises(RpcError) as caught:
        transport.call("ReadFile", b"").wait()

    error = caught.value
    assert (error.method, error.code, error.message, error.details()) == ("ReadFile", 5, message, b"")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 200_000])
def test_error_details_of_any_length_survive_the_wire(fake: FakeBridge, transport: Http2Transport, size: int) -> None:
    details = [AnyMessage(type_url="x", value=b"\xff" * size)]

    def refuse(_: object, __: object) -> None:
        raise RefusalError("no", details=details)

    fake.on("ReadFile", refuse)
    with pytest.raises(RpcError) as caught:
        transport.call("ReadFile", b"").wait()

    assert list(Status.FromString(caught.value.details()).details) == details


def test_unknown_method_gives_an_error_of_that_call_only(transport: Http2Transport) -> None:
    with pytest.raises(RpcError) as caught:
        transport.call("Frobnicate", b"").wait()

    assert caught.value.code == grpc.StatusCode.UNIMPLEMENTED.value[0]
    transport.call("Ping", b"").wait()


def test_daemon_that_is_slow_to_start_is_waited_for() -> None:
    with FakeBridge(start_delay=0.5) as fake:
        relay = fake.connect()
        transport = Http2Transport(relay.reader, relay.writer)
        transport.call("Ping", b"").wait()
        relay.close_frontend_ends()

        assert [name for name, _ in fake.record] == ["Ping"]


def test_cut_connection_fails_every_call_and_names_them(
    fake: FakeBridge, relay: Relay, transport: Http2Transport
) -> None:
    release = threading.Event()

    def cut(_: object, __: object) -> pb.ReadFileResponse:
        relay.cut()
        release.wait(10)
        return pb.ReadFileResponse()

    fake.on("ReadFile", cut)
    fake.on("Warn", lambda _, __: release.wait(10) and pb.WarnResponse())
    calls = [transport.call("Warn", b""), transport.call("ReadFile", b"")]
    try:
        for call in calls:
            with pytest.raises(ConnectionLostError, match="closed the connection before answering ReadFile, Warn"):
                call.wait()
        with pytest.raises(ConnectionLostError):
            transport.call("Ping", b"").wait()
    finally:
        release.set()


def test_request_that_can_no_longer_be_written_fails_clearly(relay: Relay, transport: Http2Transport) -> None:
    relay.cut()
    with pytest.raises(ConnectionLostError, match="the BuildKit daemon closed the connection"):
        transport.call("Solve", b"x" * (1 << 20)).wait()
