"""What can be typed at a place: keys that are not there yet, words that are known, files of the build context."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.lsp import words
from kairosfile.cli.lsp.cursor import Cursor, cursor_at
from kairosfile.cli.lsp.fields import fields_at, is_list, types_at
from kairosfile.cli.lsp.outline import Outline
from kairosfile.spec.source import Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.cli.lsp.buffers import BufferFiles
    from kairosfile.spec.nodes import Path
    from kairosfile.spec.source import Position

NEW_ITEM = -1  # no number that an item has
_COLON = re.compile(r"[\w-]*\s*:")


class Proposal(NamedTuple):
    """A text for the place of what was typed; `markdown` explains it, `is_key` tells a key from a value."""

    label: str
    text: str
    place: Range
    detail: str = ""
    markdown: str = ""
    is_key: bool = False


def propose(lines: Sequence[str], place: Position, files: BufferFiles | None) -> list[Proposal]:
    """Return what can stand at a place, the likely first."""
    cursor = cursor_at(lines, place)
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return list(_Proposer(Outline(lines), cursor, Range(cursor.start, place), line[place.column - 1 :], files).all())


class _Proposer:
    """One question: the outline of the whole text, what is being typed, its range, what follows it on the line."""

    def __init__(self, outline: Outline, cursor: Cursor, where: Range, after: str, files: BufferFiles | None) -> None:
        self.outline, self.cursor, self.where, self.after, self.files = outline, cursor, where, after, files

    def all(self) -> Iterator[Proposal]:
        """Yield everything that can stand there."""
        path = self.cursor.path
        match self.cursor.kind:
            case "arg":
                close = "" if self.after.startswith("}") else "}"
                yield from (self._word(word, close) for word in words.args(self.outline))
            case "rule":
                yield from (self._word(word) for word in words.silenceable())
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
        around = words.Around(self.outline, self.files, path, self.cursor.typed)
        known = [*words.choices(types_at(path, self.outline)), *words.values(around)]
        for word in dict.fromkeys(known):
            yield self._word(word)._replace(text=before + word.text)

    def _keys(self, path: Path, before: str = "") -> Iterator[Proposal]:
        there = set(self.outline.keys(path))
        for field in fields_at(path, self.outline):
            if field.name not in there:
                text = before + field.name + self._colon(":" if field.holds_more else ": ")
                detail = "required" if field.info.is_required() else ""
                yield Proposal(field.name, text, self.where, detail, field.markdown, is_key=True)
        for word in words.keys(words.Around(self.outline, self.files, path)):
            if word.text not in there:
                yield Proposal(word.text, word.text + self._colon(": "), self.where, word.detail, is_key=True)

    def _items(self, path: Path) -> Iterator[Proposal]:
        """Yield items of a list with their dashes: the first key of a mapping, or a whole value."""
        if any(is_list(kind) for kind in types_at(path, self.outline)):
            item = (*path, NEW_ITEM)
            for proposal in (*self._keys(item, "- "), *self._values(item, "- ")):
                yield proposal._replace(label=f"- {proposal.label}")

    def _colon(self, wanted: str) -> str:
        """Return what ends a key, nothing where a colon stands behind it already."""
        return "" if _COLON.match(self.after) else wanted

    def _word(self, word: words.Word, behind: str = "") -> Proposal:
        return Proposal(word.text, word.text + behind, self.where, word.detail)
