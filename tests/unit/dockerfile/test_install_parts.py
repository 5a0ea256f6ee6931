"""Install in parts in a Dockerfile: the ejected text, and how adopt reads calls that skip each other's steps."""

from __future__ import annotations

import re

import pytest

from kairosfile import language, sections
from kairosfile.dockerfile.adopt import adopt
from kairosfile.dockerfile.eject import eject
from kairosfile.plan.explain import look_up
from kairosfile.plan.offline import keys
from kairosfile.plan.resolve import resolve

DEBIAN = "base: debian:13\nversion: v1.0.0\nprovider: {name: k3s, version: v1.33.1+k3s1}\n"
UBUNTU = DEBIAN.replace("debian:13", "ubuntu:24.04")
PARTS = "install: {parts: true}\n"
HOOKS = "hooks: {after_install: [{run: make}]}\n"
RUN = "RUN --mount=type=bind,from=kairos-init,src=/kairos-init,dst=/kairos-init /kairos-init "


def ejected(text: str) -> str:
    """Return the Dockerfile without its carried Kairosfile, as if a user had written it."""
    document = sections.read(language.Source("Kairosfile", text))
    (plan,) = resolve(document, ["linux/amd64"])
    output = eject(plan, document)
    return "\n".join(line for line in output.splitlines() if not line.startswith("#")) + "\n"


def adopted(dockerfile: str) -> str:
    return adopt(dockerfile, {}, "system").text()


def system_keys(text: str) -> list[str]:
    """Return the cache keys of the steps that change the image."""
    document = sections.read(language.Source("Kairosfile", text))
    (plan,) = resolve(document, ["linux/amd64"])
    return [key.whole for step, key in keys(plan).items() if step not in plan.checks]


def skipped(dockerfile: str) -> list[list[str]]:
    """Return the steps that each run of kairos-init skips."""
    words = re.findall(r'--skip-step(?: |", ")([\w,]+)', dockerfile)
    return [item.split(",") for item in words]


@pytest.mark.parametrize("text", [DEBIAN, UBUNTU + PARTS, DEBIAN + HOOKS])
def test_parts_are_runs_that_skip_the_steps_of_the_others(text: str) -> None:
    runs = skipped(ejected(text))
    assert len(runs) == 4
    for step in ("installPackages", "installKernel", "branding", "providerBinaries"):
        assert sum(step not in run for run in runs) == 1


@pytest.mark.parametrize("text", [DEBIAN, UBUNTU + PARTS])
def test_runs_of_parts_become_parts_again(text: str) -> None:
    adoption = adopted(ejected(text))
    document = sections.read(language.Source("Kairosfile", adoption))
    assert [field.value for field in look_up(document, "install.parts")] == [True]
    assert not document.model.skip_steps
    assert system_keys(adoption) == system_keys(text)


def test_one_run_stays_one_where_parts_are_not_the_default() -> None:
    adoption = adopted(ejected(UBUNTU))
    assert "install:" not in adoption
    assert system_keys(adoption) == system_keys(UBUNTU)


def test_one_run_becomes_parts_where_they_leave_the_same_files() -> None:
    adoption = adopted(ejected(DEBIAN + "install: {parts: false}\n"))
    assert system_keys(adoption) == system_keys(DEBIAN)


def test_a_step_that_two_runs_have_is_not_taken_for_parts() -> None:
    start = "FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init\nFROM ubuntu:24.04\n"
    twice = 2 * f"{RUN}-s install --skip-step installKernel --version v0.0.0\n"
    adoption = adopt(f"{start}{twice}{RUN}-s init --version v1.0.0\n", {})
    assert "parts" not in adoption.text()
    assert any("install runs 2 times" in each.reason for each in adoption.unsupported)
