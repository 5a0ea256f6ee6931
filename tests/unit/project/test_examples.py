"""Every example is a Kairosfile with a valid plan, and the README's Kairosfile is the first of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import language, sections
from kairosfile.dockerfile.adopt import adopt
from kairosfile.dockerfile.adopt.writer import write
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from tests import ROOT
from tests.support.generate.reference import PLANS, example_plan
from tests.support.pages.blocks import blocks

if TYPE_CHECKING:
    from pathlib import Path

ADOPTED = [path.parent for path in PLANS if (path.parent / "Dockerfile").exists()]


@pytest.mark.parametrize("path", PLANS, ids=[path.parent.name for path in PLANS])
def test_the_plan_of_an_example_is_as_it_was(path: Path) -> None:
    assert path.read_text() == example_plan(path.parent), "`make generate` writes it anew: read the difference"


@pytest.mark.parametrize("folder", ADOPTED, ids=[folder.name for folder in ADOPTED])
def test_an_example_passes_kairos_init_the_arguments_of_its_dockerfile(folder: Path) -> None:
    adopted = adopt((folder / "Dockerfile").read_text(), {"VERSION": "v1.0.0"})

    assert checked_output(write(adopted.fields, [])) == checked_output((folder / "Kairosfile").read_text())


def checked_output(kairosfile: str) -> dict[str, Any]:
    """Return the kairos-init command lines of a Kairosfile, and the steps between them."""
    document = sections.read(language.Source("Kairosfile", kairosfile))
    (resolved,) = resolve(document, ["linux/arm64"])
    steps = {step["id"]: step for step in to_json(resolved)["steps"]}
    return {name: step["run"]["argv"] if name in {"install", "init"} else "" for name, step in steps.items()}


def test_every_hook_of_the_language_page_makes_a_plan() -> None:
    blocks = re.findall(r"```yaml\n(hooks:.*?)```", (ROOT / "docs/guides/language.md").read_text(), flags=re.DOTALL)

    for block in blocks:
        document = sections.read(language.Source("Kairosfile", f"base: ubuntu:24.04\nversion: v1.0.0\n{block}"))
        assert len(resolve(document, ["linux/amd64"])[0].steps) > 3
    assert blocks


def test_the_readme_shows_the_first_example() -> None:
    first = (ROOT / "examples" / "first" / "Kairosfile").read_text().splitlines()

    assert "\n".join(first[1:]) in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(("page", "example"), [("guides/matrix.md", "matrix"), ("guides/artifacts.md", "iso")])
def test_a_page_shows_its_example(page: str, example: str) -> None:
    shown = next(block for block in blocks(ROOT / "docs" / page) if block.title)

    assert shown.text == (ROOT / "examples" / example / "Kairosfile").read_text()
