"""What the built-in Dockerfile frontend does, where no other test shows it: column one of the compatibility table.

Its contexts are in test_dockerfile_contexts.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.e2e import oci, registry_api
from tests.support.e2e.builds import Build, build

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import DockerEngine, Engine

DEBIAN = "localhost:5000/test/debian:13"
ABSENT = "localhost:5000/none:1"
BOTH = "linux/amd64,linux/arm64"
POLICY = "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY"


class Dockerfile:
    """A folder with a Dockerfile, built again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, engine: DockerEngine, text: str, *arguments: str) -> Build:
        """Build a text, without keeping the image unless the arguments say so."""
        (self.folder / "Dockerfile").write_text(text)
        keep = () if {"--output", "--push"} & set(arguments) else ("--output", "type=cacheonly")
        return build(engine, self.folder, *keep, *arguments, file="Dockerfile")

    def must_build(self, engine: DockerEngine, text: str, *arguments: str) -> Build:
        done = self.build(engine, text, *arguments)
        assert done.exit_code == 0, done.output
        return done

    def exported(self, engine: DockerEngine, text: str, *arguments: str) -> dict[str, oci.Image]:
        """Return the image of each platform."""
        archive = self.folder / "image.tar"
        self.must_build(engine, text, "--output", f"type=oci,dest={archive}", *arguments)
        return oci.load(archive)

    def output_of(self, engine: DockerEngine, text: str, *arguments: str, **environment: str) -> str:
        """Return the output that a user reads."""
        (self.folder / "Dockerfile").write_text(text)
        command = [*engine.buildx(), "build", "--progress", "plain", "--output", "type=cacheonly", *arguments]
        return engine.run([*command, str(self.folder)], env=engine.env() | environment, timeout=300).stderr


@pytest.fixture
def dockerfile(tmp_path: Path) -> Dockerfile:
    return Dockerfile(tmp_path)


def test_build_args_reach_a_dockerfile(engine: Engine, dockerfile: Dockerfile, base: str) -> None:
    text = f"FROM {base}\nARG WORD=own\nLABEL word=$WORD\n"

    assert dockerfile.exported(engine, text, "--build-arg", "WORD=given")["linux/amd64"].labels["word"] == "given"


