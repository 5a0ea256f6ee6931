"""The build args of a file, as its users see them."""

from __future__ import annotations

from kairosfile import language
from kairosfile.language import interpolation
from kairosfile.llb import Platform
from kairosfile.sections import build_args, listed_args
from kairosfile.sections.load import Loader

TEXT = """\
base: debian:${SUITE}
args:
  SUITE: "13"  # not above it
  # What it is
  # called.

  NAME: x
  # Who.
  WHO: ${NAME}
version: ${OF:-v1.0.0}
hooks: {after_init: [{run: "echo ${SHELL:-sh}"}]}
"""


def warnings_of(text: str, **options: str) -> dict[str, listed_args.BuildArg]:
    reading = Loader(language.Source("Kairosfile", text), options)
    return {arg.name: arg for arg in listed_args.every(reading, reading.documents(["linux/amd64"])[0])}


def test_the_names_of_today_are_build_args_each_of_another_field() -> None:
    rows = {row.name: row.path for row in build_args.BUILD_ARGS}

    assert len({rows[name] for name in build_args.TODAY}) == len(build_args.TODAY)
    assert {rows[name] for name in build_args.TODAY} == set(rows.values())


def test_the_platforms_args_are_known_by_name() -> None:
    amd64 = Platform("linux", "amd64")

    assert set(interpolation.platform_args(amd64, amd64)) == set(interpolation.PLATFORM_ARGS)


def test_a_comment_directly_above_an_arg_describes_it() -> None:
    args = warnings_of(TEXT)

    assert [args[name].description for name in ("SUITE", "NAME", "WHO")] == ["", "", "Who."]


def test_args_have_the_values_of_the_build() -> None:
    args = warnings_of(TEXT, NAME="y", OF="v2.0.0")

    assert [args[name].value for name in ("SUITE", "WHO", "OF", "VERSION")] == ["13", "y", "v2.0.0", "v2.0.0"]


def test_what_a_shell_names_is_no_build_arg() -> None:
    assert "SHELL" not in warnings_of(TEXT)


def test_an_arg_of_the_file_hides_the_one_of_a_field() -> None:
    args = warnings_of("base: debian:13\nargs: {VERSION: v3.0.0}\nversion: ${VERSION}\n")

    assert args["VERSION"].range is not None
    assert (args["VERSION"].value, args["VERSION"].description) == ("v3.0.0", "")


def test_descriptions_are_short() -> None:
    assert {len(arg.description) < 90 for arg in warnings_of(TEXT).values()} == {True}
