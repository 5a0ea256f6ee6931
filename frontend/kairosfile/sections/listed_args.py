"""The build args of a file as a list: what a user can set, with values and descriptions.

The args of a file are the section `args` and the names with an inline default; a comment directly above an arg is its
description. The language describes those that override fields; of several names for one field only the current one is
listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.interpolation import PLATFORM_ARGS
from kairosfile.language.templates import defaults_in_place
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections.build_args import BUILD_ARGS, TODAY
from kairosfile.sections.image.records import KairosInit
from kairosfile.sections.records import BUILD_ARG_TEXTS

if TYPE_CHECKING:
    from kairosfile.language.nodes import Node, Range, Source
    from kairosfile.sections.document import Document, Reader


class BuildArg(NamedTuple):
    """A build arg: its value in this build, None without one; its description; its range in the file."""

    name: str
    value: str | None
    description: str = ""
    range: Range | None = None


def own(reader: Reader) -> list[BuildArg]:
    """Return the args of the file itself, with their defaults as written."""
    section = reader.root.fields.get("args")
    declared = section.fields if section else {}
    args = [_declared(reader, name, node) for name, node in declared.items()]
    in_place: dict[str, BuildArg] = {}
    for name, default, node in defaults_in_place(reader.root):
        if name not in declared and name not in PLATFORM_ARGS:
            value = reader.build_args.get(name) or default
            in_place.setdefault(name, BuildArg(name, value, range=node.range))
    return [*args, *in_place.values()]


def every(reader: Reader, document: Document) -> list[BuildArg]:
    """Return the args of the file with their values in a document, and those that override its fields."""
    mine = [arg._replace(value=document.args.get(arg.name, arg.value)) for arg in own(reader)]
    names = {arg.name for arg in mine}
    return [*mine, *(_of_field(document, name) for name in TODAY if name not in names)]


def _declared(reader: Reader, name: str, node: Node) -> BuildArg:
    default = node.value if isinstance(node.value, str) else None
    comment = _comment_above(node.whole.source or reader.source, node.whole.start.line)
    return BuildArg(name, reader.build_args.get(name, default), comment, node.whole)


def _comment_above(source: Source, line: int) -> str:
    words: list[str] = []
    while (text := source.line(line - 1).strip()).startswith("#"):
        words.insert(0, text.lstrip("#").strip())
        line -= 1
    return " ".join(words)


def _of_field(document: Document, name: str) -> BuildArg:
    path = next(row.path for row in BUILD_ARGS if row.name == name)
    range_ = document.range(*path) if document.has(path[0]) else None
    return BuildArg(name, _value(document, path), BUILD_ARG_TEXTS[name], range_)


def _value(document: Document, path: tuple[str, ...]) -> str | None:
    value: object = document.model
    for part in path:
        value = getattr(value, part, None)
    if isinstance(value, KairosInit):
        return value.reference
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
