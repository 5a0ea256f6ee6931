"""The installed `kairosfile diff`; tests/e2e/test_diff.py compares its output with real engines."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.cli.test_command import on_a_terminal, run

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
base: mirror/debian:13
version: v1.0.0
labels: {team: blue}
hooks:
  after_install:
    - {name: a, run: echo a}
    - name: b
      run: |
        echo one
        echo two
    - {name: c, run: echo c, env: {API_TOKEN: glpat-aaaaaaaaaaaaaaaaaaaa}}
cloud_config:
  - {name: 90_a.yaml, content: "#cloud-config\\nhostname: concealed\\n"}
"""
STEPS = ("install", "after_install-1", "after_install-2", "after_install-3", "init", "cloud-config-1", "validate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Old").write_text(TEXT)
    (tmp_path / "faulty").write_text("base: mirror/debian:13\nvarsion: v1\n")
    return tmp_path


def edited(folder: Path, old: str, new: str) -> dict[str, Any]:
    """Return the output for an edit."""
    assert TEXT.count(old) == 1
    (folder / "Kairosfile").write_text(TEXT.replace(old, new))
    done = run("diff", "Old", "Kairosfile", "--platform", "linux/amd64", "--format", "json", folder=folder)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["schema"] == "kairosfile.diff/1"
    return answer


def results(answer: dict[str, Any]) -> dict[str, str]:
    return {step["id"]: step["result"] for step in answer["steps"]}


def reasons(answer: dict[str, Any], step: str) -> list[dict[str, Any]]:
    (actual,) = [one["reasons"] for one in answer["steps"] if one["id"] == step]
    return list(actual)


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        ("version: v1.0.0", "# a comment\nversion: v1.0.0", None),
        ("name: a,", "name: z,", None),
        ("team: blue", "team: red", None),
        ("version: v1.0.0", "version: v1.0.1", "init"),
        ("echo a", "echo z", "after_install-1"),
        ("echo two", "echo three", "after_install-2"),
        ("concealed", "elsewhere", "cloud-config-1"),
        ("90_a.yaml", "91_a.yaml", "cloud-config-1"),
        ("base: mirror/debian:13", "base: mirror/debian:14", "install"),
        ("labels:", "fips: true\nlabels:", "install"),
        ("labels:", 'environment: {L4T_VERSION: "36.4"}\nlabels:', "install"),
        ("labels:", "skip_steps: [workarounds]\nlabels:", "init"),
    ],
)
def test_what_follows_an_edit_runs_and_what_comes_before_is_cached(
    folder: Path, old: str, new: str, first: str | None
) -> None:
    place = STEPS.index(first) if first else len(STEPS)

    expected = {step: "cached" if index < place else "runs" for index, step in enumerate(STEPS)}

    assert expected == results(edited(folder, old, new))


def test_the_field_that_is_the_reason_has_both_values_and_its_line(folder: Path) -> None:
    answer = edited(folder, "version: v1.0.0", "version: v1.0.1")

    version = {"kind": "field", "name": "version", "old": "v1.0.0", "new": "v1.0.1", "place": "Kairosfile:2"}
    assert reasons(answer, "init") == [version]
    assert reasons(answer, "validate") == [{"kind": "start", "name": "cloud-config-1"}]
    (label,) = answer["labels"]
    assert (label["name"], label["old"], label["new"]) == ("org.opencontainers.image.version", "v1.0.0", "v1.0.1")


def test_of_two_edits_each_step_names_its_cause(folder: Path) -> None:
    text = TEXT.replace("version: v1.0.0", "version: v1.0.1").replace("echo c,", "echo z,")
    (folder / "Kairosfile").write_text(text)

    answer = json.loads(run("diff", "Old", "Kairosfile", "--format", "json", folder=folder).stdout)

    assert [one["name"] for one in reasons(answer, "after_install-3")] == ["hooks.after_install[2].run"]
    assert [one["name"] for one in reasons(answer, "init")] == ["version", "after_install-3"]


def test_the_base_is_the_reason_for_what_starts_from_it(folder: Path) -> None:
    (base, start) = reasons(edited(folder, "mirror/debian:13", "mirror/debian:14"), "install")

    assert (base["name"], base["old"], base["new"]) == ("base", "mirror/debian:13", "mirror/debian:14")
    assert start == {"kind": "start", "name": "base"}


def test_a_new_hook_is_new_and_those_after_it_are_known_by_what_they_do(folder: Path) -> None:
    answer = edited(folder, "    - name: b\n", "    - {name: new, run: echo new}\n    - name: b\n")

    assert results(answer)["after_install-2"] == "new"
    was = {step["id"]: step["was"] for step in answer["steps"]}
    assert (was["after_install-2"], was["after_install-3"]) == (None, "after_install-2")
    assert reasons(answer, "after_install-3") == [{"kind": "start", "name": "after_install-2"}]


