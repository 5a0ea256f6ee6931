"""docs/internals/extending.md: the commits that it cites as examples are in the history."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests import ROOT

PAGE = ROOT / "docs" / "internals" / "extending.md"
COMMITS = re.findall(r"Commit `([0-9a-f]{7})` \(([^)]+)\)", PAGE.read_text())


def git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False).stdout.strip()


def test_each_kind_of_change_but_what_may_break_names_one() -> None:
    parts = PAGE.read_text().split("\n## ")[1:]

    assert [part.split("\n")[0] for part in parts if part.startswith("A ") and not re.search("Commit `", part)] == []


@pytest.mark.parametrize(("commit", "subject"), COMMITS)
def test_a_commit_is_in_the_history_with_its_subject(commit: str, subject: str) -> None:
    if git("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("this clone has no history")

    assert git("log", "-1", "--format=%s", commit, "--") == re.sub(r"\s+", " ", subject)
