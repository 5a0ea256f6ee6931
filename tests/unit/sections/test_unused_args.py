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
def test_what_a_file_or_a_field_takes_is_not_said(name: str) -> None:
    assert sentences(name) == []


@pytest.mark.parametrize("name", ["STRANGE", "IN_SHELL", "TARGETARCH"])
def test_what_nothing_takes_is_said(name: str) -> None:
    (sentence,) = sentences(name)

    assert sentence.startswith(f"--build-arg {name} has no effect: ")


def test_what_the_platform_sets_is_said_to_be_the_platforms() -> None:
    assert sentences("TARGETARCH") == ["--build-arg TARGETARCH has no effect: the platform sets it; use --platform"]


def test_the_nearest_name_is_offered() -> None:
    actual = sentences("VERSOIN", "MIEN")

    assert [sentence.rpartition("; ")[2] for sentence in actual] == ['did you mean "MINE"?', 'did you mean "VERSION"?']


def test_so_many_that_nobody_reads_them_are_said_without_a_guess() -> None:
    actual = sentences(*(f"VERSION_{number}" for number in range(101)))

    assert len(actual) == 101
    assert not any("did you mean" in sentence for sentence in actual)
