"""Documentation of a field of the language: type, default, supported releases, an example.

The reference page and editors use it, so that both agree. The descriptions come from the model.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic_core import PydanticUndefined

from kairosfile.kairos.commands import first_release_with, first_release_without
from kairosfile.sections.image.checks import FEATURES, FIRST_WITH_BINARIES
from kairosfile.sections.image.model import Provider
from kairosfile.sections.kairosfile import Kairosfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from kairosfile.language.model import StrictModel

_PLAIN: dict[Any, str] = {str: "text", bool: "true or false", int: "number", Any: "text or a mapping"}


def fields_of(record: type[StrictModel]) -> dict[str, FieldInfo]:
    """Return the fields of a record by their names in a file, which may be invalid names in Python."""
    return {field.alias or name: field for name, field in record.model_fields.items()}


def parts_of(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - a type, or what typing makes of types
    """Yield every type of an annotation, itself first; the words of a Literal are not types."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from parts_of(part)


def type_of(annotation: Any) -> str:  # noqa: ANN401 - a type, or what typing makes of types
    """Return the readable name of a type."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    set_by, parts = get_origin(annotation), get_args(annotation)
    if set_by is Literal:
        return ", ".join(f"`{word}`" for word in parts)
    if set_by in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(type_of(part) for part in parts if part is not types.NoneType))
    if set_by in {tuple, list}:
        return f"list of {type_of(parts[0])}"
    if set_by is dict:
        return f"mapping of names to {type_of(parts[1])}"
    return _PLAIN.get(annotation) or str(annotation.__name__)


def default_of(field: FieldInfo) -> str:
    """Return the default of a field as text."""
    if field.is_required():
        return "none, it is required"
    default = None if field.default is PydanticUndefined else field.default
    if isinstance(default, bool):
        return "`true`" if default else "`false`"
    return f"`{default}`" if default not in {None, ()} else "nothing"


def releases_of(record: type[StrictModel], name: str) -> str:
    """Return the releases of kairos-init that support a field, empty if all do."""
    if record is Kairosfile and name == "binaries":
        return f"{FIRST_WITH_BINARIES} and newer"
    paths = {("provider", name)} if record is Provider else {(name,)} if record is Kairosfile else set()
    setting = next((setting for path, setting in FEATURES if path in paths), None)
    if setting is None:
        return ""
    first, gone = first_release_with(setting), first_release_without(setting)
    return f"{first} and newer, before {gone}" if gone else f"{first} and newer"


def facts_of(record: type[StrictModel], name: str, field: FieldInfo) -> dict[str, str]:
    """Return type, default and, if not all support the field, the releases that do."""
    facts = {"Type": type_of(field.annotation), "Default": default_of(field)}
    releases = releases_of(record, name)
    return {**facts, "kairos-init": releases} if releases else facts


def example_of(name: str, field: FieldInfo) -> str:
    """Return the first example of a field as lines of a Kairosfile, empty without one."""
    if not field.examples:
        return ""
    example = {name: field.examples[0]}
    return yaml.safe_dump(example, sort_keys=False, allow_unicode=True, width=100).rstrip("\n")
