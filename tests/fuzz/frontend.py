"""The whole frontend against a daemon whose answers are bytes of an input."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import frontend
from kairosfile.gateway import grpc
from kairosfile.gateway.errors import RpcError
from kairosfile.gateway.run import run_build
from kairosfile.pb import caps, stat
from kairosfile.pb import gateway as pb
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

CRASHES = ("failed unexpectedly", "could not be reported")
MAX_CALLS = 2000
MISSING = b"!2 lstat: no such file or directory"
DIGEST = "sha256:" + "ab" * 32
CONFIG = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Env": ["PATH=/bin"]}}).encode()
_CAPABILITIES = json.loads((ROOT / "tests" / "golden" / "wire.json").read_text())["capabilities"]


def _capabilities(namespace: str) -> list[caps.APICap]:
    return [caps.APICap(ID=cap["id"], Enabled=True) for cap in _CAPABILITIES[namespace] if cap["advertised"]]


USUAL = {
    "Ping": pb.PongResponse(FrontendAPICaps=_capabilities("frontend"), LLBCaps=_capabilities("llb")).encode(),
    "Solve": pb.SolveResponse(result=pb.Result(ref=pb.Ref(id="result"))).encode(),
    "ResolveImageConfig": pb.ResolveImageConfigResponse(Digest=DIGEST, Config=CONFIG).encode(),
    "Return": pb.ReturnResponse().encode(),
}


class Answer(NamedTuple):
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
        self.calls: Counter[str] = Counter()
        self.kairosfile = kairosfile

    def call(self, method: str, request: bytes) -> Answer:
        """Start a call."""
        self.calls[method] += 1
        if self.calls.total() > MAX_CALLS:
            raise RpcError(method, 4, "too many calls")
        own = self.answers.get(method)
        return Answer(method, own.pop(0) if own else self._usual(method, request))

    def _usual(self, method: str, request: bytes) -> bytes:
        if method == "StatFile":
            status = stat.Stat(size=len(self.kairosfile), mode=0o644)
            known = pb.StatFileRequest.decode(request).Path == frontend.FILENAME
            return pb.StatFileResponse(stat=status).encode() if known else MISSING
        if method == "ReadFile":
            known = pb.ReadFileRequest.decode(request).FilePath == frontend.FILENAME
            return pb.ReadFileResponse(Data=self.kairosfile).encode() if known else MISSING
        if method == "ResolveSourceMeta":
            source = pb.ResolveSourceMetaRequest.decode(request).Source
            image = pb.ResolveSourceImageResponse(Digest=DIGEST, Config=CONFIG)
            return pb.ResolveSourceMetaResponse(Source=source, Image=image).encode()
        return USUAL.get(method, b"")


def run(head: bytes, kairosfile: bytes, answers: list[bytes], kind: type[HostileDaemon] = HostileDaemon) -> str:
    """Run a build with options as lines, and answers as `METHOD` and a message with a line break between.

    Returns the frontend's output to the daemon's log.
    """
    lines = head.decode(errors="surrogateescape").replace("\0", "").split("\n")
    environ = {f"BUILDKIT_FRONTEND_OPT_{number}": line for number, line in enumerate(lines) if line}
    environ["BUILDKIT_SESSION_ID"] = "session"
    by_method: dict[str, list[bytes]] = {}
    for each in answers:
        method, _, message = each.partition(b"\n")
        by_method.setdefault(method.decode(errors="replace"), []).append(message)
    log, daemon = io.StringIO(), kind(kairosfile, by_method)
    with contextlib.redirect_stderr(log):
        run_build(frontend.build, daemon, environ, default_filename=frontend.FILENAME)
    return log.getvalue()
