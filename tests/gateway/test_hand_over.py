"""A result with a secret needs three solves in sequence; every other result needs one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.gateway.test_frontend import IMAGES, message_of, names, result_of, run
from tests.support.gateway.fake_bridge import FakeBridge, FakeImage
from tests.support.gateway.strict import RefusalError
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.protobuf import gateway_pb2 as pb

TEXT = b"""base: mirror/debian:13
version: v1.0.0
artifacts:
  auroraboot: v0.26.0
  iso:
    cloud_config: {secret: install}
"""
AURORABOOT = {"quay.io/kairos/auroraboot:v0.26.0": FakeImage()}
FIRST, RESULT, CLEAR = "hand the files over", "take the files", "clear what they were handed over in"
BOTH = {"platform": "linux/amd64,linux/arm64"}


def daemon() -> FakeBridge:
    return FakeBridge(files={"dockerfile": {"Kairosfile": TEXT}}, images={**IMAGES, **AURORABOOT})


@pytest.fixture
def fake() -> Iterator[FakeBridge]:
    with daemon() as running:
        yield running


def solves(fake: FakeBridge) -> list[tuple[str, bool]]:
    """Return the target vertex of each solve after those of the two files, and whether the solve is evaluated."""
    return [(head(request.Definition), request.Evaluate) for request in fake.requests("Solve")[2:]]


def head(definition: ops_pb2.Definition) -> str:
    """Return the name of the vertex that produces a definition's result."""
    terminal = ops_pb2.Op.FromString(getattr(definition, "def")[-1])
    return definition.metadata[terminal.inputs[0].digest].description["llb.customname"]


def refuse(fake: FakeBridge, vertex: str) -> None:
    """Fail each solve that contains the vertex."""

    def solve(request: pb.SolveRequest, usual: Callable[[pb.SolveRequest], pb.SolveResponse]) -> pb.SolveResponse:
        if vertex in names(request):
            raise RefusalError(f"{vertex} failed")
        return usual(request)

    fake.on("Solve", solve)


def test_the_result_is_solved_after_the_secret_export_which_is_cleaned_up_at_the_end(fake: FakeBridge) -> None:
    result = result_of(run(fake, {"target": "iso"}))

    assert solves(fake) == [(FIRST, True), (RESULT, True), (CLEAR, True)]
    assert result.ref.id == "ref3"


def test_only_the_first_solve_imports_a_cache(fake: FakeBridge) -> None:
    result_of(run(fake, {"target": "iso", "cache-imports": '[{"Type":"registry","Attrs":{"ref":"a"}}]'}))

    assert [len(request.CacheImports) for request in fake.requests("Solve")[2:]] == [1, 0, 0]


def test_no_two_platforms_share_a_secret_export(fake: FakeBridge) -> None:
    result_of(run(fake, {"target": "iso", **BOTH}))

    actual = solves(fake)
    steps = [name.partition("] ") for name, _ in actual]
    for platform in {platform for platform, _, _ in steps}:
        assert [step for of, _, step in steps if of == platform] == [FIRST, RESULT, CLEAR]
    assert len(steps) == 6
    assert len({frozenset(request.Definition.metadata) for request in fake.requests("Solve")[2:]}) == len(actual)


@pytest.mark.parametrize("vertex", [FIRST, RESULT])
def test_a_secret_export_is_cleaned_up_after_a_failure_and_the_failure_is_reported(
    fake: FakeBridge, vertex: str
) -> None:
    refuse(fake, vertex)

    done = run(fake, {"target": "iso"})

    assert message_of(done) == f"{vertex} failed"
    assert solves(fake)[-1] == (CLEAR, True)


def test_a_failed_cleanup_is_reported(fake: FakeBridge) -> None:
    refuse(fake, CLEAR)

    assert message_of(run(fake, {"target": "iso"})) == f"{CLEAR} failed"


@pytest.mark.parametrize("target", ["", "netboot"])
def test_what_holds_no_secret_is_solved_once_and_lazily(fake: FakeBridge, target: str) -> None:
    result_of(run(fake, {"target": target}))

    assert [evaluated for _, evaluated in solves(fake)] == [False]


def test_the_description_of_the_graph_is_stable(fake: FakeBridge) -> None:
    options = {
        "target": "iso",
        "requestid": "frontend.convertllb",
        "frontend.caps": "moby.buildkit.frontend.subrequests",
    }

    once = result_of(run(fake, options)).metadata["result.json"]
    with daemon() as other:
        again = result_of(run(other, options)).metadata["result.json"]

    assert json.loads(once) == json.loads(again)
    assert all(f'"{name}"'.encode() in once for name in (FIRST, RESULT, CLEAR))
