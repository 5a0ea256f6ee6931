"""What a daemon's cache sees of a definition."""

from __future__ import annotations

import pytest

from kairosfile import llb
from kairosfile.plan.offline import cache_keys

PLATFORM = llb.Platform.parse("linux/amd64")
BASE = llb.image("example.com/base:1")


def key(state: llb.State) -> str:
    definition = llb.marshal(state, platform=PLATFORM, local_unique_id="client")
    return cache_keys(definition)[definition.head]


def step(words: str = "a", **options: object) -> llb.State:
    return BASE.run([words], **options).root  # type: ignore[arg-type]


def copied(path: str, *transferred: str) -> llb.State:
    return BASE.file(llb.copy(llb.local("context", follow_paths=transferred), path, "/"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (step(), step(constraints=llb.Constraints(custom_name="a name"))),
        (step(), step(proxy=llb.ProxyEnv(http="http://proxy.example.com"))),
        (copied("/a", "a"), copied("/a", "a", "b")),
    ],
    ids=["name", "proxy", "what else is transferred"],
)
def test_what_a_cache_does_not_look_at_leaves_the_key(one: llb.State, other: llb.State) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    "other",
    [
        step("b"),
        step(env={"A": "b"}),
        step(network="none"),
        llb.image("example.com/base:2").run(["a"]).root,
        step("b").run(["a"]).root,
    ],
    ids=["words", "environment", "network", "base", "what came before"],
)
def test_what_a_cache_looks_at_changes_the_key(other: llb.State) -> None:
    assert key(step()) != key(other)


def test_another_path_that_is_copied_changes_the_key() -> None:
    assert key(copied("/a", "a", "b")) != key(copied("/b", "a", "b"))


def test_every_operation_has_a_key_but_the_last_which_only_points() -> None:
    definition = llb.marshal(step(), platform=PLATFORM)

    assert list(cache_keys(definition)) == list(definition.digests[:-1])
