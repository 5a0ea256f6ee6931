"""Tests, without a fuzzer, that the guide reports the product's branches and keeps one crash per cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kairosfile import frontend as product
from kairosfile.pb import gateway as pb
from tests.fuzz import frontend, seeds
from tests.fuzz.guide import SAMPLE, Guide
from tests.fuzz.targets import SEPARATOR, TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def guided(target: Callable[[bytes], None], folder: Path) -> tuple[Guide, list[int]]:
    branches: list[int] = []
    return Guide(target, branches.append, folder), branches


def test_the_fuzzer_gets_each_new_branch_once(tmp_path: Path) -> None:
    def target(data: bytes) -> None:
        for byte in data:
            guide.take(byte)

    guide, branches = guided(target, tmp_path)

    guide.run(b"\1\1\2")
    assert sorted(branches) == [1, 2]
    guide.run(b"\1\3")
    assert sorted(branches[2:]) == [1, 3]


def test_the_fuzzer_gets_one_of_many_executions_without_a_new_branch(tmp_path: Path) -> None:
    guide, branches = guided(lambda _: guide.take(1), tmp_path)

    for number in range(64 * SAMPLE):
        guide.run(number.to_bytes(4))

    assert 32 < len(branches) < 128


def test_a_crash_is_kept_once_by_its_cause_and_fuzzing_goes_on(tmp_path: Path) -> None:
    def target(data: bytes) -> None:
        if data < b"m":
            raise ValueError(data)
        raise KeyError(data)

    guide, _ = guided(target, tmp_path)
    for data in (b"a", b"b", b"x", b"y"):
        guide.run(data)

    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"a", b"x"]


@pytest.mark.parametrize("name", seeds.HEADS)
def test_a_seed_is_answered(name: str, tmp_path: Path) -> None:
    inputs = sorted(seeds.seeds(name, 512))
    for data in inputs[:: len(inputs) // 20]:
        TARGETS[name](data)

    words = seeds.write(name, tmp_path, 512).read_text()
    assert '"version:"\n' in words
    assert '"kairos_init:"\n' in words


def test_the_hostile_daemon_lets_a_good_file_through_to_its_result() -> None:
    """Otherwise the fuzzer would see only the refusal of one file, and never reach the language."""
    returned: list[pb.ReturnRequest] = []

    class Daemon(frontend.HostileDaemon):
        def call(self, method: str, request: bytes) -> frontend.Answer:
            if method == "Return":
                returned.append(pb.ReturnRequest.decode(request))
            return super().call(method, request)

    head = seeds.HEADS["frontend"].removesuffix(SEPARATOR)
    frontend.run(head, b"base: debian:13\nversion: v1.0.0\n", [], Daemon)

    assert product.FILENAME == "Kairosfile"
    assert returned[0].error is None
    assert returned[0].result
    assert "containerimage.config" in returned[0].result.metadata
