"""The two pipes to the daemon, at bytes: neither side may wait for the other forever."""

from __future__ import annotations

import os
import select
from threading import Thread

from kairosfile.gateway.pipes import PipePair

SIZE = 1 << 20  # far more than a pipe holds
PATIENCE = 5  # seconds


def read_all_then_answer(reader: int, writer: int) -> None:
    missing = SIZE
    while missing and select.select([reader], [], [], PATIENCE)[0]:
        missing -= len(os.read(reader, missing))
    os.write(writer, b"missing" if missing else b"done")


def test_a_peer_that_answers_only_the_whole_of_a_large_request_gets_it() -> None:
    (request_out, request_in), (answer_out, answer_in) = os.pipe(), os.pipe()
    peer = Thread(target=read_all_then_answer, args=(request_out, answer_in))
    peer.start()
    outbox = bytearray(SIZE)

    assert PipePair(answer_out, request_in).exchange(outbox) == b"done"
    assert not outbox
    peer.join()
    for descriptor in (request_out, request_in, answer_out, answer_in):
        os.close(descriptor)
