"""Included files: the merge, the ranges of their diagnostics, and the number of requests to the context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.language.includes import merge_nodes
from kairosfile.language.parser import parse
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

MINIMAL = "base: debian:13\nversion: v1.0.0\n"


class CountingFiles(language.DictFiles):
    """A build context that records which files are loaded together."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        super().__init__(contents)
        self.loads: list[list[str]] = []

    def load(self, paths: Iterable[str]) -> None:
        self.loads.append(sorted(paths))


def read(text: str, files: dict[str, str] | None = None) -> sections.Document:
    contents = {path: content.encode() for path, content in (files or {}).items()}
    return sections.read(language.Source("Kairosfile", text), files=language.DictFiles(contents))


def diagnostics(text: str, files: dict[str, str]) -> list[str]:
    with pytest.raises(language.KairosfileError) as caught:
        read(text, files)
    return [
        f"{diagnostic.range.filename}:{diagnostic.range.start.line} {diagnostic.rule.id}"
        for diagnostic in caught.value.diagnostics
    ]


def merged(under: str, over: str) -> object:
    return merge_nodes(parse(language.Source("a", under)), parse(language.Source("b", over))).plain()


def test_mappings_merge_to_any_depth_and_the_rest_is_replaced() -> None:
    under = "{a: {b: {c: 1, d: 1}}, list: [1], text: x, mapping: {x: y}}"

    assert merged(under, "{a: {b: {d: 2}}, list: [2], text: {y: z}, mapping: z}") == {
        "a": {"b": {"c": "1", "d": "2"}},
        "list": ["2"],
        "text": {"y": "z"},
        "mapping": "z",
    }


@pytest.mark.parametrize("hook", ["before_install", "after_install", "after_init"])
def test_steps_of_hooks_are_appended_those_of_the_base_first(hook: str) -> None:
    assert merged(f"hooks: {{{hook}: [1, 2]}}", f"hooks: {{{hook}: [3]}}") == {"hooks": {hook: ["1", "2", "3"]}}


def test_cloud_configs_are_appended() -> None:
    assert merged("cloud_config: [1]", "cloud_config: [2]") == {"cloud_config": ["1", "2"]}


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=3, max_size=3))
def test_merging_does_not_depend_on_the_grouping(files: list[dict[str, str]]) -> None:
    first, second, third = (parse(language.Source("", str(values))) for values in files)

    remaining = merge_nodes(merge_nodes(first, second), third).plain()
    assert remaining == merge_nodes(first, merge_nodes(second, third)).plain() == {**files[0], **files[1], **files[2]}


def test_a_value_knows_its_file() -> None:
    document = read("extends: a.yaml\nversion: v1.0.0\n", {"a.yaml": "# one\nbase: debian:13\n"})

    assert document.range("base").filename == "a.yaml"
    assert document.range("base").start.line == 2
    assert document.range("version").filename == ""


def test_a_field_that_no_file_has_points_into_the_kairosfile() -> None:
    document = read("# x\nextends: a.yaml\n", {"a.yaml": MINIMAL})

    assert document.range("kairos_init") == document.range("extends")
    assert document.range("kairos_init").filename == ""


def test_diagnostics_of_the_kairosfile_precede_those_of_included_files() -> None:
    files = {"a.yaml": "x: y\n", "b.yaml": "\n\nz: y\n"}
    text = MINIMAL + "extends: b.yaml\ninclude: [a.yaml]\nmodle: x\n"

    assert diagnostics(text, files) == [":5 KF004", "a.yaml:1 KF004", "b.yaml:3 KF004"]


def test_the_summary_of_a_diagnostic_names_its_file() -> None:
    with pytest.raises(language.KairosfileError, match=r"^common/a\.yaml:2:8: unknown model"):
        read(MINIMAL + "extends: ./common//a.yaml\n", {"common/a.yaml": "\nmodel: rpi9\n"})


