"""A file far larger than anybody's, on every platform that the offline images have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine

pytestmark = pytest.mark.docker26_is_long

HOOKS = 100
PLATFORMS = ("linux/amd64", "linux/arm64")


def test_a_hundred_hooks_on_two_platforms_build_and_are_cached(
    engine: DockerEngine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    """Files need no container, so the build is mostly the graph: 100 of them on each platform."""
    hooks = "".join(f"    - {{file: /etc/scale/{number}, content: '{number}'}}\n" for number in range(HOOKS))
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\nhooks:\n  after_install:\n{hooks}"
    )

    project.must_build(engine, "--platform", ",".join(PLATFORMS))
    again = project.must_build(engine, "--platform", ",".join(PLATFORMS))

    steps = [vertex for vertex in again.vertices.values() if "after_install" in vertex.name]
    assert len(steps) == HOOKS * len(PLATFORMS)
    assert [vertex.name for vertex in steps if vertex.ran] == []
