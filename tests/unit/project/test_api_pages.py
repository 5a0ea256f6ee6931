"""The API reference: its examples run unchanged, and it documents every module that the policy covers."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests import ROOT
from tests.support.generate.public_api import GATEWAY, PACKAGES

PAGES = sorted((ROOT / "docs" / "reference" / "api").glob("*.md"))
_EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = {
    f"{page.stem}-{number}": code for page in PAGES for number, code in enumerate(_EXAMPLE.findall(page.read_text()))
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", EXAMPLES[name]], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_every_promised_module_is_in_the_reference() -> None:
    text = "".join(page.read_text() for page in PAGES)
    promised = {*PACKAGES, *(f"kairosfile.gateway.{name}" for name in GATEWAY)}

    assert {name for name in promised if f"::: {name}\n" not in text} == set()
