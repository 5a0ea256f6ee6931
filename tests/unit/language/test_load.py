"""Behaviour of the loader that no conformance case covers: ranges, rendering, limits, arbitrary bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.language import parser
from kairosfile.language.diagnostics import MAX_GUESSES
from kairosfile.language.nodes import Node, Range, replace
from kairosfile.plan.resolve import resolve
from kairosfile.sections.build_args import FRAMEWORK_VERSION, IGNORED, NAMES
from kairosfile.sections.kairosfile import Kairosfile

MINIMAL = "base: debian:13\nversion: v1.0.0\n"


def read(text: str, **build_args: str) -> sections.Document:
    return sections.read(language.Source("Kairosfile", text), build_args)


def diagnostics(text: str, **build_args: str) -> tuple[language.Diagnostic, ...]:
    with pytest.raises(language.KairosfileError) as caught:
        read(text, **build_args)
    return caught.value.diagnostics


def test_a_diagnostic_is_rendered_with_its_line_and_a_mark_under_its_range() -> None:
    (diagnostic,) = diagnostics("base: debian:13\nprovider: k3\nversion: v1\n")

    rendered = diagnostic.render(language.Source("Kairosfile", "base: debian:13\nprovider: k3\nversion: v1\n"))
    assert rendered.splitlines() == [
        'Kairosfile:2:11: unknown provider "k3" [KF101]',
        "   2 | provider: k3",
        "     |           ^^",
        'known are k3s and k0s; did you mean "k3s"?',
    ]


@pytest.mark.parametrize("text", ["", "---", "# a comment\n---", "# a comment"])
def test_an_empty_file_has_its_diagnostic_on_a_line_of_the_file(text: str) -> None:
    """For libyaml, what follows a last line `---` without a line break is on the line after it."""
    (diagnostic,) = diagnostics(text)

    assert (diagnostic.message, diagnostic.range.start.line) == ("the file is empty", 1)


def test_the_error_of_a_file_has_a_line_for_each_diagnostic() -> None:
    with pytest.raises(language.KairosfileError) as caught:
        read("bse: debian:13\nvariant: x\nmodel: rpi5\n")

    places = [":".join(line.split(":")[1:3]) for line in str(caught.value).splitlines()]
    assert places == ["1:1", "1:1", "2:10", "3:8"]


def test_a_field_knows_its_range_with_its_key() -> None:
    document = read(MINIMAL + "hooks:\n  after_install:\n    - run: |\n        a\n        b\n    - run: c\n")

    assert language.Range.of(1, 1, 15) == document.range("base")
    step = document.range("hooks", "after_install", 0)
    assert (step.start.line, step.last_line) == (5, 7)


def test_a_field_that_the_file_lacks_points_at_its_first_field() -> None:
    document = read("# a comment\nbase: debian:13\n", VERSION="v1.0.0")

    assert document.range("version").start.line == 2
    assert document.range("kairos_init").start.line == 2


def test_carriage_returns_do_not_reach_the_shell() -> None:
    source = language.decode("K", b'base: debian:13\r\nversion: v1\r\nhooks: {after_init: [run: "a\\\r\n  b"]}\r\n')

    assert "\r" not in source.text
    assert "\r" not in str(sections.read(source).model)


def test_every_build_arg_is_checked_by_the_rules_of_its_field() -> None:
    wrong = {"BASE_IMAGE": "A B", "VARIANT": "x", "MODEL": "x", "VERSION": "x", "KAIROS_INIT": "A/B"}
    wrong |= {"TRUSTED_BOOT": "x"}
    wrong |= {"KUBERNETES_DISTRO": "k3", "KAIROS_INIT_IMAGE": "A", "BASE_IMG": "A B", "FIPS": "x"}
    wrong |= {"SOFTWARE_VERSION_PREFIX": "a b", "PROVIDER_NAME": "k0"}
    for name, value in wrong.items():
        assert any(
            f"--build-arg {name}" in diagnostic.message for diagnostic in diagnostics(MINIMAL, **{name: value})
        ), name
    read_elsewhere = {"BOOTLOADER", "SOFTWARE_VERSION", "KUBERNETES_VERSION", "PROVIDER_VERSION"}
    assert {*wrong, *read_elsewhere} == set(NAMES)


# From Kairos' images/Dockerfile at v3.3, v3.4, v3.5, v3.7 and main, and from the published documentation.
GENERATIONS = """
BASE_IMAGE VARIANT VERSION RELEASE FAMILY FLAVOR FLAVOR_RELEASE MODEL FRAMEWORK_VERSION BOOTLOADER SOFTWARE_VERSION
SOFTWARE_VERSION_PREFIX REGISTRY_AND_ORG TRUSTED_BOOT KUBERNETES_DISTRO KUBERNETES_VERSION KAIROS_INIT FIPS
KAIROS_INIT_IMAGE BASE_IMG PROVIDER_NAME PROVIDER_VERSION
"""


def test_every_build_arg_of_the_generic_dockerfile_is_known() -> None:
    assert {*NAMES, *IGNORED, FRAMEWORK_VERSION} == set(GENERATIONS.split())


@pytest.mark.parametrize(
    "build_args",
    [
        {"BASE_IMAGE": "ubuntu:24.04", "VERSION": "v1.0.0", "KAIROS_INIT": "v0.7.0"},
        {"BASE_IMAGE": "fedora:42", "VERSION": "1.0.0", "TRUSTED_BOOT": "false", "KUBERNETES_DISTRO": "k3s"},
        {"VARIANT": "standard", "MODEL": "generic", "KUBERNETES_DISTRO": "k3s", "KUBERNETES_VERSION": "latest"},
        {"VARIANT": "core", "KUBERNETES_DISTRO": "k3s", "KUBERNETES_VERSION": "latest", "FIPS": "no-fips"},
        {"BOOTLOADER": "systemd-boot", "BASE_IMG": "ubuntu:24.04", "FAMILY": "ubuntu", "FLAVOR_RELEASE": "24.04"},
    ],
)
def test_the_build_args_of_documented_commands_make_a_plan(build_args: dict[str, str]) -> None:
    document = read(MINIMAL, **build_args)

    assert resolve(document, ["linux/amd64"])
    assert document.model.trusted_boot == (build_args.get("BOOTLOADER") == "systemd-boot")


def test_a_model_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="never change"):
        read(MINIMAL).model.base = "other"


def test_every_field_is_described_for_editors() -> None:
    schema = Kairosfile.model_json_schema()
    records = [schema, *schema["$defs"].values()]

    assert [
        name
        for record in records
        for name, field in record["properties"].items()
        if not {"description", "$ref"} & set(field)
    ] == []


def test_a_file_of_more_than_a_mebibyte_is_refused() -> None:
    (diagnostic,) = diagnostics(MINIMAL + "#" * parser.MAX_BYTES)

    assert diagnostic.rule.id == "KF007"


@given(st.binary(max_size=400))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_a_plan_or_located_diagnostics(data: bytes) -> None:
    holds(data)


FRAGMENTS = st.sampled_from(
    [
        "base: debian:13\n",
        "version: v1.0.0\n",
        "hooks:\n",
        "  after_install:\n",
        "    - run: a\n",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "*a",
        "&a ",
        "!!x ",
        "'",
        '"',
        "|\n",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\t",
        "\n",
        "#",
        "provider: ",
        "k3s",
        "<<: ",
        "null",
        "true",
        "~",
        "\ufeff",
        "\u2028",
        "\x85",
        "é",
        "model: rpi4\n",
        "kairos_init: ",
        "{version: v0.6.0, image: a, digest: b}\n",
        "v0.2.4\n",
        "log_level: debug\n",
        "skip_steps: ",
        "[branding, cleanup]\n",
        "stage_extensions: x\n",
        "framework: ",
        "binaries: ",
        "agent: v1.0.0\n",
        "environment: ",
        "K0S_VERSION: ",
        "    - copy: a\n      to: /b\n",
        "    - file: /tmp/a\n      content: b\n",
        "    - packages: [a, b]\n",
        "    - kernel: a\n",
        "    - systemd: {enable: [a], mask: [getty.target]}\n",
        "      mounts: [{type: cache, target: /a}, {type: secret, id: b, env: C}]\n",
        "      mounts: [{type: bind, from: a, target: b, source: ..}]\n",
        "      env: {A: b}\n",
        "      from: a\n",
        "      mode: 0644\n",
        "      owner: a\n",
        "      network: host\n",
        "family: debian\n",
        "args: {A: x}\n",
        "args:\n  A:\n",
        "${A}",
        "${",
        "$",
        "labels:\n",
        "annotations: {a: b}\n",
        "platforms:\n",
        "platforms: [linux/arm64]\n",
        "  linux/arm64: {packages: [a]}\n",
        "extends: a\n",
        "include: [b, a]\n",
        "cloud_config:\n",
        "  - name: a.yaml\n",
        "    from: a\n",
        "    content: ",
    ]
)


@given(st.lists(FRAGMENTS, max_size=30).map("".join))
@settings(max_examples=600, deadline=None)
def test_any_pieces_of_yaml_give_a_plan_or_located_diagnostics(text: str) -> None:
    holds(text.encode())


FILES = language.DictFiles({"a": b"extends: b\nargs: {B: x}\n", "b": b"#cloud-config\nhooks: {after_init: [run: a]}\n"})


def holds(data: bytes) -> None:
    try:
        source = language.decode("Kairosfile", data)
        resolve(sections.read(source, files=FILES), ["linux/arm64"])
    except language.KairosfileError as error:
        assert error.diagnostics
        for diagnostic in error.diagnostics:
            lines = (diagnostic.range.source or error.source).text.count("\n") + 2
            assert 1 <= diagnostic.range.start.line <= lines
            assert diagnostic.range.start.column >= 1
            assert diagnostic.message
            assert diagnostic.hint
            assert diagnostic.render(error.source)


@pytest.mark.parametrize("text", [r'version: "\d"', r'version: "\xZZ"'])
def test_an_invalid_escape_is_reported_with_its_fix(text: str) -> None:
    with pytest.raises(language.KairosfileError) as caught:
        sections.read(language.Source("Kairosfile", f"base: debian:13\n{text}\n"))

    (fault,) = [each for each in caught.value.diagnostics if each.range.start.line == 2]
    assert fault.message == "the backslash in these double quotes does not begin an escape of YAML"
    assert fault.hint == "use single quotes, or write two backslashes"


@pytest.mark.parametrize(("sign", "kind"), [("*", "an alias"), ("&", "an anchor")])
def test_a_value_that_begins_with_an_indicator_of_yaml_is_reported_with_it(sign: str, kind: str) -> None:
    (fault,) = diagnostics(f"base: {sign}\n")

    assert fault.message == f'a value that begins with "{sign}" is {kind} in YAML'


@pytest.mark.parametrize("count", [MAX_GUESSES, MAX_GUESSES + 1])
def test_a_list_of_very_many_platforms_gets_no_guesses(count: int) -> None:
    names = ["linux/amd46", *(f"none/{number}" for number in range(count - 1))]

    faults = diagnostics(f"{MINIMAL}platforms: [{', '.join(names)}]\n")

    (fault,) = (one for one in faults if '"linux/amd46"' in one.message)
    assert ('did you mean "linux/amd64"?' in fault.hint) == (count == MAX_GUESSES)
    assert ("did you mean" in fault.hint) == (count == MAX_GUESSES)


def test_values_are_equal_if_all_that_is_known_of_them_is() -> None:
    node = Node("a", Range.of(1, 4), Range.of(1, 1))
    others = {"value": "b", "range": Range.of(2, 4), "key": None, "set_by": "--build-arg A", "quoted": True}

    assert node == Node("a", Range.of(1, 4), Range.of(1, 1))
    assert [field for field, other in others.items() if node == replace(node, **{field: other})] == []
    assert node != "a"