def test_steps_of_a_plan_point_into_the_file_that_wrote_them() -> None:
    document = read(MINIMAL + "extends: a.yaml\n", {"a.yaml": "hooks:\n  after_init:\n    - run: x\n"})
    (resolved,) = resolve(document, ["linux/amd64"])

    (step,) = [step for step in resolved.steps if step.id == "after_init-1"]
    assert [(where.filename, where.start.line) for where in step.ranges] == [("a.yaml", 3)]


def test_a_file_without_includes_reads_no_other_file() -> None:
    files = CountingFiles({})

    sections.read(language.Source("Kairosfile", MINIMAL), files=files)

    assert files.loads == []


def test_each_level_is_loaded_at_once_and_each_file_once() -> None:
    contents = {"a": b"include: [c, d]\n", "b": b"include: [d, a]\n", "c": b"{}", "d": b"include: [e]\n"}
    files = CountingFiles(contents | {"e": b"model: generic\n"})
    with pytest.raises(language.KairosfileError):
        sections.read(language.Source("Kairosfile", MINIMAL + "extends: a\ninclude: [missing, b]\n"), files=files)
    assert files.loads == [["a", "b", "missing"]]

    files.loads.clear()
    sections.read(language.Source("Kairosfile", MINIMAL + "extends: a\ninclude: [b]\n"), files=files)
    assert files.loads == [["a", "b"], ["c", "d"], ["e"]]


def test_a_file_that_is_reached_twice_is_taken_where_it_is_reached_first() -> None:
    files = {"a": "include: [d]\nlabels: {it: a}\n", "d": "labels: {it: d}\nhooks: {after_init: [run: x]}\n"}
    document = read(MINIMAL + "extends: a\ninclude: [d]\n", files)

    assert document.model.labels == {"it": "a"}
    assert len(document.model.hooks.after_init) == 1


@pytest.mark.parametrize("circle", [{"a": "extends: a\n"}, {"a": "include: [b]\n", "b": "extends: a\n"}])
def test_a_cycle_is_an_error_at_the_line_that_closes_it(circle: dict[str, str]) -> None:
    last = list(circle)[-1]

    assert diagnostics(MINIMAL + "extends: a\n", circle) == [f"{last}:1 KF406"]


def test_the_kairosfile_may_be_among_the_files_of_the_context_and_is_then_another_file() -> None:
    files = {"Kairosfile": MINIMAL + "extends: Kairosfile\n"}

    assert diagnostics(MINIMAL + "extends: Kairosfile\n", files) == ["Kairosfile:3 KF406"]


def test_eight_levels_are_enough_and_nine_too_many() -> None:
    chain = {str(level): f"extends: '{level + 1}'\n" for level in range(1, 10)}

    assert read(MINIMAL + "extends: '1'\n", chain | {"8": "model: generic\n"}).model.model == "generic"
    assert diagnostics(MINIMAL + "extends: '1'\n", chain) == ["8:1 KF406"]


def test_without_a_build_context_an_included_file_is_missing() -> None:
    with pytest.raises(language.KairosfileError, match=r'there is no file "a\.yaml"'):
        sections.read(language.Source("Kairosfile", MINIMAL + "extends: a.yaml\n"))


def test_a_platform_of_an_included_file_counts() -> None:
    document = read(MINIMAL + "extends: a\n", {"a": "platforms: {linux/arm64: {model: rpi4}}\n"})

    assert document.platform == "linux/arm64"
    assert document.model.model == "rpi4"
    with pytest.raises(language.KairosfileError, match="not for linux/amd64"):
        document.for_platforms(["linux/amd64"])


def test_what_all_platforms_have_is_reported_once() -> None:
    source = language.Source("Kairosfile", "base: debian:13\nmodle: x\nversion: v1.0.0\n")
    with pytest.raises(language.KairosfileError) as caught:
        sections.read(source, platforms=["linux/amd64", "linux/arm64"])

    assert len(caught.value.diagnostics) == 1
