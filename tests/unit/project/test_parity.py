"""docs/reference/comparison.md: a row for every feature of the other tools, and fields that exist.

`parity.json` has the features under the names in their sources.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from kairosfile.language.model import StrictModel
from kairosfile.sections.kairosfile import Kairosfile
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs/reference/comparison.md"
KNOWN = json.loads(Path(__file__).with_name("parity.json").read_text())
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)
FIELD = re.compile(r"`([a-z_]+(?:\.[a-z_]+)*)(?::[^`]*)?`")


def rows_expected() -> Iterator[str]:
    inputs, commands, settings, options_without_command, operator = KNOWN.values()
    yield from inputs
    for command, options in commands.items():
        yield command
        yield from (f"{command} --{option}" for option in options)
    yield from (f"--set {name}" for name in settings)
    yield from options_without_command
    yield from operator


def test_every_input_and_option_has_a_row() -> None:
    rows = [name for name, _ in ROW.findall(PAGE.read_text())]

    assert sorted(rows) == sorted(rows_expected())


def fields(record: type[StrictModel], path: str = "") -> Iterator[str]:
    """Yield the paths of all fields below a record, except those in lists."""
    for name, field in record.model_fields.items():
        yield f"{path}{name}"
        for part in (field.annotation, *get_args(field.annotation)):
            for inner in (part, *get_args(part)):
                if isinstance(inner, type) and issubclass(inner, StrictModel):
                    yield from fields(inner, f"{path}{name}.")


def test_the_fields_that_rows_name_exist() -> None:
    known = set(fields(Kairosfile))
    named = {word for name, text in ROW.findall(PAGE.read_text()) for word in FIELD.findall(text) if word != name}
    dotted = {word for word in named if "." in word and not word.endswith(".sh")}

    assert dotted - known == set()
    assert len(dotted) > 20
