"""A graph matches the plan and the operations: each use is one edge, with its kind and its files."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kairosfile import language, llb
from kairosfile.plan import graph
from kairosfile.plan.offline import define
from kairosfile.plan.targets import requested_only, select
from tests.unit.plan.test_targets import plan_of

TOOLS = "docker.io/mirror/tools:1"
TEXT = """\
base: mirror/debian:13
version: v1.0.0
hooks:
  before_install:
    - {copy: a, to: /etc/}
  after_install:
    - run: echo a
      mounts:
        - {type: bind, from: mirror/tools:1, source: /bin, target: /t}
        - {type: bind, source: a, target: /x}
        - {type: bind, source: a, target: /y}
        - {type: bind, source: cloud.yaml, target: /z}
    - {copy: [/a, /b], from: mirror/tools:1, to: /c/}
tests:
  - {path: /a}
"""
NODES = [
    ("base", "image", "base", "docker.io/mirror/debian:13", "", ""),
    ("kairos-init", "image", "kairos-init", "quay.io/kairos/kairos-init:v0.17.3", "", ""),
    (TOOLS, "image", "files of", TOOLS, "", ""),
    ("context", "context", "build context", "a, cloud.yaml", "", ""),
    ("before_install-1", "step", "before_install-1", "before_install 1: copy a to /etc/", "", "cached"),
    ("install", "step", "install", "install kairos", "default", ""),
    ("after_install-1", "step", "after_install-1", "after_install 1: echo a", "default", ""),
    ("after_install-2", "step", "after_install-2", "after_install 2: copy /a /b to /c/", "", ""),
    ("init", "step", "init", "init kairos v1.0.0", "none", "runs"),
    ("validate", "gate", "validate", "validate kairos", "none", ""),
    ("tests-1", "gate", "tests-1", "test 1: /a", "none", ""),
    ("image", "result", "image", "linux/amd64", "", ""),
]
SPINE = ["base", "before_install-1", "install", "after_install-1", "after_install-2", "init", "image"]
EDGES = {
    *((start, end, "root", "") for start, end in pairwise(SPINE)),
    ("init", "validate", "root", ""),
    ("init", "tests-1", "root", ""),
    ("validate", "image", "gate", ""),
    ("tests-1", "image", "gate", ""),
    ("context", "before_install-1", "files", "a"),
    ("context", "after_install-1", "files", "a cloud.yaml"),
    (TOOLS, "after_install-1", "files", "/bin"),
    (TOOLS, "after_install-2", "files", "/a /b"),
    *(("kairos-init", step, "files", "/kairos-init") for step in ("install", "init", "validate")),
}
KINDS = {"image": "image", "context": "context", "step": "step", "gate": "gate", "result": "result"}


def operations(text: str) -> tuple[graph.Graph, dict[str, str]]:
    """Return the graph of the operations, and each node's name in the build's progress, by node id."""
    definition = define(plan_of(text), language.Source("Kairosfile", text), llb.local("context"))
    drawn = graph.of_definition(definition, "operations")
    return drawn, {node.id: node.detail for node in drawn.nodes}


def test_a_plan_has_its_images_its_steps_in_order_and_its_result() -> None:
    drawn = graph.of_plan(plan_of(TEXT), "a title", {"init": "runs", "before_install-1": "cached"})

    assert drawn.title == "a title"
    assert [tuple(node) for node in drawn.nodes] == NODES


def test_a_plan_has_each_use_once_with_its_files() -> None:
    drawn = graph.of_plan(plan_of(TEXT), "plan")

    assert {tuple(edge) for edge in drawn.edges} == EDGES
    assert len(drawn.edges) == len(EDGES)


def test_a_plan_knows_the_paths_of_an_image_that_its_steps_use() -> None:
    """A build transfers only these paths of a folder that replaces the image."""
    plan = plan_of(TEXT)

    assert {image.id: plan.image_paths(image.id) for image in plan.images} == {
        "base": ("/",),
        "kairos-init": ("/kairos-init",),
        TOOLS: ("/a", "/b", "/bin"),
    }


def test_the_image_precedes_the_artifacts_that_are_made_of_it() -> None:
    whole = plan_of("base: mirror/debian:13\nversion: v1.0.0\nartifacts: {iso: {}, netboot: {}}\n")
    views = {"image": whole, "all": requested_only(whole), "artifacts": select(whole, "artifacts")}
    drawn = {name: graph.of_plan(one, "plan") for name, one in views.items()}
    ids = {name: [node.id for node in one.nodes] for name, one in drawn.items()}

    steps = ["auroraboot-iso", "iso", "auroraboot-netboot", "netboot", "artifacts"]
    assert ids["image"] == ["base", "kairos-init", "install", "init", "validate", "image"]
    assert ids["all"] == ["base", "kairos-init", "auroraboot", "install", "init", "validate", "image", *steps]
    assert ids["artifacts"] == ["base", "kairos-init", "auroraboot", "install", "init", "validate", *steps]
    last = [(edge.start, edge.use) for edge in drawn["all"].edges if edge.end == "artifacts"]
    assert last == [("iso", "files"), ("netboot", "files"), ("validate", "gate")]
    assert ("init", "auroraboot-iso", "files") in {(edge.start, edge.end, edge.use) for edge in drawn["all"].edges}


def test_operations_have_the_names_and_networks_of_their_steps() -> None:
    drawn, names = operations(TEXT)
    expected = {node[3]: (KINDS[node[1]], node[4]) for node in NODES if node[1] in {"step", "gate", "image"}}

    assert drawn.title == "operations"
    of_steps = {node.detail: (node.kind, node.network) for node in drawn.nodes}
    assert of_steps == {**expected, "local://context": ("context", ""), "gates": ("gate", ""), "image": ("result", "")}
    for node in drawn.nodes:
        kind, _, digest = node.title.partition(" ")
        assert kind in {"source", "exec", "file", "merge"}
        assert node.id == f"sha256:{node.id[7:]}"
        assert digest == node.id[7:19]
    assert len(names) == len(drawn.nodes)


@pytest.mark.parametrize(
    ("start", "end", "use", "label"),
    [
        ("docker.io/mirror/debian:13", "before_install 1: copy a to /etc/", "root", ""),
        ("local://context", "before_install 1: copy a to /etc/", "files", "/a"),
        ("local://context", "after_install 1: echo a", "files", "/a"),
        (TOOLS, "after_install 1: echo a", "files", "/bin"),
        (TOOLS, "after_install 2: copy /a /b to /c/", "files", "/a /b"),
        ("after_install 2: copy /a /b to /c/", "init kairos v1.0.0", "root", ""),
        ("init kairos v1.0.0", "validate kairos", "root", ""),
        ("validate kairos", "gates", "gate", ""),
        ("test 1: /a", "gates", "gate", ""),
        ("init kairos v1.0.0", "image", "root", ""),
        ("gates", "image", "gate", ""),
    ],
)
def test_operations_use_each_other_as_the_steps_do(start: str, end: str, use: str, label: str) -> None:
    drawn, names = operations(TEXT)
    edges = {(names[edge.start], names[edge.end], edge.use, edge.label) for edge in drawn.edges}

    assert (start, end, use, label) in edges


def test_a_host_network_is_drawn() -> None:
    base = llb.image("docker.io/library/debian:13")
    definition = llb.marshal(base.network("host").run(["true"]).root, platform=llb.Platform("linux", "amd64"))

    assert [node.network for node in graph.of_definition(definition, "one").nodes] == ["", "host"]
