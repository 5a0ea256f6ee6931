"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors take in.

Only the rules that were broken are described, each with the address of its page. Columns count characters, which the
run has to say: SARIF's own unit is UTF-16.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kairosfile import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.spec.diagnostics import Diagnostic, Fix
    from kairosfile.spec.render import Checked
    from kairosfile.spec.rules import Rule
    from kairosfile.spec.source import Range

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(checked: Sequence[Checked]) -> str:
    """Return one run with the findings of all files."""
    found = [(fault, file.source.filename) for file in checked for fault in file.diagnostics]
    rules = sorted({fault.rule for fault, _ in found}, key=lambda rule: rule.id)
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    driver = {"name": "kairosfile", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(fault, entry, numbers[fault.rule.id]) for fault, entry in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(fault: Diagnostic, entry: str, rule_number: int) -> dict[str, Any]:
    artifact = {"uri": quote(fault.file(entry))}
    fixes = [_fix(fault.fix, artifact)] if fault.fix else []
    return {
        "ruleId": fault.rule.id,
        "ruleIndex": rule_number,
        "level": fault.severity,
        "message": {"text": fault.sentence},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": _region(fault.range)}}],
        **({"fixes": fixes} if fixes else {}),
    }


def _fix(fix: Fix, artifact: dict[str, str]) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(fix.range), "insertedContent": {"text": fix.text}}
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": [replacement]}],
    }


def _region(where: Range) -> dict[str, int]:
    return {
        "startLine": where.start.line,
        "startColumn": where.start.column,
        "endLine": where.end.line,
        "endColumn": where.end.column,
    }
