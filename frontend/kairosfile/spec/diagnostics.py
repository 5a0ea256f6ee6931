"""Faults of a Kairosfile as data: which rule, where, what, and what to do.

The same objects become the text in a terminal, the error of a build and whatever a program wants to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.spec.rules import Rule
    from kairosfile.spec.source import Range, Source


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault. `message` says what is wrong and why, `hint` what to do; both in the user's words."""

    rule: Rule
    range: Range
    message: str
    hint: str = ""

    def summary(self, filename: str) -> str:
        """Return `Kairosfile:4:11: message; hint [KF006]`, on one line."""
        start = self.range.start
        advice = f"; {self.hint}" if self.hint else ""
        return f"{filename}:{start.line}:{start.column}: {self.message}{advice} [{self.rule.id}]"

    def render(self, source: Source) -> str:
        """Return the fault with the line it stands on and a mark under the place."""
        start, line = self.range.start, source.line(self.range.start.line)
        stop = self.range.end.column if self.range.end.line == start.line else len(line) + 1
        mark = " " * (start.column - 1) + "^" * max(1, stop - start.column)
        rows = [
            f"{source.filename}:{start.line}:{start.column}: {self.message} [{self.rule.id}]",
            f"{start.line:4} | {line}",
            f"     | {mark}",
        ]
        return "\n".join([*rows, self.hint] if self.hint else rows)


class KairosfileError(Exception):
    """A Kairosfile that cannot be built: every fault that was found, in the order of the file."""

    def __init__(self, source: Source, diagnostics: Iterable[Diagnostic]) -> None:
        self.source = source
        self.diagnostics = tuple(sorted(diagnostics, key=lambda fault: (fault.range, fault.rule.id)))
        super().__init__("\n".join(fault.summary(source.filename) for fault in self.diagnostics))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "x"?` for the nearest known word, or nothing where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a file with a fault needs it

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else ""


def listing(words: Sequence[str]) -> str:
    """Return `a, b and c`."""
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last
