"""A hundred hooks on five platforms still need one round trip for each kind of request."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.test_frontend import BASE, result_of, run
from tests.support.gateway.fake_bridge import V0_13, V0_25, FakeBridge, FakeImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.gateway.fake_bridge import Release

# Kairos' own image has three platforms; a custom one may have any.
KAIROS_INIT = "registry.example.com/kairos-init:v0.17.3"
IMAGES = {BASE: FakeImage(), KAIROS_INIT: FakeImage(digest="sha256:" + "b" * 64)}
PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/riscv64", "linux/s390x")
HOOKS = 100
HEAD = f"base: mirror/debian:13\nkairos_init: {KAIROS_INIT}\nversion: v1.0.0\nhooks:\n  after_install:\n"
STEPS = "".join(f"    - {{name: hook {number}, run: echo {number} > /etc/{number}}}\n" for number in range(HOOKS))
ALL = {"platform": ",".join(PLATFORMS)}


class Together:
    """A handler that answers only after a number of requests arrive; a client that sends one at a time deadlocks."""

    def __init__(self, number: int) -> None:
        self._barrier = threading.Barrier(number, timeout=30)

    def __call__(self, request: Any, usual: Callable[[Any], Any]) -> Any:
        if not hasattr(request, "Definition") or len(getattr(request.Definition, "def")) > HOOKS:
            self._barrier.wait()
        return usual(request)


@pytest.mark.parametrize("release", [V0_13, V0_25])
def test_a_hundred_hooks_on_five_platforms_are_solved_at_the_same_time(release: Release) -> None:
    images = len(PLATFORMS) * len(IMAGES)
    files = {"dockerfile": {"Kairosfile": (HEAD + STEPS).encode()}}
    with FakeBridge(files=files, images=IMAGES, release=release) as fake:
        fake.on("ResolveSourceMeta", Together(images))
        fake.on("ResolveImageConfig", Together(images))
        fake.on("Solve", Together(len(PLATFORMS)))

        result = result_of(run(fake, ALL))

        calls = Counter(
            [(each.Source.identifier, str(each.Platform)) for each in fake.requests("ResolveSourceMeta")]
            + [(f"docker-image://{each.Ref}", str(each.Platform)) for each in fake.requests("ResolveImageConfig")]
        )
        solved = [each for each in fake.requests("Solve") if len(getattr(each.Definition, "def")) > HOOKS]
    assert sorted(result.refs.refs) == sorted(PLATFORMS)
    assert {name for name, _ in calls} == {f"docker-image://{image}" for image in (BASE, KAIROS_INIT)}
    assert set(calls.values()) == {1}
    assert len(calls) == images
    assert len(solved) == len(PLATFORMS)
