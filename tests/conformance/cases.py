"""The conformance cases: Kairosfiles beside what they must give. Run as a program to rewrite what is expected.

    name.yaml    the Kairosfile, byte for byte
    name.json    {"platform", "build_args"} as input, both optional, and either "plan" or "diagnostics"

After a rewrite a person reads the difference: it is the language that changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kairosfile import plan, spec
from kairosfile.plan.serial import to_json

ROOT = Path(__file__).parents[2] / "kairosfile-spec" / "cases"


def find(root: Path = ROOT) -> list[Path]:
    """Return the Kairosfiles of all cases below a folder."""
    return sorted(root.rglob("*.yaml"))


def expectation(case: Path) -> dict[str, Any]:
    """Return a case's inputs and expected outcome; empty where none is written yet."""
    path = case.with_suffix(".json")
    return json.loads(path.read_text()) if path.exists() else {}


def outcome(case: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what this implementation makes of a case."""
    try:
        source = spec.decode("Kairosfile", case.read_bytes())
        document = spec.read(source, inputs.get("build_args"))
        (resolved,) = plan.resolve(document, [inputs.get("platform", "linux/amd64")])
        return {"plan": to_json(resolved)}
    except spec.KairosfileError as error:
        return {"diagnostics": [_diagnostic(fault) for fault in error.diagnostics]}


def _diagnostic(fault: spec.Diagnostic) -> dict[str, Any]:
    start = fault.range.start
    place = {"rule": fault.rule.id, "line": start.line, "column": start.column}
    return place | {"message": fault.message, "hint": fault.hint}


def rewrite(case: Path) -> None:
    """Write what this implementation makes of a case as its expected outcome."""
    inputs = {key: value for key, value in expectation(case).items() if key in ("platform", "build_args")}
    text = json.dumps(inputs | outcome(case, inputs), indent=2, ensure_ascii=False)
    case.with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    for found in find():
        rewrite(found)
