"""The installed `kairosfile llb`; tests/e2e/test_llb.py solves its output with real engines."""

from __future__ import annotations

import json
import os
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.protobuf import ops_pb2
from tests.unit.cli.test_command import COMMAND, on_a_terminal, run

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "a" * 64
TEXT = f"""\
base: mirror/debian:13@{DIGEST}
kairos_init: v0.17.3
version: v1.0.0
hooks:
  after_install:
    - copy: files
      to: /etc/
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Kairosfile").write_text(TEXT)
    (tmp_path / "faulty").write_text("base: mirror/debian:13\nvarsion: v1\n")
    return tmp_path


def binary(folder: Path, *arguments: str) -> ops_pb2.Definition:
    command = [COMMAND, "llb", "--platform", "linux/amd64", *arguments]
    return ops_pb2.Definition.FromString(subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout)


def data(folder: Path, *arguments: str) -> dict[str, Any]:
    done = run("llb", "--platform", "linux/amd64", *arguments, "--format", "json", folder=folder)
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    assert data["schema"] == "kairosfile.llb/1"
    return data


def sources(folder: Path) -> dict[str, dict[str, str]]:
    actual = [op["op"]["source"] for op in data(folder)["ops"] if "source" in op["op"]]
    return {source["identifier"]: source.get("attrs", {}) for source in actual}


def test_the_binary_is_a_definition_that_holds_together(folder: Path) -> None:
    definition = binary(folder)
    ops = {f"sha256:{sha256(op).hexdigest()}": ops_pb2.Op.FromString(op) for op in getattr(definition, "def")}

    assert set(definition.metadata) == set(ops)
    assert {edge.digest for op in ops.values() for edge in op.inputs} <= set(ops)


def test_it_is_the_same_each_time(folder: Path) -> None:
    assert binary(folder).SerializeToString(deterministic=True) == binary(folder).SerializeToString(deterministic=True)


def test_the_lines_that_operations_came_from_go_with_it(folder: Path) -> None:
    definition = binary(folder)

    (info,) = definition.Source.infos
    assert (info.filename, info.data.decode(), info.language) == ("Kairosfile", TEXT, "YAML")
    lines = {
        place.start.line
        for item in definition.Source.locations.values()
        for it in item.locations
        for r in [it.ranges]
        for place in r
    }
    assert {2, 3, 6} <= lines


def test_images_have_the_names_of_the_file_and_unpinned_tags_are_reported(folder: Path) -> None:
    actual = sources(folder)

    assert f"docker-image://docker.io/mirror/debian:13@{DIGEST}" in actual
    assert "docker-image://quay.io/kairos/kairos-init:v0.17.3" in actual
    output = run("llb", "--format", "text", folder=folder).stderr
    assert "1 image is named by tag" in output
    assert "quay.io/kairos/kairos-init:v0.17.3" in output
    assert "debian" not in output


def test_files_of_the_client_need_no_session_and_keep_to_the_ignore_file(folder: Path) -> None:
    (folder / ".dockerignore").write_text("files/secret\n")

    context = sources(folder)["local://context"]

    assert context["local.unique"] == "any-client"
    assert json.loads(context["local.followpaths"]) == ["files"]
    assert json.loads(context["local.excludepatterns"]) == ["files/secret"]
    assert "local.session" not in context


def test_the_whole_context_is_followed_by_no_path(folder: Path) -> None:
    (folder / "Kairosfile").write_text(TEXT.replace("copy: files", "copy: ."))

    assert "local.followpaths" not in sources(folder)["local://context"]


def test_the_ignore_file_of_the_kairosfile_itself_comes_first(folder: Path) -> None:
    (folder / ".dockerignore").write_text("one\n")
    (folder / "Kairosfile.dockerignore").write_text("two\n")

    assert json.loads(sources(folder)["local://context"]["local.excludepatterns"]) == ["two"]


def test_text_lists_the_operations_with_their_names_and_lines(folder: Path) -> None:
    text = run("llb", "--format", "text", "--platform", "linux/arm64", folder=folder).stdout

    assert text.startswith("linux/arm64: 8 operations, the result is sha256:")
    assert "  exec  init kairos v1.0.0\n" in text
    assert "  from Kairosfile:6\n" in text


def test_binary_is_not_written_to_a_terminal(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    environment = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}

    assert on_a_terminal("llb", folder=folder, **environment) == ""
    assert "binary LLB is not for a terminal" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [(["faulty"], 1, "[KF004]"), (["nowhere"], 2, "nowhere cannot be read"), (["--format", "yaml"], 2, "yaml")],
)
def test_an_unwritable_file_is_reported_with_an_exit_status(
    folder: Path, arguments: list[str], status: int, message: str
) -> None:
    done = run("llb", *arguments, folder=folder)

    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr


def test_a_target_is_written_alone_and_by_plan_too(folder: Path) -> None:
    (folder / "Kairosfile").write_text("base: mirror/debian:13\nversion: v1.0.0\n")

    text = run("llb", "--format", "text", "--target", "iso", folder=folder).stdout
    assert "make the ISO" in text
    assert "name iso and its checksum" in text
    planned = json.loads(run("plan", "--format", "json", "--target", "iso", folder=folder).stdout)
    assert [step["id"] for step in planned["steps"]][-2:] == ["auroraboot-iso", "iso"]
    assert planned["root"] == "iso"
    for command in ("llb", "plan"):
        done = run(command, "--target", "uki", folder=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert "a UKI is made of an image with `trusted_boot: true` only" in done.stderr
