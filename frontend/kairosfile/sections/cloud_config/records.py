"""The records of `sections.cloud_config.model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import Any

from kairosfile.language import records as kinds
from kairosfile.language.records import ANYTHING, FLAG, OPTIONAL_TEXT, TEXT, Field


class CloudConfig(kinds.Record):
    """One file under /system/oem."""

    name: str
    content: Any
    from_: str | None
    template: bool
    FIELDS = (
        Field("name", TEXT, example="90_custom.yaml"),
        Field("content", ANYTHING, default=None),
        Field("from_", OPTIONAL_TEXT, default=None, key="from"),
        Field("template", FLAG, default=False),
    )
