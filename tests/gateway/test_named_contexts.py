"""`--build-context NAME=...` replaces an image: the complete frontend as a process."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import llb
from kairosfile.kairos.auroraboot import AURORABOOT
from tests.gateway.test_frontend import BASE, IMAGES, KAIROS_INIT, message_of, names, result_of, run
from tests.support.gateway.fake_bridge import SESSION, V0_13, V0_25, FakeBridge, FakeImage
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.gateway.fake_bridge import Release
    from tests.support.protobuf import gateway_pb2 as pb

TOOLS = "docker.io/library/tools:latest"
KAIROSFILE = b"""# syntax=kairos-frontend
base: mirror/debian:13
version: v1.0.0
hooks:
  after_install:
    - {copy: [bin/a, lib], from: tools, to: /opt/}
    - run: cp /t/x /x
      mounts: [{type: bind, from: tools, source: etc, target: /t}]
"""
DIGEST = "sha256:" + "d" * 64
OTHER = "example.com/mirror/debian:13"
REPLACEMENT = FakeImage({"config": {"Env": ["OF=context"], "Labels": {"of": "context"}}}, DIGEST)
AMD64 = llb.Platform("linux", "amd64")


@pytest.fixture
def fake() -> Iterator[FakeBridge]:
    with daemon() as running:
        yield running


def daemon(release: Release = V0_25, text: bytes = KAIROSFILE) -> FakeBridge:
    files: dict[str, dict[str, bytes]] = {"dockerfile": {"Kairosfile": text}, "context": {}}
    images = {**IMAGES, TOOLS: FakeImage(), OTHER: REPLACEMENT}
    layouts = {("store1", DIGEST): REPLACEMENT}
    return FakeBridge(files=files, images=images, layouts=layouts, release=release)


def ops(fake: FakeBridge) -> list[ops_pb2.Op]:
    last: pb.SolveRequest = fake.requests("Solve")[-1]
    return [ops_pb2.Op.FromString(raw) for raw in getattr(last.Definition, "def")]


def sources(fake: FakeBridge) -> dict[str, dict[str, str]]:
    return {op.source.identifier: dict(op.source.attrs) for op in ops(fake) if op.HasField("source")}


def config_of(fake: FakeBridge, options: dict[str, str]) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(result_of(run(fake, options)).metadata["containerimage.config"])
    return config


@pytest.mark.parametrize("name", ["base", "mirror/debian:13"])
def test_an_image_replaces_the_base_by_its_role_or_its_name(fake: FakeBridge, name: str) -> None:
    config = config_of(fake, {f"context:{name}": f"docker-image://{OTHER}"})

    assert f"docker-image://{OTHER}@{DIGEST}" in sources(fake)
    assert f"docker-image://{BASE}" not in {request.Source.identifier for request in fake.requests("ResolveSourceMeta")}
    assert config["config"]["Env"] == ["OF=context"]
    assert config["config"]["Labels"]["of"] == "context"
    assert config["config"]["Labels"]["org.opencontainers.image.base.name"] == OTHER
    assert config["config"]["Labels"]["org.opencontainers.image.base.digest"] == DIGEST
    assert f"[context {name}] {OTHER}@{DIGEST}" in names(fake.requests("Solve")[-1])


@pytest.mark.parametrize("name", ["kairos-init", "quay.io/kairos/kairos-init:v0.17.3"])
def test_an_image_replaces_kairos_init_by_its_role_or_its_name(fake: FakeBridge, name: str) -> None:
    result_of(run(fake, {f"context:{name}": f"docker-image://{OTHER}"}))

    assert f"docker-image://{OTHER}@{DIGEST}" in sources(fake)
    assert not any(KAIROS_INIT in identifier for identifier in sources(fake))


def test_the_role_goes_before_the_name_and_the_platform_before_all(fake: FakeBridge) -> None:
    options = {
        "context:mirror/debian:13::linux/amd64": "docker-image://never",
        "context:mirror/debian:13": "docker-image://never",
        "context:base::linux/amd64": f"docker-image://{OTHER}",
        "context:base": "docker-image://never",
    }
    result_of(run(fake, options))

    assert f"docker-image://{OTHER}@{DIGEST}" in sources(fake)


def test_a_context_for_one_platform_leaves_the_others(fake: FakeBridge) -> None:
    both = {"platform": "linux/amd64,linux/arm64", "context:base::linux/arm64": f"docker-image://{OTHER}"}
    result = result_of(run(fake, both))

    of = {
        name: json.loads(result.metadata[f"containerimage.config/{name}"])["config"]["Labels"]["of"]
        for name in ("linux/amd64", "linux/arm64")
    }
    assert of == {"linux/amd64": "base", "linux/arm64": "context"}


@pytest.mark.parametrize("release", [V0_13, V0_25])
@pytest.mark.parametrize("listed", [True, False])
def test_an_oci_layout_replaces_the_base(release: Release, *, listed: bool) -> None:
    """The frontend uses the single metadata call if the daemon lists it, and otherwise the older call."""
    with daemon(release) as fake:
        fake._list_capabilities = listed
        options = {"context:base": f"oci-layout://store1:latest@{DIGEST}"}
        config = config_of(fake, options)

    identifier = f"oci-layout://docker.io/library/base@{DIGEST}"
    assert sources(fake)[identifier] == {"oci.session": SESSION, "oci.store": "store1"}
    assert config["config"]["Env"] == ["OF=context"]
    assert config["config"]["Labels"]["org.opencontainers.image.base.name"] == BASE
    assert config["config"]["Labels"]["org.opencontainers.image.base.digest"] == DIGEST


def test_a_layout_of_the_wrong_digest_is_an_error_at_its_line(fake: FakeBridge) -> None:
    missing = "sha256:" + "e" * 64
    message = message_of(run(fake, {"context:base": f"oci-layout://store1@{missing}"}))

    assert message.startswith(
        f"Kairosfile:2:1: cannot pull base image {BASE} (replaced by --build-context base=oci-layout://"
    )
    assert "content not found in store store1" in message


def test_a_directory_as_base_is_copied_so_that_it_can_be_cached(fake: FakeBridge) -> None:
    fake.files = {**fake.files, "rootfs": {".dockerignore": b"*.iso\n"}}
    config = config_of(fake, {"context:base": "local:rootfs"})

    assert sources(fake)["local://rootfs"] == {
        "local.session": SESSION,
        "local.excludepatterns": '["*.iso"]',
        "local.sharedkeyhint": "context:base",
    }
    local = next(op for op in ops(fake) if op.source.identifier == "local://rootfs")
    readers = [op for op in ops(fake) if any(op_digest(local) == each.digest for each in op.inputs)]
    assert [op.WhichOneof("op") for op in readers] == ["file"]
    assert config["config"]["Env"] == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    assert "org.opencontainers.image.base.name" not in config["config"]["Labels"]
    assert config["history"][0] == {"created_by": "COPY --from=base / /"}


def op_digest(op: ops_pb2.Op) -> str:
    from tests.support.gateway import strict  # noqa: PLC0415

    return strict.digest(strict.canonical(op))


def test_of_a_directory_only_the_used_paths_are_transferred(fake: FakeBridge) -> None:
    fake.files = {**fake.files, "stuff": {}}
    result_of(run(fake, {"context:tools": "local:stuff"}))

    assert json.loads(sources(fake)["local://stuff"]["local.followpaths"]) == ["bin/a", "etc", "lib"]


def test_a_repository_and_an_http_url_replace_images(fake: FakeBridge) -> None:
    result_of(run(fake, {"context:tools": "https://example.com/x.git#v1", "context:kairos-init": "https://e.com/k?s"}))

    assert sources(fake)["git://example.com/x.git#v1"]["git.keepgitdir"] == "true"
    assert sources(fake)["https://e.com/k?s"] == {"http.filename": "kairos-init", "http.perm": "0755"}


def test_the_result_of_another_build_replaces_the_base_with_its_config(fake: FakeBridge) -> None:
    result = llb.image("other:1").run(["make"], constraints=llb.Constraints(custom_name="make it")).root
    fake.inputs = {"target:base": ops_pb2.Definition.FromString(llb.marshal(result, platform=AMD64).to_bytes())}
    metadata = {"containerimage.config": base64.b64encode(REPLACEMENT.for_platform(ops_pb2.Platform())).decode()}
    config = config_of(fake, {"context:base": "input:target:base", "input-metadata:target:base": json.dumps(metadata)})

    assert "docker-image://docker.io/library/other:1" in sources(fake)
    assert "make it" in names(fake.requests("Solve")[-1])
    assert config["config"]["Labels"]["of"] == "context"
    install = next(op.exec for op in ops(fake) if "install" in op.exec.meta.args)
    assert "OF=context" in install.meta.env


def test_scratch_is_an_empty_image(fake: FakeBridge) -> None:
    result_of(run(fake, {"context:tools": "docker-image://scratch"}))

    assert not any("tools" in identifier for identifier in sources(fake))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("ftp://x", "--build-context base=ftp://x: unsupported kind of context; use docker-image, oci-layout, local"),
        ("oci-layout://store1", "an OCI layout is named by its store and a digest"),
        ("docker-image://UPPER", "the name of a repository is in lower case"),
        ("input:gone", "the request has no input of that name"),
        ("https://me:hush@e.com/x.git?brunch=1", 'asks for "brunch"'),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(fake: FakeBridge, value: str, message: str) -> None:
    result = message_of(run(fake, {"context:base": value}))

    assert message in result
    assert "hush" not in result


@pytest.mark.parametrize(
    ("value", "identifier"),
    [
        (f"docker-image://{OTHER}", f"docker-image://{OTHER}@{DIGEST}"),
        (f"oci-layout://store1@{DIGEST}", f"oci-layout://docker.io/library/base@{DIGEST}"),
        ("https://e.com/os.git", "git://e.com/os.git"),
        ("local:context", "local://context"),
    ],
)
def test_the_replacement_of_an_image_points_at_the_line_of_that_image(
    fake: FakeBridge, value: str, identifier: str
) -> None:
    result_of(run(fake, {"context:base": value}))

    definition = fake.requests("Solve")[-1].Definition
    (digest,) = (f"sha256:{hashlib.sha256(raw).hexdigest()}" for raw in definition_ops(definition, identifier))
    places = definition.Source.locations[digest].locations
    assert [(place.start.line, place.end.line) for entry in places for place in entry.ranges] == [(2, 2)]


def definition_ops(definition: ops_pb2.Definition, identifier: str) -> list[bytes]:
    """Return the encoded source operations with that identifier."""
    sent: list[bytes] = list(getattr(definition, "def"))
    return [raw for raw in sent if ops_pb2.Op.FromString(raw).source.identifier == identifier]


def test_a_context_that_nothing_uses_is_a_warning(fake: FakeBridge) -> None:
    options = {"context:kairosinit": "local:x", "source": "f:1", "context:f:1": "docker-image://f2"}
    result_of(run(fake, options))

    (line,) = (line for line in warnings(fake) if "context" in line)
    assert line == (
        "--build-context kairosinit has no effect: the images that this file takes are "
        "base, mirror/debian:13, kairos-init, quay.io/kairos/kairos-init:v0.17.3, tools, "
        f"auroraboot, {AURORABOOT.image}:{AURORABOOT.newest}"
    )


def test_a_target_that_ends_before_a_context_is_used_gives_no_warning(fake: FakeBridge) -> None:
    result_of(run(fake, {"target": "base", "context:tools": "docker-image://scratch"}))

    assert not any("context" in line for line in warnings(fake))


def warnings(fake: FakeBridge) -> list[str]:
    return [warning.short.decode() for warning in fake.requests("Warn")]
