"""One layer above the base: the targets that have it, and its inputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, llb, sections
from kairosfile.dockerfile.adopt import adopt
from kairosfile.dockerfile.eject import eject
from kairosfile.plan.image_config import image_config
from kairosfile.plan.offline import define, keys
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from kairosfile.plan.targets import select
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from kairosfile.plan.model import Plan
    from kairosfile.sections.document import Document

STEPS = "base: ubuntu:24.04\nversion: v1.0.0\nprovider: {name: k3s, version: v1.33.1+k3s1}\n"
ONE = STEPS + "image: {layers: one}\n"


def read(text: str) -> tuple[Document, Plan]:
    document = sections.read(language.Source("Kairosfile", text))
    (plan,) = resolve(document, ["linux/amd64"])
    return document, plan


def ops_of(plan: Plan) -> list[ops_pb2.Op]:
    definition = define(plan, language.Source("Kairosfile", ""), llb.scratch())
    return [ops_pb2.Op.FromString(data) for data in definition.ops]


def diffs(plan: Plan) -> int:
    return sum(op.HasField("diff") for op in ops_of(plan))


def test_the_whole_image_is_one_diff_above_the_base() -> None:
    _, plan = read(ONE)
    ops = ops_of(plan)
    assert diffs(plan) == 1
    merged = ops[-2].merge.inputs  # the last op names the result
    base, diff = (ops[-2].inputs[each.input].digest for each in merged)
    assert base != diff
    assert diffs(read(STEPS)[1]) == 0


def test_steps_stay_cached_whatever_the_layers_are() -> None:
    assert keys(read(ONE)[1]) == keys(read(STEPS)[1])


@pytest.mark.parametrize(("target", "count"), [("image", 1), ("validate", 1), ("init", 1), ("install", 0), ("base", 0)])
def test_targets_short_of_the_image_keep_their_layers(target: str, count: int) -> None:
    assert diffs(select(read(ONE)[1], target)) == count


def test_a_layer_that_changes_nothing_is_left_out() -> None:
    _, plan = read("base: ubuntu:24.04\nversion: v1.0.0\nconvert: false\nimage: {layers: one}\n")
    assert diffs(plan) == 0


def test_history_has_a_layer_for_the_last_step_alone() -> None:
    _, plan = read(ONE)
    history = json.loads(image_config(plan, {"history": [{"created_by": "base"}]}, "base", ""))["history"]
    assert [entry.get("empty_layer", False) for entry in history] == [False, True, True, True, False]


def test_the_plan_says_so_only_where_it_is_so() -> None:
    assert to_json(read(ONE)[1])["layers"] == "one"
    assert "layers" not in to_json(read(STEPS)[1])


def test_eject_says_that_a_dockerfile_cannot_and_adopt_has_it_again() -> None:
    document, plan = read(ONE)
    dockerfile = eject(plan, document)
    assert "no Dockerfile can have one layer above the base" in " ".join(dockerfile.replace("\n# ", " ").split())
    assert "layers: one" in adopt(dockerfile, {}).text()
