"""Go to definition: the file that a value names, the declaration of an arg."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.lsp.fields import INCLUDES, matches, names_file
from kairosfile.cli.lsp.hover import arg_at
from kairosfile.cli.lsp.syntax_tree import Outline, lines_of
from kairosfile.file_limits import RefusedFileError
from kairosfile.language.files import MAX_FILES
from kairosfile.language.source import Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from kairosfile.cli.lsp.buffers import BufferFiles
    from kairosfile.language.source import Position

_TOP = Range.of(1, 1, 0)


class Target(NamedTuple):
    """A place in the lines of a file; None is the file of the request."""

    file: Path | None
    place: Range
    lines: Sequence[str]


def find(lines: Sequence[str], place: Position, files: BufferFiles | None) -> Target | None:
    """Return the definition of the value at a place, None if it is unknown."""
    outline = Outline(lines)
    if arg := arg_at(lines, place):
        return _arg_target(arg[0], lines, files)
    entry = outline.at(place)
    if files is None or entry is None or not names_file(entry.path) or not entry.value.start <= place:
        return None
    return Target(files.locate(entry.text), _TOP, [""]) if _content(files, entry.text) is not None else None


def _arg_target(name: str, lines: Sequence[str], files: BufferFiles | None) -> Target | None:
    """Return the declaration of an arg: in the file, else in an included file."""
    for path, text in ((None, lines), *_included(Outline(lines), files)):
        if entry := Outline(text).find(("args", name)):
            return Target(path, entry.whole, text)
    return None


def _included(outline: Outline, files: BufferFiles | None) -> Iterator[tuple[Path, list[str]]]:
    if files is None:
        return
    queue, seen = _names(outline), set[str]()
    while queue and len(seen) < MAX_FILES:
        name = queue.pop(0)
        data = _content(files, name) if name not in seen else None
        seen.add(name)
        if data is not None:
            text = lines_of(data.decode(errors="replace"))
            queue += _names(Outline(text))
            yield files.locate(name), text


def _content(files: BufferFiles, name: str) -> bytes | None:
    try:
        return files.read(name)
    except RefusedFileError:
        return None


def _names(outline: Outline) -> list[str]:
    return [
        entry.text for entry in outline.entries if entry.text and any(matches(entry.path, form) for form in INCLUDES)
    ]
