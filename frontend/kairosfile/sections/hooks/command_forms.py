"""Checks of the form of a command, which may differ from what its author intended.

A list is one command, so `[apt-get update, apt-get install vim]` runs a program named `apt-get update`. The lines of a
folded text (`>`), of a plain one and of one in quotes are joined by spaces, so that two commands become one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic, Fix
from kairosfile.language.nodes import Position, Range
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.language.nodes import Node, Source

# A command continues after or before these, so joining the lines changes nothing.
_GOES_ON = ("&&", "||", "|", ";", "{", "(", "then", "do", "else")
_CONTINUES = ("&&", "||", "|", "-", ")", "}")
# First words of a line that begin a command, seldom an argument.
_PROGRAMS = frozenset(
    (
        *("apk", "apt", "apt-get", "awk", "cat", "cd", "chmod", "chown", "cp", "curl", "dd"),
        *("dnf", "dracut", "echo", "exec", "export", "find", "for", "git", "grep", "gunzip", "gzip"),
        *("if", "install", "ldconfig", "ln", "make", "mkdir", "mv", "pacman", "pip", "printf", "rm"),
        *("rpm", "sed", "set", "sh", "sysctl", "systemctl", "tar", "tee", "test", "touch", "unzip"),
        *("update-ca-certificates", "update-initramfs", "useradd", "usermod", "wget", "while", "yum", "zypper"),
    )
)
_HEADER = compile_later(r">[0-9+-]*+[ \t]*+(?:#.*)?")


def check_form(node: Node, source: Source) -> Iterator[Diagnostic]:
    """Yield the diagnostics of a command as written in a file.

    Args:
        node: The value of `run`.
        source: The file with the command.
    """
    if node.set_by:
        return
    if isinstance(node.value, list):
        yield from _list(node)
    elif isinstance(node.value, str) and node.range.last_line > node.range.start.line:
        yield from _lines(node, source)


def _list(node: Node) -> Iterator[Diagnostic]:
    words = [item.value for item in node.items if isinstance(item.value, str)]
    program = words[0] if words else ""
    if " " not in program.strip() or program.startswith("/"):
        return
    message = f'a list is one command: this one runs a program named "{program}"'
    yield Diagnostic(rules.RUN_LIST, node.range, message, "write the commands as a text: `run: |`", fix=_as_text(node))


def _as_text(node: Node) -> Fix | None:
    """Return the edit that converts a block of commands to a text, with each command on a separate line."""
    words = [str(item.value) for item in node.items]
    lines = [item.range.start.line for item in node.items]
    is_block = node.range.end == node.items[-1].range.end and lines == [*range(lines[0], lines[0] + len(lines))]
    if node.key is None or not is_block or any("\n" in word for word in words):
        return None
    indent = " " * (node.key.start.column + 1)
    range_ = Range(node.key.end, node.range.end, node.range.source)
    return Fix(range_, ": |" + "".join(f"\n{indent}{word}" for word in words))


def _lines(node: Node, source: Source) -> Iterator[Diagnostic]:
    start = node.range.start
    head = source.line(start.line)[start.column - 1 :]
    if head.startswith("|"):
        return
    is_folded = _HEADER.fullmatch(head) is not None
    numbers = range(start.line + is_folded, node.range.last_line + 1)
    texts = [source.line(number) if number > start.line else head for number in numbers]
    line = _first_joined(texts)
    if line is None:
        return
    number = numbers[line]
    text = source.line(number)
    column = len(text) - len(text.lstrip()) + 1
    message = "YAML joins the lines of this text with spaces, so this line is not a separate command"
    if texts[line - 1].rstrip().endswith("\\"):
        message = "YAML joins these lines itself; the shell gets the backslash before this one as part of a word"
    fix = _literal(node, head, texts, is_folded=is_folded)
    range_ = Range(Position(number, column), Position(number, len(text) + 1), node.range.source)
    yield Diagnostic(rules.RUN_LINES, range_, message, "keep the lines: `run: |`, with the text below it", fix=fix)


def _first_joined(texts: Sequence[str]) -> int | None:
    """Return the number of the first line that is joined to the one above it and should not be."""
    previous = ""
    for index, text in enumerate(texts):
        line = text.strip()
        if previous and line and not _is_one_command(previous, line, texts[0].split()[:1]):
            return index
        previous = line
    return None


def _is_one_command(previous: str, line: str, first: Sequence[str]) -> bool:
    if previous.endswith("\\"):
        return False
    if previous.endswith(_GOES_ON) or line.startswith(_CONTINUES):
        return True
    word = line.split(maxsplit=1)[0]
    return word not in _PROGRAMS and [word] != [*first]


def _literal(node: Node, head: str, texts: Sequence[str], *, is_folded: bool) -> Fix | None:
    """Return the edit that converts a text to a literal block; None for one in quotes."""
    start = node.range.start
    if is_folded:
        return Fix(Range(start, Position(start.line, start.column + 1), node.range.source), "|")
    if node.quoted or not texts[1:]:
        return None
    indent = min(len(text) - len(text.lstrip()) for text in texts[1:] if text.strip())
    lines = [head.rstrip(), *(text[indent:].rstrip() for text in texts[1:])]
    return Fix(node.range, "|" + "".join(f"\n{' ' * indent}{line}" for line in lines))
