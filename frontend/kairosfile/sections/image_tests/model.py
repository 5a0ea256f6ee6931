"""What must be true of the finished image: tests, each named by what it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from kairosfile.language.model import StrictModel, Text, one_of
from kairosfile.language.records import ByKey
from kairosfile.sections.short_forms import exit_code, output_from_text, texts

Texts = Annotated[tuple[Text, ...], BeforeValidator(texts)]


ExitCode = Annotated[int, BeforeValidator(exit_code), Field(ge=0, le=255)]


class NamedTest(StrictModel):
    """What every test has."""

    name: Text | None = Field(
        None,
        description="What the progress output calls the test; it is a name for `--target` too.",
        examples=["the agent is there"],
    )


class Output(StrictModel):
    """What a command is to have written."""

    contains: Texts = Field(
        (),
        description="Text, or several, each of which stands on one of the lines.",
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
    """Run a command in the finished image and look at how it ends and what it writes.

    The root is read-only, `/run` and `/tmp` are memory that vanishes.
    """

    run: Text | Annotated[list[StrictStr], Field(min_length=1)] = Field(
        description="Shell text, which goes to `/bin/sh -ec`, or a list of words, which is executed as it is.",
        examples=["k3s --version", ["test", "-x", "/usr/bin/kairos-agent"]],
    )
    exit_code: ExitCode = Field(0, description="Exit code that the command is to end with.", examples=[1])
    stdout: _Output = Field(
        default_factory=Output,
        description="What it is to write to its standard output: text that is contained in it, or `contains` and "
        "`matches`.",
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
        "none", description="Network while it runs: none, or the builder's.", examples=["default"]
    )


class PathTest(NamedTest):
    """Look at a file or a folder of the finished image. What a link leads to is looked at, not the link itself."""

    path: Text = Field(description="Absolute path in the image.", examples=["/usr/bin/kairos-agent"])
    exists: StrictBool = Field(True, description="Whether there is anything at that path.", examples=[False])
    type: Literal["file", "directory", "symlink"] | None = Field(
        None, description="What it is: a file, a directory, or a symbolic link. Default: anything.", examples=["file"]
    )
    mode: Text | None = Field(None, description="Permissions, in octal. Default: any.", examples=["0755"])
    owner: Text | None = Field(
        None,
        description="Owner, `user[:group]`, each a name of the image or a number. Default: any.",
        examples=["root:root"],
    )
    contains: Texts = Field(
        (),
        description="Text, or several, each of which stands on one of the lines of the file.",
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
