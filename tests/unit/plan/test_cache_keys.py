"""The inputs to the cache keys of a definition."""

from __future__ import annotations

import pytest

from kairosfile import llb, sections
from kairosfile.language import Source
from kairosfile.plan import offline
from kairosfile.plan.offline import cache_keys, keys
from kairosfile.plan.resolve import resolve

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


def test_states_that_are_marshalled_together_have_the_digests_that_each_has_alone() -> None:
    first = step()
    states = [first, first.run(["b"]).root, copied("/a", "a"), first]
    together = llb.marshal_together(states, platform=PLATFORM, local_unique_id="client")

    alone = [llb.marshal(state, platform=PLATFORM, local_unique_id="client") for state in states]
    assert list(together.heads) == [definition.head for definition in alone]
    assert dict(zip(together.digests[:-1], together.ops[:-1], strict=True)) == {
        digest: op
        for definition in alone
        for digest, op in zip(definition.digests[:-1], definition.ops[:-1], strict=True)
    }
    assert len(set(together.digests)) == len(together.digests)


def test_the_keys_of_many_steps_cost_no_more_for_each_than_those_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each edit in the page compares all steps: a file of 500 hooks took 26 seconds."""
    counted: list[int] = []

    def noted(definition: llb.Definition) -> dict[str, str]:
        counted.append(len(definition.ops))
        return cache_keys(definition)

    monkeypatch.setattr(offline, "cache_keys", noted)

    def ops_of(hooks: int) -> float:
        counted.clear()
        steps = "".join(f"    - run: echo {number}\n" for number in range(hooks))
        text = f"base: debian:13\nversion: v1\nhooks:\n  after_install:\n{steps}"
        (plan,) = resolve(sections.read(Source("Kairosfile", text)), ["linux/amd64"])
        assert len(keys(plan)) > hooks
        return sum(counted) / hooks

    assert ops_of(80) < ops_of(10)
