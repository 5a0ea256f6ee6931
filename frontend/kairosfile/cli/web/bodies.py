"""The bodies of requests. Unknown fields are refused."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kairosfile.language.parser import MAX_BYTES

_HALF = re.compile("[\ud800-\udfff]")


def _without_nul(text: str) -> str:
    """Refuse a text that no command line can hold."""
    if "\0" in text:
        raise ValueError("the text contains a NUL character")
    return text


def _without_halves(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Refuse a text that is not Unicode: JSON can write half of a surrogate pair, and UTF-8 cannot."""
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_halves(item) for item in value]
    if isinstance(value, str) and _HALF.search(value):
        raise ValueError("the text contains an unpaired surrogate")
    return value


Word = Annotated[str, StringConstraints(max_length=1024), AfterValidator(_without_nul)]
Whole = Annotated[str, StringConstraints(max_length=MAX_BYTES)]
Words = Annotated[list[Word], Field(max_length=100)]
BuildArgs = Annotated[dict[Word, Word], Field(max_length=100)]
Builder = Annotated[str, StringConstraints(max_length=200, pattern=r"^([0-9A-Za-z][0-9A-Za-z._-]*)?$")]
Revision = Annotated[str, StringConstraints(max_length=200, pattern=r"^git:[0-9A-Za-z][0-9A-Za-z._/~^@{}+-]*$")]


class RequestBody(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_unicode(cls, data: Any) -> Any:  # noqa: ANN401 - any JSON
        return _without_halves(data)


class Code(RequestBody):
    """The one-time code of the printed address."""

    code: str = Field(max_length=200)


class OpenText(RequestBody):
    """A text of a file, saved or not."""

    project: Word
    path: Word = "Kairosfile"
    text: Whole
    platforms: Words = []
    build_args: BuildArgs = {}


class OneChange(RequestBody):
    """A change of a value by its path; `to` is the new index of a moved item."""

    op: Literal["set", "insert", "remove", "move"]
    path: list[str | int] = Field(min_length=1, max_length=32)
    value: Any = None
    to: int | None = None


class Changes(RequestBody):
    """Changes of a text, made one after the other."""

    text: Whole
    changes: list[OneChange] = Field(max_length=100)


class PlanBody(OpenText):
    """A text to plan.

    `against` is `saved`, `last` for the last build that worked, `git:REVISION`, or nothing. `builder` is the one whose
    builds count, the server's for an empty one.
    """

    target: Word = ""
    builder: Builder = ""
    against: Literal["saved", "last"] | Revision | None = None


class NamesBody(OpenText):
    """A text whose image names are requested, for a registry."""

    registry: Word = ""


class Dockerfile(RequestBody):
    """A Dockerfile to adopt."""

    text: Whole
    build_args: BuildArgs = {}
    target: Word = ""


class Export(RequestBody):
    """The text of a build that AuroraBoot's page exported as JSON."""

    text: Whole


class NewImage(RequestBody):
    """The answers to the questions of `kairosfile new`; null is the default."""

    distro: Word | None = None
    model: Word | None = None
    provider: Word | None = None
    version: Word | None = None
    trusted_boot: bool | None = None
    ci: Word | None = None


class BuildBody(RequestBody):
    """A build of a file as it is on disk; `sha256` is its digest.

    `builder` is one that `docker buildx ls` lists, the server's for an empty one.
    """

    project: Word
    path: Word = "Kairosfile"
    sha256: Word
    target: Word = ""
    platforms: Words = []
    build_args: BuildArgs = {}
    output: Literal["load", "local", "oci", "push"] = "load"
    tags: Words = []
    secrets: Words = []
    builder: Builder = ""
    no_cache: bool = False


class BuildChange(RequestBody):
    """What of a build can be changed: whether it is exempt from the retention, and what a person calls it."""

    keep: bool | None = None
    name: Word | None = None
