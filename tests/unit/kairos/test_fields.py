"""kairos-init's settings: any value gives a plan or located diagnostics, and steps depend only on their own fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json

WORDS = [
    "v0.2.4",
    "v0.5.29",
    "v0.17.3",
    "v9.9.9",
    "latest",
    "a/b:c",
    "../x",
    ".",
    "",
    "k3s",
    "k0s",
    "debug",
    "branding",
]
WORDS += ["sha256:" + "0" * 64, "L4T_VERSION", "ubuntu:22.04", "scratch", "\0", "v1\u0660.0.0", "v99999999999.0.0", "#"]
TEXTS = st.sampled_from(WORDS) | st.text(max_size=8)
NAMES = ["version", "image", "digest", "registry", "agent", "name", "config", "K0S_VERSION", "INSTALL_K3S_", "TMPDIR"]
SCALARS = TEXTS | st.booleans() | st.none()
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=3)
FIELDS = ["kairos_init", "log_level", "skip_steps", "stage_extensions", "framework", "binaries", "environment"]
FIELDS += ["provider", "base", "model", "fips", "trusted_boot", "variant"]


def plan_of(fields: dict[str, Any], platform: str = "linux/arm64") -> dict[str, Any]:
    """Return the plan of a file, as data."""
    text = json.dumps({"base": "mirror/debian:13", "version": "v1.0.0"} | fields)
    (resolved,) = resolve(sections.read(language.Source("Kairosfile", text)), [platform])
    return to_json(resolved)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5), st.sampled_from(["amd64", "riscv64", "arm/v7"]))
@settings(max_examples=500, deadline=None)
def test_any_values_give_a_plan_or_located_diagnostics(fields: dict[str, Any], architecture: str) -> None:
    try:
        plan_of(fields, f"linux/{architecture}")
    except language.KairosfileError as error:
        for diagnostic in error.diagnostics:
            assert diagnostic.range.start.line >= 1
            assert diagnostic.message
            assert diagnostic.hint


PROVIDER = {"name": "k3s", "version": "v1.33.1+k3s1"}

# A field, its new value, and the steps whose operation may change.
CHANGES: list[tuple[dict[str, Any], set[str]]] = [
    ({"version": "v2.0.0"}, {"init"}),
    ({"log_level": "debug"}, {"install", "init"}),
    ({"skip_steps": ["branding"]}, {"install"}),
    ({"skip_steps": ["workarounds"]}, {"init"}),
    ({"skip_steps": ["installPackages", "cleanup"]}, {"install", "init"}),
    ({"stage_extensions": "x"}, {"install", "init"}),
    ({"environment": {"L4T_VERSION": "36.4"}}, {"install"}),
    ({"environment": {"KAIROS-INIT_TRACE": "1"}}, {"install", "init"}),
    ({"provider": PROVIDER | {"version": "v1.33.2+k3s1"}}, {"install"}),
    ({"provider": PROVIDER | {"config": "p.yaml"}}, {"install"}),
    ({"provider": {"name": "k0s"}}, {"install", "init", "check"}),
    ({"binaries": {"agent": "v2.25.0"}}, {"binaries"}),
    ({"trusted_boot": True}, {"install", "init", "validate"}),
    ({"fips": True}, {"install", "init"}),
]


def operations(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the operation of each step by its id, without its input step."""
    base = {"base": "example.com/linux:1", "provider": PROVIDER}
    steps = plan_of(base | fields)["steps"]
    return {step["id"]: step.get("run") or step.get("file") for step in steps}


def fields_of(fields: dict[str, Any]) -> dict[str, list[str]]:
    steps = plan_of({"base": "example.com/linux:1", "provider": PROVIDER} | fields)["steps"]
    return {step["id"]: step["fields"] for step in steps}


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=[json.dumps(change) for change, _ in CHANGES])
def test_a_field_changes_the_steps_that_read_it_and_no_others(change: dict[str, Any], expected: set[str]) -> None:
    before, after = operations({}), operations(change)

    assert expected == {step for step in after if before.get(step) != after[step]}
    (name,) = change
    assert {
        step for step, read in fields_of(change).items() if any(field.startswith(name) for field in read)
    } >= expected


@pytest.mark.parametrize(
    ("change", "reads"),
    [
        ({"skip_steps": ["branding", "workarounds"]}, {"install": ["skip_steps[0]"], "init": ["skip_steps[1]"]}),
        ({"environment": {"L4T_VERSION": "36.4"}}, {"install": ["environment.L4T_VERSION"], "init": []}),
    ],
)
def test_a_step_depends_only_on_its_parts_of_a_field(change: dict[str, Any], reads: dict[str, list[str]]) -> None:
    (name,) = change
    actual = fields_of(change)

    assert reads == {step: [field for field in actual[step] if field.startswith(name)] for step in reads}
