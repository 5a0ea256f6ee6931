"""Completion: the known words for a value or a key, by its path (boards, releases, steps of kairos-init, files).

Choices of the model come from the model; the tables here are those that its types cannot express.

Items at a position are missing keys, known words, and files of the build context.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from kairosfile.cli.commands import new
from kairosfile.cli.lsp.fields import ANY, CONTEXT_FILES, CONTEXT_FOLDERS, fields_at, is_list, matches, types_at
from kairosfile.cli.lsp.syntax_tree import Cursor, Outline, cursor_at
from kairosfile.kairos.commands import VARIABLES, schema_for, steps_of
from kairosfile.kairos.releases import (
    LAST_OF_SERIES,
    MODEL_ARCHITECTURE,
    MODELS_FOR_ANY_PLATFORM,
    NEWEST,
    PROVIDER_VERSIONS,
    UNPINNED,
    Release,
    release,
)
from kairosfile.language import rules
from kairosfile.language.interpolation import PLATFORM_ARGS
from kairosfile.language.nodes import Range
from kairosfile.language.platforms import KNOWN
from kairosfile.language.records import read
from kairosfile.sections.cloud_config.schema import TOP_LEVEL
from kairosfile.sections.image.records import KairosInit
from kairosfile.sections.short_forms import tool_from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kairosfile.cli.lsp.checks import BufferFiles
    from kairosfile.language.nodes import Path, Position

_Known = tuple[tuple["Path", "Callable[[CompletionContext], list[CompletionItem]]"], ...]

NEW_ITEM = -1  # no number that an item has
_COLON = re.compile(r"[\w-]*\s*:")


@dataclass(frozen=True, slots=True)
class CompletionItem:
    """A proposed word and its short description."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """The input of a completion: the file, the build context, the path of the position, and the text typed there."""

    outline: Outline
    files: BufferFiles | None
    path: Path
    typed: str = ""


def choices(types: Iterable[Any]) -> list[CompletionItem]:
    """Return the words of the types of a value."""
    items: list[CompletionItem] = []
    for kind in types:
        if get_origin(kind) is Literal:
            items += [CompletionItem(word) for word in get_args(kind)]
        elif kind is bool:
            items += [CompletionItem("true"), CompletionItem("false")]
    return items


def values(context: CompletionContext) -> list[CompletionItem]:
    """Return the known values of a path whose type is not a choice."""
    return next((known(context) for pattern, known in VALUES if matches(context.path, pattern)), [])


def keys(context: CompletionContext) -> list[CompletionItem]:
    """Return the known keys of a mapping with free keys."""
    return next((known(context) for pattern, known in KEYS_OF if matches(context.path, pattern)), [])


def args(outline: Outline) -> list[CompletionItem]:
    """Return the names that ${NAME} can have."""
    declared = [
        CompletionItem(name, outline.text("args", name) or "given by --build-arg") for name in outline.keys(("args",))
    ]
    return [*declared, *(CompletionItem(name, "set by the platform") for name in PLATFORM_ARGS)]


def silenceable(_: object = None) -> list[CompletionItem]:
    """Return the rules that a file can suppress."""
    return [CompletionItem(rule.id, f"{rule.name}: {rule.summary}") for rule in rules.warnings()]


def release_of(outline: Outline) -> Release:
    """Return the kairos-init of a file, the newest if it is unknown."""
    reference = outline.text("kairos_init")
    parts = {name: text for name in ("version", "image") if (text := outline.text("kairos_init", name))}
    chosen, problems = read(KairosInit, tool_from_text(reference) if reference else parts)
    return release(NEWEST) if problems else chosen.release


def _models(context: CompletionContext) -> list[CompletionItem]:
    for_platform = context.path[1] if context.path[0] == "platforms" else ""
    named = [str(for_platform)] if for_platform else _platforms_of(context.outline)
    boards = not named or any(name.split("/")[1:2] == [MODEL_ARCHITECTURE] for name in named)
    known = schema_for(release_of(context.outline)).models
    fitting = [model for model in known if boards or model in MODELS_FOR_ANY_PLATFORM]
    return [
        CompletionItem(model, "any platform" if model in MODELS_FOR_ANY_PLATFORM else f"linux/{MODEL_ARCHITECTURE}")
        for model in fitting
    ]


def _platforms_of(outline: Outline) -> list[str]:
    return [*outline.keys(("platforms",)), *outline.items(("platforms",))]


def _bases(context: CompletionContext) -> list[CompletionItem]:
    model = context.outline.text("model") or new.GENERIC
    proposed = {bases[model]: name for name, bases in new.BASES.items() if model in bases}
    return [CompletionItem(base, f"{name} for {model}") for base, name in proposed.items()]


def _providers(_: CompletionContext) -> list[CompletionItem]:
    return [CompletionItem(name) for name in PROVIDER_VERSIONS]


def _provider_versions(context: CompletionContext) -> list[CompletionItem]:
    chosen = context.outline.text("provider", "name")
    names = [chosen] if chosen in PROVIDER_VERSIONS else list(PROVIDER_VERSIONS)
    pinned = [CompletionItem(new.PROVIDERS[name], f"a release of {name} that Kairos published") for name in names]
    return [*pinned, CompletionItem(UNPINNED, "whatever the vendor says on the day of the build")]


def _releases(_: CompletionContext) -> list[CompletionItem]:
    return [
        CompletionItem(tag, "the newest known" if tag == NEWEST else "the last of its series") for tag in LAST_OF_SERIES
    ]


def _skippable(context: CompletionContext) -> list[CompletionItem]:
    return [CompletionItem(name, f"runs in {stage}") for name, stage in steps_of(release_of(context.outline)).items()]


def _variables(context: CompletionContext) -> list[CompletionItem]:
    chosen = release_of(context.outline)
    provider = context.outline.text("provider") or context.outline.text("provider", "name")
    known = [row for row in VARIABLES if row.first <= chosen and row.provider in {None, provider}]
    return [CompletionItem(row.name, f"read by {' and '.join(row.stages)}") for row in known]


def _platforms(_: CompletionContext) -> list[CompletionItem]:
    return [CompletionItem(name) for name in KNOWN]


def _cloud_config_keys(_: CompletionContext) -> list[CompletionItem]:
    return [CompletionItem(name) for name in TOP_LEVEL]


def _files(context: CompletionContext) -> list[CompletionItem]:
    if context.files is None or _is_from_image(context):
        return []
    folder = context.typed.rpartition("/")[0]
    return [CompletionItem(f"{folder}/{name}" if folder else name) for name in context.files.names(folder)]


def _is_from_image(context: CompletionContext) -> bool:
    return "copy" in context.path and bool(context.outline.text(*context.path[:3], "from"))


VALUES: _Known = (
    (("model",), _models),
    (("platforms", ANY, "model"), _models),
    (("matrix", "model", ANY), _models),
    (("matrix", "base", ANY), _bases),
    (("matrix", "platform", ANY), _platforms),
    (("platforms", ANY), _platforms),
    (("base",), _bases),
    (("platforms", ANY, "base"), _bases),
    (("provider",), _providers),
    (("provider", "name"), _providers),
    (("matrix", "provider", ANY), _providers),
    (("matrix", "provider", ANY, "name"), _providers),
    (("provider", "version"), _provider_versions),
    (("kairos_init",), _releases),
    (("kairos_init", "version"), _releases),
    (("skip_steps", ANY), _skippable),
    (("lint", ANY, ANY), silenceable),
    *((pattern, _files) for pattern in (*CONTEXT_FILES, *CONTEXT_FOLDERS)),
)
KEYS_OF: _Known = (
    (("platforms",), _platforms),
    (("environment",), _variables),
    (("cloud_config", ANY, "content"), _cloud_config_keys),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that replaces the typed one; `markdown` explains it, `is_key` is False for a value."""

    label: str
    text: str
    range: Range
    detail: str = ""
    markdown: str = ""
    is_key: bool = False


