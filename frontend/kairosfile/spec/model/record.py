"""What all parts of the language share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictStr

Text = Annotated[StrictStr, Field(min_length=1)]


class Record(BaseModel):
    """A part of the language: no unknown keys, never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
