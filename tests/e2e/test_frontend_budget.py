"""Limits the cost of the frontend: counts of one plain build in the image's own root, equal on any machine.

Each build of each user pays them. A change that reduces a count lowers its limit.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from kairosfile.trace import BUILD_ARG, PREFIX
from tests.gateway.test_erased import python_of_the_library
from tests.gateway.test_start import IMAGES, PLAIN
from tests.support import images
from tests.support.e2e import registry_api
from tests.support.engine import machine
from tests.support.gateway.fake_bridge import FakeBridge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.support.engine import Engine

MOST_INSTRUCTIONS = 74_000_000
LARGEST_PEAK = 13.2  # MB of resident memory
LARGEST_IMAGE = 5_900_000  # bytes, as BuildKit pushes it
PLATFORMS = images.FRONTEND_PLATFORMS.split(",")
# Counting takes fifty times as long, on a machine that has other things to do; a daemon waits for seconds.
PATIENCE = 600
PATIENT = [("grpc.http2.settings_timeout", PATIENCE * 1000), ("grpc.server_handshake_timeout_ms", PATIENCE * 1000)]


@pytest.fixture(scope="module")
def root(frontend: str, docker28: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the image, on this machine."""
    folder = tmp_path_factory.mktemp("root")
    images.unpack(docker28, frontend, folder)
    return folder


# Runs the program in its first argument, and prints the modules that it has imported when it ends.
SHOW_MODULES = """\
import marshal, posix, sys
at_start, leave = {*sys.modules}, posix._exit
def show(status):
    print(*{*sys.modules} - at_start, file=sys.stderr, flush=True)
    leave(status)
posix._exit = show
with open(sys.argv[1], "rb") as program:
    exec(marshal.loads(program.read()[16:]))
"""


def built(
    root: Path,
    before: Sequence[str] = (),
    build_args: Mapping[str, str] | None = None,
    argv: Sequence[str] | None = None,
) -> str:
    """Build a plain file against the fake daemon; return the log of the frontend."""
    program = argv or images.frontend_argv(root)
    options = {f"build-arg:{name}": value for name, value in (build_args or {}).items()}
    files = {"dockerfile": {"Kairosfile": PLAIN.encode()}}
    with FakeBridge(files=files, images=IMAGES, server_options=PATIENT) as fake:
        run = fake.run([*before, *program], options={"filename": "Kairosfile", **options}, timeout=PATIENCE)
    assert run.error is None, run.stderr
    return run.stderr


def test_a_plain_build_takes_few_instructions(root: Path) -> None:
    machine.require_tool("valgrind", "valgrind")
    log = built(root, ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    counted = re.search(r"Collected : (\d+)", log)

    assert counted, log
    print(f"{int(counted[1]):,} instructions")
    assert int(counted[1]) < MOST_INSTRUCTIONS


def test_a_plain_build_takes_little_memory(root: Path) -> None:
    lines = [line for line in built(root, build_args={BUILD_ARG: "1"}).splitlines() if line.startswith(PREFIX)]
    peak = json.loads(lines[0].removeprefix(PREFIX))["peak_mb"]

    print(f"{peak} MB")
    assert peak < LARGEST_PEAK


def test_a_plain_build_imports_no_python_of_the_standard_library(root: Path, tmp_path: Path) -> None:
    show = tmp_path / "show.py"
    show.write_text(SHOW_MODULES)
    *python, program = images.frontend_argv(root)
    imported = set(built(root, argv=[*python, str(show), program]).split())

    assert "kairosfile.build" in imported
    assert python_of_the_library(imported) == set()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_image_is_few_bytes(frontend: str, platform: str) -> None:
    size = registry_api.compressed_size(frontend, platform)

    print(f"{size:,} bytes")
    assert size < LARGEST_IMAGE
