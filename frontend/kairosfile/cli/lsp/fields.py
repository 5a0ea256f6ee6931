"""The fields and types that the model allows at a path.

The text need not be valid yet.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BeforeValidator

from kairosfile.language.model import StrictModel
from kairosfile.sections.hooks.model import STEP_KINDS
from kairosfile.sections.hooks.mount_model import MOUNT_TYPES
from kairosfile.sections.image_tests.model import TEST_KINDS
from kairosfile.sections.kairosfile import Kairosfile
from kairosfile.sections.schema import example_of, facts_of, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from kairosfile.cli.lsp.syntax_tree import Outline
    from kairosfile.language.nodes import Path


# Stands for any key or number.
ANY: Final = "*"

# What names a file of the build context; the first two are Kairosfiles themselves.
INCLUDES: tuple[Path, ...] = (("extends",), ("include", ANY))
CONTEXT_FILES: tuple[Path, ...] = (
    *INCLUDES,
    ("cloud_config", ANY, "from"),
    ("provider", "config"),
    ("provider", "plugin"),
    ("hooks", ANY, ANY, "copy"),
    ("hooks", ANY, ANY, "copy", ANY),
    ("artifacts", ANY, "cloud_config"),
    ("artifacts", ANY, "cloud_config", "from"),
    ("artifacts", "uki", "splash"),
)

# What names a folder of it.
CONTEXT_FOLDERS: tuple[Path, ...] = (
    ("stage_extensions",),
    ("artifacts", ANY, "overlay_rootfs"),
    ("artifacts", ANY, "overlay_iso"),
)

# The keys that make a step or a test what it is.
VERBS = frozenset({*STEP_KINDS, *TEST_KINDS})


def matches(path: Path, pattern: Path) -> bool:
    """Return whether a path matches a pattern."""
    return len(path) == len(pattern) and all(want in (ANY, part) for part, want in zip(path, pattern, strict=True))


def names_file(path: Path) -> bool:
    """Return whether the value at a path names a file of the build context."""
    return any(matches(path, pattern) for pattern in CONTEXT_FILES)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record by its name in a file."""

    record: type[StrictModel]
    name: str
    info: FieldInfo

    @property
    def holds_more(self) -> bool:
        """Whether its value is a mapping or a list on separate lines, without a short form for one line."""
        if any(isinstance(note, BeforeValidator) for note in self.info.metadata):
            return False
        kinds = [kind for kind in _alternatives(self.info.annotation) if kind is not types.NoneType]
        return all(is_record(kind) or get_origin(kind) in {dict, list, tuple} for kind in kinds)

    @property
    def markdown(self) -> str:
        """Its text in the reference."""
        return _markdown(self.record, self.name)


@cache
def _markdown(record: type[StrictModel], name: str) -> str:
    info = fields_of(record)[name]
    rows = [f"- {what}: {fact}" for what, fact in facts_of(record, name, info).items()]
    example = example_of(name, info)
    code = ["```yaml", example, "```"] if example else []
    return "\n".join([f"**{name}**", "", str(info.description), "", *rows, "", *code]).rstrip("\n")


def is_record(kind: Any) -> bool:  # noqa: ANN401 - a type, or what typing makes of types
    """Return whether a type is a part of the language with fields."""
    return isinstance(kind, type) and issubclass(kind, StrictModel)


def types_at(path: Path, outline: Outline) -> list[Any]:
    """Return the types that a value at a path may have, none for an unknown path.

    The keys of a step, a test or a mount decide its type; without keys it may have any.
    """
    types: list[Any] = [Kairosfile]
    for end, part in enumerate(path, 1):
        types = [inner for kind in types for inner in _members(kind, part)]
        types = _narrowed(types, path[:end], outline)
    return types


def fields_at(path: Path, outline: Outline) -> list[Field]:
    """Return the fields of the mapping at a path; of an incomplete step or test, the keys that decide its type."""
    records = [kind for kind in types_at(path, outline) if is_record(kind)]
    fields = {name: Field(record, name, info) for record in records for name, info in fields_of(record).items()}
    common = {name for name in fields if all(name in fields_of(record) for record in records)}
    return [field for name, field in fields.items() if name in common or name in VERBS]


def field_of(path: Path, outline: Outline) -> Field | None:
    """Return the field at a path; for an item, that of its list."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if not path:
        return None
    return next((field for field in fields_at(path[:-1], outline) if field.name == path[-1]), None)


def is_list(kind: Any) -> bool:  # noqa: ANN401 - a type, or what typing makes of types
    """Return whether a type is a list."""
    return get_origin(kind) in {tuple, list}


def _members(kind: Any, part: str | int) -> Iterator[Any]:  # noqa: ANN401 - a type, or what typing makes of types
    if isinstance(part, int):
        yield from _alternatives(get_args(kind)[0]) if is_list(kind) else ()
    elif is_record(kind):
        field = fields_of(kind).get(part)
        yield from _alternatives(field.annotation) if field else ()
    elif get_origin(kind) is dict:
        yield from _alternatives(get_args(kind)[1])


def _alternatives(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - a type, or what typing makes of types
    """Yield the members of a union without their annotations."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {Union, types.UnionType}:
        for part in get_args(annotation):
            yield from _alternatives(part)
    else:
        yield annotation


def _narrowed(types: list[Any], path: Path, outline: Outline) -> list[Any]:
    for kinds in (STEP_KINDS, TEST_KINDS):
        if types == list(kinds.values()):
            return [kinds[key] for key in outline.keys(path) if key in kinds] or types
    if types == list(MOUNT_TYPES.values()):
        chosen_type = MOUNT_TYPES.get(outline.text(*path, "type"))
        return [chosen_type] if chosen_type else types
    return types