def propose(lines: Sequence[str], position: Position, files: BufferFiles | None) -> list[Proposal]:
    """Return the items for a position, the most likely first."""
    cursor = cursor_at(lines, position)
    line = lines[position.line - 1] if position.line <= len(lines) else ""
    outline = Outline([*lines[: position.line - 1], cursor.line, *lines[position.line :]])
    return list(_Proposer(outline, cursor, Range(cursor.start, position), line[position.column - 1 :], files).all())


class _Proposer:
    """One request: the outline of the whole text, the typed text, its range, and the rest of the line."""

    def __init__(self, outline: Outline, cursor: Cursor, range_: Range, after: str, files: BufferFiles | None) -> None:
        self.outline, self.cursor, self.replaced, self.after, self.files = outline, cursor, range_, after, files

    def all(self) -> Iterator[Proposal]:
        """Yield all items for the position."""
        path = self.cursor.path
        match self.cursor.kind:
            case "arg":
                close = "" if self.after.startswith("}") else "}"
                yield from (self._proposal(item, close) for item in args(self.outline))
            case "rule":
                yield from (self._proposal(item) for item in silenceable())
            case "value":
                yield from self._values(path)
            case "key":
                yield from self._keys(path)
            case "member":
                yield from self._keys(path)
                yield from self._values(path)
            case "block":
                yield from self._keys(path)
                yield from self._items(path)
            case _:
                pass

    def _values(self, path: Path, before: str = "") -> Iterator[Proposal]:
        context = CompletionContext(self.outline, self.files, path, self.cursor.typed)
        known = [*choices(types_at(path, self.outline)), *values(context)]
        for item in dict.fromkeys(known):
            yield replace(self._proposal(item), text=before + item.text)

    def _keys(self, path: Path, before: str = "") -> Iterator[Proposal]:
        there = set(self.outline.keys(path))
        for field in fields_at(path, self.outline):
            if field.name not in there:
                text = before + field.name + self._colon(":" if field.holds_more else ": ")
                detail = "required" if field.info.is_required() else ""
                yield Proposal(field.name, text, self.replaced, detail, field.markdown, is_key=True)
        for item in keys(CompletionContext(self.outline, self.files, path)):
            if item.text not in there:
                yield Proposal(item.text, item.text + self._colon(": "), self.replaced, item.detail, is_key=True)

    def _items(self, path: Path) -> Iterator[Proposal]:
        """Yield items of a list with their dashes: the first key of a mapping, or a whole value."""
        if any(is_list(kind) for kind in types_at(path, self.outline)):
            item = (*path, NEW_ITEM)
            for proposal in (*self._keys(item, "- "), *self._values(item, "- ")):
                yield replace(proposal, label=f"- {proposal.label}")

    def _colon(self, colon: str) -> str:
        """Return the end of a key, empty if a colon follows it."""
        return "" if _COLON.match(self.after) else colon

    def _proposal(self, item: CompletionItem, behind: str = "") -> Proposal:
        return Proposal(item.text, item.text + behind, self.replaced, item.detail)
