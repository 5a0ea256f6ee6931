"""Realistic files and their diagnostics: the real behaviour of a machine, without false positives or omissions.

`written/expected.json` has the diagnostics of each Kairosfile: rule and position, without the advice to pin images.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.plan.model import Run
from kairosfile.plan.resolve import resolve
from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "tests" / "unit" / "language" / "written"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
PINNED = {"KF501", "KF502", "KF503"}
PLATFORMS = {"thor-on-hadron": "linux/arm64"}


def findings(kairosfile: Path) -> list[str]:
    root = kairosfile.parent
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    platforms = [PLATFORMS.get(root.name, "linux/amd64")]
    source = language.Source("Kairosfile", kairosfile.read_text())
    try:
        document = sections.read(source, platforms=platforms, files=language.DictFiles(files))
        resolve(document, platforms)
        actual = document.warnings
    except language.KairosfileError as error:
        actual = (*error.diagnostics, *error.warnings)
    return [
        f"{it.severity} {it.rule.id} {it.range.filename or 'Kairosfile'}:{it.range.start.line}"
        for it in actual
        if it.rule.id not in PINNED
    ]


@pytest.mark.parametrize("name", sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("Kairosfile*")))
def test_a_file_gets_the_answer_that_the_programs_would_give(name: str) -> None:
    assert findings(FOLDER / name) == EXPECTED[name]


def test_init_has_a_network_where_an_extension_of_its_stages_installs_or_downloads() -> None:
    root = FOLDER / "extension-needs-network-in-init"
    files = {"ext/10-zfs.yaml": (root / "ext" / "10-zfs.yaml").read_bytes()}
    source = language.Source("Kairosfile", (root / "Kairosfile").read_text())

    (plan,) = resolve(sections.read(source, files=language.DictFiles(files)), ["linux/amd64"])

    (init,) = (step.action for step in plan.steps if step.id == "init")
    assert isinstance(init, Run)
    assert init.network == "default"
