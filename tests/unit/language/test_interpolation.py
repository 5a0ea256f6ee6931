"""Args in values that no conformance case covers: every kind of text, steps' environment, ranges, platforms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairosfile import language, plan, sections
from kairosfile.language.interpolation import named_in
from kairosfile.plan.resolve import resolve

MINIMAL = "base: debian:13\nversion: v1.0.0\n"


def read(text: str, *platforms: str, **build_args: str) -> sections.Document:
    return sections.read(language.Source("Kairosfile", text), build_args, platforms=platforms)


def value_of(text: str, **build_args: str) -> str:
    """Return the interpolated text of a value."""
    declared = "args: {NAME: value, EMPTY: ''}\n"
    return read(f"{MINIMAL}{declared}labels: {{it: '{text}'}}\n", **build_args).model.labels["it"]


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("${NAME}", "value"),
        ("a${NAME}b${NAME}", "avaluebvalue"),
        ("$${NAME}", "${NAME}"),
        ("$$$${NAME}", "$${NAME}"),
        ("$NAME", "$NAME"),
        ("5$", "5$"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY:-}", ""),
        ("${NAME:-default}", "value"),
        ("${EMPTY:-a:-b}", "a:-b"),
    ],
)
def test_a_text_becomes(text: str, becomes: str) -> None:
    assert value_of(text) == becomes


@pytest.mark.parametrize("text", ["${", "${}", "${1}", "${NAME-x}", "${NAME:=x}", "${ NAME}", "${NAME:-${NAME}}"])
def test_an_invalid_arg_is_an_error_at_its_value(text: str) -> None:
    with pytest.raises(language.KairosfileError) as caught:
        value_of(text)

    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.rule.id, diagnostic.range.start.line) == ("KF403", 4)


@given(st.text(alphabet="ab$", max_size=20))
def test_a_text_with_doubled_dollars_becomes_itself(text: str) -> None:
    assert value_of(text.replace("$", "$$")) == text


def test_a_value_of_the_command_line_is_taken_as_it_is() -> None:
    assert value_of("${NAME}", NAME="${OTHER} $$") == "${OTHER} $$"


def test_an_interpolated_value_keeps_its_place_and_names_its_args() -> None:
    with pytest.raises(language.KairosfileError) as caught:
        read("base: debian:13\nargs: {V: latest}\nversion: '${V}'\n", V="main")

    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.range == language.Range.of(3, 10, 6)
    assert "(from --build-arg V)" in diagnostic.message


@pytest.mark.parametrize("dollar", ["$", "\\x24", "\\u0024"])
def test_a_file_without_args_may_name_one_by_an_escaped_dollar(dollar: str) -> None:
    assert read(f'{MINIMAL}labels: {{it: "{dollar}{{NAME:-value}}"}}\n').model.labels["it"] == "value"


def test_args_of_an_included_file_are_replaced() -> None:
    files = language.DictFiles({"common.yaml": b"labels: {it: '${NAME:-value}'}\n"})
    document = sections.read(language.Source("Kairosfile", f"{MINIMAL}extends: common.yaml\n"), files=files)

    assert document.model.labels["it"] == "value"


def test_a_file_that_names_no_arg_has_those_of_its_platform() -> None:
    args = read(MINIMAL, "linux/arm64").args

    assert args == read(f"{MINIMAL}args: {{}}\n", "linux/arm64").args
    assert args["TARGETARCH"] == "arm64"


def test_an_alias_is_filled_once() -> None:
    document = read(MINIMAL + "labels: &it {a: $$$$}\nannotations: *it\n")

    assert document.model.labels == document.model.annotations == {"a": "$$"}


def test_platform_args_are_those_of_each_platform() -> None:
    document = read(MINIMAL + "labels: {it: '${TARGETPLATFORM} ${TARGETARCH}${TARGETVARIANT}'}\n", "linux/amd64")

    labels = [one.model.labels["it"] for one in document.for_platforms(["linux/amd64", "linux/arm/v7"])]
    assert labels == ["linux/amd64 amd64", "linux/arm/v7 armv7"]


def test_the_build_platform_defaults_to_the_target() -> None:
    source = language.Source("Kairosfile", MINIMAL + "labels: {it: '${BUILDARCH}'}\n")

    assert sections.read(source, platforms=["linux/arm64"]).model.labels["it"] == "arm64"
    result = sections.read(source, platforms=["linux/arm64"], build_platform="linux/amd64")
    assert result.model.labels["it"] == "amd64"


def test_a_run_step_changes_only_with_the_args_that_its_text_names() -> None:
    steps = "hooks:\n  after_install:\n    - run: echo $A\n    - run: echo $C ${A:-x}\n    - run: echo\n"
    text = MINIMAL + "args: {A: '1', B: '2'}\n" + steps

    def environments(**build_args: str) -> list[dict[str, str]]:
        (resolved,) = resolve(read(text, **build_args), ["linux/amd64"])
        runs = [step.action for step in resolved.steps if step.id.startswith("after")]
        return [dict(run.env) for run in runs if isinstance(run, plan.Run) and run.env]

    assert environments() == [{"A": "1"}, {"A": "1"}]
    assert environments(B="3") == environments()
    assert environments(A="4") == [{"A": "4"}, {"A": "4"}]


def test_a_run_step_lists_the_args_it_depends_on_but_not_the_platforms() -> None:
    text = MINIMAL + "args: {A: '1'}\nhooks: {after_install: [run: echo $A $TARGETARCH]}\n"
    (resolved,) = resolve(read(text), ["linux/amd64"])

    (step,) = [step for step in resolved.steps if step.id == "after_install-1"]
    assert step.fields == ("hooks.after_install[0]", "args.A")


def test_names_in_a_shell_text_are_whole_words() -> None:
    assert named_in("$AB ${A} $A-b", {"A": "1", "B": "2"}) == {"A": "1"}
    assert named_in(["x", "$B"], {"A": "1", "B": "2"}) == {"B": "2"}


def test_one_arg_alone_can_make_a_switch() -> None:
    text = MINIMAL + "args: {ON: 'true', T: tr}\n"

    assert read(text + "fips: ${ON}\n").model.fips
    with pytest.raises(language.KairosfileError, match="true or false"):
        read(text + "fips: ${T}ue\n")


def test_a_label_that_an_arg_makes_true_stays_a_text() -> None:
    assert value_of("${NAME}", NAME="true") == "true"


def test_diagnostics_of_args_and_of_types_are_reported_together() -> None:
    with pytest.raises(language.KairosfileError) as caught:
        read("base: ${X}\nbse: y\nversion: v1.0.0\n")

    assert [diagnostic.rule.id for diagnostic in caught.value.diagnostics] == ["KF401", "KF004"]
