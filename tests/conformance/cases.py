"""The conformance cases: Kairosfiles beside what they must give. Run as a program to rewrite what is expected.

    name.yaml    the Kairosfile, byte for byte
    name.json    {"platform", "build_args"} as input, both optional, and either "plan" or "diagnostics"
    name.files/  the build context, where a case needs one
    name.lock    the lock file beside the Kairosfile, where a case needs one

"warnings" lists what was found beside that and stops no build, notes too; a case without it does not look at them.
A diagnostic in another file than the Kairosfile has its path as "file".

After a rewrite a person reads the difference: it is the language that changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kairosfile import plan, spec
from kairosfile.plan.serial import to_json
from kairosfile.spec import lock

if TYPE_CHECKING:
    from kairosfile.spec.lock import Lock

CONTEXT = ".files"
ROOT = Path(__file__).parents[2] / "kairosfile-spec" / "cases"


def find(root: Path = ROOT) -> list[Path]:
    """Return the Kairosfiles of all cases below a folder."""
    found = (case for case in root.rglob("*.yaml") if not any(parent.suffix == CONTEXT for parent in case.parents))
    return sorted(found)


def context(case: Path) -> spec.Files | None:
    """Return the build context of a case; without one, files are not looked at."""
    root = case.with_suffix(CONTEXT)
    if not root.is_dir():
        return None
    paths = [path for path in root.rglob("*") if path.is_file()]
    return spec.DictFiles({str(path.relative_to(root)): path.read_bytes() for path in paths})


def lock_of(case: Path) -> Lock | None:
    """Return the lock file of a case; raises KairosfileError for a malformed one."""
    path = case.with_suffix(lock.SUFFIX)
    return lock.read(f"Kairosfile{lock.SUFFIX}", path.read_bytes()) if path.exists() else None


def expectation(case: Path) -> dict[str, Any]:
    """Return a case's inputs and expected outcome; empty where none is written yet."""
    path = case.with_suffix(".json")
    return json.loads(path.read_text()) if path.exists() else {}


def outcome(case: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what this implementation makes of a case."""
    try:
        source = spec.decode("Kairosfile", case.read_bytes())
        platforms = [inputs.get("platform", "linux/amd64")]
        document = spec.read(
            source, inputs.get("build_args"), platforms=platforms, files=context(case), lock=lock_of(case)
        )
        (resolved,) = plan.resolve(document, platforms)
        found: dict[str, Any] = {"plan": to_json(resolved)}
        warnings = document.warnings
    except spec.KairosfileError as error:
        found, warnings = {"diagnostics": [_diagnostic(fault) for fault in error.diagnostics]}, error.warnings
    if "warnings" not in inputs:
        return found
    return {"warnings": [{"severity": fault.severity, **_diagnostic(fault)} for fault in warnings], **found}


def _diagnostic(fault: spec.Diagnostic) -> dict[str, Any]:
    start = fault.range.start
    file = {"file": fault.range.filename} if fault.range.filename else {}
    place = {"rule": fault.rule.id, **file, "line": start.line, "column": start.column}
    return place | {"message": fault.message, "hint": fault.hint}


def rewrite(case: Path) -> None:
    """Write what this implementation makes of a case as its expected outcome."""
    inputs = {key: value for key, value in expectation(case).items() if key in ("platform", "build_args", "warnings")}
    text = json.dumps(inputs | outcome(case, inputs), indent=2, ensure_ascii=False)
    case.with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    for found in find():
        rewrite(found)
