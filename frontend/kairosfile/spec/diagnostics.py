"""Faults of a Kairosfile as data: which rule, how grave, where, what, and what to do.

The same objects become the text in a terminal, the error of a build and whatever a program wants to read; those forms
are the matter of `spec.render`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kairosfile.spec.rules import Rule, Severity
    from kairosfile.spec.source import Range, Source


class Fix(NamedTuple):
    """An edit that most likely gives what was meant: `text` in the place of `range`."""

    range: Range
    text: str

    @property
    def title(self) -> str:
        """What it does, for a menu."""
        return f'Change to "{self.text}"'


class Diagnostic(NamedTuple):
    """One fault. `message` says what is wrong and why, `hint` what to do; both in the user's words.

    `raised` is a warning that the file itself asked to be an error. `fix` is the hint as an edit, for editors.
    """

    rule: Rule
    range: Range
    message: str
    hint: str = ""
    raised: bool = False
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        """How grave it is: an error stops the build, a note is shown only to who checks the file."""
        return "error" if self.raised else self.rule.severity

    @property
    def sentence(self) -> str:
        """The message with what to do, on one line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def suggesting(self, word: str, where: Range | None) -> Diagnostic:
        """Return the fault with the word that was probably meant; the same one without a word or its place."""
        return self._replace(fix=Fix(where, word)) if word and where else self

    def placed(self, place: Callable[[Range], Range]) -> Diagnostic:
        """Return the fault, and what would fix it, where `place` says that its ranges are."""
        fix = self.fix._replace(range=place(self.fix.range)) if self.fix else None
        return self._replace(range=place(self.range), fix=fix)

    def file(self, entry: str) -> str:
        """Return the name of the file that the range is in; `entry` is that of the Kairosfile."""
        return self.range.filename or entry

    def summary(self, filename: str) -> str:
        """Return `Kairosfile:4:11: message; hint [KF006]`, on one line; an included file goes by its own name."""
        start, filename = self.range.start, self.range.filename or filename
        return f"{self.file(filename)}:{start.line}:{start.column}: {self.sentence} [{self.rule.id}]"

    def render(self, source: Source) -> str:
        """Return the fault with the line it stands on and a mark under the place."""
        source = self.range.source or source
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
    """A Kairosfile that cannot be built: every error that was found, in the order of the file.

    `warnings` are what was found beside them and would not have stopped a build.
    """

    def __init__(self, source: Source, diagnostics: Iterable[Diagnostic], warnings: Iterable[Diagnostic] = ()) -> None:
        self.source = source
        self.diagnostics = in_order(diagnostics)
        self.warnings = in_order(warnings)
        super().__init__("\n".join(fault.summary(source.filename) for fault in self.diagnostics))


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics by file, the Kairosfile first, and by position in it."""
    return tuple(sorted(diagnostics, key=lambda fault: (fault.range.filename, fault.range, fault.rule.id)))


# Nobody reads more guesses than this, and each takes some 50 microseconds.
MAX_GUESSES = 100


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like another one, or nothing where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a file with a fault needs it

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def asking(near: str) -> str:
    """Return `did you mean "x"?`, nothing for no word."""
    return f'did you mean "{near}"?' if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "x"?` for the nearest known word, or nothing where none is near."""
    return asking(nearest(word, known))


def listing(words: Sequence[str]) -> str:
    """Return `a, b and c`."""
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last
