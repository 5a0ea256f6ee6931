"""Findings for a person at a terminal: the line, a mark under the place, what to do, and one line of summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.render import Checked
    from kairosfile.spec.rules import Severity
    from kairosfile.spec.source import Source

# SGR codes: what every terminal that has colours knows.
_COLOURS: dict[Severity, str] = {"error": "31", "warning": "33", "note": "36"}
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def render(checked: Sequence[Checked], *, colour: bool = False) -> str:
    """Return all findings and the summary."""
    blocks = [_block(fault, file.source, colour=colour) for file in checked for fault in file.diagnostics]
    return "\n\n".join([*blocks, summary(checked)]) + "\n"


def summary(checked: Sequence[Checked]) -> str:
    """Return `2 errors and 1 warning in Kairosfile`."""
    counts = [(severity, sum(file.count(severity) for file in checked)) for severity in _SEVERITIES]
    found = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts if count]
    where = checked[0].source.filename if len(checked) == 1 else f"{len(checked)} files"
    *head, last = found or ["nothing to report"]
    return f"{', '.join(head)} and {last} in {where}" if head else f"{last} in {where}"


def _block(fault: Diagnostic, source: Source, *, colour: bool) -> str:
    head, line, mark, *advice = fault.render(source).split("\n")
    place, _, text = head.partition(": ")
    paint = (lambda words: f"\033[{_COLOURS[fault.severity]}m{words}\033[0m") if colour else str
    return "\n".join([f"{place}: {paint(fault.severity)}: {text}", line, paint(mark), *advice])
