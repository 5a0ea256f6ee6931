"""Which commands become typed steps: those that the checker accepts for the base."""

from __future__ import annotations

import pytest

from kairosfile.dockerfile.adopt.detect import Command, Detected, detect

PLANNED = Command(("/bin/sh", "-ec", "systemctl --root=/ enable 'a.service'\n"), {}, network="none")
UNITS = Detected({"systemd": {"enable": ["a.service"]}})


@pytest.mark.parametrize(("base", "step"), [("debian:13", UNITS), ("example.com/own:1", UNITS), ("alpine:3.20", None)])
def test_units_become_a_step_where_the_base_may_have_systemd(base: str, step: Detected | None) -> None:
    assert detect(PLANNED, base) == step
