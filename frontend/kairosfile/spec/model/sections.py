"""Sections that few files have: their part of the model is imported where a file has one.

A class of the model takes a millisecond or more to make, and the frontend starts for every build. So a field of the
Kairosfile holds such a section as a type of its own kind, which imports the real one when there is something to be held
against it. Who describes the language, instead of reading a file, takes the class of `spec.model.whole`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.spec.model.artifacts import Artifacts
    from kairosfile.spec.model.image_tests import ImageTest
    from kairosfile.spec.model.matrix import Matrix


class Later:
    """The type that `load` returns, asked for when the first value is held against it; its faults keep their places."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load = load

    def __get_pydantic_core_schema__(self, *_: object) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, value: object) -> Any:  # noqa: ANN401 - whatever the type makes of it
        from pydantic import TypeAdapter  # noqa: PLC0415 - most files have no such section

        return TypeAdapter(self.load()).validate_python(value)


def _artifacts() -> Any:  # noqa: ANN401 - a type, or what typing makes of types
    from kairosfile.spec.model.artifacts import Artifacts  # noqa: PLC0415

    return Artifacts


def _tests() -> Any:  # noqa: ANN401 - a type, or what typing makes of types
    from kairosfile.spec.model.image_tests import ImageTest  # noqa: PLC0415

    return tuple[ImageTest, ...]


def _matrix() -> Any:  # noqa: ANN401 - a type, or what typing makes of types
    from kairosfile.spec.model.matrix import Matrix  # noqa: PLC0415

    return Matrix


if TYPE_CHECKING:
    ArtifactsSection = Artifacts | None
    TestsSection = tuple[ImageTest, ...]
    MatrixSection = Matrix | None
else:
    ArtifactsSection = Annotated[Any, Later(_artifacts)]
    TestsSection = Annotated[Any, Later(_tests)]
    MatrixSection = Annotated[Any, Later(_matrix)]
