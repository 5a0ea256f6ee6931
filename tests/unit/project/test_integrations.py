"""Integration files for other programs: pre-commit, Renovate, GitLab's catalog, SchemaStore."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kairosfile.cli.lsp.checks import is_kairosfile
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PRESET = json.loads((ROOT / "renovate" / "kairosfile.json").read_text())
COMPONENT = ROOT / "templates" / "kairosfile" / "template.yml"
DIGEST = f"sha256:{'a' * 64}"
KAIROSFILE = f"""# syntax=quay.io/kairos/kairos-frontend:v1
base: "registry.example:5000/acme/ubuntu:24.04@{DIGEST}"
kairos_init: v0.17.3  # a remark
version: v1.0.0
provider:
  name: k3s
  version: v1.33.1+k3s1
artifacts: {{auroraboot: v0.26.2, iso: {{}}}}
"""
LOCK = f"""# Images of Kairosfile by digest
version: 1
images:
  docker.io/library/ubuntu:24.04: {DIGEST}
  localhost:5000/kairos-init:v0.17.3: {DIGEST}
"""


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(list(command), capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def findings(name: str, text: str) -> Iterator[dict[str, str]]:
    """Yield the matches of the preset's managers in a file, by Python's expressions."""
    for manager in PRESET["customManagers"]:
        if not any(re.search(pattern.strip("/"), name) for pattern in manager["managerFilePatterns"]):
            continue
        for pattern in manager["matchStrings"]:
            for match in re.finditer(re.sub(r"\(\?<(?=[a-z])", "(?P<", pattern), text):
                named = {key: value for key, value in match.groupdict().items() if value}
                yield {"depName": manager.get("depNameTemplate", ""), **named}


def test_the_preset_of_renovate_fits_its_schema(tmp_path: Path) -> None:
    """Its schema comes with check-jsonschema; Renovate's own validator is in test_renovate.py."""
    run("check-jsonschema", "--builtin-schema", "vendor.renovate", ROOT / "renovate" / "kairosfile.json")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(PRESET | {"customManagers": [{"customType": "regex", "matchStrings": 7}]}))
    with pytest.raises(AssertionError):
        run("check-jsonschema", "--builtin-schema", "vendor.renovate", wrong)


@pytest.mark.parametrize("name", ["Kairosfile", "edge/rpi4.Kairosfile", "Kairosfile.rpi4", "edge/rpi4.kairosfile.yaml"])
def test_renovate_finds_all_that_a_kairosfile_names(name: str) -> None:
    image = {"depName": "registry.example:5000/acme/ubuntu", "currentValue": "24.04", "currentDigest": DIGEST}

    assert list(findings(name, KAIROSFILE)) == [
        image,
        {"depName": "kairos-init", "currentValue": "v0.17.3"},
        {"depName": "auroraboot", "currentValue": "v0.26.2"},
        {"depName": "k3s", "currentValue": "v1.33.1+k3s1"},
    ]


@pytest.mark.parametrize("line", ["provider: {name: k0s, version: v1.34.1+k0s.0}", "  version: 'v1.34.1+k0s.0'"])
def test_renovate_finds_k0s_in_every_spelling(line: str) -> None:
    assert list(findings("Kairosfile", line)) == [{"depName": "k0s", "currentValue": "v1.34.1+k0s.0"}]


def test_renovate_finds_the_digests_of_a_lock_file_and_leaves_its_tags() -> None:
    assert list(findings("edge/Kairosfile.lock", LOCK)) == [
        {"depName": "docker.io/library/ubuntu", "currentValue": "24.04", "currentDigest": DIGEST},
        {"depName": "localhost:5000/kairos-init", "currentValue": "v0.17.3", "currentDigest": DIGEST},
    ]
    (rule,) = PRESET["packageRules"]
    assert (rule["matchFileNames"], rule["enabled"]) == (["**/*.lock"], False)


def test_renovate_reads_no_other_file() -> None:
    assert list(findings("Dockerfile", KAIROSFILE)) == list(findings("a/values.yaml", KAIROSFILE)) == []