def test_another_file_of_the_context_leaves_steps_cached_that_copy_others(folder: Path) -> None:
    text = "base: mirror/debian:13\nversion: v1.0.0\nhooks:\n  after_install:\n    - {copy: one, to: /one}\n"
    (folder / "Old").write_text(text)
    (folder / "Kairosfile").write_text(text + "  after_init:\n    - {copy: two, to: /two}\n")

    data = results(json.loads(run("diff", "Old", "Kairosfile", "--format", "json", folder=folder).stdout))

    assert (data["after_install-1"], data["init"], data["after_init-1"]) == ("cached", "cached", "new")


def test_a_removed_hook_is_gone(folder: Path) -> None:
    answer = edited(folder, "    - {name: a, run: echo a}\n", "")

    assert [(step["name"], step["result"]) for step in answer["steps"]][-1] == ("after_install 1: a", "gone")
    assert results(answer)["install"] == "cached"


def test_changes_without_a_rerun_are_listed_separately(folder: Path) -> None:
    answer = edited(folder, "labels: {team: blue}", "labels: {team: red}\nannotations: {a: b}")

    assert set(results(answer).values()) == {"cached"}
    assert [(it["name"], it["old"], it["new"]) for it in answer["labels"]] == [("team", "blue", "red")]
    assert [(it["name"], it["old"], it["new"]) for it in answer["annotations"]] == [("a", None, "b")]
    (name,) = edited(folder, "name: a,", "name: z,")["names"]
    assert (name["old"], name["new"]) == ("after_install 1: a", "after_install 1: z")


@pytest.mark.parametrize(
    ("old", "new"), [("concealed", "elsewhere"), ("glpat-aaaaaaaaaaaaaaaaaaaa", "glpat-" + "b" * 20)]
)
def test_what_may_be_a_secret_is_a_reason_without_a_value(folder: Path, old: str, new: str) -> None:
    answer = edited(folder, old, new)

    (reason,) = [one for step in answer["steps"] for one in step["reasons"] if one["kind"] == "field"]
    assert "(not shown)" in str(reason["old"])
    for result in (json.dumps(answer), run("diff", "Old", "Kairosfile", folder=folder).stdout):
        assert old not in result
        assert new not in result


ARTIFACTS = (
    TEXT
    + """\
artifacts:
  name: my-os
  iso: {overlay_iso: one}
  netboot:
  raw: {formats: [efi, gce]}
"""
)


def edited_artifacts(folder: Path, old: str, new: str, *more: str) -> dict[str, Any]:
    """Return the output for an edit of a file with artifacts."""
    assert ARTIFACTS.count(old) == 1
    (folder / "Old").write_text(ARTIFACTS)
    (folder / "Kairosfile").write_text(ARTIFACTS.replace(old, new))
    done = run("diff", "Old", "Kairosfile", "--platform", "linux/amd64", "--format", "json", *more, folder=folder)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def again(answer: dict[str, Any]) -> list[str]:
    """Return the steps that do not stay cached."""
    return [step for step, result in results(answer).items() if result != "cached"]


RAW = ["auroraboot-raw-efi", "raw-efi", "auroraboot-raw-gce", "raw-gce"]
ISO = ["auroraboot-iso", "iso", "auroraboot-netboot", "netboot"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("overlay_iso: one", "overlay_iso: two", ISO),
        ("my-os", "your-os", ["iso", "netboot", "raw-efi", "raw-gce"]),
        ("  name: my-os", "  name: my-os\n  auroraboot: v0.26.0", [*ISO, *RAW]),
        ("team: blue", "team: red", []),
        ("[efi, gce]", "[efi, gce], size: 8g", RAW),
        ("concealed", "elsewhere", ["cloud-config-1", "validate", *ISO, *RAW]),
        ("[efi, gce]", "[efi, gce, vhd]", ["auroraboot-raw-vhd", "raw-vhd"]),
    ],
)
def test_steps_of_artifacts_run_again_for_what_they_are_made_of(
    folder: Path, old: str, new: str, expected: list[str]
) -> None:
    assert again(edited_artifacts(folder, old, new)) == expected


