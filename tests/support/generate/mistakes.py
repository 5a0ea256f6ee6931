"""Generates the table of mistakes that grades the checker: `python -m tests.support.generate.mistakes`.

The files are `tests/unit/language/mistakes`. The checker runs on each; the expectations are written by
hand in `tests/unit/language/test_mistakes.py`. A file has a point for each of four: the expected rules report all its
mistakes, at the expected ranges, with one message each, and the edits or the hints make it valid.
"""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from tests import ROOT
from tests.unit.language import test_mistakes as mistakes

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "internals" / "mistakes.md"
BEST = 10
LAST_OF_THE_FIRST = 55
EDITS, HINTS, NONE = "edits", "hints", "no"


class Grade(NamedTuple):
    """What the checker makes of a file."""

    name: str
    rules: str
    places: str
    is_reported: bool
    placed: bool
    once: bool
    mended: str

    @property
    def points(self) -> float:
        """The points of 10."""
        return BEST * mean([self.is_reported, self.placed, self.once, self.mended != NONE])


def grade(file: Path) -> Grade:
    """Grade the diagnostics of a file."""
    expected, _ = mistakes.EXPECTED[file.stem]
    text = mistakes.text_of(file)
    actual = mistakes.places(mistakes.found_in(text))
    return Grade(
        name=file.stem,
        rules=", ".join(dict.fromkeys(rule for rule, *_ in actual)),
        places=", ".join(f"{line}:{column}" for _, line, column in actual),
        is_reported={rule for rule, *_ in expected} <= {rule for rule, *_ in actual},
        placed={place[1:] for place in expected} == {place[1:] for place in actual},
        once=len(actual) <= mistakes.MISTAKES.get(file.stem, len(expected)),
        mended=_mended(file, text),
    )


def _mended(file: Path, text: str) -> str:
    if not mistakes.found_in(mistakes.with_edits(text)):
        return EDITS
    return HINTS if file.stem in mistakes.BY_HAND and not mistakes.followed(file) else NONE


def page() -> str:
    """Return the page."""
    grades = [grade(file) for file in mistakes.FILES]
    first = [each for each in grades if int(each.name.partition("-")[0]) <= LAST_OF_THE_FIRST]
    return (
        "# Grades of the checker\n\n"
        "Files with realistic mistakes, and the diagnostics of `kairosfile check` for each, without the notes that\n"
        "every short file gets. *Fixed by* is what makes the file valid: the offered edits alone, or hints that a\n"
        "person follows. A file loses a quarter of its grade if a diagnostic is missing, has another range, or is\n"
        "reported twice. The expectations are written manually in `tests/unit/language/test_mistakes.py`;\n"
        "`make generate` writes this page.\n\n"
        f"The first {len(first)} files were graded 6.5 of {BEST} when they were written. They have "
        f"{mean(each.points for each in first):.2f} now, all {len(grades)} have "
        f"{mean(each.points for each in grades):.2f}; no mistake goes unreported.\n\n"
        "| file | rules | line:column | reported | right range | one message each | fixed by |\n"
        "|---|---|---|---|---|---|---|\n" + "".join(map(_row, grades))
    )


def _row(each: Grade) -> str:
    answers = ["yes" if answer else "no" for answer in (each.is_reported, each.placed, each.once)]
    return f"| {' | '.join([each.name, each.rules or '-', each.places or '-', *answers, each.mended])} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
