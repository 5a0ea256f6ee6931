"""A daemon's LLBBridge, in process, on real pipes, served by grpcio and strict about the contract.

    with FakeBridge(files={"dockerfile": {"Kairosfile": b"..."}}, images={...}) as fake:
        run = fake.run([sys.executable, "-m", "kairosfile.frontend"], options={"filename": "Kairosfile"})
        assert run.error is None
        assert run.result.metadata["containerimage.config"]
        assert fake.requests("Solve")

It runs nothing: a ref only remembers its definition, and files are read from `files`, by the name of a local source
or the identifier of another one, through the copies that the ref's graph makes (`contents`). `on(method, handler)`
replaces or wraps the answer of a method. Every request is recorded before validation.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import grpc
from google.rpc.status_pb2 import Status

from tests import ROOT
from tests.support.gateway import contents, strict
from tests.support.gateway.relay import Relay
from tests.support.gateway.strict import RefusalError
from tests.support.protobuf import gateway_pb2 as pb
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.message import Message

    Handler = Callable[[Any, Callable[[Any], Any]], Any]

SERVICE = "moby.buildkit.v1.frontend.LLBBridge"
SESSION = "fake-session"
OCI_LAYOUT = 1  # ResolveImageConfigRequest.ResolverType
_WIRE = json.loads((ROOT / "tests" / "golden" / "wire.json").read_text())
_METHODS: dict[str, tuple[type[Message], type[Message]]] = {
    "Inputs": (pb.InputsRequest, pb.InputsResponse),
    "Ping": (pb.PingRequest, pb.PongResponse),
    "ReadDir": (pb.ReadDirRequest, pb.ReadDirResponse),
    "ReadFile": (pb.ReadFileRequest, pb.ReadFileResponse),
    "ResolveImageConfig": (pb.ResolveImageConfigRequest, pb.ResolveImageConfigResponse),
    "ResolveSourceMeta": (pb.ResolveSourceMetaRequest, pb.ResolveSourceMetaResponse),
    "Return": (pb.ReturnRequest, pb.ReturnResponse),
    "Solve": (pb.SolveRequest, pb.SolveResponse),
    "StatFile": (pb.StatFileRequest, pb.StatFileResponse),
    "Warn": (pb.WarnRequest, pb.WarnResponse),
}


class Release(NamedTuple):
    """The properties of a BuildKit release: the largest message that it accepts, and its capabilities."""

    version: str
    message_limit: int

    def capabilities(self, namespace: str) -> list[str]:
        """Return the ids that this release lists, sorted; `namespace` is `llb` or `frontend`."""
        listed = _WIRE["capabilities"][namespace]
        mine = _version(self.version)
        return sorted(
            cap["id"] for cap in listed if cap["advertised"] and _version(cap["first_x_0_release"].strip("<=v")) <= mine
        )


V0_13 = Release("0.13", 4 << 20)
V0_25 = Release("0.25", 16 << 20)


@dataclass(frozen=True)
class FakeImage:
    """An image in the registry: its configuration for any requested platform."""

    config: Mapping[str, Any] = field(default_factory=lambda: {"rootfs": {"type": "layers", "diff_ids": ["sha256:1"]}})
    digest: str = "sha256:" + "a" * 64

    def for_platform(self, platform: ops_pb2.Platform) -> bytes:
        """Return the image configuration."""
        named = {"os": platform.OS, "architecture": platform.Architecture, "variant": platform.Variant}
        return json.dumps({key: value for key, value in named.items() if value} | dict(self.config)).encode()


class Run(NamedTuple):
    """The end of a frontend's process, and the daemon's outcome: an error or a result, never both."""

    exit_status: int
    stderr: str
    error: Status | None
    result: pb.Result | None


class FakeBridge:
    """The daemon of one build."""

    def __init__(
        self,
        *,
        files: Mapping[str, Mapping[str, bytes]] | None = None,
        images: Mapping[str, FakeImage] | None = None,
        layouts: Mapping[tuple[str, str], FakeImage] | None = None,
        release: Release = V0_25,
        list_capabilities: bool = True,
        server_options: Sequence[tuple[str, Any]] = (),
        start_delay: float = 0,
    ) -> None:
        self.files = files or {}
        self.images = images or {}
        self.layouts = layouts or {}
        self.inputs: dict[str, ops_pb2.Definition] = {}
        self.release = release
        self.record: list[tuple[str, Any]] = []
        self.error: Status | None = None
        self.result: pb.Result | None = None
        self._list_capabilities = list_capabilities
        self._server_options = server_options
        self._start_delay = start_delay
        self._handlers: dict[str, Handler] = {}
        self._refs: dict[str, ops_pb2.Definition] = {}
        self._lock = threading.Lock()
        self._relays: list[Relay] = []

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="fake-bridge-")
        self._path = Path(self._folder.name) / "socket"
        options = [
            ("grpc.max_receive_message_length", self.release.message_limit),
            ("grpc.max_send_message_length", 16 << 20),
            ("grpc.max_concurrent_streams", 250),
            *self._server_options,
        ]
        self.server = grpc.server(ThreadPoolExecutor(max_workers=16), options=options)
        methods = {name: self._method(name) for name in _METHODS}
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
        self.server.add_insecure_port(f"unix:{self._path}")
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for relay in self._relays:
            relay.join()
        self.server.stop(grace=None).wait()
        self._folder.cleanup()

    def on(self, method: str, handler: Handler) -> None:
        """Answer `method` with `handler(request, usual)`; `usual(request)` returns the default answer.

        A handler may raise `RefusalError`.
        """
        self._handlers[method] = handler

    def requests(self, method: str) -> list[Any]:
        """Return the recorded requests of one method, in the order in which they came."""
        return [request for name, request in self.record if name == method]

    def connect(self) -> Relay:
        """Return pipes for a frontend in this process; close its ends before the `with` ends."""
        relay = Relay(self._path, delay=self._start_delay)
        self._relays.append(relay)
        return relay

    def run(
        self,
        command: Sequence[str],
        *,
        options: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Run:
        """Run a frontend as the daemon does: pipes as stdin and stdout, options in the environment."""
        relay = self.connect()
        environ = {**os.environ, **environment(options or {}), **(env or {})}
        process = subprocess.Popen(
            command, stdin=relay.reader, stdout=relay.writer, stderr=subprocess.PIPE, env=environ, text=True
        )
        relay.close_frontend_ends()
        _, stderr = process.communicate(timeout=timeout)
        return Run(process.returncode, stderr, *self.outcome(process.returncode))

    def outcome(self, exit_status: int) -> tuple[Status | None, pb.Result | None]:
        """Return the daemon's outcome: a returned error beats a bad exit, which beats a result."""
        if self.error:
            return self.error, None
        if exit_status:
            return Status(code=2, message=f"exit code: {exit_status}"), None
        if self.result is None:
            return Status(code=2, message="no result for incomplete build"), None
        return None, self.result

    def _method(self, name: str) -> grpc.RpcMethodHandler[Any, Any]:
        request, response = _METHODS[name]

        def handle(message: Any, context: grpc.ServicerContext) -> Any:
            try:
                return self._answer(name, message)
            except RefusalError as refusal:
                _refuse(context, refusal)

        return grpc.unary_unary_rpc_method_handler(handle, request.FromString, response.SerializeToString)

    def _answer(self, name: str, request: Any) -> Any:
        with self._lock:
            self.record.append((name, request))
        usual = getattr(self, f"_{name}")
        handler = self._handlers.get(name)
        return handler(request, usual) if handler else usual(request)

    def _Ping(self, _: pb.PingRequest) -> pb.PongResponse:  # noqa: N802 - the names of the service
        pong = pb.PongResponse()
        worker = pong.Workers.add(ID="fake")
        worker.platforms.add(OS="linux", Architecture="amd64")
        if self._list_capabilities:
            for cap in self.release.capabilities("frontend"):
                pong.FrontendAPICaps.add(ID=cap, Enabled=True)
            for cap in self.release.capabilities("llb"):
                pong.LLBCaps.add(ID=cap, Enabled=True)
        return pong

    def _Solve(self, request: pb.SolveRequest) -> pb.SolveResponse:  # noqa: N802
        strict.check_solve(request, self.release.capabilities("llb"))
        response = pb.SolveResponse()
        response.result.ref.SetInParent()
        if getattr(request.Definition, "def"):
            with self._lock:
                response.result.ref.id = f"ref{len(self._refs)}"
                self._refs[response.result.ref.id] = request.Definition
        return response

    def _ReadFile(self, request: pb.ReadFileRequest) -> pb.ReadFileResponse:  # noqa: N802
        content = self._files(request.Ref).get(request.FilePath.lstrip("/"))
        if content is None:
            raise RefusalError(f"open {request.FilePath}: no such file or directory")
        if request.HasField("Range"):
            start = request.Range.Offset
            content = content[start : start + request.Range.Length]
        return pb.ReadFileResponse(Data=content)

    def _ReadDir(self, request: pb.ReadDirRequest) -> pb.ReadDirResponse:  # noqa: N802
        response = pb.ReadDirResponse()
        folder = Path(request.DirPath.strip("/") or ".")
        inside = {Path(name): content for name, content in self._files(request.Ref).items()}
        for name, content in sorted(inside.items()):
            if name.parent == folder and name.match(request.IncludePattern or "*"):
                response.entries.add(path=name.name, mode=0o644, size=len(content))
        for name in sorted({Path(*name.parts[: len(folder.parts) + 1]) for name in inside if folder in name.parents}):
            if name not in inside and not request.IncludePattern:
                response.entries.add(path=name.name, mode=1 << 31 | 0o755)
        if not response.entries and folder != Path() and not any(folder in name.parents for name in inside):
            raise RefusalError(f"open {request.DirPath}: no such file or directory")
        return response

    def _StatFile(self, request: pb.StatFileRequest) -> pb.StatFileResponse:  # noqa: N802
        content = self._files(request.Ref).get(request.Path.lstrip("/"))
        if content is None:
            raise RefusalError(f"lstat {request.Path}: no such file or directory")
        response = pb.StatFileResponse()
        response.stat.path, response.stat.size, response.stat.mode = request.Path, len(content), 0o644
        return response

    def _ResolveSourceMeta(self, request: pb.ResolveSourceMetaRequest) -> pb.ResolveSourceMetaResponse:  # noqa: N802
        response = pb.ResolveSourceMetaResponse(Source=request.Source)
        scheme, _, reference = request.Source.identifier.partition("://")
        if scheme == "docker-image":
            image = self._image(reference)
        elif scheme == "oci-layout":
            image = self._layout(reference, request.Source.attrs["oci.store"], request.Source.attrs["oci.session"])
        else:
            return response
        response.Image.Digest = image.digest
        response.Image.Config = image.for_platform(request.Platform)
        return response

    def _ResolveImageConfig(self, request: pb.ResolveImageConfigRequest) -> pb.ResolveImageConfigResponse:  # noqa: N802
        if request.ResolverType == OCI_LAYOUT:
            image = self._layout(request.Ref, request.StoreID, request.SessionID)
        else:
            image = self._image(request.Ref)
        config = image.for_platform(request.Platform)
        return pb.ResolveImageConfigResponse(Digest=image.digest, Config=config, Ref=request.Ref)

    def _Inputs(self, _: pb.InputsRequest) -> pb.InputsResponse:  # noqa: N802
        return pb.InputsResponse(Definitions=self.inputs)

    def _Warn(self, request: pb.WarnRequest) -> pb.WarnResponse:  # noqa: N802
        if not request.short:
            raise RefusalError("a warning without text")
        return pb.WarnResponse()

    def _Return(self, request: pb.ReturnRequest) -> pb.ReturnResponse:  # noqa: N802
        strict.check_return(request, self._refs)
        if self.error or self.result is not None:
            raise RefusalError("gateway result is already set")
        if request.HasField("error"):
            self.error = request.error
        else:
            self.result = request.result
        return pb.ReturnResponse()

    def _image(self, reference: str) -> FakeImage:
        if reference not in self.images:
            raise RefusalError(f"{reference}: not found", grpc.StatusCode.NOT_FOUND)
        return self.images[reference]

    def _layout(self, reference: str, store: str, session: str) -> FakeImage:
        """Return an image of `layouts`, which are named by their store and digest."""
        if session != SESSION:
            raise RefusalError(f"no active session for {session}: context deadline exceeded")
        actual = self.layouts.get((store, reference.partition("@")[2]))
        if actual is None:
            raise RefusalError(f"{reference}: content not found in store {store}", grpc.StatusCode.NOT_FOUND)
        return actual

    def _files(self, ref: str) -> dict[str, bytes]:
        if ref not in self._refs:
            raise RefusalError(f"no such ref: {ref}")
        return contents.of(self._refs[ref], self.files)


def root(definition: ops_pb2.Definition) -> ops_pb2.Op:
    """Return the op that makes a definition's result."""
    ops = {strict.digest(raw): ops_pb2.Op.FromString(raw) for raw in getattr(definition, "def")}
    terminal = list(ops.values())[-1]
    return ops[terminal.inputs[0].digest]


def environment(options: Mapping[str, str]) -> dict[str, str]:
    """Return the daemon's additions to a frontend's environment, with options in arbitrary order."""
    workers = [{"id": "fake", "labels": {}, "platforms": [{"architecture": "amd64", "os": "linux"}]}]
    numbered = {
        f"BUILDKIT_FRONTEND_OPT_{number}": f"{key}={value}"
        for number, (key, value) in enumerate(sorted(options.items(), reverse=True))
    }
    return {
        **numbered,
        "BUILDKIT_SESSION_ID": SESSION,
        "BUILDKIT_WORKERS": json.dumps(workers),
        "BUILDKIT_EXPORTEDPRODUCT": "",
    }


def _refuse(context: grpc.ServicerContext, refusal: RefusalError) -> None:
    status = Status(code=refusal.code.value[0], message=refusal.message, details=refusal.details)
    if refusal.details:
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(refusal.code, refusal.message)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))[:2]
