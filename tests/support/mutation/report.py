"""Results of mutation runs: a file with the figures and survivors of each part, and a page generated from them.

The page has the reason for each survivor. A reason is written into the results by hand, and stays there as long as the
change that it is for survives: it is known by its function and its lines, not by its number.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests import ROOT

RESULTS = Path(__file__).with_name("results")
PAGE = ROOT / "docs" / "internals" / "mutation.md"
INTRODUCTION = """\
<!-- made by `python -m tests.support.mutation.report` of tests/support/mutation/results/ -->
# Mutants that survive

`make mutation PART=llb` (or `plan`, `language`) changes the product in small ways, one at a time, and runs the tests
that reach the changed function ([how](extending.md#tests-that-would-notice)). A mutant survives if none of them fails.
These are samples, by the last digits of the mutants' numbers: some of each function.

| part | commit | sample | mutants tried | killed | survived | reached by no test |
|---|---|---|---|---|---|---|
"""


def changed_lines(difference: str) -> tuple[str, str]:
    """Return the lines of a unified difference that are removed, and those that are added."""
    lines = [line for line in difference.splitlines() if not line.startswith(("---", "+++"))]
    removed, added = ("\n".join(line[1:].strip() for line in lines if line.startswith(mark)) for mark in "-+")
    return removed, added


def function_of(mutant: str) -> str:
    """Return the function of a mutant: `plan.diff.compare` for `kairosfile.plan.diff.x_compare__mutmut_3`."""
    name = mutant.removeprefix("kairosfile.").rpartition("__mutmut_")[0]
    module, _, mangled = name.rpartition(".")
    return f"{module}.{mangled.removeprefix('x').removeprefix('_').removeprefix('ǁ').replace('ǁ', '.')}"


def record(part: str, figures: dict[str, Any], survivors: dict[str, str]) -> None:
    """Write the results of a run: its figures, and the differences of the mutants that survived by their names."""
    file = RESULTS / f"{part}.json"
    before = json.loads(file.read_text())["survivors"] if file.exists() else []
    reasons = {(one["function"], one["old"], one["new"]): one["reason"] for one in before}
    survived = []
    for name, difference in sorted(survivors.items()):
        key = (function_of(name), *changed_lines(difference))
        survived.append(dict(zip(("function", "old", "new"), key, strict=True)) | {"reason": reasons.get(key, "")})
    RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps({**figures, "survivors": survived}, indent=1, ensure_ascii=False) + "\n")


def page() -> str:
    """Return the page of all results."""
    results = {file.stem: json.loads(file.read_text()) for file in sorted(RESULTS.glob("*.json"))}
    rows = [
        (
            f"`{part}`",
            it["commit"],
            it["sample"] or "all",
            it["tried"],
            it["killed"],
            it["tried"] - it["killed"] - it["unreached"],
            it["unreached"],
        )
        for part, it in results.items()
    ]
    table = "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)
    return INTRODUCTION + table + "".join(_list(part, it["survivors"]) for part, it in results.items())


def _list(part: str, survivors: list[dict[str, str]]) -> str:
    text = f"\n## {part}\n"
    for reason in sorted({one["reason"] for one in survivors}):
        text += f"\n{reason or 'Not judged yet'}:\n\n"
        for one in survivors:
            if one["reason"] == reason:
                text += f"- `{one['function']}`: {_code(one['old'])} becomes {_code(one['new'])}\n"
    return text


def _code(lines: str) -> str:
    shown = " ".join(lines.split())
    return f"`` {shown} ``" if shown else "nothing"


if __name__ == "__main__":
    PAGE.write_text(page())
