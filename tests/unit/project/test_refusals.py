"""Every error has a fact as its reason: docs/internals/refusals.md names it, with its source and its releases."""

from __future__ import annotations

import json
import re

import pytest

from kairosfile import language, sections
from kairosfile.kairos.releases import Release, release
from kairosfile.language import rules
from kairosfile.plan.resolve import resolve
from tests import ROOT

FACTS = ROOT / "tests" / "support" / "standins" / "kairos-init.json"
PAGE = ROOT / "docs" / "internals" / "refusals.md"
ROW = re.compile(r"^\| (KF\d{3}) \| ([a-z-]+) \| (.+) \| (.+) \| ([a-z-]+) \|$", re.MULTILINE)
TAGS = [each["tag"] for each in json.loads(FACTS.read_text())["releases"]]
EVERY_RELEASE = sorted(release(tag) for tag in TAGS if "-" not in tag)
REFUSE_THE_RELEASE = {"KF202", "KF211", "KF229"}
RELEASES = re.compile(r"all|before v[\d.]+|v[\d.]+ and newer|v[\d.]+ to v[\d.]+")


def rows() -> dict[str, tuple[str, str, str, str]]:
    content = ROW.findall(PAGE.read_text())
    assert len({rule for rule, *_ in content}) == len(content)
    return {rule: (name, fact, releases, source) for rule, name, fact, releases, source in content}


def test_each_error_has_one_row_and_no_warning_has_one() -> None:
    errors = {rule.id: rule.name for rule in rules.every() if rule.severity == "error"}

    listed = {rule: name for rule, (name, *_) in rows().items()}
    assert {rule: name for rule, name in errors.items() if listed.get(rule) != name} == {}
    assert {rule.id for rule in rules.warnings() if not rule.depends_on_release} & listed.keys() == set()


def test_an_error_that_depends_on_the_release_has_a_row_for_its_releases() -> None:
    assert {rule.id for rule in rules.every() if rule.depends_on_release} <= set(RANGED)


def test_each_row_has_a_fact_a_known_source_and_releases() -> None:
    sources = set(re.findall(r"^- `([a-z-]+)`: .", PAGE.read_text(), re.MULTILINE))
    for rule, (_, fact, releases, source) in rows().items():
        assert len(fact.split()) > 2, rule
        assert source in sources, rule
        assert RELEASES.fullmatch(releases), rule
    assert {source for *_, source in rows().values()} == sources


# The example on this rule's page is the other file.
EXAMPLES = {"KF216": "base: debian:13\nversion: v1.0.0\nstage_extensions: ext\n"}
FILES = language.DictFiles({"ext/10.yaml": b"stages: [before-install]\n"})
WRONG = re.compile(r"^## Wrong\n+```yaml(?: (linux/\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
RANGED = sorted(rule for rule, (_, _, releases, _) in rows().items() if releases != "all")


def is_inside(used: Release, releases: str) -> bool:
    first, *last = (release(each) for each in re.findall(r"v[\d.]+", releases))
    if releases.startswith("before"):
        return used < first
    return first <= used and (not last or used <= last[0])


def errors(rule: str, used: Release) -> set[str]:
    """Return the rules that reject a rule's example with a release of kairos-init."""
    page = (ROOT / "docs" / "rules" / f"{rule}.md").read_text()
    platform, wrong = ("", EXAMPLES[rule]) if rule in EXAMPLES else WRONG.findall(page)[0]
    text = re.sub(r"^kairos_init:.*\n", "", wrong, flags=re.MULTILINE) + f"kairos_init: {used}\n"
    platforms = [platform or "linux/amd64"]
    try:
        files = FILES if rule in EXAMPLES else None
        resolve(sections.read(language.Source("Kairosfile", text), platforms=platforms, files=files), platforms)
    except language.KairosfileError as error:
        return {diagnostic.rule.id for diagnostic in error.diagnostics if diagnostic.severity == "error"}
    return set()


@pytest.mark.parametrize("rule", RANGED)
def test_the_checker_refuses_what_the_page_says_for_its_releases_and_no_others(rule: str) -> None:
    """A release may be rejected because it lacks the field or the platform; the value may also be an error."""
    releases = rows()[rule][2]
    inside = [is_inside(used, releases) for used in EVERY_RELEASE]
    bounds = {index for index in range(1, len(inside)) if inside[index] != inside[index - 1]}
    for used in (EVERY_RELEASE[index] for index in sorted({0, len(inside) - 1, *bounds, *(it - 1 for it in bounds)})):
        actual = errors(rule, used)
        is_refused_anyway = (actual - {rule}) & REFUSE_THE_RELEASE
        assert (rule in actual) == is_inside(used, releases) or is_refused_anyway, (rule, used)
