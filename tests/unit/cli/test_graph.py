"""The installed `kairosfile graph`. docs/images has its pictures for review by eye."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from kairosfile.cli.drawing.formats import draw_mermaid as mermaid
from kairosfile.plan.graph import Graph, Node
from tests.unit.cli.test_command import COMMAND, on_a_terminal, run

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
base: mirror/debian:13
version: v1.0.0
provider: {name: k3s, version: v1.33.1+k3s1}
hooks:
  after_install:
    - {name: 'tools "<&#>"', run: echo a, network: none}
    - copy: files/etc
      to: /etc/
    - {copy: /bin/tool, from: 'example.com/tools:1', to: /bin/}
"""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Kairosfile").write_text(TEXT)
    (tmp_path / "New").write_text(TEXT.replace("echo a", "echo b"))
    (tmp_path / "faulty").write_text("base: mirror/debian:13\nvarsion: v1\n")
    return tmp_path


def drawn(folder: Path, *arguments: str) -> str:
    done = run("graph", *arguments, "--platform", "linux/amd64", folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def data(folder: Path, *arguments: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(drawn(folder, *arguments, "--format", "json"))
    assert data["schema"] == "kairosfile.graph/1"
    return data


def test_the_graph_has_every_image_and_step_and_says_what_each_takes_from_where(folder: Path) -> None:
    graph = data(folder)

    kinds = {node["id"]: node["kind"] for node in graph["nodes"]}
    assert kinds["base"] == kinds["kairos-init"] == kinds["example.com/tools:1"] == "image"
    assert (kinds["context"], kinds["install"], kinds["validate"], kinds["image"]) == (
        "context",
        "step",
        "gate",
        "result",
    )
    edges = {(edge["start"], edge["end"]): edge["use"] for edge in graph["edges"]}
    assert edges["base", "install"] == edges["after_install-3", "init"] == edges["init", "image"] == "root"
    assert edges["kairos-init", "install"] == edges["context", "after_install-2"] == "files"
    assert edges["example.com/tools:1", "after_install-3"] == "files"
    assert edges["validate", "image"] == edges["check", "image"] == "gate"


def test_the_network_of_each_command_is_marked(folder: Path) -> None:
    networks = {node["id"]: node["network"] for node in data(folder)["nodes"]}

    assert (networks["install"], networks["init"], networks["after_install-2"]) == ("default", "none", "")


def test_of_two_files_each_step_is_what_diff_says(folder: Path) -> None:
    answer = json.loads(run("diff", "Kairosfile", "New", "--format", "json", folder=folder).stdout)
    expected = {step["id"]: step["result"] for step in answer["steps"]}

    assert expected == {
        node["id"]: node["state"] for node in data(folder, "Kairosfile", "New")["nodes"] if node["state"]
    }
    assert set(expected.values()) == {"cached", "runs"}


ARTIFACTS = TEXT + "artifacts:\n  iso: {overlay_iso: over}\n  netboot:\n  raw: {formats: [efi, gce]}\n"


def test_artifacts_are_made_of_the_image_by_auroraboot_and_wait_for_its_checks(folder: Path) -> None:
    (folder / "Kairosfile").write_text(ARTIFACTS)
    graph = data(folder)

    nodes = [node["id"] for node in graph["nodes"]]
    assert nodes.index("init") < nodes.index("image") < nodes.index("auroraboot-iso") < nodes.index("artifacts")
    edges = {(edge["start"], edge["end"]): edge["use"] for edge in graph["edges"]}
    assert edges["auroraboot", "auroraboot-iso"] == edges["auroraboot", "iso"] == "root"
    assert edges["init", "auroraboot-iso"] == edges["auroraboot-iso", "auroraboot-netboot"] == "files"
    assert edges["iso", "artifacts"] == edges["netboot", "artifacts"] == edges["raw-gce", "artifacts"] == "files"
    assert edges["validate", "image"] == edges["validate", "artifacts"] == "gate"


def test_a_target_is_drawn_alone(folder: Path) -> None:
    nodes = {node["id"]: node["kind"] for node in data(folder, "--target", "iso")["nodes"]}

    assert {"install", "validate", "auroraboot-iso", "iso", "artifacts"} <= nodes.keys()
    assert not {"image", "netboot", "auroraboot-netboot"} & nodes.keys()
    graph = data(folder, "--target", "iso", "--level", "llb")
    assert {node["detail"] for node in graph["nodes"]} >= {"make the ISO", "name iso and its checksum", "artifacts"}


def test_the_operations_of_the_graph_are_those_of_llb(folder: Path) -> None:
    ops = json.loads(run("llb", "--platform", "linux/amd64", "--format", "json", folder=folder).stdout)["ops"]
    graph = data(folder, "--level", "llb")

    assert [op["digest"] for op in ops] == [node["id"] for node in graph["nodes"]]
    assert sum(len(op["op"].get("inputs", [])) for op in ops) == len(graph["edges"])
    assert sorted(node["kind"] for node in graph["nodes"]).count("gate") == 3  # the third joins two


def test_an_svg_is_xml_with_every_name_and_its_own_background(folder: Path) -> None:
    root = ET.fromstring(drawn(folder, "--format", "svg"))  # noqa: S314 - our own

    words = {text.text for text in root.iter(f"{SVG}text")}
    assert {"Kairosfile for linux/amd64", "base", "install", "validate", "/kairos-init", "network"} <= words
    panel = next(root.iter(f"{SVG}rect"))
    assert panel.get("fill") == "#ffffff"


@pytest.mark.parametrize("arguments", [[], ["--target", "iso"], ["--target", "artifacts", "--level", "llb"]])
def test_no_box_overlaps_another_or_leaves_the_picture(folder: Path, arguments: list[str]) -> None:
    (folder / "Kairosfile").write_text(ARTIFACTS)
    root = ET.fromstring(drawn(folder, *arguments, "--format", "svg"))  # noqa: S314 - our own
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    boxes = []
    for group in root.iter(f"{SVG}g"):
        if (rect := group.find(f"{SVG}rect")) is not None:
            x, y, wide, high = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
            boxes.append((x, y, x + wide, y + high))
            assert 0 <= x < x + wide <= width
            assert 0 <= y < y + high <= height
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_a_png_is_the_svg_in_twice_the_size(folder: Path) -> None:
    root = ET.fromstring(drawn(folder, "--format", "svg"))  # noqa: S314 - our own
    command = [COMMAND, "graph", "--format", "png", "--platform", "linux/amd64"]
    png = subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout

    assert png.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", png[16:24]) == (2 * int(root.get("width", 0)), 2 * int(root.get("height", 0)))


def test_mermaid_and_dot_have_every_node_and_edge(folder: Path) -> None:
    graph = data(folder)

    text = drawn(folder)
    assert text.splitlines()[3] == "flowchart TD"
    assert len(re.findall(r"^    n\d+[\[{(/]", text, re.MULTILINE)) == len(graph["nodes"])
    assert len(re.findall(r"^    n\d+ (?:==>|-\.->|-->)", text, re.MULTILINE)) == len(graph["edges"])
    dot = drawn(folder, "--format", "dot")
    assert dot.count(" -> ") == len(graph["edges"])
    assert dot.count("fillcolor=") == len(graph["nodes"])


def test_text_of_the_user_is_escaped_for_mermaid(folder: Path) -> None:
    text = mermaid(Graph('a "title"', (Node("a", "step", 'x"]:::y', "<b>&#1;"),), ()))

    assert '<b>x#quot;]:::y</b><br/>#lt;b#gt;#amp;#35;1;"' in text
    assert 'title: "a \\"title\\""' in text
    assert "tools #quot;#lt;#amp;#35;#gt;#quot;" in drawn(folder)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["faulty"], 1, "[KF004]"),
        (["nowhere"], 2, "nowhere cannot be read"),
        (["Kairosfile", "New", "--level", "llb"], 2, "operations are drawn of one file"),
        (["--format", "gif"], 2, "gif"),
    ],
)
def test_an_input_that_cannot_be_drawn_is_reported_with_an_exit_status(
    folder: Path, arguments: list[str], status: int, message: str
) -> None:
    done = run("graph", *arguments, folder=folder)

    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr


def test_a_png_is_not_written_to_a_terminal(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    environment = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}

    assert on_a_terminal("graph", "--format", "png", folder=folder, **environment) == ""
    assert "a PNG is not for a terminal" in capfd.readouterr().err
