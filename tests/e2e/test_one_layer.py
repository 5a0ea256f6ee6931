"""Tests one layer above the base on a real engine: the same files, no removed ones, and the steps stay cached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci, trees

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.engine import DockerEngine, Engine

ONE = "image: {layers: one}\n"
HOOKS = """\
hooks:
  after_install:
    - run: |
        echo NONCE > /etc/gone
        mkdir -p /usr/share/acme
        echo kept > /usr/share/acme/file
        ln /usr/share/acme/file /usr/share/acme/hard
        ln -s file /usr/share/acme/soft
        chmod 4750 /usr/share/acme/hard
    - run: rm /etc/gone
"""


def built(project: Project, engine: DockerEngine, text: str, archive: Path) -> set[str]:
    """Build an archive of the image, and one of its files; return the names of the vertices that ran."""
    project.write(text)
    done = project.must_build(engine, "--output", f"type=oci,dest={archive}.oci")
    project.must_build(engine, "--output", f"type=tar,dest={archive}.tar")
    return {vertex.name for vertex in done.vertices.values() if vertex.ran}


def test_one_layer_has_the_files_of_many_and_nothing_that_was_removed(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str], nonce: str, tmp_path: Path
) -> None:
    head = f"base: {base}\nfamily: debian\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
    text = head + HOOKS.replace("NONCE", nonce)
    built(project, engine, text, tmp_path / "steps")
    again = built(project, engine, text + ONE, tmp_path / "one")
    built(project, engine, f"base: {base}\nversion: v1.0.0\nconvert: false\n", tmp_path / "base")

    assert not [name for name in again if name.startswith(("install", "init", "after_install", "validate"))]
    assert trees.difference(*(trees.tree(tmp_path / f"{name}.tar") for name in ("steps", "one"))) == {}
    actual = {name: image for name in ("steps", "one", "base") for image in oci.load(tmp_path / f"{name}.oci").values()}
    assert len(actual["one"].layers) == len(actual["base"].layers) + 1
    assert "etc/gone" in actual["steps"].names()
    assert not [name for name in actual["one"].names() if name.endswith("gone")]
    history = [entry for entry in actual["one"].config["history"] if not entry.get("empty_layer")]
    assert len(history) == len(actual["one"].layers)
