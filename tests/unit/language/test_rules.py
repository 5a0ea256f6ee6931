"""The rules and their pages: each has a reason, a file that violates the rule and one that does not, both checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from kairosfile import language, sections
from kairosfile.cli import file_checks
from kairosfile.language import lockfile, rules
from kairosfile.plan.resolve import resolve
from tests import ROOT
from tests.support.generate.reference import RULES, rules_index

if TYPE_CHECKING:
    from kairosfile.language.rules import Rule

FENCE = re.compile(r"^```yaml(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
EVERY = rules.every()


class Example(NamedTuple):
    """A Kairosfile of a page: its bytes, its platform and build args, the other files of its context, its lock file."""

    data: bytes
    platform: str
    files: language.DictFiles
    locked: bytes | None
    build_args: dict[str, str]


def page(rule: Rule) -> str:
    return (RULES / f"{rule.id}.md").read_text()


def example(rule: Rule, heading: str) -> Example:
    section = page(rule).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    files, data, platform, locked, build_args = {}, b"", "linux/arm64", None, {}
    for info, text in FENCE.findall(section):
        word = info.strip()
        if word.startswith("--build-arg "):
            name, _, value = word.removeprefix("--build-arg ").partition("=")
            build_args[name] = value
            word = ""
        if word.endswith(lockfile.SUFFIX):
            locked = text.encode()
            continue
        if "." in word:
            files[word] = text.encode()
            continue
        data = text.encode("latin-1" if word == "latin-1" else "utf-8")
        platform = word if word.startswith("linux/") else platform
    assert data
    return Example(data, platform, language.DictFiles(files), locked, build_args)


def broken_by(shown: Example) -> dict[str, str]:
    """Return the rules that an example violates, each with its severity."""
    try:
        source = language.decode("Kairosfile", shown.data)
        beside = lockfile.read("Kairosfile.lock", shown.locked) if shown.locked else None
        document = sections.read(source, shown.build_args, platforms=[shown.platform], files=shown.files, lock=beside)
        resolve(document, [shown.platform])
        actual = (*document.warnings, *file_checks.check_file([document]))
    except language.KairosfileError as error:
        actual = error.diagnostics + error.warnings
    return {diagnostic.rule.id: diagnostic.severity for diagnostic in actual}


def test_ids_and_names_are_unique_and_well_formed() -> None:
    assert len({rule.id for rule in EVERY}) == len({rule.name for rule in EVERY}) == len(EVERY)
    assert [rule.id for rule in EVERY if not re.fullmatch(r"KF\d{3}", rule.id)] == []
    assert [rule.name for rule in EVERY if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.name)] == []


def test_there_is_a_page_for_each_rule_and_no_other() -> None:
    assert {path.stem for path in RULES.glob("KF*.md")} == {rule.id for rule in EVERY}


def test_the_index_of_the_pages_is_current() -> None:
    assert (RULES / "README.md").read_text() == rules_index(), "run `make generate`"


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.id)
def test_a_page_begins_with_what_the_rule_says_of_itself(rule: Rule) -> None:
    head = f"# {rule.id} {rule.name}\n\n{rule.severity.capitalize()}. {rule.summary}.\n\n"

    assert page(rule).startswith(head)
    assert rule.url.endswith(f"/docs/rules/{rule.id}.md")
    assert "\n## Silencing\n" in page(rule)
    assert (f"# kairosfile: ignore {rule.id}\n" in page(rule)) == (rule.severity != "error")


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.id)
def test_the_wrong_example_breaks_its_rule_and_the_right_one_does_not(rule: Rule) -> None:
    assert broken_by(example(rule, "Wrong")).get(rule.id) == rule.severity
    right = broken_by(example(rule, "Right"))
    assert rule.id not in right
    assert "error" not in right.values()


def test_a_checkout_has_the_page_of_each_rule() -> None:
    assert ROOT / "docs" / "rules" == RULES
