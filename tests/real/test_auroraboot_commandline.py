"""The flags of the real AuroraBoot are those of the product's table and of the stand-in, as its own help tells them."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile.kairos import auroraboot as product
from kairosfile.kairos.releases import release
from tests.real import auroraboot
from tests.real.go import Unavailable
from tests.standin.auroraboot.releases import commands

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

# A line of the help: the names of a flag, and whether a value follows.
LINE = re.compile(r"^ +(--[^ ]+)( value)?(?:, (-[^ ]+)(?: value)?)?(?: \[| {2}|$)", re.MULTILINE)
NOT_IN_STAND_IN = {"--help", "--version"}


@pytest.fixture(scope="module")
def program() -> Path:
    try:
        return auroraboot.program()
    except Unavailable as reason:
        pytest.skip(str(reason))


def flags(program: Path, command: str) -> dict[str, tuple[str, bool]]:
    """Return the flags that the help names: the short form, and whether a value follows; without second long names."""
    words = [str(program), *([command] if command else []), "--help"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found = ((name.rstrip(","), value, short) for name, value, short in LINE.findall(told))
    return {name: ("" if short.startswith("--") else short, bool(value)) for name, value, short in found}


@pytest.mark.parametrize("command", ["", "build-iso", "build-uki", "genkey", "netboot"])
def test_the_stand_in_takes_the_flags_of_the_real_one(program: Path, command: str) -> None:
    real = {name: about for name, about in flags(program, command).items() if name not in NOT_IN_STAND_IN}
    stand_in = {
        f"--{flag.name}": (f"-{flag.short}" if flag.short else "", flag.kind != "bool")
        for flag in commands(auroraboot.RELEASE)[command].flags
    }
    assert stand_in == real


@pytest.mark.parametrize(("kind", "command"), [("iso", "build-iso"), ("uki", "build-uki"), ("raw", "")])
def test_the_real_one_knows_every_flag_that_the_product_gives_it(program: Path, kind: str, command: str) -> None:
    given = [flag for flag in product.COMMANDS[kind] if flag.is_in(release(auroraboot.RELEASE))]
    words = {word for flag in given for word in flag.words if word.startswith("--")}
    assert words <= flags(program, command).keys()


def test_the_newest_release_that_the_product_knows_is_the_one_that_is_tried() -> None:
    assert auroraboot.RELEASE == product.NEWEST
