"""The installed `kairosfile explain`."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.kairos.releases import NEWEST
from tests.unit.cli.test_command import on_a_terminal, run

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
base: mirror/debian:13
version: v1.0.0
provider: {name: k3s, version: v1.33.1+k3s1}
args: {TOOL: one}
hooks:
  after_install:
    - name: My tools
      run: |
        echo $TOOL
        echo two
      mounts: [{type: secret, id: key}]
      env: {API_TOKEN: glpat-aaaaaaaaaaaaaaaaaaaa}
    - packages: [vim]
    - copy: files/etc
      to: /etc/
cloud_config:
  - {name: 90_a.yaml, content: "#cloud-config\\nhostname: concealed\\n"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Kairosfile").write_text(TEXT)
    (tmp_path / "faulty").write_text("base: mirror/debian:13\nvarsion: v1\n")
    return tmp_path


def explained(folder: Path, *arguments: str) -> dict[str, Any]:
    """Return the explanation of each step by its id."""
    done = run("explain", *arguments, "--platform", "linux/amd64", "--format", "json", folder=folder)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["schema"] == "kairosfile.explain/1"
    return {step["id"]: step for step in answer["steps"]}


def test_every_step_is_explained_with_a_purpose_its_lines_and_what_makes_it_run_again(folder: Path) -> None:
    steps = explained(folder)

    ids = ["install", "after_install-1", "after_install-2", "after_install-3", "init", "cloud-config-1"]
    assert [*ids, "validate", "check"] == list(steps)
    for step in steps.values():
        assert step["purpose"]
        assert step["lines"]
        assert step["network"]["reason"]
        assert step["runs_again_when"]


def test_a_step_is_explained_by_its_id_its_name_or_its_hook(folder: Path) -> None:
    assert list(explained(folder, "init")) == ["init"]
    assert list(explained(folder, "my-tools")) == ["after_install-1"]
    assert list(explained(folder, "after_install")) == ["after_install-1", "after_install-2", "after_install-3"]


def test_the_line_that_a_step_is_there_for_is_quoted(folder: Path) -> None:
    (line,) = explained(folder, "my-tools")["after_install-1"]["lines"]

    assert line == {"file": "Kairosfile", "number": 7, "text": "    - name: My tools", "more": 5}


def test_fields_have_their_value_and_its_range_or_that_it_is_a_default(folder: Path) -> None:
    fields = {field["name"]: field for field in explained(folder, "install")["install"]["fields"]}

    assert fields["provider.version"]["value"] == "v1.33.1+k3s1"
    assert fields["provider.version"]["place"] == "Kairosfile:3"
    assert (fields["model"]["value"], fields["model"]["place"]) == ("generic", None)
    assert "version" not in fields
    assert {"name": "args.TOOL", "value": "one"}.items() <= explained(folder, "my-tools")["after_install-1"]["fields"][
        -1
    ].items()


def test_a_value_from_the_command_line_says_so(folder: Path) -> None:
    fields = explained(folder, "init", "--build-arg", "VERSION=v2.0.0")["init"]["fields"]

    (version,) = [field for field in fields if field["name"] == "version"]
    assert (version["value"], version["origin"]) == ("v2.0.0", "--build-arg VERSION")


def test_secrets_and_what_a_cloud_config_says_are_not_repeated(folder: Path) -> None:
    for form in ("text", "json"):
        output = run("explain", "my-tools", "--format", form, folder=folder).stdout
        assert "glpat-" not in output
        assert "(not shown)" in output
    steps = explained(folder, "cloud-config")
    assert "concealed" not in json.dumps(steps)
    assert "90_a.yaml" in json.dumps(steps)


def test_install_gets_a_constant_version_and_explain_gives_the_reason(folder: Path) -> None:
    steps = explained(folder)

    assert any("v0.0.0" in note for note in steps["install"]["notes"])
    assert not any("v0.0.0" in note for note in steps["init"]["notes"])
    assert any("read-only" in note for note in steps["validate"]["notes"])


# Commands of an install-stage extension use the network of install.
QUIET = "after-install: [{commands: [curl u]}], init: [{files: [{path: /a, content: x, permissions: 0644}]}]"


@pytest.mark.parametrize(
    ("more", "mode", "reason"),
    [
        (f"kairos_init: {NEWEST}", "none", "only files that install added"),
        ("kairos_init: v0.4.9", "default", "before v0.5.0"),
        ("trusted_boot: true\nbase: ubuntu:24.04", "default", "trusted boot"),
        ("stage_extensions: ext", "default", "stage extension"),
        ("stage_extensions: quiet", "none", "only files that install added"),
    ],
)
def test_the_network_of_init_has_the_reason_for_which_it_is_given(
    folder: Path, more: str, mode: str, reason: str
) -> None:
    base = "" if "base" in more else "base: mirror/debian:13\n"
    for name, step in (("ext", "after-init: [{downloads: [{url: u, path: /a, permissions: 0644}]}]"), ("quiet", QUIET)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "a.yaml").write_text(f"stages: {{{step}}}\n")
    (folder / "Kairosfile").write_text(f"{base}version: v1.0.0\n{more}\n")

    network = explained(folder, "init")["init"]["network"]

    assert network["mode"] == mode
    assert reason in network["reason"]


def test_only_what_a_step_starts_from_or_reads_makes_it_run_again(folder: Path) -> None:
    steps = explained(folder)

    assert any("docker.io/mirror/debian:13" in when for when in steps["install"]["runs_again_when"])
    assert any(when.startswith("install,") for when in steps["after_install-1"]["runs_again_when"])
    assert any("files/etc" in when for when in steps["after_install-3"]["runs_again_when"])
    assert not any("context" in when for when in steps["init"]["runs_again_when"])


def test_a_base_that_is_pinned_cannot_move(folder: Path) -> None:
    digest = "sha256:" + "a" * 64
    (folder / "Kairosfile").write_text(f"base: mirror/debian:13@{digest}\nversion: v1.0.0\n")

    (when,) = [when for when in explained(folder, "install")["install"]["runs_again_when"] if "debian" in when]
    assert when.startswith("the digest of docker.io/mirror/debian:13 in the file changes")


def test_explain_as_text_reads_as_prose_within_a_hundred_columns(folder: Path) -> None:
    text = run("explain", "install", folder=folder).stdout

    assert "\n1. install  install kairos (k3s v1.33.1+k3s1)\n   why          kairos-init installs " in text
    assert "   network      default: it downloads packages" in text
    assert max(map(len, text.splitlines())) <= 100
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_explain_has_colours_on_a_terminal_only(folder: Path) -> None:
    assert "\033[" not in run("explain", folder=folder).stdout
    environment = {"TERM": "xterm", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    assert "\033[" in on_a_terminal("explain", folder=folder, **environment)
    assert "\033[" not in on_a_terminal("explain", folder=folder, **environment, NO_COLOR="1")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["instal"], 2, 'did you mean "install"?'),
        (["base"], 2, "is an image, not a step"),
        (["-f", "faulty"], 1, "[KF004]"),
        (["-f", "nowhere"], 2, "cannot be read"),
        (["-f", "HEAD:Kairosfile"], 2, "HEAD:Kairosfile cannot be read"),
    ],
)
def test_an_input_that_cannot_be_explained_is_reported_with_an_exit_status(
    folder: Path, arguments: list[str], status: int, message: str
) -> None:
    done = run("explain", *arguments, folder=folder)

    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_a_git_revision_is_read_with_its_neighbours_of_then(folder: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)

    (folder / "common.yaml").write_text("fips: true\n")
    (folder / "Kairosfile").write_text("extends: common.yaml\nbase: mirror/debian:13\nversion: v1.0.0\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    (folder / "common.yaml").unlink()

    fields = explained(folder, "install", "-f", "HEAD:Kairosfile")["install"]["fields"]

    (fips,) = [field for field in fields if field["name"] == "fips"]
    assert (fips["value"], fips["place"]) == (True, "common.yaml:1")


def test_the_script_of_a_test_is_not_shown_line_by_line(folder: Path) -> None:
    with (folder / "Kairosfile").open("a") as file:
        file.write("tests: [{path: /etc/motd, contains: hello}]\n")

    done = run("explain", "tests", "--platform", "linux/amd64", folder=folder)

    assert "test path /etc/motd contains=hello" in " ".join(done.stdout.split())
    assert "KAIROSFILE_TEST=(a script of " in done.stdout
    assert "expected" not in done.stdout


def test_without_a_step_the_declared_artifacts_are_explained_too(folder: Path) -> None:
    (folder / "Kairosfile").write_text("base: mirror/debian:13\nversion: v1.0.0\nartifacts: {iso: {}}\n")

    steps = json.loads(run("explain", "--format", "json", folder=folder).stdout)["steps"]

    assert [step["id"] for step in steps] == ["install", "init", "validate", "auroraboot-iso", "iso"]
    assert "5 steps on" in run("explain", folder=folder).stdout


@pytest.mark.parametrize("has_kairosfile", [True, False])
def test_file_in_the_place_of_a_step_is_recognised(folder: Path, *, has_kairosfile: bool) -> None:
    (folder / "other").write_text(TEXT)
    if not has_kairosfile:
        (folder / "Kairosfile").unlink()

    done = run("explain", "other", folder=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "kairosfile: other is a file, not a step: run `kairosfile explain -f other`\n"


def test_step_with_the_name_of_a_file_is_explained(folder: Path) -> None:
    (folder / "install").write_text("")

    assert list(explained(folder, "install")) == ["install"]
