"""The files of the forge: what cannot run here is checked by its linters and schemas."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "examples" / "ci").glob("github-*.yml"))
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")


def run(*command: str | Path) -> None:
    done = subprocess.run(list(command), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_fits_the_schema_of_github(path: Path) -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)


def test_the_dependency_updates_fit_the_schema_of_github() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.dependabot", ROOT / ".github" / "dependabot.yml")


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.name)
def test_workflows_have_no_weakness_that_the_auditor_knows(path: Path) -> None:
    """Pinned actions, least permissions, no persisted credentials, no injection from expressions."""
    run("zizmor", "--offline", "--no-progress", path)


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.name)
def test_actions_are_pinned_by_digest_with_their_version(path: Path) -> None:
    for line in path.read_text().splitlines():
        if "uses:" in line:
            action, _, version = line.partition("uses:")[2].strip().partition(" # ")
            assert PINNED.fullmatch(action), line
            assert re.match(r"v\d", version), line


@pytest.mark.parametrize("name", ["pre-commit-config", "pre-commit-hooks"])
def test_hooks_name_programs_that_the_project_has(name: str) -> None:
    data = yaml.safe_load((ROOT / f".{name}.yaml").read_text())
    hooks = data if isinstance(data, list) else [hook for repo in data["repos"] for hook in repo["hooks"]]

    assert hooks
    assert all(hook["id"] and hook["entry"] for hook in hooks)


def test_issue_forms_have_required_fields() -> None:
    for form in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        data = yaml.safe_load(form.read_text())
        assert form.stem == "config" or {"name", "description", "body"} <= data.keys()
