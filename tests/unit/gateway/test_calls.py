"""Typed calls on any transport; here the transport is a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kairosfile.gateway.bridge import Bridge
from kairosfile.gateway.errors import RpcError
from kairosfile.gateway.grpc import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.protobuf import gateway_pb2 as pb


class _Pending:
    def __init__(self, answer: Callable[[], bytes]) -> None:
        self._answer = answer

    def wait(self) -> bytes:
        return self._answer()


class _Transport:
    """Sends the same bytes in response to every call; records the start of each call and each wait."""

    def __init__(self, answer: bytes = b"") -> None:
        self.events: list[str] = []
        self._answer = answer

    def call(self, method: str, request: bytes) -> _Pending:
        self.events.append(f"start {method} {len(request)}")
        return _Pending(lambda: self._wait(method))

    def _wait(self, method: str) -> bytes:
        self.events.append(f"wait {method}")
        return self._answer


def test_client_works_on_any_transport_and_starts_with_ping() -> None:
    transport = _Transport()
    bridge = Bridge(transport)
    answer = bridge.inputs()

    assert transport.events == ["start Ping 0", "start Inputs 0"]
    assert answer.wait() == {}


def test_a_result_is_computed_once_and_returned_at_each_wait() -> None:
    transport = _Transport()
    bridge = Bridge(transport)
    answer = bridge.inputs()

    assert answer.wait() is answer.wait()
    assert list(bridge.workers) == list(bridge.workers) == []
    assert transport.events.count("wait Inputs") == transport.events.count("wait Ping") == 1


@pytest.mark.parametrize("answer", [b"\x0a\x05abc", b"\x0b", b"\x0a\x02\x0a\x01"])
def test_answer_that_is_no_message_is_an_error_of_the_call(answer: bytes) -> None:
    bridge = Bridge(_Transport(answer))

    with pytest.raises(RpcError, match="Inputs: the daemon's answer is not the message InputsResponse: ") as caught:
        bridge.inputs().wait()
    assert caught.value.code == 13


def test_failure_is_raised_each_time() -> None:
    def fail() -> pb.PongResponse:
        raise RpcError("Ping", 2, "no")

    answer = Deferred(fail).map(lambda pong: pong.Workers)
    for _ in range(2):
        with pytest.raises(RpcError, match="no"):
            answer.wait()
