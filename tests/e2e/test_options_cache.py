"""Options and the cache: which of them make a step run again, and where results of earlier builds come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci
from tests.support.e2e.builds import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.e2e.builds import Build
    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

STEPS = ("before_install 1", "install kairos", "after_install 1", "after_install 2", "init kairos", "validate kairos")
FIRST, INSTALL, HOOK, FILE, INIT, VALIDATE = STEPS


@pytest.fixture
def text(base: str, kairos_init: Callable[[str], str], nonce: str) -> str:
    """A Kairosfile of which no step is cached yet."""
    return (
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        f"hooks:\n  before_install:\n    - {{name: nonce, run: 'echo {nonce} > /nonce'}}\n"
        "  after_install:\n    - {name: My drivers, run: 'date > /date; echo $HTTP_PROXY > /proxy'}\n"
        "    - {file: /etc/own/file, content: one}\n"
    )


def ran(built: Build) -> tuple[str, ...]:
    return tuple(step for step in STEPS if built.vertex(step).ran)


# Everything that BuildKit keeps out of the cache keys, whatever its value: the first value, and another one.
NO_KEY = {
    "a proxy": ("--build-arg=HTTP_PROXY=http://one.example.com:1", "--build-arg=HTTP_PROXY=http://two.example.com:2"),
    "the address of a host": ("--add-host=registry.example.com:10.0.0.1", "--add-host=registry.example.com:10.0.0.2"),
    "the epoch": ("--build-arg=SOURCE_DATE_EPOCH=1000000000", "--build-arg=SOURCE_DATE_EPOCH=1000000001"),
    "a label": ("--label=a=b", "--label=a=c"),
    "an annotation": ("--annotation=a=b", "--annotation=a=c"),
}


def test_inputs_outside_of_cache_keys_rerun_nothing(engine: Engine, project: Project, text: str) -> None:
    """All values change at once: a step whose key had any of them would run."""
    before, after = zip(*NO_KEY.values(), strict=True)
    archive = project.folder / "image.tar"
    project.write(text)
    assert ran(project.must_build(engine, *before, "--output", f"type=oci,dest={archive}")) == STEPS

    assert ran(project.must_build(engine, *after)) == ()

    assert next(iter(oci.load(archive).values())).read("proxy").strip() == "http://one.example.com:1"


def test_the_first_epoch_and_the_first_proxy_run_nothing_again(engine: Engine, project: Project, text: str) -> None:
    archive = project.folder / "image.tar"
    project.write(text)
    assert ran(project.must_build(engine, "--output", f"type=oci,dest={archive}")) == STEPS

    assert ran(project.must_build(engine, NO_KEY["the epoch"][0], NO_KEY["a proxy"][0])) == ()

    assert not next(iter(oci.load(archive).values())).read("proxy").strip()


def test_a_new_epoch_makes_a_folder_of_a_dockerfile_again_on_the_newer_engine_alone(
    engine: Engine, project: Project, base: str, nonce: str
) -> None:
    """What a Kairosfile avoids by the test above."""
    (project.folder / "Dockerfile").write_text(f"FROM {base}\nWORKDIR /{nonce}\nRUN true\n")

    def ran_again(epoch: int) -> bool:
        options = ("--output", "type=cacheonly", "--build-arg", f"SOURCE_DATE_EPOCH={epoch}")
        return build(engine, project.folder, *options, file="Dockerfile").vertex("RUN true").ran

    assert ran_again(1_000_000_000)
    assert ran_again(1_000_000_001) == (engine.suite == "sid")


OPTIONS_OF_A_CONTAINER = ("--ulimit=nofile=100", "--shm-size=32m", "--network=host", "--add-host=a:10.0.0.1")


def test_what_a_step_can_see_of_its_container_is_part_of_its_cache_key(
    engine: Engine, project: Project, text: str
) -> None:
    project.write(text)
    assert ran(project.must_build(engine)) == STEPS

    first = {option: INSTALL in ran(project.must_build(engine, option)) for option in OPTIONS_OF_A_CONTAINER}
    second = {option: ran(project.must_build(engine, option)) for option in OPTIONS_OF_A_CONTAINER}

    assert first == dict.fromkeys(OPTIONS_OF_A_CONTAINER, True)
    assert second == dict.fromkeys(OPTIONS_OF_A_CONTAINER, ())


NAMES = {
    "install": STEPS[1:],
    "My-Drivers": STEPS[2:],
    "after_install-2": STEPS[3:],
    "after_install": STEPS[2:],
    "init": STEPS[4:],
    "validate": STEPS[5:],
    "install,init": STEPS[1:],
    "image": STEPS,
}


def test_a_step_that_is_named_runs_again(engine: Engine, project: Project, text: str) -> None:
    project.write(text)
    assert ran(project.must_build(engine)) == STEPS

    again = {name: ran(project.must_build(engine, "--no-cache-filter", name)) for name in NAMES}

    assert again == NAMES
    assert ran(project.must_build(engine)) == ()


def test_a_name_of_no_step_is_warned_of_with_those_that_there_are_where_a_dockerfile_is_silent(
    engine: Engine, project: Project, text: str, base: str
) -> None:
    project.write(text)
    (project.folder / "Dockerfile").write_text(f"FROM {base} AS one\n")
    options = ("--no-cache-filter", "instal", "--output", "type=cacheonly")

    ours = [line for line in project.must_build(engine, *options).warnings if "--no-cache-filter" in line]
    theirs = build(engine, project.folder, *options, file="Dockerfile")

    (line,) = ours
    assert "known are base, before_install-1, nonce, before_install, install, after_install-1, my-drivers" in line
    assert 'did you mean "install"?' in line
    assert (theirs.exit_code, theirs.warnings) == (0, [])


def test_a_tag_that_the_engine_has_is_looked_up_anew_with_pull_alone(
    engine: Engine, project: Project, text: str, base: str, nonce: str
) -> None:
    tag = f"localhost:5000/test/pull-{nonce}"
    project.write(text.replace(base, f"{tag}:latest"))

    def push(word: str) -> None:
        (project.folder / "Dockerfile").write_text(f"FROM {base}\nRUN echo {word} > /word\n")
        pushed = build(engine, project.folder, "--push", "-t", f"{tag}:{word}", file="Dockerfile")
        assert pushed.exit_code == 0, pushed.output
        named = engine.run(["docker", "buildx", "imagetools", "create", "-t", f"{tag}:latest", f"{tag}:{word}"])
        assert named.returncode == 0, named.stderr

    def built(*arguments: str) -> str:
        archive = project.folder / "image.tar"
        project.must_build(engine, *arguments, "--output", f"type=oci,dest={archive}")
        return next(iter(oci.load(archive).values())).read("word").strip()

    push("old")
    assert engine.run(["docker", "pull", f"{tag}:latest"]).returncode == 0
    push("new")

    assert [built(), built("--pull")] == ["old", "new"]


def test_a_second_engine_finds_everything_in_a_cache_on_disk(
    pair: tuple[Engine, Engine], project: Project, text: str
) -> None:
    project.write(text)
    folder = project.folder / "cache"
    assert ran(project.must_build(pair[0], "--cache-to", f"type=local,dest={folder},mode=max")) == STEPS

    assert ran(project.must_build(pair[1], "--cache-from", f"type=local,src={folder}")) == ()


def test_a_second_engine_finds_everything_that_is_in_the_image_in_the_image(
    pair: tuple[Engine, Engine], project: Project, text: str, nonce: str
) -> None:
    project.write(text)
    tag = f"localhost:5000/test/inline-{nonce}:1"
    first = project.must_build(pair[0], "--push", "-t", tag, "--cache-to", "type=inline")
    assert ran(first) == STEPS

    assert ran(project.must_build(pair[1], "--cache-from", tag)) == ()
