"""The conformance cases: Kairosfiles with their expected plan or diagnostics. Run as a program to regenerate them.

    name.yaml    the Kairosfile, byte for byte
    name.json    {"platform", "build_args"} as input, both optional, and either "plan" or "diagnostics"
    name.files/  the build context, if a case needs one
    name.lock    the lock file of the Kairosfile, if a case needs one

"warnings" lists the warnings and notes, which stop no build; a case without it does not compare them.
A diagnostic in a file other than the Kairosfile has the file's path as "file".

Review the difference after each regeneration: it is a change of the language.
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
    """Return the Kairosfiles of all cases in a folder."""
    actual = (case for case in root.rglob("*.yaml") if not any(parent.suffix == CONTEXT for parent in case.parents))
    return sorted(actual)


def context(case: Path) -> language.Files | None:
    """Return the build context of a case, or None to skip the checks of files."""
    root = case.with_suffix(CONTEXT)
    if not root.is_dir():
        return None
    paths = [path for path in root.rglob("*") if path.is_file()]
    return language.DictFiles({str(path.relative_to(root)): path.read_bytes() for path in paths})


def lock_of(case: Path) -> Lock | None:
    """Return the lock file of a case. Raise KairosfileError if it is malformed."""
    path = case.with_suffix(lockfile.SUFFIX)
    return lockfile.read(f"Kairosfile{lockfile.SUFFIX}", path.read_bytes()) if path.exists() else None


def expectation(case: Path) -> dict[str, Any]:
    """Return a case's inputs and expected outcome, or an empty dictionary if neither is recorded."""
    path = case.with_suffix(".json")
    return json.loads(path.read_text()) if path.exists() else {}


def outcome(case: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the actual plan or diagnostics of a case."""
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
    """Write the actual outcome of a case as its expected outcome."""
    inputs = {key: value for key, value in expectation(case).items() if key in ("platform", "build_args", "warnings")}
    text = json.dumps(inputs | outcome(case, inputs), indent=2, ensure_ascii=False)
    case.with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    for path in find():
        rewrite(path)
