"""Compares the flags in the real AuroraBoot's help with the product's table and the stand-in."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile.kairos import auroraboot
from tests.support.standins.auroraboot.releases import commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Engine
    from tests.support.real.published import Published

pytestmark = pytest.mark.real

# A line of the help: the names of a flag, and whether a value follows.
LINE = re.compile(r"^ +(--[^ ]+)( value)?(?:, (-[^ ]+)(?: value)?)?(?: \[| {2}|$)", re.MULTILINE)
NOT_IN_STAND_IN = {"--help", "--version"}


Flags = dict[str, tuple[str, bool]]


@pytest.fixture(scope="module")
def flags(
    docker28: Engine, real_auroraboot: Published, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Flags]:
    """Return the flags in the help of a command: each with its short form, and whether a value follows."""
    root = real_auroraboot.unpack(docker28, tmp_path_factory.mktemp("image"))

    def help_flags(command: str) -> Flags:
        words = ["chroot", str(root), auroraboot.PROGRAM, *([command] if command else []), "--help"]
        output = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        actual = ((name.rstrip(","), value, short) for name, value, short in LINE.findall(output))
        return {name: ("" if short.startswith("--") else short, bool(value)) for name, value, short in actual}

    return help_flags


@pytest.mark.parametrize("command", ["", "build-iso", "build-uki", "genkey", "netboot"])
def test_the_stand_in_takes_the_flags_of_the_real_one(
    flags: Callable[[str], Flags], real_auroraboot: Published, command: str
) -> None:
    real = {name: about for name, about in flags(command).items() if name not in NOT_IN_STAND_IN}
    stand_in = {
        f"--{flag.name}": (f"-{flag.short}" if flag.short else "", flag.kind != "bool")
        for flag in commands(str(real_auroraboot.release))[command].flags
    }
    assert stand_in == real


@pytest.mark.parametrize(("kind", "command"), [("iso", "build-iso"), ("uki", "build-uki"), ("raw", "")])
def test_the_real_one_knows_every_flag_that_the_product_gives_it(
    flags: Callable[[str], Flags], real_auroraboot: Published, kind: str, command: str
) -> None:
    options = [flag for flag in auroraboot.COMMANDS[kind] if flag.is_in(real_auroraboot.release)]
    words = {word for flag in options for word in flag.argv if word.startswith("--")}
    assert words <= flags(command).keys()
