"""Findings as a report: lines for people, JSON for programs, and how bad the worst of them is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kairosfile.cli.terminal import coloured
from kairosfile.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.cli.doctor.environment import Finding, Status

# From good to bad.
COLOURS: dict[Status, str] = {"ok": "32", "unknown": "36", "warning": "33", "error": "31"}


def worst(findings: Iterable[Finding]) -> Status:
    """Return the status of the worst finding."""
    return max((finding.status for finding in findings), key=list(COLOURS).index, default="ok")


def to_json(schema: str, findings: Sequence[Finding]) -> str:
    """Return findings as JSON; `schema` names the form."""
    listed = [
        {"check": one.check, "status": one.status, "message": one.message, "advice": one.advice} for one in findings
    ]
    return json.dumps({"schema": schema, "status": worst(findings), "findings": listed}, indent=2) + "\n"


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
