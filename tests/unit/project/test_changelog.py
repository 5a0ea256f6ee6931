"""The format of the changelog: Keep a Changelog's kinds, areas, and a short entry for each change."""

from __future__ import annotations

import re

from tests import ROOT

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
AREAS = {
    *("Language", "Checks", "Builds", "Command", "Page and editors", "CI and integrations", "Libraries"),
    *("Documentation", "Releases and security", "Security"),
}
LONGEST = 240  # characters of an entry
_HEADING = re.compile(r"^(#{3,4}) (.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^- (.+(?:\n  .+)*)", re.MULTILINE)


def test_a_version_is_split_by_kind_and_area() -> None:
    headings = _HEADING.findall((ROOT / "CHANGELOG.md").read_text())

    assert {text for level, text in headings if level == "###"} <= KINDS
    assert {text for level, text in headings if level == "####"} <= AREAS
    assert len(headings) > len(KINDS)


def test_each_entry_is_one_short_sentence_or_two() -> None:
    entries = _ENTRY.findall((ROOT / "CHANGELOG.md").read_text())

    assert len(entries) > len(AREAS)
    assert [entry for entry in entries if len(entry) > LONGEST] == []
    assert [entry for entry in entries if not entry.endswith(".")] == []
