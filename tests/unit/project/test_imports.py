"""The modules that the frontend imports: each adds to the start time of every build."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests import ROOT

# Slow to import, and unnecessary in a build without errors.
NEVER = {"asyncio", "concurrent", "difflib", "grpc", "http", "multiprocessing", "requests", "rich", "ssl"}
NEVER |= {"google", "h2", "hpack", "subprocess", "typer", "unittest", "urllib.request", "xml", "docker"}
# The language is declared with pydantic, but loaded with tables that are generated from the models.
NEVER |= {"pydantic", "pydantic_core", "annotated_types", "dataclasses", "inspect", "decimal", "fractions", "zoneinfo"}

# The language is imported while the daemon already works; no module of it may be imported before.
LATER = {"yaml", "kairosfile.language", "kairosfile.plan", "kairosfile.kairos"}


def imported(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a statement."""
    program = f"{statement}; import sys; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "frontend")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def baseline() -> set[str]:
    return imported("pass")


def test_the_entry_imports_nothing_that_can_wait(baseline: set[str]) -> None:
    assert set() == (imported("import kairosfile.frontend") - baseline) & (NEVER | LATER)


def test_a_build_imports_nothing_heavy(baseline: set[str]) -> None:
    actual = imported("import kairosfile.frontend, kairosfile.build, kairosfile.solve") - baseline

    assert set() == actual & NEVER
    assert actual >= LATER


def test_what_compiles_a_plan_is_imported_while_the_images_are_resolved() -> None:
    modules = {f"kairosfile.{name}" for name in ("solve", "plan.compile", "plan.image_config", "gateway.result")}

    assert set() == imported("import kairosfile.frontend, kairosfile.build") & modules
    assert imported("import kairosfile.solve") >= modules


def test_a_build_imports_no_answers(baseline: set[str]) -> None:
    actual = imported("import kairosfile.frontend, kairosfile.build, kairosfile.solve") - baseline

    answers = {"kairosfile.subrequests", "kairosfile.gateway.subrequests", "kairosfile.pb.json"}
    assert actual & answers == set()


def test_a_check_imports_no_build_graph(baseline: set[str]) -> None:
    """The command runs after each change, and the language server after each pause."""
    file = str(ROOT / "examples" / "first" / "Kairosfile")
    actual = imported(f"from kairosfile.cli.commands.check import *; check([{file!r}], LoadOptions({{}}, ()), 'text')")
    actual -= baseline

    assert actual >= {"kairosfile.language"}
    assert (
        actual & {"pydantic", "kairosfile.gateway", "kairosfile.llb", "kairosfile.pb", "kairosfile.language.editing"}
        == set()
    )
