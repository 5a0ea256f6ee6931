"""The records of `sections.matrix.model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import Literal

from kairosfile.language import records as kinds
from kairosfile.language.records import OPTIONAL_TEXT, TEXTS, Field
from kairosfile.sections import short_forms
from kairosfile.sections.image.records import Provider


class Exclude(kinds.Record):
    """Combinations to exclude."""

    base: str | None
    variant: Literal["core", "standard"] | None
    model: str | None
    provider: Provider | None
    platform: str | None
    FIELDS = (
        Field("base", OPTIONAL_TEXT, default=None),
        Field("variant", kinds.Optional(kinds.Word("core", "standard")), default=None),
        Field("model", OPTIONAL_TEXT, default=None),
        Field(
            "provider", kinds.Optional(kinds.Short(short_forms.provider_from_name, kinds.Of(Provider))), default=None
        ),
        Field("platform", OPTIONAL_TEXT, default=None),
    )


class Matrix(kinds.Record):
    """Lists of values that replace those of the file, combined with each other."""

    base: tuple[str, ...]
    variant: tuple[Literal["core", "standard"], ...]
    model: tuple[str, ...]
    provider: tuple[Provider, ...]
    platform: tuple[str, ...]
    exclude: tuple[Exclude, ...]
    FIELDS = (
        Field("base", TEXTS, default=()),
        Field("variant", kinds.Items(kinds.Word("core", "standard")), default=()),
        Field("model", TEXTS, default=()),
        Field("provider", kinds.Items(kinds.Short(short_forms.provider_from_name, kinds.Of(Provider))), default=()),
        Field("platform", TEXTS, default=()),
        Field("exclude", kinds.Items(kinds.Of(Exclude)), default=()),
    )
