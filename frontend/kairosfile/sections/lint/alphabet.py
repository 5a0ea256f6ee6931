"""Invalid characters of names, labels, annotations and paths: control characters, and controls that reorder text.

A NUL ends every argument of a program, so it is refused in all texts for programs. ESC, C1 and bidi controls change the
visible text in a terminal or a review. A newline in a name or a path begins a line of a log, of a Dockerfile or of a
list of files; in a label or an annotation it is text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic
from kairosfile.patterns import compile_later
from kairosfile.printable import escape

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from kairosfile.language.nodes import Node
    from kairosfile.sections.document import Document

# C0 except tab and newline, DEL, C1, and characters that reorder text; tab and newline too if the text is one name.
_CONTROLS = compile_later("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OF_A_NAME = compile_later("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Texts for a program or a file, where only a NUL is invalid.
_TEXTS = frozenset(
    {"run", "content", "contains", "matches", "stdout", "stderr", "env", "environment", "args", "cmdline"}
)
# Sections whose values may have several lines.
_SEVERAL_LINES = frozenset({"labels", "annotations"})
# A file may contain any byte.
_BINARY = "content"


def alphabet(document: Document) -> Iterator[Diagnostic]:
    """Names, labels, annotations and paths contain no invisible or reordering characters."""
    yield from _walk(document.root, "", _OF_A_NAME, set())


def _walk(node: Node, name: str, forbidden: re.Pattern[str], seen: set[int]) -> Iterator[Diagnostic]:
    if isinstance(node.value, str):
        if name != _BINARY:
            yield from _fault(node.value, node, forbidden)
        return
    if node.value is not None and id(node.value) in seen:
        return  # an alias: its anchor has been looked at
    seen.add(id(node.value))
    for key, child in node.fields.items():
        if child.key is not None and (found := _search(_OF_A_NAME, key)):
            message = f'the key "{escape(key)}" contains {_name(found[0])}'
            yield Diagnostic(rules.ALPHABET, child.key, message, "remove it")
        yield from _walk(child, key, _forbidden(key, forbidden), seen)
    for child in node.items:
        yield from _walk(child, name, forbidden, seen)


_NUL = compile_later("\x00")


def _forbidden(key: str, outer: re.Pattern[str]) -> re.Pattern[str]:
    if key in _TEXTS or outer is _NUL:
        return _NUL
    return _CONTROLS if key in _SEVERAL_LINES else outer


def _search(forbidden: re.Pattern[str], text: str) -> re.Match[str] | None:
    return None if text.isprintable() else forbidden.search(text)


def _fault(text: str, node: Node, forbidden: re.Pattern[str]) -> Iterator[Diagnostic]:
    if found := _search(forbidden, text):
        message = f"this text contains {_name(found[0])}, which is invalid here"
        hint = "remove it" if found[0] not in "\n\t" else "write it on one line, without tabs"
        yield Diagnostic(rules.ALPHABET, node.range, message, hint)


def _name(character: str) -> str:
    """Return the common name of a control character."""
    names = {"\x00": "a NUL character", "\n": "a newline", "\t": "a tab", "\x1b": "an escape character"}
    return names.get(character, f"the control character U+{ord(character):04X}")
