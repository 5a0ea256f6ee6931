"""The files of the forge: linters and schemas check the parts that cannot run here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "examples" / "ci").glob("github-*.yml"))
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
USING = """on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: ./
        with:
{inputs}"""
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


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built from its Go module if it is not installed."""
    if actual := shutil.which("actionlint"):
        return Path(actual)
    if shutil.which("go") is None:
        pytest.skip("neither actionlint nor Go to build it is installed")
    folder = tmp_path_factory.mktemp("actionlint")
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
    built = subprocess.run(["go", "install", ACTIONLINT], cwd=folder, env=environment, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder / "actionlint"


@pytest.mark.long
@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.name)
def test_actionlint_finds_nothing_in_a_workflow(actionlint: Path, path: Path) -> None:
    run(actionlint, path)


@pytest.mark.long
@pytest.mark.parametrize(("unknown", "status"), [("", 0), ("          no_such_input: x\n", 1)])
def test_actionlint_finds_nothing_in_a_workflow_with_every_input_of_the_action(
    actionlint: Path, tmp_path: Path, unknown: str, status: int
) -> None:
    """It also reads the action: an undeclared input is an error."""
    (tmp_path / ".git").mkdir()
    workflow = tmp_path / ".github/workflows/kairos.yml"
    workflow.parent.mkdir(parents=True)
    shutil.copy(ROOT / "action.yml", tmp_path)
    inputs = yaml.safe_load((tmp_path / "action.yml").read_text())["inputs"]
    with_ = "".join(f"          {name}: 'true'\n" for name in inputs)
    workflow.write_text(USING.format(inputs=with_ + unknown))

    done = subprocess.run([actionlint, workflow], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == status, done.stdout + done.stderr
    assert ("no_such_input" in done.stdout) is bool(unknown)


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