def test_releases_of_k3s_and_k0s_are_ordered_by_all_their_numbers() -> None:
    versions = {"k3s": "v1.33.1+k3s12", "k0s": "v1.34.1+k0s.0"}
    for manager in PRESET["customManagers"]:
        if form := manager.get("versioningTemplate"):
            pattern = re.sub(r"\(\?<(?=[a-z])", "(?P<", form.removeprefix("regex:"))
            assert re.fullmatch(pattern, versions[manager["depNameTemplate"]])


def test_the_component_of_gitlab_is_a_pipeline_once_its_inputs_are_filled_in(tmp_path: Path) -> None:
    header, text = COMPONENT.read_text().split("\n---\n")
    inputs = yaml.safe_load(header)["spec"]["inputs"]
    used = set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text))
    assert used == inputs.keys()
    assert all({"default", "description"} <= item.keys() for item in inputs.values())

    filled = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: json.dumps(inputs[match[1]]["default"])[1:-1], text)
    path = tmp_path / ".gitlab-ci.yml"
    path.write_text(filled)
    run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", path)
    for job in yaml.safe_load(filled).values():
        script = "\n".join([*job.get("before_script", []), *job["script"]])
        run("shellcheck", "--shell=sh", "-", input=script)


def test_the_entry_for_schemastore_names_the_files_of_the_language_server() -> None:
    entry = json.loads((ROOT / "editors" / "schemastore.json").read_text())

    assert entry.keys() == {"name", "description", "fileMatch", "url"}
    assert (ROOT / entry["url"].partition("/main/")[2]).is_file()
    for pattern in entry["fileMatch"]:
        assert is_kairosfile(Path(pattern.replace("*", "rpi4")), "yaml")


@pytest.mark.parametrize(
    ("name", "checked"),
    [
        ("Kairosfile", True),
        ("edge/rpi4.Kairosfile", True),
        ("edge/Kairosfile.rpi4", True),
        ("a.kairosfile.yaml", True),
        ("Kairosfile.lock", False),
        ("Kairosfile.dockerignore", False),
        ("myKairosfile", False),
    ],
)
def test_the_hook_checks_kairosfiles_alone(name: str, checked: bool) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())

    assert bool(re.search(hook["files"], name)) is checked


GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C")


def committed(folder: Path) -> str:
    """Commit all files of a folder in a new repository; returns the commit."""
    run(*GIT, folder, "init", "-q")
    run(*GIT, folder, "add", "-A", "-f")
    run(*GIT, folder, "commit", "-q", "--no-verify", "-m", "all")
    return run(*GIT, folder, "rev-parse", "HEAD").stdout.strip()


def copy_checkout(folder: Path) -> None:
    """Copy the files of this repository as they are now, as `pre-commit try-repo` does; that installs for each run."""
    for name in run("git", "-C", ROOT, "ls-files", "-z").stdout.split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def test_the_hook_runs_as_pre_commit_runs_it(tmp_path: Path) -> None:
    """`pre-commit run` clones this repository, installs it into an environment and runs the hook on files."""
    source, project = tmp_path / "source", tmp_path / "project"
    copy_checkout(source)
    project.mkdir()
    entry = {"repo": str(source), "rev": committed(source), "hooks": [{"id": "kairosfile-check"}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [entry]}))
    (project / "Kairosfile").write_text("base: debian:13\nversion: v1.0.0\nmodle: generic\n")
    (project / "other").write_text("modle: generic\n")
    committed(project)
    environment = os.environ | {
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
    }
    command = [str(Path(sys.executable).with_name("pre-commit")), "run", "--all-files"]

    def hook() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    failed = hook()
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "Kairosfile:3:1" in failed.stdout
    assert "other:" not in failed.stdout  # no diagnostic in it: a note says "another image"
    assert " in other" not in failed.stdout

    (project / "Kairosfile").write_text("base: debian:13\nversion: v1.0.0\nmodel: generic\n")
    passed = hook()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
