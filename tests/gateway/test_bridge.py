"""The typed client: its requests, and how it decodes the responses."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import llb
from kairosfile.gateway.bridge import CHUNK, Bridge
from kairosfile.gateway.errors import MissingFileError, RpcError
from kairosfile.gateway.http2 import Http2Transport
from kairosfile.gateway.options import CacheImport
from kairosfile.gateway.rare_errors import UnsupportedError
from kairosfile.pb.gateway import Result
from tests.gateway.conftest import UBUNTU
from tests.support.gateway.fake_bridge import V0_13, FakeBridge, FakeImage
from tests.support.gateway.strict import RefusalError
from tests.support.protobuf import gateway_pb2 as pb
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.gateway.bridge import Ref

AMD64, ARM64 = llb.Platform("linux", "amd64"), llb.Platform("linux", "arm64")
DIGEST = FakeImage().digest


def _context(bridge: Bridge) -> Ref:
    state = llb.local("context", session_id="s")
    return bridge.solve(llb.marshal(state, platform=AMD64)).wait()


def _bridge_without(missing: str, fake: FakeBridge, transport: Http2Transport) -> Bridge:
    """Return the client of a daemon that lacks one capability."""

    def disable(request: Any, usual: Callable[[Any], Any]) -> Any:
        pong = usual(request)
        for cap in pong.FrontendAPICaps:
            cap.Enabled = missing != cap.ID
        return pong

    fake.on("Ping", disable)
    return Bridge(transport)


def test_capability_counts_only_when_listed_and_enabled(fake: FakeBridge, transport: Http2Transport) -> None:
    bridge = _bridge_without("readdir", fake, transport)

    assert bridge.frontend_capabilities.supports("readfile")
    assert not bridge.frontend_capabilities.supports("readdir")
    assert not bridge.frontend_capabilities.supports("no.such.thing")
    assert bridge.llb_capabilities.supports("exec.validexitcode")


def test_daemon_that_lists_nothing_has_the_frozen_capabilities() -> None:
    with FakeBridge(list_capabilities=False) as fake:
        relay = fake.connect()
        bridge = Bridge(Http2Transport(relay.reader, relay.writer))

        assert bridge.frontend_capabilities.supports("readfile")
        assert not bridge.frontend_capabilities.supports("source.metaresolver")
        assert bridge.llb_capabilities.supports("exec.mount.cache")
        assert not bridge.llb_capabilities.supports("mergeop")
        relay.close_frontend_ends()


def test_workers_are_the_daemons(bridge: Bridge) -> None:
    (worker,) = bridge.workers

    assert worker.platforms[0].Architecture == "amd64"


def test_solve_sends_cache_imports_and_evaluate(fake: FakeBridge, bridge: Bridge) -> None:
    imports = [CacheImport("registry", {"ref": "example.com/cache"})]
    definition = llb.marshal(llb.image("ubuntu:24.04"), platform=AMD64)
    bridge.solve(definition, cache_imports=imports, evaluate=True).wait()
    (request,) = fake.requests("Solve")

    assert request.Evaluate
    assert [(entry.Type, dict(entry.Attrs)) for entry in request.CacheImports] == imports
    assert list(getattr(request.Definition, "def")) == list(definition.ops)


def test_platforms_solve_at_the_same_time(fake: FakeBridge, bridge: Bridge) -> None:
    together = threading.Barrier(3, timeout=10)

    def solve(request: Any, usual: Callable[[Any], Any]) -> Any:
        together.wait()
        return usual(request)

    fake.on("Solve", solve)
    platforms = (AMD64, ARM64, llb.Platform("linux", "riscv64"))
    definitions = [llb.marshal(llb.image("ubuntu"), platform=platform) for platform in platforms]
    answers = [bridge.solve(definition) for definition in definitions]

    assert len({answer.wait().id for answer in answers}) == 3


def test_empty_filesystem_has_the_empty_ref(bridge: Bridge) -> None:
    assert bridge.solve(llb.marshal(llb.scratch(), platform=AMD64)).wait().id == ""


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_file_of_any_size_is_read_whole(fake: FakeBridge, bridge: Bridge, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    fake.files = {"context": {"large": content[:size]}}

    assert _context(bridge).read_file("large") == content[:size]


@pytest.mark.parametrize("release", [V0_13])
def test_file_larger_than_any_message_is_read_on_an_old_daemon(release: Any) -> None:
    content = b"0123456789abcdef" * (20 << 16)
    with FakeBridge(files={"context": {"large": content}}, release=release) as fake:
        relay = fake.connect()
        bridge = Bridge(Http2Transport(relay.reader, relay.writer))

        assert _context(bridge).read_file("large") == content
        relay.close_frontend_ends()


def test_a_missing_file_is_distinguished_from_other_errors(fake: FakeBridge, bridge: Bridge) -> None:
    ref = _context(bridge)
    with pytest.raises(MissingFileError) as caught:
        ref.read_file("nowhere")
    assert caught.value.path == "nowhere"
    with pytest.raises(MissingFileError):
        ref.stat_file("nowhere")

    def refuse(_: object, __: object) -> None:
        raise RefusalError("failed to read: input/output error")

    fake.on("ReadFile", refuse)
    with pytest.raises(RpcError, match="input/output error") as other:
        ref.read_file("hook.sh")
    assert not isinstance(other.value, MissingFileError)


def test_folder_is_listed_by_pattern_and_files_have_sizes(bridge: Bridge) -> None:
    ref = _context(bridge)

    assert [entry.path for entry in ref.read_dir(".", "*.sh")] == ["hook.sh"]
    assert ref.read_dir(".", "*.py") == ()
    assert ref.stat_file("hook.sh").size == len(b"true\n")


def test_image_is_resolved_to_a_pinned_reference(fake: FakeBridge, bridge: Bridge) -> None:
    image = bridge.resolve_image("ubuntu:24.04", AMD64, "pull").wait()
    (request,) = fake.requests("ResolveSourceMeta")

    assert image.reference == f"{UBUNTU}@{DIGEST}"
    assert image.digest == DIGEST
    assert json.loads(image.config)["architecture"] == "amd64"
    assert request.Source.identifier == f"docker-image://{UBUNTU}"
    assert request.ResolveMode == "pull"
    assert request.LogName == f"[internal] load metadata for {UBUNTU}"


def test_digest_in_a_reference_is_replaced_by_the_resolved_one(fake: FakeBridge, bridge: Bridge) -> None:
    pinned = f"{UBUNTU}@{DIGEST}"
    fake.images = {pinned: FakeImage()}

    assert bridge.resolve_image(pinned, AMD64).wait().reference == pinned


def test_each_reference_is_requested_once_per_platform(fake: FakeBridge, bridge: Bridge) -> None:
    spellings = ["ubuntu:24.04", "docker.io/library/ubuntu:24.04", UBUNTU]
    platforms = [ARM64, llb.Platform("linux", "arm64", "v8")]
    images = {bridge.resolve_image(name, platform).wait() for name in spellings for platform in platforms}
    bridge.resolve_image(UBUNTU, AMD64).wait()

    assert len(images) == 1
    assert [request.Platform.Architecture for request in fake.requests("ResolveSourceMeta")] == ["arm64", "amd64"]


def test_images_of_a_build_are_resolved_at_the_same_time(fake: FakeBridge, bridge: Bridge) -> None:
    together = threading.Barrier(4, timeout=10)

    def resolve(request: Any, usual: Callable[[Any], Any]) -> Any:
        together.wait()
        return usual(request)

    fake.images = {UBUNTU: FakeImage(), "quay.io/kairos/kairos-init:v1": FakeImage()}
    fake.on("ResolveSourceMeta", resolve)
    requests = [(name, platform) for name in fake.images for platform in (AMD64, ARM64)]
    answers = [bridge.resolve_image(name, platform) for name, platform in requests]

    assert [answer.wait().digest for answer in answers] == [DIGEST] * 4


def test_image_that_a_policy_replaces_is_the_replacement(fake: FakeBridge, bridge: Bridge) -> None:
    def replace(request: Any, usual: Callable[[Any], Any]) -> Any:
        request.Source.identifier = "docker-image://mirror.example/ubuntu:24.04"
        fake.images = {"mirror.example/ubuntu:24.04": FakeImage()}
        return usual(request)

    fake.on("ResolveSourceMeta", replace)
    image = bridge.resolve_image("ubuntu:24.04", AMD64).wait()

    assert image.reference == f"mirror.example/ubuntu:24.04@{DIGEST}"


def test_image_that_a_policy_turns_into_something_else_is_refused_by_name(fake: FakeBridge, bridge: Bridge) -> None:
    def replace(request: Any, usual: Callable[[Any], Any]) -> Any:
        request.Source.identifier = "https://example.com/rootfs.tar"
        return usual(request)

    fake.on("ResolveSourceMeta", replace)
    with pytest.raises(UnsupportedError, match=r"ubuntu:24\.04: a source policy .* https://example\.com/rootfs"):
        bridge.resolve_image("ubuntu:24.04", AMD64).wait()


def test_a_daemon_without_the_meta_resolver_gets_a_request_for_the_config(
    fake: FakeBridge, transport: Http2Transport
) -> None:
    bridge = _bridge_without("source.metaresolver", fake, transport)
    image = bridge.resolve_image("ubuntu:24.04", ARM64, "local").wait()
    (request,) = fake.requests("ResolveImageConfig")

    assert image.reference == f"{UBUNTU}@{DIGEST}"
    assert (request.Platform.Architecture, request.ResolveMode) == ("arm64", "local")
    assert request.LogName == f"[internal] load metadata for {UBUNTU}"


def test_a_reference_that_the_daemon_omits_is_the_requested_one(fake: FakeBridge, transport: Http2Transport) -> None:
    def leave_out(request: Any, usual: Callable[[Any], Any]) -> Any:
        response = usual(request)
        response.Ref = ""
        return response

    bridge = _bridge_without("source.metaresolver", fake, transport)
    fake.on("ResolveImageConfig", leave_out)

    assert bridge.resolve_image("ubuntu:24.04", ARM64).wait().reference == f"{UBUNTU}@{DIGEST}"


def test_unknown_image_gives_the_daemons_error_each_time(bridge: Bridge) -> None:
    answer = bridge.resolve_image("nothing", AMD64)
    for _ in range(2):
        with pytest.raises(RpcError, match="library/nothing:latest: not found"):
            answer.wait()


def test_warning_is_shown_before_the_result_is_returned(fake: FakeBridge, bridge: Bridge) -> None:
    shown = threading.Event()

    def be_slow(_: object, __: object) -> pb.WarnResponse:
        time.sleep(0.2)
        shown.set()
        return pb.WarnResponse()

    def look(request: Any, usual: Callable[[Any], Any]) -> Any:
        assert shown.is_set()
        return usual(request)

    fake.on("Warn", be_slow)
    fake.on("Return", look)
    bridge.warn("sha256:1", "Rule: text")
    bridge.return_result(Result())


def test_warning_carries_its_lines_and_its_place(fake: FakeBridge, bridge: Bridge) -> None:
    file = llb.SourceMap("Kairosfile", b"base: x\n", "YAML")
    place = llb.Location(file, (llb.Range(1, 0, 1, 7),))
    bridge.warn("sha256:1", "Rule: text", detail=["more"], url="https://example.com", location=place)
    bridge.return_result(Result())
    (warning,) = fake.requests("Warn")

    assert (warning.short, list(warning.detail), warning.level) == (b"Rule: text", [b"more"], 1)
    assert (warning.info.filename, warning.info.language) == ("Kairosfile", "YAML")
    assert (warning.ranges[0].start.line, warning.ranges[0].end.character) == (1, 7)


def test_warning_waits_for_a_daemon_that_knows_warnings(fake: FakeBridge, transport: Http2Transport) -> None:
    bridge = _bridge_without("gateway.warnings", fake, transport)
    bridge.warn("sha256:1", "Rule: text")
    bridge.return_result(Result())

    assert fake.requests("Warn") == []


def test_warning_that_cannot_be_shown_fails_nothing(fake: FakeBridge, bridge: Bridge) -> None:
    def refuse(_: object, __: object) -> None:
        raise RefusalError("no such vertex")

    fake.on("Warn", refuse)
    bridge.warn("sha256:1", "Rule: text")
    bridge.return_result(Result())

    assert fake.result is not None


def test_inputs_are_graphs_by_name(fake: FakeBridge, bridge: Bridge) -> None:
    definition = llb.marshal(llb.image("ubuntu"), platform=AMD64).to_proto()
    fake.inputs = {"base": ops_pb2.Definition.FromString(definition.encode())}

    assert bridge.inputs().wait() == {"base": definition}
