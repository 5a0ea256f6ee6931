"""An edit of the lock file is the reason why the steps that use its image run, with both digests."""

from __future__ import annotations

import pytest

from kairosfile import language, sections
from kairosfile.language import lockfile
from kairosfile.plan.diff import Change, Version, compare
from kairosfile.plan.resolve import resolve

TEXT = """\
base: mirror/debian:13
version: v1.0.0
hooks:
  after_install:
    - {run: echo a}
    - {copy: /a, from: mirror/tools:1, to: /c}
"""
NAMES = {
    "base": "docker.io/mirror/debian:13",
    "tools": "docker.io/mirror/tools:1",
    "kairos-init": "quay.io/kairos/kairos-init:v0.17.3",
}
ONE, OTHER = ("sha256:" + mark * 64 for mark in "ab")


def version(digests: dict[str, str]) -> Version:
    """Return the plan of the text with a lock file, or without one if there are no digests."""
    rows = "".join(f"  {NAMES[name]}: {digest}\n" for name, digest in digests.items())
    lock = lockfile.read("Kairosfile.lock", f"version: 1\nimages:\n{rows}".encode()) if digests else None
    source = language.Source("Kairosfile", TEXT.replace("version:", "kairos_init: v0.17.3\nversion:"))
    document = sections.read(source, platforms=["linux/amd64"], lock=lock)
    (plan,) = resolve(document, ["linux/amd64"])
    return Version(document, plan)


@pytest.mark.parametrize(
    ("name", "first", "steps"),
    [
        ("base", "install", {"install"}),
        ("tools", "after_install-2", {"after_install-2"}),
        ("kairos-init", "install", {"install", "init", "validate"}),
    ],
)
def test_a_changed_digest_is_reported_with_the_old_one(name: str, first: str, steps: set[str]) -> None:
    locked = dict.fromkeys(NAMES, ONE)
    verdicts = compare(version(locked), version({**locked, name: OTHER})).steps
    change = Change(f"digest of {NAMES[name]}", ONE, OTHER)

    assert next(verdict.step.id for verdict in verdicts if verdict.runs) == first
    assert {verdict.step.id for verdict in verdicts if change in verdict.changes} == steps
    assert [change for verdict in verdicts for change in verdict.changes if not change.name.startswith("digest")] == []


def test_a_first_lock_file_has_new_digests_only_and_a_removed_one_old_ones() -> None:
    for before, after, digests in (({}, {"tools": ONE}, (None, ONE)), ({"tools": ONE}, {}, (ONE, None))):
        verdicts = compare(version(before), version(after)).steps
        (change,) = next(verdict.changes for verdict in verdicts if verdict.step.id == "after_install-2")

        assert (change.old, change.new) == digests


def test_the_same_lock_file_runs_nothing() -> None:
    locked = dict.fromkeys(NAMES, ONE)

    assert not any(verdict.runs for verdict in compare(version(locked), version(locked)).steps)
