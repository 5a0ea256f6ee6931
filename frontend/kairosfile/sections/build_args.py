"""The build args of a file, and warnings for build args without effect, which are usually mistyped.

Known are the args that override fields, those that older commands give without effect (`build_arg_overrides`), and
those that a file declares or names. The caller removes the args that BuildKit itself reads.

The args of a file are the section `args` and the names with an inline default; a comment directly above an arg is its
description. The language describes the others; of several names for one field only the current one is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import interpolation
from kairosfile.language.diagnostics import MAX_GUESSES, did_you_mean
from kairosfile.language.suggestions import nearest
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections import build_arg_overrides
from kairosfile.sections.build_arg_texts import TEXTS
from kairosfile.sections.image.records import KairosInit

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from kairosfile.language.nodes import Node
    from kairosfile.language.source import Range, Source
    from kairosfile.sections.document import Document, Reader


FIELDS = frozenset({*build_arg_overrides.NAMES, *build_arg_overrides.IGNORED, build_arg_overrides.FRAMEWORK_VERSION})


def unused(documents: Sequence[Document], given: Iterable[str]) -> list[str]:
    """Return a warning for each build arg of `given` that no document uses, sorted by name."""
    asked = frozenset[str]().union(*(document.build_args for document in documents))
    platforms = frozenset[str]().union(*(document.args for document in documents)) - asked
    names = sorted(set(given) - FIELDS - asked)
    known = sorted(FIELDS | asked) if len(names) <= MAX_GUESSES else []
    return [_sentence(name, known, platforms) for name in names]


def _sentence(name: str, known: Sequence[str], platforms: Container[str]) -> str:
    if name in platforms:
        return f"--build-arg {name} has no effect: the platform sets it; use --platform"
    hint = did_you_mean(nearest(name, known)) or f"declare it under `args:`, or remove --build-arg {name}"
    return f"--build-arg {name} has no effect: the file has no such arg, and it overrides no field; {hint}"


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
    """A build arg: its value in this build, None without one; its description; its range in the file."""

    name: str
    value: str | None
    description: str = ""
    range: Range | None = None


def own(reader: Reader) -> list[BuildArg]:
    """Return the args of the file itself, with their defaults as written."""
    section = reader.root.fields.get("args")
    declared = section.fields if section else {}
    found = [_declared(reader, name, node) for name, node in declared.items()]
    in_place: dict[str, BuildArg] = {}
    for name, default, node in interpolation.defaults_in_place(reader.root):
        if name not in declared and name not in interpolation.PLATFORM_ARGS:
            value = reader.build_args.get(name) or default
            in_place.setdefault(name, BuildArg(name, value, range=node.range))
    return [*found, *in_place.values()]


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
    path = next(row.path for row in build_arg_overrides.BUILD_ARGS if row.name == name)
    range_ = document.range(*path) if document.has(path[0]) else None
    return BuildArg(name, _value(document, path), TEXTS[name], range_)


def _value(document: Document, path: tuple[str, ...]) -> str | None:
    value: object = document.model
    for part in path:
        value = getattr(value, part, None)
    if isinstance(value, KairosInit):
        return value.reference
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
