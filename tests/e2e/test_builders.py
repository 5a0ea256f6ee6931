"""Tests a matrix on several builders: real nodes run the steps that the simulation over cache keys predicts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.benchmarks.builders.measurement import bake, push_bases, runs
from tests.support.benchmarks.builders.simulation import count, find, split, work
from tests.support.e2e import registry_api
from tests.support.engine import Engine
from tests.support.engine.builder import Builder, Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Registry

pytestmark = pytest.mark.long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
AMD64, ARM64 = "linux/amd64", "linux/arm64"
BASES = ("debian:13", "ubuntu:24.04")
IMAGES = 8


class Matrix(NamedTuple):
    """A file whose matrix has eight images, of two bases, two variants and two platforms, and where they are pushed."""

    project: Project
    organisation: str

    @property
    def file(self) -> Path:
        return self.project.folder / "Kairosfile"

    @property
    def cache(self) -> tuple[str, str]:
        """The option for registry caches."""
        return "--cache", f"{self.organisation}/cache"

    def bake_file(self, *arguments: str) -> str:
        """Return the output of `kairosfile bake` for images in the registry."""
        words = [COMMAND, "bake", "--registry", self.organisation, *arguments]
        done = subprocess.run(words, cwd=self.project.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def matrix(project: Project, registry: Registry, kairos_init: Callable[[str], str], nonce: str) -> Matrix:
    push_bases(registry, nonce, BASES)
    organisation = f"{registry.address}/{nonce}"
    project.write(
        f"base: {organisation}/{BASES[0]}\ninstall: {{parts: true}}\nversion: v1.0.0\n"
        f"kairos_init: {{version: {NEWEST}, image: {kairos_init(NEWEST)}}}\n"
        f"matrix:\n  base: [{', '.join(f'{organisation}/{base}' for base in BASES)}]\n  variant: [core, standard]\n"
        f"  provider: [{{name: k3s, version: v1.33.2+k3s1}}]\n  platform: [{AMD64}, {ARM64}]\n"
    )
    return Matrix(project, organisation)


def test_nodes_of_two_platforms_run_each_step_once_and_a_third_builder_uses_their_cache(
    docker28: Engine, registry: Registry, matrix: Matrix
) -> None:
    images = find(matrix.file)
    first = work(images)
    text = matrix.bake_file(*matrix.cache)

    with (
        Engine("sid", name="sid-node", data="fresh") as second,
        Builder([Node(docker28, AMD64), Node(second, ARM64)]) as builder,
    ):
        ran = runs(bake(builder, matrix.project.folder, text, "--push"), images)
    assert first.images == IMAGES
    assert ran == count(first.steps)

    tags = re.findall(r'"tags": \[\s*"([^"]+)"', text)
    assert len(tags) == IMAGES
    log = registry.log.read_text(errors="replace")
    for tag in tags:
        name, _, word = tag.removeprefix(f"{registry.address}/").rpartition(":")
        assert log.count(f"PUT /v2/{name}/manifests/{word}") == 1
        assert next(iter(registry_api.platforms(tag))) == (ARM64 if "-arm64-" in word else AMD64)

    changed = find(matrix.file, VERSION="v1.0.1")
    with (
        Engine("sid", name="sid-third", data="fresh") as third,
        Builder([Node(third, f"{AMD64},{ARM64}")]) as builder,
    ):
        text = matrix.bake_file(*matrix.cache, "--build-arg", "VERSION=v1.0.1")
        later = runs(bake(builder, matrix.project.folder, text), changed)
    assert later == count(work(changed).after(first))
    assert later.keys() == {"init", "validate", "check"}


def test_nodes_of_one_platform_share_no_work_but_shards_do(docker28: Engine, matrix: Matrix) -> None:
    amd64 = ("--matrix", f"platform={AMD64}")
    text = matrix.bake_file(*amd64, "--shards", "2")
    images = [image for image in find(matrix.file) if image.document.platform == AMD64]
    (shards,) = split(images, 2)

    with Engine("sid", name="sid-node", data="fresh") as second:
        nodes = [Node(docker28, AMD64), Node(second, AMD64)]
        ran = []
        for number, node in enumerate(nodes, 1):
            with Builder([node]) as builder:
                ran.append(runs(bake(builder, matrix.project.folder, text, "--push", f"shard-{number}"), images))
        with Builder(nodes) as builder:
            again = runs(bake(builder, matrix.project.folder, text), images)

    assert [sum(one.values()) for one in ran] == [len(shard.keys) for shard in shards]
    assert sum(sum(one.values()) for one in ran) == len(work(images).steps)
    # The first node builds all targets: it lacks the steps of the second shard.
    assert sum(again.values()) == len(shards[1].keys)
