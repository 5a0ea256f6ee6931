"""The config of the final image: the fields that it keeps from the base, and those that the plan sets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kairosfile.plan.image_config import image_config
from tests.unit.plan.test_targets import plan_of

NAME, DIGEST = "example.com/base:1", f"sha256:{'a' * 64}"
BASE = {
    "created": "2020-01-01T00:00:00Z",
    "author": "somebody",
    "os": "linux",
    "architecture": "s390x",
    "config": {"Env": ["A=1"], "Labels": {"kept": "yes"}},
    "history": [{"created_by": "before"}],
}
COMMON = "base: mirror/debian:13\nversion: v1.0.0\n"


def config_of(base: dict[str, Any] | None = None, epoch: int | None = None, text: str = COMMON, **options: str) -> Any:
    return json.loads(image_config(plan_of(text, **options), BASE if base is None else base, NAME, DIGEST, epoch))


def test_it_keeps_what_the_base_says_but_its_time_and_adds_to_its_history() -> None:
    config = config_of()

    assert config["author"] == "somebody"
    assert "created" not in config
    assert config["config"]["Env"] == ["A=1"]
    assert config["history"][0] == {"created_by": "before"}
    assert len(config["history"]) == 1 + len(plan_of(COMMON).steps)
    assert set(config) == {"author", "os", "architecture", "config", "history"}


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux/amd64", {"os": "linux", "architecture": "amd64"}),
        ("linux/arm/v7", {"os": "linux", "architecture": "arm", "variant": "v7"}),
    ],
)
def test_its_platform_is_that_of_the_plan(platform: str, expected: dict[str, str]) -> None:
    config = json.loads(image_config(plan_of(COMMON)._replace(platform=platform), BASE, NAME, DIGEST))

    assert {name: config.get(name) for name in expected} == expected
    assert ("variant" in config) == ("variant" in expected)


def test_labels_are_those_of_the_base_where_it_is_from_and_those_of_the_plan() -> None:
    labels = config_of(text=COMMON + "labels: {own: label}\n")["config"]["Labels"]

    assert labels["kept"] == "yes"
    assert labels["org.opencontainers.image.base.name"] == NAME
    assert labels["org.opencontainers.image.base.digest"] == DIGEST
    assert labels["own"] == "label"


def test_a_base_without_a_name_has_no_label_of_it() -> None:
    labels = json.loads(image_config(plan_of(COMMON), {}, "", ""))["config"]["Labels"]

    assert not {name for name in labels if name.startswith("org.opencontainers.image.base.")}


def test_an_entry_of_its_history_has_a_comment_and_the_time_of_the_build_if_one_is_set() -> None:
    without, with_time = config_of()["history"][1], config_of(epoch=86_400)["history"][1]

    assert without["comment"] == "kairosfile.v1"
    assert "created" not in without
    assert with_time == {**without, "created": "1970-01-02T00:00:00Z"}


def test_it_is_written_in_one_way() -> None:
    """The config's digest is the image's."""
    plan = plan_of(COMMON)
    text = image_config(plan, BASE, NAME, DIGEST)

    assert text == image_config(plan, dict(reversed(BASE.items())), NAME, DIGEST)
    assert text == json.dumps(json.loads(text), separators=(",", ":"), sort_keys=True).encode()
