"""Properties of every file, tested with the valid conformance cases and with changes that hypothesis generates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from kairosfile import language, llb, sections
from kairosfile.cli.commands.check import check_source
from kairosfile.cli.load import LoadOptions
from kairosfile.kairos.commands import schema_for
from kairosfile.language.nodes import Position
from kairosfile.plan.offline import define
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from kairosfile.sections.build_args import BUILD_ARGS
from tests.conformance import cases

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.language import Diagnostic
    from kairosfile.plan import Plan

# Self-contained files: without a context, a lock, build args and other files.
ALONE = [
    case
    for case in cases.find()
    if "plan" in (expected := cases.expectation(case)) and not expected.get("build_args")
    if cases.context(case) is None and cases.lock_of(case) is None
]
# A field with its own build arg, and a value that is valid in any of these files.
FIELDS = {row.path[0]: row.name for row in BUILD_ARGS if len(row.path) == 1 and row.name in {"BASE_IMAGE", "VERSION"}}
case_of = some.sampled_from(ALONE)
PLATFORM = "linux/amd64"


def plan_of(text: str, platform: str = PLATFORM, **build_args: str) -> Plan:
    document = sections.read(language.Source("Kairosfile", text), build_args, platforms=[platform])
    return resolve(document, [platform])[0]


def meaning(plan: Plan) -> Any:
    """Return a plan without its ranges in the file."""
    return _without_places(to_json(plan))


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_places(each) for key, each in value.items() if key not in {"range", "ranges"}}
    return [_without_places(each) for each in value] if isinstance(value, list) else value


def platform_of(case: Path) -> str:
    return str(cases.expectation(case).get("platform", PLATFORM))


def text_of(case: Path) -> str:
    return language.decode("Kairosfile", case.read_bytes()).text


def takes_version(case: Path) -> bool:
    """Return whether the case's kairos-init accepts a version: the oldest releases record the framework's."""
    model = sections.read(language.Source("Kairosfile", text_of(case)), platforms=[platform_of(case)]).model
    return schema_for(model.kairos_init.release).has_version


def found_in(text: str) -> list[Diagnostic]:
    try:
        return list(sections.read(language.Source("Kairosfile", text), {}, platforms=[PLATFORM]).warnings)
    except language.KairosfileError as error:
        return [*error.diagnostics, *error.warnings]


@settings(max_examples=20, deadline=None)
@given(case_of, some.integers(0, 99))
def test_a_version_changes_nothing_before_init(case: Path, patch: int) -> None:
    assume(takes_version(case))
    before, after = (
        plan_of(text_of(case), platform_of(case), VERSION=version) for version in ("v1.0.0", f"v2.0.{patch}")
    )
    steps = [[step for step in plan.steps if "version" not in step.fields] for plan in (before, after)]
    ids = [step.id for step in before.steps]

    assert steps[0] == steps[1]
    if "init" in ids:
        early = ids[: ids.index("init")]
        assert not any("version" in step.fields for step in before.steps if step.id in early and step.id != "init")


@settings(max_examples=20, deadline=None)
@given(case_of, some.sampled_from(sorted(FIELDS)))
def test_a_build_arg_that_is_equal_to_its_field_changes_nothing(case: Path, field: str) -> None:
    text, platform = text_of(case), platform_of(case)
    document = sections.read(language.Source("Kairosfile", text), {}, platforms=[platform])
    value = getattr(document.model, field)

    with_arg = plan_of(text, platform, **{FIELDS[field]: value})
    assert meaning(with_arg) == meaning(plan_of(text, platform))


@settings(max_examples=20, deadline=None)
@given(case_of, some.text(alphabet="abc #:-{}[]'\"", max_size=20))
def test_a_comment_changes_nothing(case: Path, comment: str) -> None:
    text, platform = text_of(case), platform_of(case)

    assert meaning(plan_of(f"# x {comment}\n{text}\n# {comment}\n", platform)) == meaning(plan_of(text, platform))


@settings(max_examples=20, deadline=None)
@given(case_of, some.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(case: Path, chance: Any) -> None:
    text, platform = text_of(case), platform_of(case)
    tree = yaml.load(text, yaml.CBaseLoader)  # noqa: S506 - texts only
    chosen = [*tree.items()]
    chance.shuffle(chosen)
    again = yaml.dump(dict(chosen), sort_keys=False, default_style=None, allow_unicode=True)
    straight = yaml.dump(tree, sort_keys=False, allow_unicode=True)
    try:
        expected = meaning(plan_of(straight, platform))
    except language.KairosfileError:
        return  # a former bool or null is a text in this YAML
    assert meaning(plan_of(again, platform)) == expected


@settings(max_examples=20, deadline=None)
@given(some.sampled_from([case for case in cases.find() if not case.with_suffix(".lock").exists()]))
def test_a_check_passes_if_and_only_if_plan_and_graph_do(case: Path) -> None:
    inputs = cases.expectation(case)
    platforms = [platform_of(case)]
    files, build_args = cases.context(case), inputs.get("build_args") or {}
    try:
        source = language.decode("/nowhere/Kairosfile", case.read_bytes())
    except language.KairosfileError:
        return
    errors = check_source(source, files, LoadOptions(build_args, platforms)).count("error")
    try:
        (plan,) = resolve(sections.read(source, build_args, platforms=platforms, files=files), platforms)
        assert define(plan, source, llb.local("any")).to_bytes()
    except language.KairosfileError as error:
        assert errors == len(error.diagnostics)
    else:
        assert errors == 0


@settings(max_examples=150, deadline=None)
@given(some.text(alphabet="abe: \n-{}[]'\"|>&*#!%@,x0<=/\t\u00a0", max_size=120))
def test_every_range_lies_in_its_file(text: str) -> None:
    whole = f"base: debian:13\n{text}"
    lines = whole.split("\n")
    for diagnostic in found_in(whole):
        for range_ in (diagnostic.range, *([diagnostic.fix.range] if diagnostic.fix else [])):
            assert range_.start <= range_.end
            assert 1 <= range_.start.line <= len(lines)
            assert range_.start.column <= len(lines[range_.start.line - 1]) + 1
            assert range_.end <= Position(len(lines) + 1, 1)
