"""Diagnostics of a Kairosfile as data: rule, severity, range, message and hint.

The same objects become the text in a terminal, the error of a build and the machine-readable formats; the renderers
are in `language.renderers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.named_tuple import NamedTuple
from kairosfile.untrusted import escape, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kairosfile.language.nodes import Range, Source
    from kairosfile.language.rules import Rule, Severity

# Limits: the characters shown of a very long line, and the number of errors that a build reports of a file.
MAX_EXCERPT, MAX_BEFORE, MAX_MARKED = 300, 80, 160
MAX_SHOWN = 20
MAX_TITLE = 80

# More suggestions would not be read, and each takes about 50 microseconds.
MAX_GUESSES = 100


class Fix(NamedTuple):
    """An edit that most likely fixes the problem: replace `range` by `text`."""

    range: Range
    text: str

    @property
    def title(self) -> str:
        """Title of the edit in an editor's menu."""
        if not self.text:
            return "Remove it"
        verb = "Insert" if self.range.start == self.range.end else "Change to"
        first, *more = one_line(self.text.strip(" ") or self.text).split("\n")
        return f'{verb} "{first}{"..." if more or len(first) > MAX_TITLE else ""}"'


class Diagnostic(NamedTuple):
    """One diagnostic. `message` describes the problem and its reason, `hint` the solution, both in the user's terms.

    `promoted` marks a warning that the file itself raised to an error, `unproven` an error that no fact proves for the
    chosen releases: a warning. `fix` is the hint as an edit, for editors.
    """

    rule: Rule
    range: Range
    message: str
    hint: str = ""
    promoted: bool = False
    fix: Fix | None = None
    unproven: bool = False

    @property
    def severity(self) -> Severity:
        """The severity: an error stops the build, a note is shown only by `kairosfile check`."""
        if self.promoted:
            return "error"
        return "warning" if self.unproven else self.rule.severity

    @property
    def sentence(self) -> str:
        """The message with its hint, on one line."""
        return one_line(f"{self.message}; {self.hint}" if self.hint else self.message)

    def with_suggestion(self, word: str, range_: Range | None) -> Diagnostic:
        """Return the diagnostic with the suggested word as its fix; unchanged if the word or its range is missing."""
        return self._replace(fix=Fix(range_, word)) if word and range_ else self

    def weakened(self) -> Diagnostic:
        """Return the diagnostic as a warning: no fact proves it an error for the chosen releases."""
        return self._replace(unproven=True)

    def placed(self, convert: Callable[[Range], Range]) -> Diagnostic:
        """Return the diagnostic and its fix with their ranges mapped by `convert`."""
        fix = self.fix._replace(range=convert(self.fix.range)) if self.fix else None
        return self._replace(range=convert(self.range), fix=fix)

    def file(self, entry: str) -> str:
        """Return the name of the file that the range is in; `entry` is that of the Kairosfile."""
        return self.range.filename or entry

    def summary(self, filename: str) -> str:
        """Return `Kairosfile:4:11: message; hint [KF006]`, on one line, with the name of the included file if any."""
        start, filename = self.range.start, self.range.filename or filename
        return f"{one_line(self.file(filename))}:{start.line}:{start.column}: {self.sentence} [{self.rule.id}]"

    def render(self, source: Source) -> str:
        """Return the diagnostic with its source line and a mark under the range."""
        source = self.range.source or source
        start, line = self.range.start, source.line(self.range.start.line)
        stop = self.range.end.column if self.range.end.line == start.line else len(line) + 1
        before, marked, after = _excerpt(line, start.column - 1, max(start.column, stop - 1))
        mark = " " * len(before) + "^" * max(1, len(marked))
        rows = [
            f"{one_line(source.filename)}:{start.line}:{start.column}: {one_line(self.message)} [{self.rule.id}]",
            f"{start.line:4} | {escape(before + marked + after)}",
            f"     | {mark}",
        ]
        return "\n".join([*rows, one_line(self.hint)] if self.hint else rows)


def _excerpt(line: str, start: int, stop: int) -> tuple[str, str, str]:
    """Return the excerpt of a line in three parts: before the marked characters, these, and after them."""
    first = max(0, start - MAX_BEFORE) if len(line) > MAX_EXCERPT else 0
    stop = min(stop, start + MAX_MARKED)
    last = min(len(line), first + MAX_EXCERPT)
    before, after = escape(line[first:start]), escape(line[stop:last])
    return f"{'...' if first else ''}{before}", escape(line[start:stop]), f"{after}{'...' if last < len(line) else ''}"


def summaries(source: Source, diagnostics: Sequence[Diagnostic]) -> str:
    """Return the first diagnostics, each on a line, and how many more there are."""
    shown = [each.summary(source.filename) for each in diagnostics[:MAX_SHOWN]]
    more = len(diagnostics) - len(shown)
    return "\n".join([*shown, f"and {more} more: run kairosfile check"] if more else shown)


class KairosfileError(Exception):
    """A Kairosfile that cannot be built, with all its errors in the order of the file.

    `warnings` are the further diagnostics, which would not have stopped a build.
    """

    def __init__(self, source: Source, diagnostics: Iterable[Diagnostic], warnings: Iterable[Diagnostic] = ()) -> None:
        self.source = source
        self.diagnostics = in_order(diagnostics)
        self.warnings = in_order(warnings)
        super().__init__(summaries(source, self.diagnostics))


def once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics without duplicates, such as those of another platform or of a file that is included twice."""
    return list({(each.rule.id, each.range.filename, each.range, each.message): each for each in diagnostics}.values())


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics by file, the Kairosfile first, and by position in it."""
    return tuple(
        sorted(diagnostics, key=lambda diagnostic: (diagnostic.range.filename, diagnostic.range, diagnostic.rule.id))
    )


def did_you_mean(suggestion: str) -> str:
    """Return `did you mean "x"?`, empty without a suggestion."""
    return f'did you mean "{suggestion}"?' if suggestion else ""


def listing(items: Sequence[str]) -> str:
    """Return `a, b and c`."""
    *head, last = items
    return f"{', '.join(head)} and {last}" if head else last


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the most similar known word, empty if no similarity reaches `cutoff` (0 to 1)."""
    from kairosfile.language import suggestions  # noqa: PLC0415 - only a file with a diagnostic needs them

    return suggestions.nearest(word, known, cutoff=cutoff)
