"""The build args that a file takes, for people who ask what they can give: its own, and those that stand in for fields.

A file's own args are the section `args` and the names with a default in their place; a comment right above an arg is
its description. The other ones are described by the model; of the several names for one field only today's is told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.spec import interpolation, overrides
from kairosfile.spec.model import Kairosfile
from kairosfile.spec.model.kairos_init import KairosInit
from kairosfile.spec.model.provider import Provider

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Node
    from kairosfile.spec.reading import Reading
    from kairosfile.spec.source import Range, Source

TODAY = (
    "BASE_IMAGE",
    "VARIANT",
    "MODEL",
    "KUBERNETES_DISTRO",
    "KUBERNETES_VERSION",
    "VERSION",
    "KAIROS_INIT",
    "TRUSTED_BOOT",
    "FIPS",
)


class BuildArg(NamedTuple):
    """A build arg: its value in this build, None where it has none; what it means; where the file says so."""

    name: str
    value: str | None
    description: str = ""
    range: Range | None = None


def own(reading: Reading) -> list[BuildArg]:
    """Return the args of the file itself, with their defaults as they are written."""
    section = reading.root.fields.get("args")
    declared = section.fields if section else {}
    found = [_declared(reading, name, node) for name, node in declared.items()]
    in_place: dict[str, BuildArg] = {}
    for name, default, node in interpolation.defaults_in_place(reading.root):
        if name not in declared and name not in interpolation.PLATFORM_ARGS:
            value = reading.build_args.get(name) or default
            in_place.setdefault(name, BuildArg(name, value, range=node.range))
    return [*found, *in_place.values()]


def every(reading: Reading, document: Document) -> list[BuildArg]:
    """Return the args of the file with their values in a document, and those that stand in for its fields."""
    mine = [arg._replace(value=document.args.get(arg.name, arg.value)) for arg in own(reading)]
    names = {arg.name for arg in mine}
    return [*mine, *(_of_field(document, name) for name in TODAY if name not in names)]


def _declared(reading: Reading, name: str, node: Node) -> BuildArg:
    default = node.value if isinstance(node.value, str) else None
    comment = _comment_above(node.whole.source or reading.source, node.whole.start.line)
    return BuildArg(name, reading.build_args.get(name, default), comment, node.whole)


def _comment_above(source: Source, line: int) -> str:
    words: list[str] = []
    while (text := source.line(line - 1).strip()).startswith("#"):
        words.insert(0, text.lstrip("#").strip())
        line -= 1
    return " ".join(words)


def _of_field(document: Document, name: str) -> BuildArg:
    path = next(row.path for row in overrides.BUILD_ARGS if row.name == name)
    record = Provider if path[0] == "provider" else Kairosfile
    description = re.split(r"[.;] |\.$", record.model_fields[path[-1]].description or "")[0]
    where = document.range(*path) if document.has(path[0]) else None
    return BuildArg(name, _value(document, path), description, where)


def _value(document: Document, path: tuple[str, ...]) -> str | None:
    value: object = document.model
    for part in path:
        value = getattr(value, part, None)
    if isinstance(value, KairosInit):
        return value.reference
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
