"""Every error rests on a fact: docs/internals/refusals.md says which, with its source and its releases."""

from __future__ import annotations

import re

from kairosfile.kairos.commands import first_release_with, schema_for
from kairosfile.kairos.releases import release
from kairosfile.language import rules
from kairosfile.sections.hooks.checks import FIRST_CLEANUP
from kairosfile.sections.image import bases, providers
from kairosfile.sections.image.checks import FIRST_WITH_BINARIES
from tests import ROOT

PAGE = ROOT / "docs" / "internals" / "refusals.md"
ROW = re.compile(r"^\| (KF\d{3}) \| ([a-z-]+) \| (.+) \| (.+) \| ([a-z-]+) \|$", re.MULTILINE)
RELEASES = re.compile(r"all|before v[\d.]+|v[\d.]+ and newer|v[\d.]+ to v[\d.]+")

# What the page says of releases, and the bound that the code has.
BOUNDS = {
    "KF211": first_release_with("version"),
    "KF213": release("v0.5.0"),
    "KF215": release("v0.5.0"),
    "KF216": first_release_with("stage_extensions"),
    "KF221": bases.REFUSES_FIPS_ON_UBUNTU,
    "KF229": bases.FIRST_ON_RISCV,
    "KF242": release("v0.6.0"),
    "KF302": FIRST_CLEANUP,
}


def rows() -> dict[str, tuple[str, str, str, str]]:
    found = ROW.findall(PAGE.read_text())
    assert len({rule for rule, *_ in found}) == len(found)
    return {rule: (name, fact, releases, source) for rule, name, fact, releases, source in found}


def test_each_error_has_one_row_and_no_warning_has_one() -> None:
    errors = {rule.id: rule.name for rule in rules.every() if rule.severity == "error"}

    listed = {rule: name for rule, (name, *_) in rows().items()}
    assert {rule: name for rule, name in errors.items() if listed.get(rule) != name} == {}
    assert {rule.id for rule in rules.warnings()} & listed.keys() == set()


def test_each_row_has_a_fact_a_known_source_and_releases() -> None:
    sources = set(re.findall(r"^- `([a-z-]+)`: .", PAGE.read_text(), re.MULTILINE))
    for rule, (_, fact, releases, source) in rows().items():
        assert len(fact.split()) > 2, rule
        assert source in sources, rule
        assert RELEASES.fullmatch(releases), rule
    assert {source for *_, source in rows().values()} == sources


def test_the_releases_are_those_of_the_code() -> None:
    for rule, bound in BOUNDS.items():
        assert str(bound) in rows()[rule][2].split(), rule
    assert not schema_for(release("v0.4.9")).knows("skip_steps.init")
    assert release("v0.5.0") > FIRST_WITH_BINARIES
    assert release("v0.5.29") < providers.FIRST_WITH_PLUGINS < release("v0.6.0")
