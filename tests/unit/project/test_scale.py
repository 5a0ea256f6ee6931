"""The simulation of many images on several builders, and the figures of the page about it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kairosfile.sections.image.records import Provider
from tests import ROOT
from tests.support.benchmarks.builders.__main__ import EXAMPLE, in_parts
from tests.support.benchmarks.builders.measurement import runs
from tests.support.benchmarks.builders.simulation import RELEASES, count, find, growth, releases, split, table, work
from tests.support.pages.blocks import blocks

PAGE = ROOT / "docs/guides/scale.md"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A matrix of four images: core and k3s of one base, for two platforms."""
    path = tmp_path / "Kairosfile"
    path.write_text(
        "base: debian:13\nversion: v1.0.0\ninstall: {parts: true}\nmatrix:\n  base: [debian:13]\n"
        "  variant: [core, standard]\n  provider: [{name: k3s, version: v1.33.2+k3s1}]\n"
        "  platform: [linux/amd64, linux/arm64]\n"
    )
    return path


def test_steps_with_one_cache_key_run_once(file: Path) -> None:
    result = work(find(file))

    assert result.images == 4
    platforms, images = 2, 4
    assert count(result.steps) == {
        **dict.fromkeys(("packages", "kernel", "kairos", "provider", "check"), platforms),
        **dict.fromkeys(("init", "validate"), images),
    }
    assert result.gigabytes == (2 * (150 + 120 + 60 + 110) + 4 * 70) / 1000


def test_a_vertex_that_was_given_up_for_a_cached_one_has_not_run(file: Path) -> None:
    begun = {"digest": "sha256:1", "name": "[one] install packages", "started": "16:50:53.682"}
    given_up = {**begun, "completed": "16:50:53.682", "error": "context canceled: context canceled"}
    other = {"digest": "sha256:2", "name": "[two] install packages", "started": "16:50:53.682"}

    assert runs([begun, given_up, other, {**other, "completed": "16:50:59.001"}], find(file)) == {"packages": 1}


def test_a_registry_cache_leaves_what_depends_on_the_change(file: Path) -> None:
    first = work(find(file))

    assert not work(find(file)).after(first)
    assert count(work(find(file, VERSION="v1.0.1")).after(first)) == {"init": 4, "validate": 4, "check": 2}
    other = [Provider(name="k3s", version="v1.33.3+k3s1")]
    assert count(work(find(file, other)).after(first)) == {"provider": 2, "init": 2, "validate": 2, "check": 2}


def test_two_builders_run_no_step_twice_until_groups_are_smaller_than_what_shares(file: Path) -> None:
    two, four = split(find(file), 2, 4)

    assert [len(shard.keys) for shard in two] == [9, 9]
    assert sum(len(shard.keys) for shard in four) == 18 + 2 * 3  # core and k3s apart: packages, kernel, kairos twice


def test_every_release_of_the_simulation_is_another() -> None:
    result = releases(max(RELEASES))

    assert len(set(result)) == max(RELEASES)
    assert {one.name for one in result} == {"k3s", "k0s"}


@pytest.mark.parametrize(
    "counts", [RELEASES[:1], pytest.param(RELEASES, marks=pytest.mark.long)], ids=["48 images", "1008 images"]
)
def test_the_page_has_the_figures_of_the_simulation(tmp_path: Path, counts: tuple[int, ...]) -> None:
    (tmp_path / "Kairosfile").write_text(in_parts(EXAMPLE.read_text("utf-8")))

    lines = table(growth(tmp_path / "Kairosfile", counts)).splitlines()

    page = PAGE.read_text("utf-8").splitlines()
    place = page.index(lines[0])
    assert page[place : place + len(lines)] == lines


def test_the_page_shows_what_the_command_prints(tmp_path: Path) -> None:
    (tmp_path / "Kairosfile").write_text(in_parts(EXAMPLE.read_text("utf-8")))
    block = next(block for block in blocks(PAGE) if block.language == "console")
    (command,) = block.commands

    words = [str(Path(sys.executable).with_name("kairosfile")), *shlex.split(command.text)[1:]]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == command.shown
