"""Typed calls on any transport: here one that answers from a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kairosfile.gateway.bridge import Bridge
from kairosfile.gateway.calls import Answer
from kairosfile.gateway.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.pb import gateway_pb2 as pb


class _Pending:
    def __init__(self, answer: Callable[[], bytes]) -> None:
        self._answer = answer

    def wait(self) -> bytes:
        return self._answer()


class _Transport:
    """Answers every call with an empty message; notes when it starts and when somebody waits."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def call(self, method: str, request: bytes) -> _Pending:
        self.events.append(f"start {method} {len(request)}")
        return _Pending(lambda: self._wait(method))

    def _wait(self, method: str) -> bytes:
        self.events.append(f"wait {method}")
        return b""


def test_client_works_on_any_transport_and_starts_with_ping() -> None:
    transport = _Transport()
    bridge = Bridge(transport)
    answer = bridge.inputs()

    assert transport.events == ["start Ping 0", "start Inputs 0"]
    assert answer.wait() == {}


def test_answer_is_taken_once_and_given_as_often_as_asked() -> None:
    transport = _Transport()
    bridge = Bridge(transport)
    answer = bridge.inputs()

    assert answer.wait() is answer.wait()
    assert bridge.workers == bridge.workers == []
    assert transport.events.count("wait Inputs") == transport.events.count("wait Ping") == 1


def test_failure_is_raised_each_time() -> None:
    def fail() -> pb.PongResponse:
        raise RpcError("Ping", 2, "no")

    answer = Answer(fail).then(lambda pong: pong.Workers)
    for _ in range(2):
        with pytest.raises(RpcError, match="no"):
            answer.wait()
