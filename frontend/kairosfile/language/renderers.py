"""Renders diagnostics as text for a terminal, JSON, SARIF 2.1.0 (OASIS) and workflow commands of GitHub Actions.

Each renderer is a function from the checked files to a text; a build imports none of them. The JSON names its schema,
which changes when readers would have to change. SARIF describes only the violated rules, with the URLs of their pages,
and counts columns in characters (`columnKind`). Workflow commands are escaped as the runner reads them
(actions/toolkit, command.ts): more in properties than in the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kairosfile import __version__
from kairosfile.language.diagnostics import in_order
from kairosfile.named_tuple import NamedTuple
from kairosfile.untrusted import escape, one_line, printable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kairosfile.language.diagnostics import Diagnostic, Fix
    from kairosfile.language.nodes import Position, Range, Source
    from kairosfile.language.rules import Rule, Severity

# SGR codes, which every colour terminal supports.
_COLOURS: dict[Severity, str] = {"error": "31", "warning": "33", "note": "36"}
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

# Limit of the findings in a text, for all files together.
MOST_SHOWN = 200

JSON_SCHEMA = "kairosfile.check/1"
MAX_MESSAGE = 10_000  # characters: a message quotes what is wrong, which may be the whole file

VERSION = "2.1.0"
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
_MESSAGE: dict[str, str | int | None] = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: dict[str, str | int | None] = {**_MESSAGE, ":": "%3A", ",": "%2C"}


class Checked(NamedTuple):
    """One Kairosfile and its diagnostics, in the order of the file."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, source: Source, diagnostics: Iterable[Diagnostic]) -> Checked:
        """Return a file with its findings sorted."""
        return cls(source, in_order(diagnostics))

    def count(self, severity: str) -> int:
        """Return the number of findings with a severity."""
        return sum(diagnostic.severity == severity for diagnostic in self.diagnostics)


def render_text(checked: Sequence[Checked], *, colour: bool = False) -> str:
    """Return the findings and the summary; of more than MOST_SHOWN the most severe, and the number of the others."""
    diagnostics = [(diagnostic, file.source) for file in checked for diagnostic in file.diagnostics]
    shown = _worst(diagnostics, MOST_SHOWN)
    blocks = [_block(diagnostic, source, colour=colour) for diagnostic, source in shown]
    if len(shown) < len(diagnostics):
        blocks.append(f"and {len(diagnostics) - len(shown)} more: kairosfile check --format json lists them all")
    return "\n\n".join([*blocks, summary(checked)]) + "\n"


def _worst(pairs: Sequence[tuple[Diagnostic, Source]], most: int) -> list[tuple[Diagnostic, Source]]:
    """Return the first errors, then warnings, then notes, each in the order of the files."""
    chosen = sorted(range(len(pairs)), key=lambda number: _SEVERITIES.index(pairs[number][0].severity))[:most]
    return [pairs[number] for number in sorted(chosen)]


def summary(checked: Sequence[Checked]) -> str:
    """Return `2 errors and 1 warning in Kairosfile`."""
    counts = [(severity, sum(file.count(severity) for file in checked)) for severity in _SEVERITIES]
    counted = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts if count]
    range_ = one_line(checked[0].source.filename) if len(checked) == 1 else f"{len(checked)} files"
    *head, last = counted or ["nothing to report"]
    return f"{', '.join(head)} and {last} in {range_}" if head else f"{last} in {range_}"


def _block(diagnostic: Diagnostic, source: Source, *, colour: bool) -> str:
    head, line, mark, *advice = diagnostic.render(source).split("\n")
    position, _, text = head.partition(": ")
    paint = (lambda part: f"\033[{_COLOURS[diagnostic.severity]}m{part}\033[0m") if colour else str
    return "\n".join([f"{position}: {paint(diagnostic.severity)}: {text}", line, paint(mark), *advice])


def render_json(checked: Sequence[Checked]) -> str:
    """Return the findings of all files; lines and columns count from 1, a range ends before its end."""
    diagnostics = [_diagnostic(diagnostic, file.source.filename) for file in checked for diagnostic in file.diagnostics]
    totals = {f"{word}s": sum(file.count(word) for file in checked) for word in ("error", "warning", "note")}
    files = [file.source.filename for file in checked]
    return printable_json({"schema": JSON_SCHEMA, "files": files, **totals, "diagnostics": diagnostics})


def _diagnostic(diagnostic: Diagnostic, entry: str) -> dict[str, Any]:
    return {
        "file": diagnostic.file(entry),
        "rule": diagnostic.rule.id,
        "name": diagnostic.rule.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message[:MAX_MESSAGE],
        "hint": diagnostic.hint[:MAX_MESSAGE],
        "start": _position(diagnostic.range.start),
        "end": _position(diagnostic.range.end),
        "url": diagnostic.rule.url,
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"start": _position(fix.range.start), "end": _position(fix.range.end), "text": fix.text}


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}


def render_sarif(checked: Sequence[Checked]) -> str:
    """Return one run with the findings of all files."""
    diagnostics = [(diagnostic, file.source.filename) for file in checked for diagnostic in file.diagnostics]
    rules = sorted({diagnostic.rule for diagnostic, _ in diagnostics}, key=lambda rule: rule.id)
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    driver = {"name": "kairosfile", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, entry, numbers[diagnostic.rule.id]) for diagnostic, entry in diagnostics],
    }
    return printable_json({"$schema": SARIF_SCHEMA, "version": VERSION, "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(diagnostic: Diagnostic, entry: str, rule_number: int) -> dict[str, Any]:
    artifact = {"uri": quote(diagnostic.file(entry), errors="surrogateescape")}
    fixes = [_sarif_fix(diagnostic.fix, artifact)] if diagnostic.fix else []
    return {
        "ruleId": diagnostic.rule.id,
        "ruleIndex": rule_number,
        "level": diagnostic.severity,
        "message": {"text": diagnostic.sentence},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": _region(diagnostic.range)}}],
        **({"fixes": fixes} if fixes else {}),
    }


def _sarif_fix(fix: Fix, artifact: dict[str, str]) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(fix.range), "insertedContent": {"text": fix.text}}
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": [replacement]}],
    }


def _region(range_: Range) -> dict[str, int]:
    return {
        "startLine": range_.start.line,
        "startColumn": range_.start.column,
        "endLine": range_.end.line,
        "endColumn": range_.end.column,
    }


def render_github(checked: Sequence[Checked]) -> str:
    """Return one command for each finding."""
    return "".join(_command(diagnostic, file.source.filename) for file in checked for diagnostic in file.diagnostics)


def _command(diagnostic: Diagnostic, entry: str) -> str:
    start, last = diagnostic.range.start, diagnostic.range.last_line
    properties = {"file": diagnostic.file(entry), "line": start.line, "endLine": last, "col": start.column}
    if last == start.line and diagnostic.range.end.line == last:
        properties["endColumn"] = diagnostic.range.end.column - 1
    properties["title"] = f"{diagnostic.rule.id} {diagnostic.rule.name}"
    listed = ",".join(f"{name}={_escape(str(value), _PROPERTY)}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {listed}::{_escape(diagnostic.sentence, _MESSAGE)}\n"


def _escape(text: str, codes: dict[str, str | int | None]) -> str:
    """Return a text as a value of a command; a line break stays, as its code."""
    return "\n".join(map(escape, text.split("\n"))).translate(str.maketrans(codes))


RENDERERS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "json": render_json,
    "sarif": render_sarif,
    "github": render_github,
}
