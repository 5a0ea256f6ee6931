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
from typing import TYPE_CHECKING, Any

from kairosfile import language, sections
from kairosfile.language import lockfile
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.language.lockfile import Lock

CONTEXT = ".files"
CASES = ROOT / "kairosfile-spec" / "cases"


def find(root: Path = CASES) -> list[Path]:
    """Return the Kairosfiles of all cases below a folder."""
    actual = (case for case in root.rglob("*.yaml") if not any(parent.suffix == CONTEXT for parent in case.parents))
    return sorted(actual)


def context(case: Path) -> language.Files | None:
    """Return the build context of a case; without one, files are not looked at."""
    root = case.with_suffix(CONTEXT)
    if not root.is_dir():
        return None
    paths = [path for path in root.rglob("*") if path.is_file()]
    return language.DictFiles({str(path.relative_to(root)): path.read_bytes() for path in paths})


def lock_of(case: Path) -> Lock | None:
    """Return the lock file of a case; raises KairosfileError for a malformed one."""
    path = case.with_suffix(lockfile.SUFFIX)
    return lockfile.read(f"Kairosfile{lockfile.SUFFIX}", path.read_bytes()) if path.exists() else None


def expectation(case: Path) -> dict[str, Any]:
    """Return a case's inputs and expected outcome; empty where none is written yet."""
    path = case.with_suffix(".json")
    return json.loads(path.read_text()) if path.exists() else {}


def outcome(case: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what this implementation makes of a case."""
    try:
        source = language.decode("Kairosfile", case.read_bytes())
        platforms = [inputs.get("platform", "linux/amd64")]
        document = sections.read(
            source, inputs.get("build_args"), platforms=platforms, files=context(case), lock=lock_of(case)
        )
        (resolved,) = resolve(document, platforms)
        data: dict[str, Any] = {"plan": to_json(resolved)}
        warnings = document.warnings
    except language.KairosfileError as error:
        data, warnings = (
            {"diagnostics": [_diagnostic(diagnostic) for diagnostic in error.diagnostics]},
            error.warnings,
        )
    if "warnings" not in inputs:
        return data
    return {
        "warnings": [{"severity": diagnostic.severity, **_diagnostic(diagnostic)} for diagnostic in warnings],
        **data,
    }


def _diagnostic(diagnostic: language.Diagnostic) -> dict[str, Any]:
    start = diagnostic.range.start
    file = {"file": diagnostic.range.filename} if diagnostic.range.filename else {}
    place = {"rule": diagnostic.rule.id, **file, "line": start.line, "column": start.column}
    return place | {"message": diagnostic.message, "hint": diagnostic.hint}


def rewrite(case: Path) -> None:
    """Write what this implementation makes of a case as its expected outcome."""
    inputs = {key: value for key, value in expectation(case).items() if key in ("platform", "build_args", "warnings")}
    text = json.dumps(inputs | outcome(case, inputs), indent=2, ensure_ascii=False)
    case.with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    for path in find():
        rewrite(path)
