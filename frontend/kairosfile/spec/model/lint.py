"""How strictly a Kairosfile wants to be read."""

from __future__ import annotations

from pydantic import Field

from kairosfile.spec.model.record import Record, Text


class Lint(Record):
    """Which warnings of the checker are silenced, and which stop a build; rules are named by id or by name."""

    ignore: tuple[Text, ...] = Field(
        (), description="Warnings that are not shown for this file.", examples=[["KF501", "package-cache"]]
    )
    error: tuple[Text, ...] = Field((), description="Warnings that stop a build of this file.", examples=[["KF504"]])
