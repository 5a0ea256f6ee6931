"""Findings as workflow commands of GitHub Actions, which become annotations on the lines of a pull request.

Escaping is that of the runner (actions/toolkit, command.ts): more in properties than in the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.render import Checked
    from kairosfile.spec.rules import Severity

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
_MESSAGE: dict[str, str | int | None] = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: dict[str, str | int | None] = {**_MESSAGE, ":": "%3A", ",": "%2C"}


def render(checked: Sequence[Checked]) -> str:
    """Return one command for each finding."""
    return "".join(_command(fault, file.source.filename) for file in checked for fault in file.diagnostics)


def _command(fault: Diagnostic, entry: str) -> str:
    start, last = fault.range.start, fault.range.last_line
    properties = {"file": fault.file(entry), "line": start.line, "endLine": last, "col": start.column}
    if last == start.line and fault.range.end.line == last:
        properties["endColumn"] = fault.range.end.column - 1
    properties["title"] = f"{fault.rule.id} {fault.rule.name}"
    listed = ",".join(f"{name}={_escape(str(value), _PROPERTY)}" for name, value in properties.items())
    return f"::{_COMMANDS[fault.severity]} {listed}::{_escape(fault.sentence, _MESSAGE)}\n"


def _escape(text: str, codes: dict[str, str | int | None]) -> str:
    return text.translate(str.maketrans(codes))
