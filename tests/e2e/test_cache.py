"""What a change costs, read from which vertices of a real build ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.e2e.builds import Build

INSTALL, HOOK, INIT, VALIDATE = "install kairos", "after_install 1", "init kairos", "validate kairos"
STEPS = (INSTALL, HOOK, INIT, VALIDATE)


class Recipe:
    """A Kairosfile of which one thing at a time is changed; the nonce makes the first build run everything."""

    def __init__(self, base: str, kairos_init: str, nonce: str) -> None:
        self.text = (
            f"base: {base}\nvariant: standard\nmodel: generic\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\n"
            f"kairos_init: {kairos_init}\nversion: v1.0.0\n"
            f"hooks:\n  before_install:\n    - {{name: nonce, run: 'echo {nonce}'}}\n"
            "  after_install:\n    - {name: hook, run: 'echo one > /hook'}\n"
        )

    def changed(self, old: str, new: str) -> str:
        assert self.text.count(old) == 1
        return self.text.replace(old, new)


@pytest.fixture
def recipe(base: str, kairos_init: Callable[[str], str], nonce: str) -> Recipe:
    return Recipe(base, kairos_init(NEWEST), nonce)


def ran(build: Build) -> set[str]:
    return {step for step in STEPS if build.vertex(step).ran}


def first_build(project: Project, engine: Engine, recipe: Recipe, *arguments: str) -> None:
    project.write(recipe.text)
    assert set(STEPS) == ran(project.must_build(engine, *arguments))


# Name of a change: the text that it replaces, the new text, further arguments, and the steps that run. All start from
# one build, so none may lead to a step that another one leads to as well; the last one makes every step anew.
CHANGES: dict[str, tuple[str, str, tuple[str, ...], set[str]]] = {
    "nothing": ("version: v1.0.0", "version: v1.0.0", (), set()),
    "a comment": ("version: v1.0.0", "# a comment\nversion: v1.0.0", (), set()),
    "the order of fields": ("version: v1.0.0\n", "fips: false\nversion: v1.0.0\n", (), set()),
    "the name of a hook": ("name: hook", "name: renamed", (), set()),
    "a label of the command": ("version: v1.0.0", "version: v1.0.0", ("--label", "a=b"), set()),
    "the version": ("version: v1.0.0", "version: v1.0.1", (), {INIT, VALIDATE}),
    "the version of the command": (
        "version: v1.0.0",
        "version: v1.0.0",
        ("--build-arg", "VERSION=v1.0.2"),
        {INIT, VALIDATE},
    ),
    "a hook": ("echo one > /hook", "echo two > /hook", (), {HOOK, INIT, VALIDATE}),
    "the provider's version": ("v1.33.1+k3s1", "v1.33.2+k3s1", (), set(STEPS)),
    "fips": ("version: v1.0.0", "fips: true\nversion: v1.0.0", (), set(STEPS)),
    "no cache": ("version: v1.0.0", "version: v1.0.0", ("--no-cache",), set(STEPS)),
}


def test_a_change_runs_only_what_depends_on_it(engine: Engine, project: Project, recipe: Recipe) -> None:
    first_build(project, engine, recipe)

    actual = {}
    for name, (old, new, arguments, _) in CHANGES.items():
        project.write(recipe.changed(old, new))
        actual[name] = ran(project.must_build(engine, *arguments))

    assert actual == {name: steps for name, (*_, steps) in CHANGES.items()}


def test_a_change_of_the_model_installs_anew(engine: Engine, project: Project, recipe: Recipe) -> None:
    platform = ("--platform", "linux/arm64")
    first_build(project, engine, recipe, *platform)

    project.write(recipe.changed("model: generic", "model: rpi4"))

    assert set(STEPS) == ran(project.must_build(engine, *platform))


def test_a_file_that_is_copied_counts_and_its_neighbours_do_not(
    engine: Engine, project: Project, recipe: Recipe
) -> None:
    copied, neighbour = project.folder / "copied", project.folder / "neighbour"
    recipe.text = recipe.text.replace("{name: hook, run: 'echo one > /hook'}", "{copy: copied, to: /hook}")
    copied.write_text("one")
    first_build(project, engine, recipe)

    neighbour.write_text("new")
    assert set() == ran(project.must_build(engine))

    copied.write_text("two")
    assert {HOOK, INIT, VALIDATE} == ran(project.must_build(engine))


def test_a_second_runner_with_only_the_registry_cache_runs_and_pulls_nothing(
    pair: tuple[Engine, Engine], project: Project, recipe: Recipe, nonce: str
) -> None:
    first, second = pair
    cache = f"type=registry,ref=localhost:5000/cache/{nonce}"
    first_build(project, first, recipe, "--cache-to", f"{cache},mode=max")

    build = project.must_build(second, "--cache-from", cache)

    assert set() == ran(build)
    assert build.vertex("validate kairos").cached
    images = [vertex for vertex in build.vertices.values() if vertex.name.startswith(("base ", "kairos-init "))]
    assert len(images) == 2
    assert [vertex.name for vertex in images if vertex.pulled] == []


def test_what_counts_as_pulled_is_seen_where_an_image_is_pulled(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    """The counterpart without which the test above could not fail."""
    project.write(f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n")
    with Engine(docker28.suite, name="sid-b", data="fresh") as fresh:
        build = project.must_build(fresh)

    assert build.vertex("base ").pulled
    assert build.vertex("kairos-init ").pulled
