"""Bounds of untrusted input: the size of files, and the characters of texts that are shown.

Only regular files up to a size are read. Others are refused before their content is read.

A text is shown on its line, without control characters, of bounded length, in a terminal, a CI log or a drawing. A
name, a key, a path or a label may contain anything. Printed raw, a newline begins a line that looks like ours, ESC and
C1 control the terminal, bidi controls reorder the visible text, and CI runners execute `::error::` at the start of a
line and `##[command]` anywhere as commands (actions/runner, ActionCommand.cs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    import re


MAX_KAIROSFILE = 1 << 20  # bytes of a Kairosfile
MAX_COMPANION = 2 << 20  # bytes of a file that comes with one: lock and ignore file, cloud-config, key, stage extension

# Limit of a quotation in a message.
MAX_LENGTH = 600

# C0 but tab, DEL, C1, bidi and other formatting that moves text, separators of lines, surrogates (names that are not
# UTF-8), what XML forbids, and tags.
_UNPRINTABLE = (
    r"\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
)
_ESCAPED = compile_later(f"[{_UNPRINTABLE}]")
_COMMAND = compile_later(r"##(?=\[|vso\[)")


class RefusedFileError(Exception):
    """An existing file that is not read: it is too large or not a regular file."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f'"{path}" {reason}')
        self.path = path


def too_large(size: int, limit: int = MAX_COMPANION) -> str:
    """Return the reason why a file of `size` bytes is not read, empty if it is read."""
    return f"has {size} bytes, more than the {limit} that are read of such a file" if size > limit else ""


def printable_json(value: object, indent: int | None = 2) -> str:
    """Return a value as a line or lines of JSON that are safe to print: ASCII, without a command of a CI runner."""
    import json  # noqa: PLC0415 - a build imports this module and prints no JSON

    separators = (",", ":") if indent is None else None
    return json.dumps(value, indent=indent, separators=separators).replace("##", "#\\u0023") + "\n"


def one_line(text: str, limit: int = MAX_LENGTH) -> str:
    r"""Return a text that is safe to print anywhere on a line, the first column included.

    Args:
        text: Untrusted text.
        limit: Number of characters that are shown; for a longer text its length is added.

    Returns:
        The text with control characters as `\n`, `\x1b`, `\u202e`, and no command of a CI runner.
    """
    shown = escape(text[:limit])
    start = len(shown) - len(shown.lstrip())
    if shown.startswith("::", start):
        shown = f"{shown[:start]}\\x3a{shown[start + 1 :]}"
    return shown if len(text) <= limit else f"{shown}... ({len(text)} characters)"


def lines(text: str, limit: int = MAX_LENGTH) -> str:
    """Return a text of several lines with each of them safe to print; `limit` is that of a line."""
    return "\n".join(one_line(line, limit) for line in text.split("\n"))


def escape(text: str) -> str:
    """Return a part of a line with control characters and commands that work anywhere escaped; a tab stays."""
    shown = text if text.isprintable() else _ESCAPED.sub(_escaped, text)
    return _COMMAND.sub(r"#\\x23", shown) if "##" in shown else shown


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
