"""Tests that the real kairos-init accepts and refuses what the product's tables and the stand-in do.

The program runs in a root that holds nothing else: a command line is accepted where its stage begins, in vain.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from kairosfile.kairos.commands import TABLE, schema_for, steps_of
from kairosfile.plan.kairos import PROGRAM
from tests.support.engine import machine
from tests.support.real.published import program
from tests.support.standins import quirks, releases

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.kairos.releases import Release
    from tests.support.engine import Engine
    from tests.support.real.published import Published

pytestmark = pytest.mark.real

BEGUN = ("Running stage", "Skipping install stage", "[BINARIES] could not find binary")
QUESTIONS = ("help", "steps-info", "version")


@dataclass(frozen=True)
class Real:
    """The program in an empty root."""

    root: Path
    release: Release

    def run(self, *words: str) -> tuple[int, str]:
        """Return the exit code and all that was printed."""
        done = subprocess.run(
            ["chroot", str(self.root), PROGRAM, *words],
            env={"NO_COLOR": "1", "PATH": machine.search_path()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def accepts(self, *words: str) -> bool:
        """Return whether a command line is understood, whatever becomes of its stage."""
        return any(text in self.run(*words)[1] for text in BEGUN)


@pytest.fixture(scope="module")
def real(docker28: Engine, real_kairos_init: Published, tmp_path_factory: pytest.TempPathFactory) -> Real:
    root = real_kairos_init.unpack(docker28, tmp_path_factory.mktemp("image"))
    return Real(program(root, PROGRAM, tmp_path_factory.mktemp("root")), real_kairos_init.release)


def of_release(known: Release, table: list[quirks.Quirk]) -> list[quirks.Quirk]:
    order = releases.order
    return [quirk for quirk in table if order(quirk.releases[0]) <= order(str(known)) <= order(quirk.releases[1])]


def test_the_real_program_refuses_what_the_stand_in_refuses_with_the_same_message(real: Real) -> None:
    for quirk in of_release(real.release, quirks.REFUSED):
        code, result = real.run(*quirk.words)

        assert (code, quirk.says in result, any(text in result for text in BEGUN)) == (quirk.exit, True, False), (
            quirk,
            result,
        )


def test_the_real_program_accepts_what_the_stand_in_accepts(real: Real) -> None:
    for quirk in of_release(real.release, quirks.ACCEPTED):
        if "Usage" in quirk.says or quirk.values.get("command") in QUESTIONS:
            code, result = real.run(*quirk.words)
            assert (code, quirk.says in result) == (0, True), (quirk, result)
        else:
            assert real.accepts(*quirk.words), quirk


def test_every_sample_command_line_of_the_release_begins_its_stage(real: Real) -> None:
    samples = [sample for sample in releases.dialect(str(real.release))["argv"].values() if sample["supported"]]
    for argv in (words for sample in samples for words in sample.values() if isinstance(words, list)):
        expected = "rpi4" not in argv  # a board of arm64: refused on amd64
        assert real.accepts(*argv[1:]) is expected, argv


def test_the_help_names_the_models_and_the_steps_of_the_tables(real: Real) -> None:
    _, result = real.run("--help")
    models = re.search(r"model to build for \((.*?)\)", result)
    steps = re.search(r"Valid values are: (.*?)\. You", result)

    assert models
    assert tuple(models[1].split(", ")) == schema_for(real.release).models
    assert steps
    ignored = {row.name for row in TABLE} & {"kubernetes"}
    assert set(steps[1].split(", ")) == set(steps_of(real.release)) | ignored


def test_a_version_is_parsed_as_the_facts_say(real: Real) -> None:
    facts = releases.dialect(str(real.release))["version_parsing"]
    stage = ("-s", "install", "--skip-step", "install")

    assert [text for text in facts["accepted_examples"] if real.run(*stage, f"--version={text}")[0]] == []
    assert [text for text in facts["rejected_examples"] if not real.run(*stage, f"--version={text}")[0]] == []
