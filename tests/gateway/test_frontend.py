"""The complete frontend as a process against a strict daemon on real pipes: its requests and its results."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.plan.install import HOST_KEYS
from tests import ROOT
from tests.support.gateway.fake_bridge import V0_13, V0_25, FakeBridge, FakeImage, Run
from tests.support.protobuf import gateway_pb2 as pb
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.gateway.fake_bridge import Release

PROGRAM = [sys.executable, str(ROOT / "frontend" / "image" / "kairos-frontend.py")]
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "frontend")}

BASE, KAIROS_INIT = "docker.io/mirror/debian:13", "quay.io/kairos/kairos-init:v0.17.3"
KAIROSFILE = b"""# syntax=kairos-frontend
base: mirror/debian:13
provider: k3s
version: v1.0.0
hooks:
  after_install:
    - run: echo hi
    - copy: a
      to: /etc/
"""
BASE_CONFIG = {
    "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    "created": "2026-01-01T00:00:00Z",
    "history": [{"created_by": "base"}],
    "config": {"Env": ["PATH=/usr/bin", "A=b"], "Entrypoint": ["/x"], "Labels": {"of": "base"}, "WorkingDir": "/w"},
}
IMAGES = {BASE: FakeImage(BASE_CONFIG), KAIROS_INIT: FakeImage(digest="sha256:" + "b" * 64)}
BOTH = {"platform": "linux/amd64,linux/arm64"}


def daemon(text: bytes = KAIROSFILE, release: Release = V0_25) -> FakeBridge:
    files = {"dockerfile": {"Kairosfile": text}, "context": {"a": b"", ".dockerignore": b"b\n"}}
    return FakeBridge(files=files, images=IMAGES, release=release)


@pytest.fixture
def fake() -> Iterator[FakeBridge]:
    with daemon() as running:
        yield running


def run(fake: FakeBridge, options: Mapping[str, str] | None = None) -> Run:
    return fake.run(PROGRAM, options={"filename": "Kairosfile", **(options or {})}, env=ENVIRONMENT)


def result_of(done: Run) -> pb.Result:
    assert done.error is None, done.stderr
    assert done.result is not None
    return done.result


def message_of(done: Run) -> str:
    assert done.error is not None
    return done.error.message


def names(request: pb.SolveRequest) -> list[str]:
    """Return the names of the vertices of a definition, in order."""
    actual = [metadata.description.get("llb.customname", "") for metadata in request.Definition.metadata.values()]
    return [name for name in actual if name]


def snippets(done: Run) -> list[tuple[int, int]]:
    """Return the first and last line of each range that buildx quotes, in file order."""
    assert done.error is not None
    ranges = [json.loads(detail.value)["ranges"][0] for detail in reversed(done.error.details)]
    return [(place["start"]["line"], place["end"]["line"]) for place in ranges]


def test_a_build_resolves_each_image_once_per_platform(fake: FakeBridge) -> None:
    result_of(run(fake, BOTH))

    calls = [
        (request.Source.identifier, request.Platform.Architecture) for request in fake.requests("ResolveSourceMeta")
    ]
    expected = {(f"docker-image://{image}", arch) for image in (BASE, KAIROS_INIT) for arch in ("amd64", "arm64")}
    assert len(calls) == 4
    assert set(calls) == expected


def test_a_build_without_contexts_makes_exactly_these_calls(fake: FakeBridge) -> None:
    """Solve: the entry and lock file, .dockerignore, the image. StatFile: the entry and lock file, two ignore files."""
    result_of(run(fake))

    calls = [name for name, _ in fake.record]
    assert {name: calls.count(name) for name in calls} == {
        "Ping": 1,
        "Inputs": 1,
        "Solve": 4,
        "StatFile": 4,
        "ReadFile": 2,
        "ResolveSourceMeta": 2,
        "Return": 1,
    }


def test_inputs_are_requested_together_with_the_entry_file(fake: FakeBridge) -> None:
    """A request for inputs costs no extra round trip: the daemon answers neither call until both arrive."""
    barrier = threading.Barrier(2, timeout=30)

    def wait_for_both(request: Any, usual: Callable[[Any], Any]) -> Any:
        if request in (*fake.requests("Inputs"), *fake.requests("Solve")[:1]):
            barrier.wait()
        return usual(request)

    for method in ("Inputs", "Solve"):
        fake.on(method, wait_for_both)

    result_of(run(fake))


@pytest.mark.parametrize(("method", "at_once"), [("ResolveSourceMeta", 4), ("Solve", 2)])
def test_images_of_all_platforms_are_requested_at_the_same_time(fake: FakeBridge, method: str, at_once: int) -> None:
    """The daemon answers no call until all arrive; a frontend that sends them one at a time would deadlock."""
    barrier = threading.Barrier(at_once, timeout=30)

    def wait_for_all(request: Any, usual: Callable[[Any], Any]) -> Any:
        if method != "Solve" or len(getattr(request.Definition, "def")) > 2:
            barrier.wait()
        return usual(request)

    fake.on(method, wait_for_all)

    result_of(run(fake, BOTH))


def test_one_platform_gives_one_ref_and_several_a_map(fake: FakeBridge) -> None:
    one = result_of(run(fake))

    assert one.WhichOneof("result") == "ref"
    assert "containerimage.config" in one.metadata
    with daemon() as other:
        several = result_of(run(other, BOTH))
    assert sorted(several.refs.refs) == ["linux/amd64", "linux/arm64"]
    listed = json.loads(several.metadata["refs.platforms"])["Platforms"]
    assert [platform["ID"] for platform in listed] == ["linux/amd64", "linux/arm64"]
    assert several.metadata["containerimage.config/linux/amd64"] == one.metadata["containerimage.config"]


def test_the_config_is_the_bases_with_labels_and_history(fake: FakeBridge) -> None:
    config = json.loads(result_of(run(fake, {"label:who": "me"})).metadata["containerimage.config"])

    assert config["config"]["Env"] == ["PATH=/usr/bin", "A=b"]
    assert config["config"]["Entrypoint"] == ["/x"]
    assert config["config"]["Labels"] == {
        "of": "base",
        "org.opencontainers.image.base.digest": "sha256:" + "a" * 64,
        "org.opencontainers.image.base.name": BASE,
        "org.opencontainers.image.version": "v1.0.0",
        "who": "me",
    }
    assert "created" not in config
    assert [entry["created_by"].split(":")[0] for entry in config["history"]] == [
        "base",
        "install kairos (k3s latest)",
        "after_install 1",
        "after_install 2",
        "init kairos v1.0.0",
        "validate kairos",
        "check k3s",
    ]


def test_cache_imports_reach_the_daemon(fake: FakeBridge) -> None:
    imports = json.dumps([{"Type": "registry", "Attrs": {"ref": "example.com/cache"}}])

    result_of(run(fake, {"cache-imports": imports}))

    last = fake.requests("Solve")[-1]
    assert [(entry.Type, dict(entry.Attrs)) for entry in last.CacheImports] == [
        ("registry", {"ref": "example.com/cache"})
    ]


def test_images_are_pinned_by_the_digest_that_was_resolved(fake: FakeBridge) -> None:
    result_of(run(fake))

    ops = [ops_pb2.Op.FromString(raw) for raw in getattr(fake.requests("Solve")[-1].Definition, "def")]
    sources = {op.source.identifier for op in ops if op.HasField("source")}
    assert f"docker-image://{BASE}@sha256:{'a' * 64}" in sources
    assert f"docker-image://{KAIROS_INIT}@sha256:{'b' * 64}" in sources


def test_only_the_paths_that_steps_copy_are_transferred(fake: FakeBridge) -> None:
    result_of(run(fake))

    ops = [ops_pb2.Op.FromString(raw) for raw in getattr(fake.requests("Solve")[-1].Definition, "def")]
    (context,) = [op.source for op in ops if op.source.identifier == "local://context"]
    assert json.loads(context.attrs["local.followpaths"]) == ["a"]
    assert json.loads(context.attrs["local.excludepatterns"]) == ["b"]


def test_kairos_init_is_mounted_read_only_and_gets_no_network_but_for_install(fake: FakeBridge) -> None:
    result_of(run(fake))

    ops = [ops_pb2.Op.FromString(raw) for raw in getattr(fake.requests("Solve")[-1].Definition, "def")]
    runs = {
        op.exec.meta.args[-1]: op.exec for op in ops if {"/kairos-init", "/run/kairos-init"} & set(op.exec.meta.args)
    }
    assert {key: ops_pb2.NetMode.Name(op.network) for key, op in runs.items()} == {
        "v0.0.0": "UNSET",
        "v1.0.0": "NONE",
        "false": "NONE",
    }
    programs = {"/kairos-init", "/run/kairos-init"}
    mounts = [mount for op in runs.values() for mount in op.mounts if mount.selector]
    assert {mount.dest for mount in mounts if mount.dest not in programs} == set(HOST_KEYS)
    mounts = [mount for mount in mounts if mount.dest in programs]
    assert [(mount.selector, mount.readonly) for mount in mounts] == [("/kairos-init", True)] * 3
    assert [mount.readonly for mount in runs["false"].mounts if mount.dest == "/"] == [True]


def test_the_platform_is_in_names_only_with_several_platforms(fake: FakeBridge) -> None:
    result_of(run(fake))
    assert "validate kairos" in names(fake.requests("Solve")[-1])

    with daemon() as other:
        result_of(run(other, BOTH))
        actual = {name for request in other.requests("Solve") for name in names(request)}
    assert {"[linux/amd64] validate kairos", "[linux/arm64] validate kairos"} <= actual


def test_an_older_daemon_gets_what_it_knows() -> None:
    with daemon(release=V0_13) as old:
        result_of(run(old, BOTH))


def test_every_error_of_the_file_is_quoted_and_nothing_is_resolved() -> None:
    with daemon(b"base: mirror/debian:13\nvariant: x\nfips: 1\nversion: v1.0.0\n") as fake:
        done = run(fake)

        assert snippets(done) == [(2, 2), (3, 3)]
        assert message_of(done).splitlines()[0].startswith('Kairosfile:2:10: unknown variant "x"')
        assert fake.requests("ResolveSourceMeta") == []


def test_an_image_that_cannot_be_pulled_is_quoted_with_the_error_of_the_daemon() -> None:
    with daemon(KAIROSFILE.replace(b"mirror/debian:13", b"mirror/debian:14")) as fake:
        done = run(fake)

    assert snippets(done) == [(2, 2)]
    assert "cannot pull base image docker.io/mirror/debian:14: docker.io/mirror/debian:14: not found" in message_of(
        done
    )


def test_a_model_of_another_platform_names_both() -> None:
    with daemon(KAIROSFILE + b"model: rpi4\n") as fake:
        done = run(fake, BOTH)

    assert "needs linux/arm64, this build is for linux/amd64" in message_of(done)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "instal"}, '--target: there is no target "instal"'),
        ({"requestid": "frontend.outlin"}, "unsupported request frontend.outlin"),
        ({"context": "https://example.com/a.git"}, "git"),
        ({"platform": "nonsense/x/y/z/w"}, "platform"),
    ],
)
def test_an_impossible_request_is_reported(fake: FakeBridge, options: dict[str, str], message: str) -> None:
    assert message in message_of(run(fake, options))


def test_no_cache_marks_the_steps_that_it_names_and_all_that_follow(fake: FakeBridge) -> None:
    """BuildKit 0.32 would take the following steps from the cache, without the result of this one."""
    result_of(run(fake, {"no-cache": "init"}))

    metadata = fake.requests("Solve")[-1].Definition.metadata.values()
    ignoring = [entry.description["llb.customname"] for entry in metadata if entry.ignore_cache]
    assert sorted(ignoring) == ["check k3s", "image", "init kairos v1.0.0", "validate kairos"]


def test_steps_know_the_lines_they_came_from(fake: FakeBridge) -> None:
    result_of(run(fake))

    definition = fake.requests("Solve")[-1].Definition
    (info,) = definition.Source.infos
    lines = {}
    for digest, item in definition.Source.locations.items():
        name = definition.metadata[digest].description.get("llb.customname", "")
        lines[name] = [(place.start.line, place.end.line) for entry in item.locations for place in entry.ranges]
    assert info.filename == "Kairosfile"
    assert info.data == KAIROSFILE
    assert lines["after_install 1: echo hi"] == [(7, 7)]
    assert lines["after_install 2: copy a to /etc/"] == [(8, 9)]
    assert lines["init kairos v1.0.0"] == [(3, 3), (4, 4)]


def test_the_trace_is_written_on_demand_only(fake: FakeBridge) -> None:
    quiet = run(fake)
    with daemon() as other:
        traced = run(other, {"build-arg:KAIROSFILE_TRACE": "1"})

    assert "kairosfile-trace" not in quiet.stderr
    assert json.loads(traced.stderr.partition("kairosfile-trace ")[2])["peak_mb"] > 1


MARSHAL = """
import sys
from kairosfile import language, llb, sections
from kairosfile.plan.resolve import resolve
from kairosfile.plan.compile import Inputs, compile_plan
text = sys.stdin.read()
document = sections.read(language.Source("Kairosfile", text))
(resolved,) = resolve(document, ["linux/arm64"], {"z": "1", "a": "2", "m": "3"})
images = {image.id: llb.image(image.reference).env("B", "1").env("A", "2") for image in resolved.images}
context = llb.local("context", session_id="s", follow_paths=["a"])
inputs = Inputs(images, context, llb.SourceMap("Kairosfile", b"", "YAML"))
definition = llb.marshal(compile_plan(resolved, inputs).result, platform=llb.Platform.parse("linux/arm64"))
print(*definition.digests, definition.to_bytes().hex())
"""


def test_equal_plans_marshal_to_equal_bytes_whatever_the_hash_seed() -> None:
    def marshal(seed: int) -> str:
        environment = ENVIRONMENT | {"PYTHONHASHSEED": str(seed)}
        command = [sys.executable, "-c", MARSHAL]
        done = subprocess.run(
            command, env=environment, input=KAIROSFILE.decode(), capture_output=True, text=True, check=True
        )
        return done.stdout

    assert len({marshal(seed) for seed in range(25)}) == 1


INCLUDING = b"extends: common/base.yaml\ninclude: [more.yaml]\nversion: v1.0.0\n"


def including(**files: bytes) -> FakeBridge:
    """Return a daemon whose build context has `common/base.yaml`, `more.yaml` and their includes."""
    context = {name.replace("__", "/") + ".yaml": content for name, content in files.items()}
    return FakeBridge(files={"dockerfile": {"Kairosfile": INCLUDING}, "context": context}, images=IMAGES, release=V0_25)


def test_included_files_are_loaded_from_the_context_one_transfer_for_each_level() -> None:
    deeper = b"include: [deep/a.yaml, deep/b.yaml]\nbase: mirror/debian:13\n"
    with including(common__base=deeper, more=b"model: generic\n", deep__a=b"{}", deep__b=b"{}") as fake:
        result_of(run(fake))

        data = [json.loads(attrs["local.followpaths"]) for attrs in loaded(fake)]
    assert data == [["common/base.yaml", "more.yaml"], ["deep/a.yaml", "deep/b.yaml"]]


def loaded(fake: FakeBridge) -> list[Mapping[str, str]]:
    """Return the attributes of each transfer of the context, except that of the ignore file."""
    solved = [request for request in fake.requests("Solve") if len(getattr(request.Definition, "def")) == 2]
    sources = [ops_pb2.Op.FromString(getattr(request.Definition, "def")[0]).source for request in solved]
    actual = [source.attrs for source in sources if source.identifier == "local://context"]
    return [attrs for attrs in actual if ".dockerignore" not in attrs["local.followpaths"]]


def test_a_file_without_includes_transfers_no_other_file(fake: FakeBridge) -> None:
    result_of(run(fake))

    assert loaded(fake) == []


def test_a_diagnostic_of_an_included_file_is_quoted_from_that_file() -> None:
    with including(common__base=b"base: mirror/debian:13\n", more=b"# more\nmodel: rpi9\n") as fake:
        done = run(fake)

    assert done.error is not None
    assert message_of(done).startswith("more.yaml:2:8: unknown model")
    (detail,) = [json.loads(detail.value) for detail in done.error.details]
    assert detail["info"]["filename"] == "more.yaml"
    assert base64.b64decode(detail["info"]["data"]) == b"# more\nmodel: rpi9\n"
    assert detail["ranges"][0]["start"]["line"] == 2


def test_a_missing_included_file_is_quoted_where_it_is_named() -> None:
    with including(common__base=b"base: mirror/debian:13\n") as fake:
        done = run(fake)

    assert snippets(done) == [(2, 2)]
    assert 'there is no file "more.yaml" to include' in message_of(done)


def test_steps_of_an_included_file_know_its_lines() -> None:
    hooks = b"hooks:\n  after_init:\n    - run: echo more\n"
    with including(common__base=b"base: mirror/debian:13\n", more=hooks) as fake:
        result_of(run(fake))
        definition = fake.requests("Solve")[-1].Definition

    places = {}
    for digest, item in definition.Source.locations.items():
        name = definition.metadata[digest].description.get("llb.customname", "")
        files = [definition.Source.infos[place.sourceIndex].filename for place in item.locations]
        places[name] = list(zip(files, [place.ranges[0].start.line for place in item.locations], strict=True))
    assert places["after_init 1: echo more"] == [("more.yaml", 3)]
    assert ("Kairosfile", 3) in places["init kairos v1.0.0"]


def test_annotations_go_to_the_manifest_of_each_platform() -> None:
    text = KAIROSFILE + b"annotations: {org.example.arch: '${TARGETARCH}'}\n"
    with daemon(text) as one, daemon(text) as both:
        single, several = result_of(run(one)), result_of(run(both, BOTH))

    assert single.metadata["annotation-manifest.org.example.arch"] == b"amd64"
    assert several.metadata["annotation-manifest[linux/amd64].org.example.arch"] == b"amd64"
    assert several.metadata["annotation-manifest[linux/arm64].org.example.arch"] == b"arm64"


def test_labels_of_the_command_line_win_over_those_of_the_file() -> None:
    with daemon(KAIROSFILE + b"labels: {who: file, what: file}\n") as fake:
        config = json.loads(result_of(run(fake, {"label:who": "me"})).metadata["containerimage.config"])

    labels = config["config"]["Labels"]
    assert (labels["who"], labels["what"]) == ("me", "file")


def test_what_differs_on_a_platform_differs_in_its_image_alone() -> None:
    text = KAIROSFILE + b"platforms:\n  linux/amd64:\n  linux/arm64: {model: rpi4}\n"
    with daemon(text) as fake:
        result_of(run(fake, BOTH))
        words = [word for request in fake.requests("Solve") for word in models(request)]

    assert sorted(set(words)) == ["generic", "rpi4"]


def models(request: pb.SolveRequest) -> list[str]:
    """Return the argument of -m of each command of a definition."""
    ops = [ops_pb2.Op.FromString(raw) for raw in getattr(request.Definition, "def")]
    commands = [list(op.exec.meta.args) for op in ops if "-m" in op.exec.meta.args]
    return [command[command.index("-m") + 1] for command in commands]


def test_details_carry_the_file_that_was_read() -> None:
    with daemon(b"bse: x\n") as fake:
        done = run(fake)

    assert done.error is not None
    info = json.loads(done.error.details[0].value)["info"]
    assert base64.b64decode(info["data"]) == b"bse: x\n"
    assert info["language"] == "YAML"
