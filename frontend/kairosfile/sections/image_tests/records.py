"""The records of `sections.image_tests.model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.language import records as kinds
from kairosfile.language.records import FLAG, FRESH, NUMBER, OPTIONAL_TEXT, STRING, TEXT, TEXTS, Field
from kairosfile.sections import short_forms


class Output(kinds.Record):
    """The expected output of a command."""

    contains: tuple[str, ...]
    matches: tuple[str, ...]
    FIELDS = (
        Field("contains", kinds.Short(short_forms.texts, TEXTS), default=()),
        Field("matches", kinds.Short(short_forms.texts, TEXTS), default=()),
    )


class RunTest(kinds.Record):
    """Run a command in the finished image and check its exit code and its output."""

    name: str | None
    run: str | list[str]
    exit_code: int
    stdout: Output
    stderr: Output
    env: dict[str, str]
    user: str | None
    network: Literal["none", "default"]
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("run", kinds.Either(TEXT, kinds.Items(STRING, list, 1)), example="k3s --version"),
        Field("exit_code", kinds.Short(short_forms.exit_code, NUMBER), default=0),
        Field("stdout", kinds.Short(short_forms.output_from_text, kinds.Of(Output)), default=FRESH),
        Field("stderr", kinds.Short(short_forms.output_from_text, kinds.Of(Output)), default=FRESH),
        Field("env", kinds.Named(STRING), default=FRESH),
        Field("user", OPTIONAL_TEXT, default=None),
        Field("network", kinds.Word("none", "default"), default="none"),
    )


class PathTest(kinds.Record):
    """Check a file or a folder of the finished image."""

    name: str | None
    path: str
    exists: bool
    type: Literal["file", "directory", "symlink"] | None
    mode: str | None
    owner: str | None
    contains: tuple[str, ...]
    matches: tuple[str, ...]
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("path", TEXT, example="/usr/bin/kairos-agent"),
        Field("exists", FLAG, default=True),
        Field("type", kinds.Optional(kinds.Word("file", "directory", "symlink")), default=None),
        Field("mode", OPTIONAL_TEXT, default=None),
        Field("owner", OPTIONAL_TEXT, default=None),
        Field("contains", kinds.Short(short_forms.texts, TEXTS), default=()),
        Field("matches", kinds.Short(short_forms.texts, TEXTS), default=()),
    )


TEST_KIND = kinds.Choice(
    "test_kind",
    kinds.ByKey("run", "path"),
    {
        "run": kinds.Of(RunTest),
        "path": kinds.Of(PathTest),
    },
)


if TYPE_CHECKING:
    ImageTest = RunTest | PathTest