def test_a_step_of_an_artifact_says_which_step_or_image_it_runs_after(folder: Path) -> None:
    image = edited_artifacts(folder, "concealed", "elsewhere")
    release = edited_artifacts(folder, "  name: my-os", "  name: my-os\n  auroraboot: v0.26.0")

    assert reasons(image, "auroraboot-iso") == [{"kind": "start", "name": "cloud-config-1"}]
    assert reasons(image, "netboot") == [{"kind": "start", "name": "auroraboot-netboot"}]
    (field, start) = reasons(release, "netboot")
    assert (field["name"], field["place"]) == ("artifacts.auroraboot", "Kairosfile:16")
    assert start == {"kind": "start", "name": "auroraboot"}


def test_a_step_that_holds_a_secret_runs_each_time_and_says_so(folder: Path) -> None:
    with_secret = ARTIFACTS.replace("overlay_iso: one", "cloud_config: {secret: a}")
    (folder / "Old").write_text(with_secret)

    answer = json.loads(run("diff", "Old", "Old", "--format", "json", folder=folder).stdout)

    assert again(answer) == ["iso"]
    assert reasons(answer, "iso") == [{"kind": "secret"}]
    assert "each time: the secret" in run("diff", "Old", "Old", folder=folder).stdout


def test_a_target_has_its_own_steps_only_and_an_old_file_without_it_counts_as_built_whole(folder: Path) -> None:
    answer = edited_artifacts(folder, "my-os", "your-os", "--target", "iso")
    assert {"install", "auroraboot-iso", "iso"} <= results(answer).keys()
    assert again(answer) == ["iso"]

    (folder / "Old").write_text("base: ubuntu:24.04\nversion: v1.0.0\n")
    (folder / "Kairosfile").write_text(
        "base: ubuntu:24.04\nversion: v1.0.0\ntrusted_boot: true\nartifacts: {uki: {keys: {public_keys: keys}}}\n"
    )
    (folder / "keys").mkdir()
    for name in ("PK.auth", "KEK.auth", "db.auth"):
        (folder / "keys" / name).write_text("")
    answer = json.loads(run("diff", "Old", "Kairosfile", "--target", "uki", "--format", "json", folder=folder).stdout)
    assert results(answer)["uki-iso"] == "new"


def test_a_target_that_the_new_file_lacks_is_reported(folder: Path) -> None:
    done = run("diff", "Old", "Old", "--target", "isso", folder=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert 'there is no target "isso"' in done.stderr
    assert 'did you mean "iso"?' in done.stderr


def test_diff_as_text_counts_what_runs_and_shows_the_lines_that_changed(folder: Path) -> None:
    edited(folder, "echo two", "echo three")
    text = run("diff", "Old", "Kairosfile", "--platform", "linux/amd64", folder=folder).stdout

    assert text.startswith("Old -> Kairosfile for linux/amd64: 5 of 7 steps run\n")
    assert "  cached  install " in text
    assert "\n              - echo two\n              + echo three\n" in text
    assert "echo one" not in text
    assert "after init, which runs" in text


def test_equal_files_say_that_nothing_runs(folder: Path) -> None:
    assert "nothing runs, all 7 steps are cached" in run("diff", "Old", "Old", folder=folder).stdout


def test_diff_has_colours_on_a_terminal_only(folder: Path) -> None:
    environment = {"TERM": "xterm", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    assert "\033[" not in run("diff", "Old", "Old", folder=folder).stdout
    assert "\033[32mcached" in on_a_terminal("diff", "Old", "Old", folder=folder, **environment)


def test_revisions_of_git_are_compared_and_head_is_the_default(folder: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    for version in ("v1.0.0", "v1.0.1"):
        (folder / "Kairosfile").write_text(TEXT.replace("v1.0.0", version))
        git("add", "Kairosfile")
        git("commit", "-qm", version)
    (folder / "Kairosfile").write_text(TEXT.replace("v1.0.0", "v1.0.2"))

    assert "version: v1.0.0 -> v1.0.1" in run("diff", "HEAD~1:Kairosfile", "HEAD:Kairosfile", folder=folder).stdout
    assert "version: v1.0.0 -> v1.0.2" in run("diff", "HEAD~1:Kairosfile", folder=folder).stdout
    assert "version: v1.0.1 -> v1.0.2" in run("diff", folder=folder).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["Old", "faulty"], 1, "[KF004]"),
        (["faulty", "Old"], 1, "[KF004]"),
        (["Old", "nowhere"], 2, "nowhere cannot be read"),
        (["HEAD:Kairosfile", "Old"], 2, "HEAD:Kairosfile cannot be read"),
        (["Old", "Old", "--format", "xml"], 2, "xml"),
    ],
)
def test_an_input_that_cannot_be_compared_is_reported_with_an_exit_status(
    folder: Path, arguments: list[str], status: int, message: str
) -> None:
    done = run("diff", *arguments, folder=folder)

    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
