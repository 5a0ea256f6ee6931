"""The whole frontend against a daemon whose answers are bytes of an input."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import frontend
from kairosfile.gateway import grpc
from kairosfile.gateway.errors import RpcError
from kairosfile.gateway.run import run_build
from kairosfile.pb import gateway as pb
from kairosfile.pb import stat

if TYPE_CHECKING:
    from collections.abc import Mapping

CRASHES = ("failed unexpectedly", "could not be reported")
MAX_CALLS = 2000
USUAL = {
    "Ping": pb.PongResponse().encode(),
    "Solve": pb.SolveResponse(result=pb.Result(ref=pb.Ref(id="result"))).encode(),
    "Return": pb.ReturnResponse().encode(),
}


class _Answer(NamedTuple):
    """An answer that has come: a message, or the status and the text of a failure after `!`."""

    method: str
    content: bytes

    def wait(self) -> bytes:
        if not self.content.startswith(b"!"):
            return self.content
        headers = {b"grpc-status": self.content[1:3].strip(), b"grpc-message": self.content[3:]}
        return grpc.answer(self.method, headers, bytearray())


class HostileDaemon:
    """Gives the first calls of each method the answers of an input, and the usual ones after them."""

    def __init__(self, kairosfile: bytes, answers: Mapping[str, list[bytes]]) -> None:
        self.answers = answers
        self.calls = 0
        found = stat.Stat(size=len(kairosfile), mode=0o644)
        self.usual = USUAL | {
            "ReadFile": pb.ReadFileResponse(Data=kairosfile).encode(),
            "StatFile": pb.StatFileResponse(stat=found).encode(),
        }

    def call(self, method: str, request: bytes) -> _Answer:  # noqa: ARG002 - as the protocol has it
        """Start a call."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise RpcError(method, 4, "too many calls")
        own = self.answers.get(method)
        return _Answer(method, own.pop(0) if own else self.usual.get(method, b""))


def run(head: bytes, kairosfile: bytes, answers: list[bytes]) -> str:
    """Run a build with options as lines, and answers as `METHOD` and a message with a line break between.

    Returns what the frontend writes to the daemon's log.
    """
    lines = head.decode(errors="surrogateescape").replace("\0", "").split("\n")
    environ = {f"BUILDKIT_FRONTEND_OPT_{number}": line for number, line in enumerate(lines) if line}
    environ["BUILDKIT_SESSION_ID"] = "session"
    by_method: dict[str, list[bytes]] = {}
    for each in answers:
        method, _, message = each.partition(b"\n")
        by_method.setdefault(method.decode(errors="replace"), []).append(message)
    log = io.StringIO()
    with contextlib.redirect_stderr(log):
        run_build(frontend.build, HostileDaemon(kairosfile, by_method), environ, default_filename=frontend.FILENAME)
    return log.getvalue()
