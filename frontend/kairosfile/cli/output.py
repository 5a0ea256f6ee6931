"""The output of commands: text with or without colours, a new file, a report of findings, Markdown.

Colours depend on the terminal, NO_COLOR (no-color.org) and TERM=dumb. A file is overwritten on request only. Findings
are lines for people or JSON for programs, with the worst status. Markdown is for release notes and the summaries of CI
jobs.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.errors import CliError
from kairosfile.cli.options import STANDARD_OUTPUT
from kairosfile.untrusted import escape, lines, one_line, printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from kairosfile.cli.doctor import Finding, Status


_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
# The width of lines that are not wrapped for a terminal.
WIDTH = 100
# Characters of a line of a message: it may contain the path of a file, of at most 4096 bytes, several times.
LONGEST_LINE = 20_000

# From good to bad.
COLOURS: dict[Status, str] = {"ok": "32", "unknown": "36", "warning": "33", "error": "31"}

_MARKUP = "\\`*_[]|#!~"


def coloured() -> bool:
    """Return whether standard output takes colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(*parts: RenderableType) -> None:
    """Print what has colours and folds its lines; plain text without blanks at the ends where no terminal reads it."""
    from rich.console import Console  # noqa: PLC0415 - not every command prints through it

    width = None if sys.stdout.isatty() else WIDTH
    out = Console(color_system="auto" if coloured() else None, width=width, highlight=False, markup=False, emoji=False)
    with out.capture() as captured:
        for part in parts:
            out.print(part)
    sys.stdout.write("".join(f"{_safe(line.rstrip())}\n" for line in captured.get().split("\n")[:-1]))


def _safe(line: str) -> str:
    """Return a line that was laid out without control characters of others; rich's colours stay."""
    parts = _COLOUR.split(line) if coloured() else [line]
    shown = "".join(part if number % 2 else escape(part) for number, part in enumerate(parts))
    return shown if coloured() else one_line(shown, len(shown))


def safe_rows(rows: Iterable[str]) -> str:
    """Return rows as lines, each safe to print: the name of a file in them may be anything."""
    return "".join(f"{one_line(row, LONGEST_LINE)}\n" for row in rows)


def say(text: str) -> None:
    """Write a message to standard error, each of its lines safe to print."""
    sys.stderr.write(f"kairosfile: {lines(text, LONGEST_LINE)}\n")


@dataclass(frozen=True, slots=True)
class Output:
    """A file, or standard output."""

    path: str
    force: bool

    def write(self, text: str) -> None:
        """Write a text; raises CliError if the file exists or cannot be created."""
        if self.path == STANDARD_OUTPUT:
            sys.stdout.write(text)
            return
        try:
            with Path(self.path).open("w" if self.force else "x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise CliError(f"{self.path} exists; --force overwrites it") from error
        except OSError as error:
            raise CliError(f"{self.path} cannot be written: {error.strerror}") from error


def worst(findings: Iterable[Finding]) -> Status:
    """Return the status of the worst finding."""
    return max((finding.status for finding in findings), key=list(COLOURS).index, default="ok")


def to_json(schema: str, findings: Sequence[Finding]) -> str:
    """Return findings as JSON; `schema` names the form."""
    listed = [
        {"check": one.check, "status": one.status, "message": one.message, "advice": one.advice} for one in findings
    ]
    return printable_json({"schema": schema, "status": worst(findings), "findings": listed})


def to_text(findings: Sequence[Finding], good: str) -> str:
    """Return findings as lines, with a count of what is bad, or `good` where nothing is."""
    return "".join(map(_line, findings)) + _summary(findings, good)


def _line(finding: Finding) -> str:
    status = f"{finding.status:8}"
    word = f"\033[{COLOURS[finding.status]}m{status}\033[0m" if coloured() else status
    advice = f"{'':21}-> {one_line(finding.advice)}\n" if finding.advice else ""
    return f"{word} {finding.check:11} {one_line(finding.message)}\n{advice}"


def _summary(findings: Sequence[Finding], good: str) -> str:
    counts = {status: sum(one.status == status for one in findings) for status in ("error", "warning")}
    parts = [f"{count} {word}{'s' if count > 1 else ''}" for word, count in counts.items() if count]
    return f"\n{' and '.join(parts)}\n" if parts else f"\n{good}\n"


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it on one line, without markup, links, mentions or HTML."""
    shown = "".join(f"\\{char}" if char in _MARKUP else char for char in one_line(text))
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table; what is in its cells is escaped already."""
    all_rows = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in all_rows)
