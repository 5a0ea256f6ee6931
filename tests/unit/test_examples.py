"""Every example is a Kairosfile that makes a plan, and the README's is the first of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kairosfile import plan, spec

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("Kairosfile*"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.parent.name for path in EXAMPLES])
def test_an_example_makes_a_plan(path: Path) -> None:
    document = spec.read(spec.decode(path.name, path.read_bytes()))

    (resolved,) = plan.resolve(document, ["linux/arm64"])
    assert [step.id for step in resolved.steps if step.id in {"install", "init", "validate"}] == [
        "install",
        "init",
        "validate",
    ]


def test_every_hook_that_the_readme_shows_makes_a_plan() -> None:
    blocks = re.findall(r"```yaml\n(hooks:.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)

    for block in blocks:
        document = spec.read(spec.Source("Kairosfile", f"base: ubuntu:24.04\nversion: v1.0.0\n{block}"))
        assert len(plan.resolve(document, ["linux/amd64"])[0].steps) > 3
    assert blocks


def test_the_readme_shows_the_first_example() -> None:
    first = (ROOT / "examples" / "first" / "Kairosfile").read_text().splitlines()

    assert "\n".join(first[1:]) in (ROOT / "README.md").read_text()
