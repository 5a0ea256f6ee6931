"""Tests of the finished image: commands and paths with their expected results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from kairosfile.language.model import StrictModel, Text, one_of
from kairosfile.language.records import ByKey
from kairosfile.sections.short_forms import exit_code, output_from_text, texts

Texts = Annotated[tuple[Text, ...], BeforeValidator(texts)]


ExitCode = Annotated[int, BeforeValidator(exit_code), Field(ge=0, le=255)]


class NamedTest(StrictModel):
    """The fields of all tests."""

    name: Text | None = Field(
        None,
        description="Name of the test in the progress output; `--target` accepts it too.",
        examples=["the agent is there"],
    )


class Output(StrictModel):
    """The expected output of a command."""

    contains: Texts = Field(
        (),
        description="Text, or several; each is part of one of the lines.",
        examples=["v1.33.1"],
    )
    matches: Texts = Field(
        (),
        description="Extended regular expression, as `grep -E` of the image understands it, or several; each matches "
        "one of the lines.",
        examples=["^k3s version v1[.]33[.]"],
    )


_Output = Annotated[Output, BeforeValidator(output_from_text)]


class RunTest(NamedTest):
    """Run a command in the finished image and check its exit code and its output.

    The root is read-only, `/run` and `/tmp` are in memory and discarded.
    """

    run: Text | Annotated[list[StrictStr], Field(min_length=1)] = Field(
        description="Shell text, which `/bin/sh -ec` runs, or a list of arguments, which is executed without a shell.",
        examples=["k3s --version", ["test", "-x", "/usr/bin/kairos-agent"]],
    )
    exit_code: ExitCode = Field(0, description="Expected exit code of the command.", examples=[1])
    stdout: _Output = Field(
        default_factory=Output,
        description="Expected standard output: text that is contained in it, or `contains` and `matches`.",
        examples=["k3s version v1.33.1+k3s1"],
    )
    stderr: _Output = Field(
        default_factory=Output, description="The same for its standard error.", examples=[{"matches": "^usage:"}]
    )
    env: dict[str, StrictStr] = Field(
        default_factory=dict, description="Environment variables of this test only.", examples=[{"LANG": "C"}]
    )
    user: Text | None = Field(
        None,
        description="User that runs it, `name[:group]`, each a name or a number. Default: root.",
        examples=["nobody"],
    )
    network: Literal["none", "default"] = Field(
        "none", description="Network of the command: none, or the builder's.", examples=["default"]
    )


class PathTest(NamedTest):
    """Check a file or a folder of the finished image; of a symbolic link its target."""

    path: Text = Field(description="Absolute path in the image.", examples=["/usr/bin/kairos-agent"])
    exists: StrictBool = Field(True, description="Whether the path exists.", examples=[False])
    type: Literal["file", "directory", "symlink"] | None = Field(
        None, description="Type: a file, a directory, or a symbolic link. Default: any.", examples=["file"]
    )
    mode: Text | None = Field(None, description="Permissions, in octal. Default: any.", examples=["0755"])
    owner: Text | None = Field(
        None,
        description="Owner, `user[:group]`, each a name of the image or a number. Default: any.",
        examples=["root:root"],
    )
    contains: Texts = Field(
        (),
        description="Text, or several; each is part of one of the lines of the file.",
        examples=["PermitRootLogin no"],
    )
    matches: Texts = Field(
        (),
        description="Extended regular expression, as `grep -E` of the image understands it, or several; each matches "
        "one of the lines of the file.",
        examples=['^KAIROS_VERSION="?v1[.]'],
    )


TEST_KINDS: dict[str, type[NamedTest]] = {"run": RunTest, "path": PathTest}


if TYPE_CHECKING:
    ImageTest = RunTest | PathTest
else:
    ImageTest = one_of("test_kind", ByKey(*TEST_KINDS), TEST_KINDS)