def test_several_platforms_of_a_dockerfile_are_built(
    engine: Engine, dockerfile: Dockerfile, base: str, nonce: str
) -> None:
    result = dockerfile.exported(engine, f"FROM {base}\nRUN uname -m > /machine && echo {nonce}\n", "--platform", BOTH)

    machines = {platform: image.read("machine").strip() for platform, image in result.items()}
    assert machines == {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def test_no_cache_runs_a_dockerfile_or_a_stage_again(
    engine: Engine, dockerfile: Dockerfile, base: str, nonce: str
) -> None:
    text = f"FROM {base} AS one\nRUN echo {nonce} > /one\nFROM one AS two\nRUN echo two > /two\n"
    runs = ("echo two", f"echo {nonce}")

    def ran(*arguments: str) -> list[bool]:
        done = dockerfile.must_build(engine, text, *arguments)
        return [done.vertex(f"RUN {each}").ran for each in runs]

    assert ran() == [True, True]
    assert ran() == [False, False]
    assert ran("--no-cache") == [True, True]
    assert ran("--no-cache-filter", "two") == [True, False]
    assert ran("--no-cache-filter", "one") == [True, True]


# For each option two values. Those of the first group are no part of the key of a RUN, those of the second one are.
NO_KEY = {
    "a proxy": ("--build-arg=HTTP_PROXY=http://one.example.com:1", "--build-arg=HTTP_PROXY=http://two.example.com:2"),
    "the address of a host": ("--add-host=registry.example.com:10.0.0.1", "--add-host=registry.example.com:10.0.0.2"),
    "a label": ("--label=a=b", "--label=a=c"),
    "an annotation": ("--annotation=a=b", "--annotation=a=c"),
}
KEY = {
    "a ulimit": ("--ulimit=nofile=100", "--ulimit=nofile=200"),
    "memory to share": ("--shm-size=32m", "--shm-size=16m"),
    "a network": ("--network=host", "--network=none"),
    "the name of a host": ("--add-host=a:10.0.0.1", "--add-host=b:10.0.0.1"),
}


def test_the_same_options_make_a_dockerfile_run_again(
    engine: Engine, dockerfile: Dockerfile, base: str, nonce: str
) -> None:
    """What is no part of the key changes at once, what is a part of it one by one."""
    text = f"FROM {base}\nRUN echo {nonce}\n"
    usual = {name: before for name, (before, _) in (NO_KEY | KEY).items()}

    def ran(**changed: str) -> bool:
        return dockerfile.must_build(engine, text, *(usual | changed).values()).vertex("RUN echo").ran

    assert ran()
    assert not ran(**{name: after for name, (_, after) in NO_KEY.items()})
    assert [name for name, (_, after) in KEY.items() if ran(**{name: after})] == list(KEY)


def test_a_tag_of_a_dockerfile_is_looked_up_anew_with_pull_alone(
    engine: Engine, dockerfile: Dockerfile, base: str, nonce: str
) -> None:
    name = f"localhost:5000/test/pull-docker-{nonce}"
    tag = f"{name}:latest"

    def push(word: str) -> None:
        dockerfile.must_build(engine, f"FROM {base}\nLABEL word={word}\n", "--push", "-t", f"{name}:{word}")
        named = engine.run(["docker", "buildx", "imagetools", "create", "-t", tag, f"{name}:{word}"])
        assert named.returncode == 0, named.stderr

    def built(*arguments: str) -> str:
        return dockerfile.exported(engine, f"FROM {tag}\nLABEL own=1\n", *arguments)["linux/amd64"].labels["word"]

    push("old")
    assert engine.run(["docker", "pull", tag]).returncode == 0
    push("new")

    assert [built(), built("--pull")] == ["old", "new"]


@pytest.mark.parametrize("kind", ["local", "inline"])
def test_a_second_engine_finds_a_dockerfile_in_a_cache(
    pair: tuple[Engine, Engine], dockerfile: Dockerfile, base: str, nonce: str, kind: str
) -> None:
    text = f"FROM {base}\nRUN echo {nonce} > /own\n"
    tag = f"localhost:5000/test/cache-docker-{nonce}:1"
    folder = dockerfile.folder / "cache"
    write = {"local": ["--cache-to", f"type=local,dest={folder},mode=max"], "inline": ["--cache-to", "type=inline"]}
    look = {"local": f"type=local,src={folder}", "inline": tag}
    first = dockerfile.must_build(pair[0], text, *write[kind], "--push", "-t", tag)
    assert first.vertex("RUN echo").ran

    assert not dockerfile.must_build(pair[1], text, "--cache-from", look[kind]).vertex("RUN echo").ran


def test_a_dockerfile_mounts_secrets_and_keeps_caches_apart(
    engine: Engine, dockerfile: Dockerfile, base: str, nonce: str
) -> None:
    (dockerfile.folder / "token").write_text(nonce)
    text = (
        f"FROM {base}\nARG COUNT\nRUN --mount=type=secret,id=token --mount=type=cache,id={nonce},target=/kept "
        'test "$(cat /run/secrets/token)" && touch /kept/$COUNT && ls /kept > /seen\n'
    )

    def cache_counts(count: str, *arguments: str) -> list[str]:
        path = ["--secret", f"id=token,src={dockerfile.folder / 'token'}", "--build-arg", f"COUNT={count}"]
        return dockerfile.exported(engine, text, *path, *arguments)["linux/amd64"].read("seen").split()

    assert cache_counts("1") == ["1"]
    assert cache_counts("2") == ["1", "2"]
    assert cache_counts("3", "--build-arg", "BUILDKIT_CACHE_MOUNT_NS=other") == ["3"]


def test_the_network_of_the_host_needs_the_entitlement_in_a_dockerfile_too(
    engine: Engine, dockerfile: Dockerfile, base: str
) -> None:
    text = f"FROM {base}\nRUN --network=host true\n"

    assert "network.host is not allowed" in dockerfile.build(engine, text).output
    dockerfile.must_build(engine, text, "--allow", "network.host")


def test_labels_and_annotations_are_on_the_image_of_a_dockerfile(
    engine: Engine, dockerfile: Dockerfile, base: str
) -> None:
    options = ("--label", "a=b", "--annotation", "c=d")

    image = dockerfile.exported(engine, f"FROM {base}\nLABEL a=own\n", *options)["linux/amd64"]

    assert image.labels["a"] == "b"
    assert oci.annotations_of(dockerfile.folder / "image.tar")["c"] == "d"


def test_a_wrong_value_is_an_error_with_a_dockerfile(engine: Engine, dockerfile: Dockerfile) -> None:
    done = dockerfile.build(engine, "FROM scratch\nLABEL a=b\n", "--build-arg", "BUILDKIT_MULTI_PLATFORM=perhaps")

    assert done.exit_code != 0


def test_a_target_of_a_dockerfile_resolves_no_unused_image_and_is_cached(
    engine: Engine, dockerfile: Dockerfile, base: str, nonce: str
) -> None:
    text = f"FROM {base} AS one\nRUN echo {nonce}\nFROM {ABSENT} AS other\nFROM one\nCOPY Dockerfile /\n"

    assert dockerfile.must_build(engine, text, "--target", "ONE", "--platform", BOTH).vertices
    assert not any(vertex.ran for vertex in runs(dockerfile.must_build(engine, text, "--platform", BOTH), "RUN echo"))


def runs(done: Build, text: str) -> list[Any]:
    actual = [vertex for vertex in done.vertices.values() if text in vertex.name]
    assert actual
    return actual


def test_names_of_a_dockerfile_have_their_platform_with_several_and_its_images_too(
    engine: Engine, dockerfile: Dockerfile, base: str, nonce: str
) -> None:
    text = f"FROM {base}\nRUN echo {nonce}\n"

    one = dockerfile.must_build(engine, text, "--platform", "linux/amd64").names
    two = dockerfile.must_build(engine, text, "--platform", BOTH).names

    assert {f"[2/2] RUN echo {nonce}", f"[internal] load metadata for {base}"} <= one
    for platform in BOTH.split(","):
        assert {f"[{platform} 2/2] RUN echo {nonce}", f"[{platform} internal] load metadata for {base}"} <= two


def test_a_warning_about_a_dockerfile_is_shown_once(docker28: Engine, dockerfile: Dockerfile, base: str) -> None:
    """On the newer engine: the older Dockerfile frontend has no checks."""
    done = dockerfile.must_build(docker28, f"FROM {base} as one\nRUN true\n", "--platform", BOTH)

    assert [warning.partition(":")[0] for warning in done.warnings] == ["FromAsCasing"]


def test_a_failing_instruction_is_quoted_on_several_platforms_too(
    engine: Engine, dockerfile: Dockerfile, base: str
) -> None:
    assert ">>> RUN false" in dockerfile.output_of(engine, f"FROM {base}\nRUN false\n", "--platform", BOTH)


def converted(reference: str, other: str) -> dict[str, Any]:
    return {
        "action": "CONVERT",
        "selector": {"identifier": f"docker-image://{reference}"},
        "updates": {"identifier": other},
    }


def test_a_source_policy_denies_redirects_and_pins_the_images_of_a_dockerfile(
    engine: Engine, dockerfile: Dockerfile, base: str
) -> None:
    def under(rule: dict[str, Any]) -> str:
        policy = dockerfile.folder / "policy.json"
        policy.write_text(json.dumps({"rules": [rule]}))
        text = f"FROM {base}\nRUN test -e /usr/bin/apt-get && echo it is $(cat /etc/debian_version)\n"
        return dockerfile.output_of(engine, text, "--no-cache", "--platform", "linux/amd64", **{POLICY: str(policy)})

    denied = under({"action": "DENY", "selector": {"identifier": f"docker-image://{base}"}})
    assert f">>> FROM {base}" in denied
    assert "denied by policy" in denied
    assert "it is 13" in under(converted(base, f"docker-image://{DEBIAN}"))
    assert "it is 13" in under(converted(base, f"docker-image://{DEBIAN}@{registry_api.digest(DEBIAN)}"))
    assert "ERROR" in under(converted(base, "https://localhost:5009/root.tar"))


def test_an_image_that_cannot_be_pulled_is_an_error_at_its_line_of_a_dockerfile(
    engine: Engine, dockerfile: Dockerfile
) -> None:
    for reference in (ABSENT, "localhost:1/nowhere:1"):
        assert f">>> FROM {reference}" in dockerfile.output_of(engine, f"FROM {reference}\nLABEL a=b\n")


def test_an_image_of_another_platform_is_taken_all_the_same_by_a_dockerfile(
    engine: Engine, dockerfile: Dockerfile, nonce: str
) -> None:
    """Of an image that is of one platform, whatever that is; it fails in the first RUN, or never."""
    only = f"localhost:5000/test/only-{nonce}:1"
    dockerfile.must_build(
        engine,
        "FROM scratch\nCOPY Dockerfile /\n",
        "--platform",
        "linux/arm64",
        "--push",
        "-t",
        only,
        "--provenance=false",
    )

    done = dockerfile.build(engine, f"FROM {only}\nLABEL a=b\n", "--platform", "linux/amd64")

    assert done.exit_code == 0, done.output
