"""Findings as JSON for programs. `schema` names the form; it changes when a reader would have to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.spec.diagnostics import Diagnostic, Fix
    from kairosfile.spec.render import Checked
    from kairosfile.spec.source import Position

SCHEMA = "kairosfile.check/1"


def render(checked: Sequence[Checked]) -> str:
    """Return the findings of all files; lines and columns count from 1, a range ends before its end."""
    faults = [_fault(fault, file.source.filename) for file in checked for fault in file.diagnostics]
    totals = {f"{word}s": sum(file.count(word) for file in checked) for word in ("error", "warning", "note")}
    files = [file.source.filename for file in checked]
    return json.dumps({"schema": SCHEMA, "files": files, **totals, "diagnostics": faults}, indent=2) + "\n"


def _fault(fault: Diagnostic, entry: str) -> dict[str, Any]:
    return {
        "file": fault.file(entry),
        "rule": fault.rule.id,
        "name": fault.rule.name,
        "severity": fault.severity,
        "message": fault.message,
        "hint": fault.hint,
        "start": _position(fault.range.start),
        "end": _position(fault.range.end),
        "url": fault.rule.url,
        "fix": _fix(fault.fix) if fault.fix else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"start": _position(fix.range.start), "end": _position(fix.range.end), "text": fix.text}


def _position(place: Position) -> dict[str, int]:
    return {"line": place.line, "column": place.column}
