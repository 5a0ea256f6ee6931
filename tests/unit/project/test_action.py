"""The GitHub Action: its scripts run in order as in GitHub's runner, with the real command, and its linters pass."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests import ROOT
from tests.support.actions.composite import Expression, Runner, assignments

if TYPE_CHECKING:
    from tests.support.actions.composite import Job

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
SCRIPTS = sorted((ROOT / "action").glob("*.sh"))
PAGE = ROOT / "docs" / "guides" / "github-action.md"
DIGEST = f"sha256:{'a' * 64}"
CLEAN = f"base: debian:13@{DIGEST}\nversion: v1.0.0\n"
WARNED = f"{CLEAN}hooks: {{after_init: [{{file: /run/motd, content: x}}]}}\n"
FAULTY = "base: debian:13\nversion: v1.0.0\nprovdier: k3s\n"
# Prints its arguments; tests/e2e/test_action.py tests the action with an engine.
DOCKER = '#!/bin/sh\necho "docker $*"\ncat >&2 <<END\n#1 [internal] load build definition\n#1 DONE 0.0s\nEND\n'


def run(*command: str | Path) -> None:
    done = subprocess.run(list(command), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with the command on PATH, and a workspace."""
    (tmp_path / "bin").mkdir()
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    path = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return Runner(ROOT, workspace, tmp_path / "runner", {"PATH": path, "HOME": str(tmp_path)})


def act(runner: Runner, text: str, **inputs: str) -> Job:
    (runner.workspace / "Kairosfile").write_text(text)
    return runner.run(kairosfile_version="installed", **inputs)


def test_the_action_fits_the_schema_of_github_and_has_no_weakness_that_the_auditor_knows() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    run("zizmor", "--offline", "--no-progress", "action.yml")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_of_the_action_is_sound(path: Path) -> None:
    run("shellcheck", "-x", path)
    assert os.access(path, os.X_OK) or path.name == "words.sh"


def test_no_input_gets_into_a_script_but_as_a_variable() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step["name"]


def test_every_input_is_used() -> None:
    steps = json.dumps(ACTION["runs"]["steps"])
    unused = [name for name in ACTION["inputs"] if not re.search(rf"inputs\.{name}\b", steps)]
    assert unused == []


def test_diagnostics_are_annotations_at_their_lines_and_end_the_job(runner: Runner) -> None:
    job = act(runner, FAULTY, iso="true")

    assert job.failed
    assert [line for line in job.annotations() if "Kairosfile,line=3" in line]
    assert job.steps["Check the Kairosfile"].outcome == "failure"
    assert job.steps["Build"].outcome == job.steps["Sum up"].outcome == "skipped"
    assert job.summary == ""


def test_warnings_are_annotations_and_fail_on_request(runner: Runner) -> None:
    (runner.workspace / "Kairosfile").write_text(WARNED)
    job = act(runner, WARNED, strict="true")

    assert job.steps["Check the Kairosfile"].outcome == "failure"
    assert any(line.startswith("::warning") for line in job.annotations())
    assert "counts them as errors" in job.annotations()[-1]


def words_of(job: Job) -> list[str]:
    return [line for line in job.log.splitlines() if line.startswith("docker buildx build")]


@pytest.fixture
def docker(runner: Runner) -> Runner:
    """The runner, with a stand-in for `docker` that only prints its arguments."""
    path = runner.temporary.parent / "bin" / "docker"
    path.write_text(DOCKER)
    path.chmod(0o755)
    return runner


def test_without_a_registry_nothing_is_pushed_and_fields_are_build_args(docker: Runner) -> None:
    job = act(
        docker,
        CLEAN,
        version="v2.0.0",
        kubernetes_distro="k3s",
        kubernetes_version="v1.33.1+k3s1",
        arch="amd64",
        image_labels="team=edge\nof=a b",
        no_cache="true",
    )
    (build,) = words_of(job)

    assert "--build-arg VERSION=v2.0.0" in build
    assert "--platform linux/amd64" in build
    assert "--no-cache --label team=edge --label of=a b" in build
    assert "--output type=cacheonly" in build
    assert "--push" not in build
    assert job.outputs["image"] == "debian:13-standard-amd64-generic-v2.0.0-k3s-v1.33.1-k3s1"
    assert job.steps["Log in to the registry"].outcome == "skipped"
    assert job.steps["Keep the artifacts"].outcome == "skipped"


