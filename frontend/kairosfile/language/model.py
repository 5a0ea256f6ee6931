"""Base classes of the pydantic models that declare the language. Files are read with `records` instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictStr, Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Text = Annotated[StrictStr, Field(min_length=1)]


class StrictModel(BaseModel):
    """A part of the language: no unknown keys, never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OneOf:
    """Chooses one of several models: the problem if no choice is possible, the discriminator, and the models."""

    def __init__(
        self, code: str, choose: Callable[[object], str | None], models: Mapping[str, type[StrictModel]]
    ) -> None:
        self.code = code
        self.choose = choose
        self.models = models


def one_of(code: str, choose: Callable[[object], str | None], models: Mapping[str, type[StrictModel]]) -> Any:  # noqa: ANN401
    """Return the type of a value that is one of several models."""

    def tag(value: object) -> str | None:
        chosen = choose(value)
        return None if chosen is None else f"<{chosen}>"  # what no key of a file is, so that paths stay clear

    members: Any = Union[tuple(Annotated[model, Tag(f"<{name}>")] for name, model in models.items())]  # noqa: UP007
    choosing = Discriminator(tag, custom_error_type=code, custom_error_message=code)
    return Annotated[members, choosing, OneOf(code, choose, models)]


class Rare:
    """Marks a section that few files have: its records are imported only if a file has it; otherwise it is None."""


RARE = Rare()
