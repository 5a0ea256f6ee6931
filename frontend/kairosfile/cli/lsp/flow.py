"""Collections in brackets, `{a: b}` and `[a, b]`, read as far as they have been typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.nodes import Path

_TOKEN = re.compile(
    r"""\s+|(?<!\S)\#.*|(?P<text>"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)"""
    r"""|(?P<colon>:(?=[\s,\[\]{}]|$))|(?P<plain>(?:[^\s,\[\]{}:]|:(?![\s,\[\]{}]|$)|[ \t]+(?![\s\#,\[\]{}:]))+)""",
    re.VERBOSE,
)

Span = tuple[int, int]
Found = tuple["Path", Span | None, Span]


@dataclass(slots=True)
class Bracket:
    """A collection whose bracket is still open.

    `name` is the key that the colon has been seen of, and `word` the text that may become a key or a value.
    """

    path: Path
    is_list: bool
    count: int = 0
    name: str | None = None
    key: Span | None = None
    word: str = ""
    span: Span | None = None

    @property
    def child(self) -> Path | None:
        """The path of the value that is being typed, None where a key is."""
        if self.is_list:
            return (*self.path, self.count)
        return None if self.name is None else (*self.path, self.name)

    @property
    def kind(self) -> Literal["key", "member", "value"]:
        """What a word here is."""
        if self.is_list:
            return "member"
        return "key" if self.name is None else "value"

    def finish(self) -> Iterator[Found]:
        """Yield the member that ends here, and begin the next one."""
        if self.child is not None and (self.span or self.name is not None):
            end = self.key[1] if self.key else 0
            yield self.child, self.key, self.span or (end, end)
        elif self.span:
            yield (*self.path, self.word.strip("\"'")), self.span, (self.span[1], self.span[1])
        self.count += self.is_list
        self.forget()

    def forget(self) -> None:
        """Forget the member that was being read."""
        self.name, self.key, self.word, self.span = None, None, "", None


class Typing(NamedTuple):
    """What stands at the end of a line whose bracket is open; `start` is where its word begins, None without one.

    `path` is that of the mapping for a "key", of the value itself for a "value" and for a "member" of a list.
    """

    kind: Literal["key", "member", "value"]
    path: Path
    start: int | None


class Flow:
    """One outermost collection; `indent` is how many blanks what it belongs to has, `path` where it stands.

    `typing` is true of the end of the last line that was read.
    """

    def __init__(self, path: Path, indent: int) -> None:
        self.path = path
        self.indent = indent
        self.levels: list[Bracket] = []
        self.typing = Typing("member", path, None)

    def read(self, line: str, place: int) -> Iterator[Found]:
        """Take in a line from a place on; yields path, key and value of what it completes."""
        while match := _TOKEN.match(line, place):
            place = match.end()
            yield from self._take(match)
            if not self.levels:
                return
        yield from self._end_of_line()

    def _take(self, match: re.Match[str]) -> Iterator[Found]:
        top = self.levels[-1] if self.levels else None
        match match.lastgroup:
            case "open":
                yield from self._open(match[0], match.start())
            case "close" if top:
                yield from self._close(top)
            case "comma" if top:
                yield from top.finish()
            case "colon" if top and not top.is_list and top.name is None:
                top.name, top.key = top.word.strip("\"'"), top.span
                top.word, top.span = "", None
            case "text" | "plain" if top:
                top.word, top.span = match[0].rstrip(), (match.start(), match.start() + len(match[0].rstrip()))
            case _:
                pass

    def _open(self, bracket: str, place: int) -> Iterator[Found]:
        top = self.levels[-1] if self.levels else None
        path = (top.child or top.path) if top else self.path
        if top and top.child is not None:
            yield path, top.key, (place, place)
        self.levels.append(Bracket(path, bracket == "["))

    def _close(self, top: Bracket) -> Iterator[Found]:
        if top.span or top.name is not None:
            yield from top.finish()
        self.levels.pop()
        if self.levels:  # the collection was the value; nothing more is said of it
            self.levels[-1].forget()

    def _end_of_line(self) -> Iterator[Found]:
        """Yield the value at the end of the line: where it stands is known on this line only."""
        top = self.levels[-1]
        self.typing = Typing(top.kind, top.child or top.path, top.span[0] if top.span else None)
        if top.span is not None and (top.is_list or top.name is not None):
            yield top.child or top.path, top.key, top.span
            top.forget()