def test_a_version_can_be_what_git_describes(docker: Runner) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(docker.workspace)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    job = act(docker, CLEAN, version="auto", arch="amd64")
    assert re.search(r"--build-arg VERSION=v0\.0\.0-[0-9a-f]{7,} ", words_of(job)[0])

    subprocess.run([*git, "tag", "v3.1.0"], check=True)
    job = act(docker, CLEAN, version="auto", arch="amd64")
    assert "--build-arg VERSION=v3.1.0 " in words_of(job)[0]


def test_artifacts_are_built_after_the_image_and_kept(docker: Runner) -> None:
    job = act(docker, CLEAN, iso="true", netboot="true", arch="amd64", cache="quay.io/acme/cache")
    image, *artifacts = words_of(job)

    assert [re.findall(r"--target (\w+)", line) for line in artifacts] == [["iso"], ["netboot"]]
    assert "ref=quay.io/acme/cache,mode=max" in image
    assert not any("mode=max" in line for line in artifacts)
    assert not job.failed, job.log
    assert job.steps["Keep the artifacts"].inputs["path"] == job.outputs["artifacts"]
    assert job.steps["Keep the artifacts"].inputs["name"] == "debian-13-core-amd64-generic-v1.0.0"


def test_a_disk_gets_the_entitlement_that_it_needs(docker: Runner) -> None:
    job = act(docker, CLEAN, raw="true", arch="amd64")

    assert "--target raw --allow security.insecure" in words_of(job)[1]


def test_a_repository_without_a_tag_is_refused(docker: Runner) -> None:
    job = act(docker, CLEAN, registry_domain="quay.io", registry_repository="os")

    assert job.steps["Build"].outcome == "failure"
    assert "go together" in job.annotations()[-1]


def test_the_password_is_given_on_standard_input(docker: Runner) -> None:
    job = act(docker, CLEAN, registry_domain="quay.io", registry_username="me", registry_password="hidden")

    assert "docker login --username me --password-stdin quay.io" in job.log
    assert "hidden" not in job.log


def factory_inputs() -> set[str]:
    page = (ROOT / "docs/reference/comparison.md").read_text()
    table = page.partition("## The factory action")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_the_page_maps_each_input_of_the_factory_action_and_names_each_of_ours() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", PAGE.read_text(), re.MULTILINE))

    assert factory_inputs() <= rows.keys()
    assert ACTION["inputs"].keys() <= rows.keys()
    for name in factory_inputs() & ACTION["inputs"].keys():
        assert rows[name], name


def test_the_workflow_of_the_page_is_one_of_github(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(name: .*?)```", PAGE.read_text(), re.DOTALL)
    path = tmp_path / "kairos.yml"
    path.write_text(text)
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)
    for job in yaml.safe_load(text)["jobs"].values():
        for step in job["steps"]:
            if "kairosfile@" in step.get("uses", ""):
                assert step["with"].keys() <= ACTION["inputs"].keys()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.a == 'true' && 'iso' || ''", "iso"),
        ("inputs.b == 'true' && 'iso' || ''", ""),
        ("!(inputs.a != 'TRUE')", True),
        ("steps.x.outputs.none != ''", False),
        ("always() && inputs.a == 'true'", True),
        ("format('{0}-{1}', 'it''s', inputs.a)", "it's-true"),
    ],
)
def test_expressions_are_evaluated_as_github_does(text: str, value: Any) -> None:
    context = {"inputs": {"a": "true", "b": "false"}, "steps": {"x": {"outputs": {}}}}
    functions: dict[str, Any] = {"always": lambda: True, "format": lambda form, *words: form.format(*words)}

    assert Expression(text, context, functions).value() == value


@pytest.mark.parametrize("text", ["inputs.a + 1", "inputs.a ==", "hashFiles('x')"])
def test_an_expression_that_the_runner_does_not_know_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        Expression(text, {"inputs": {"a": ""}}, {}).value()


def test_files_of_the_runner_may_have_values_of_several_lines() -> None:
    assert assignments("a=1=2\nb<<END\nx\n\ny\nEND\nc=\n") == {"a": "1=2", "b": "x\n\ny", "c": ""}
    with pytest.raises(AssertionError, match="refuses"):
        assignments("no assignment")
