"""docs/internals/limits.md lists the rows of `make real`, and each row is a valid Kairosfile."""

from __future__ import annotations

import re

import pytest

from kairosfile import language, sections
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import select
from kairosfile.sections.image.model import Install
from tests import ROOT
from tests.support.real.rows import CONFIG, PLUGIN, ROWS, Row

LISTED = re.compile(r"^\| `([a-z0-9-]+)` \| .+ \| (tried|read|unknown) \|$", re.MULTILINE)


def test_each_row_is_listed_with_its_state() -> None:
    listed = [name for name, _ in LISTED.findall((ROOT / "docs" / "internals" / "limits.md").read_text())]

    assert listed == [row.name for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_can_be_planned(row: Row) -> None:
    has_parts = row.is_parts and "parts" in Install.model_fields
    text = f"base: {row.base}\nversion: v1.0.0\n{row.text}" + ("install: {parts: true}\n" if has_parts else "")
    public = {f"public/{name}.auth": b"" for name in ("PK", "KEK", "db")}
    files = language.DictFiles({"plugin.sh": PLUGIN.encode(), "install.yaml": CONFIG.encode(), **public})
    document = sections.read(language.Source("Kairosfile", text), platforms=[row.platform], files=files)

    (plan,) = resolve(document, [row.platform])

    assert select(plan, row.target).steps
