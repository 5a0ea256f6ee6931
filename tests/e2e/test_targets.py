"""Tests `docker buildx build --target`: a build stops after the step that it names."""

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

STEPS: tuple[str, ...] = ("before_install 1", "install kairos", "after_install 1", "after_install 2", "init kairos")
STEPS += ("validate kairos", "check k3s")
NO_SHELL = "FROM scratch AS early\nCOPY Dockerfile /early\nFROM early AS late\nCOPY Dockerfile /late\n"


@pytest.fixture
def text(base: str, kairos_init: Callable[[str], str], nonce: str) -> str:
    """A Kairosfile with a hook of each kind; the nonce makes the first build run everything."""
    return (
        f"base: {base}\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\nkairos_init: {kairos_init(NEWEST)}\n"
        "version: v1.0.0\nlabels: {of: file}\n"
        f"hooks:\n  before_install:\n    - {{name: nonce, run: 'echo {nonce} > /nonce'}}\n"
        "  after_install:\n    - {name: My tools!, run: echo tools > /tools}\n"
        "    - {name: twice, run: echo more > /more}\n"
        "  after_init:\n    - {name: twice, run: echo late > /late}\n"
    )


def executed_steps(built: Build) -> list[str]:
    """Return the steps that the build had, whether they ran or were cached."""
    return [step for step in STEPS if any(step in name for name in built.names)]


TARGETS = {
    "before_install": STEPS[:1],
    "install": STEPS[:2],
    "MY-tools": STEPS[:3],
    "after_install": STEPS[:4],
    "init": STEPS[:5],
    "validate": STEPS[:6],
    "image": STEPS,
}


def test_a_target_builds_what_leads_to_it_and_nothing_else(engine: Engine, project: Project, text: str) -> None:
    """Each target needs one step more than the one before it, which alone runs."""
    project.write(text)

    builds = {target: project.must_build(engine, "--target", target) for target in TARGETS}

    assert {target: tuple(executed_steps(built)) for target, built in builds.items()} == TARGETS
    ran = {target: [step for step in TARGETS[target] if built.vertex(step).ran] for target, built in builds.items()}
    assert ran == {target: [steps[-1]] for target, steps in TARGETS.items()}


def test_the_base_as_a_target_runs_nothing_and_does_not_ask_for_kairos_init(
    engine: Engine, project: Project, text: str
) -> None:
    project.write(text)

    built = project.must_build(engine, "--target", "base")

    assert executed_steps(built) == []
    assert not [name for name in built.names if "kairos-init" in name]


def test_the_image_of_a_target_has_its_files_its_history_and_the_config_of_an_image(
    engine: Engine, project: Project, text: str
) -> None:
    project.write(text)
    archive = project.folder / "image.tar"

    project.must_build(engine, "--target", "my-tools", "--label", "who=me", "--output", f"type=oci,dest={archive}")

    (image,) = oci.load(archive).values()
    assert image.read("tools") == "tools\n"
    assert not image.names() & {"more", "late"}
    last = [entry["created_by"] for entry in image.config["history"]][-3:]
    assert [entry.partition(":")[0] for entry in last] == [
        "before_install 1",
        "install kairos (k3s v1.33.1+k3s1)",
        "after_install 1",
    ]
    assert (image.labels["of"], image.labels["who"]) == ("file", "me")
    assert image.labels["org.opencontainers.image.version"] == "v1.0.0"
    assert image.config["config"]["Env"]


def test_a_target_is_built_for_every_platform(engine: Engine, project: Project, text: str) -> None:
    project.write(text)

    built = project.must_build(engine, "--target", "before_install-1", "--platform", "linux/amd64,linux/arm64")

    ran = [name for name in built.names if "before_install 1" in name]
    assert {name.partition("]")[0] for name in ran} == {"[linux/amd64", "[linux/arm64"}
    assert not [name for name in built.names if "install kairos" in name]


def test_what_a_target_built_is_cached_for_the_image(engine: Engine, project: Project, text: str) -> None:
    project.write(text)
    project.must_build(engine, "--target", "install")

    whole = project.must_build(engine)

    assert whole.vertex("install kairos").cached
    assert whole.vertex("init kairos").ran


def test_an_unknown_target_is_refused_with_the_list_before_anything_runs(
    engine: Engine, project: Project, text: str
) -> None:
    project.write(text)

    output = project.fails(engine, "--target", "instal")

    assert '--target: there is no target "instal"' in output
    assert "known are base, before_install-1, nonce, before_install, install, after_install-1, my-tools, " in output
    assert 'did you mean "install"?' in output
    assert "load metadata" not in output.partition("load build definition from Kairosfile")[2]


def test_an_ambiguous_target_is_refused_with_the_lines_of_both(engine: Engine, project: Project, text: str) -> None:
    project.write(text)

    output = project.fails(engine, "--target", "twice")

    assert "say which: after_install-2 and after_init-1" in output
    marked = [line.partition(">>> ")[2].strip() for line in output.splitlines() if ">>> " in line]
    assert marked == ["- {name: twice, run: echo more > /more}", "- {name: twice, run: echo late > /late}"]


def test_the_dockerfile_frontend_builds_a_stage_alone_and_refuses_an_unknown_one(
    engine: Engine, project: Project
) -> None:
    """What the rows of docs/reference/compatibility.md say of it."""
    (project.folder / "Dockerfile").write_text(NO_SHELL)
    keep_nothing = ("--output", "type=cacheonly")

    early = build(engine, project.folder, *keep_nothing, "--target", "EARLY", file="Dockerfile")
    unknown = build(engine, project.folder, *keep_nothing, "--target", "erly", file="Dockerfile")

    assert early.exit_code == 0
    assert not [name for name in early.names if "/late" in name]
    assert unknown.exit_code != 0
    assert 'target stage "erly" could not be found' in unknown.output


def test_the_dockerfile_frontend_takes_the_last_of_two_stages_of_one_name(engine: Engine, project: Project) -> None:
    """For a Kairosfile this is an error: two steps have the name."""
    (project.folder / "Dockerfile").write_text(NO_SHELL.replace("AS late", "AS early"))

    built = build(engine, project.folder, "--output", "type=cacheonly", "--target", "early", file="Dockerfile")

    assert [name for name in built.names if "COPY Dockerfile /late" in name]
