"""Build args that no field uses."""

from __future__ import annotations

import pytest

from kairosfile import language, sections
from kairosfile.sections.build_args import unused

TEXT = """base: debian:13
version: v1.0.0
args: {MINE: a, ONLY_DECLARED: b}
labels: {mine: '${MINE}', other: '${OTHER:-c}'}
platforms:
  linux/amd64:
  linux/arm64: {base: 'debian:${SUITE:-13}'}
hooks: {after_install: [{run: 'echo $IN_SHELL'}]}
"""


def sentences(*options: str) -> list[str]:
    build_args = dict.fromkeys(options, "13")
    platforms = ["linux/amd64", "linux/arm64"]
    document = sections.read(language.Source("Kairosfile", TEXT), build_args, platforms=platforms)
    return unused(document.for_platforms(platforms), options)


@pytest.mark.parametrize("name", ["MINE", "ONLY_DECLARED", "OTHER", "SUITE", "FLAVOR", "FRAMEWORK_VERSION"])
def test_a_build_arg_of_a_file_or_a_field_is_not_reported(name: str) -> None:
    assert sentences(name) == []


@pytest.mark.parametrize("name", ["STRANGE", "IN_SHELL", "TARGETARCH"])
def test_an_unused_build_arg_is_listed(name: str) -> None:
    (sentence,) = sentences(name)

    assert sentence.startswith(f"--build-arg {name} has no effect: ")


def test_a_value_set_by_the_platform_is_attributed_to_the_platform() -> None:
    assert sentences("TARGETARCH") == ["--build-arg TARGETARCH has no effect: the platform sets it; use --platform"]


def test_the_nearest_name_is_offered() -> None:
    actual = sentences("VERSOIN", "MIEN")

    assert [sentence.rpartition("; ")[2] for sentence in actual] == ['did you mean "MINE"?', 'did you mean "VERSION"?']


def test_too_many_unknown_keys_are_reported_without_suggestions() -> None:
    actual = sentences(*(f"VERSION_{number}" for number in range(101)))

    assert len(actual) == 101
    assert not any("did you mean" in sentence for sentence in actual)
