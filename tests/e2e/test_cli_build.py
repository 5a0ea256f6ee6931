"""`kairosfile build` through the installed command, on real engines."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Project
    from tests.support.engine import DockerEngine, Engine, Registry

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
CACHE_ONLY = ("--output", "type=cacheonly")


@pytest.fixture
def example_project(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Project:
    """A project with one hook that no build has run before."""
    project.write(
        f"base: {base}\nversion: v1.0.0\nkairos_init: {{version: {NEWEST}, image: {kairos_init(NEWEST)}}}\n"
        f"hooks:\n  after_install:\n    - name: tools\n      run: |\n        echo hello {nonce}\n"
    )
    return project


def append(project: Project, text: str) -> None:
    with (project.folder / "Kairosfile").open("a") as file:
        file.write(text)


def run(engine: DockerEngine, project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return engine.run([COMMAND, "build", *arguments], cwd=project.folder, timeout=300)


def on_a_terminal(engine: DockerEngine, project: Project, *arguments: str) -> tuple[int, str]:
    """Return the exit status and the final screen, without its colours."""
    ours, theirs = pty.openpty()
    output = b""
    environment = {**engine.env(), "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen([COMMAND, "build", *arguments], cwd=project.folder, stderr=theirs, env=environment) as child:
        os.close(theirs)
        with suppress(OSError):  # the error of Linux at the end of a terminal
            while chunk := os.read(ours, 1 << 16):
                output += chunk
    os.close(ours)
    text = output.decode().replace("\r\n", "\n")
    return child.returncode, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.rpartition("\x1b[?25h")[2])


def test_the_image_gets_the_conventional_name(engine: DockerEngine, example_project: Project, base: str) -> None:
    done = run(engine, example_project, "--platform", "linux/amd64", "--build-arg", "VERSION=v1.2.3")

    assert done.returncode == 0, done.stderr
    flavor, _, release = base.rpartition("/")[2].partition(":")
    name = f"{flavor}:{release}-core-amd64-generic-v1.2.3"
    assert engine.run(["docker", "image", "inspect", name]).returncode == 0
    engine.run(["docker", "image", "rm", name])


def test_a_terminal_shows_what_was_done_and_what_was_cached(engine: DockerEngine, example_project: Project) -> None:
    status, first = on_a_terminal(engine, example_project, *CACHE_ONLY)
    assert status == 0, first
    assert re.search(r"^done +after_install 1: tools +\d+\.\ds$", first, re.MULTILINE)
    assert re.search(r"^built in \d+\.\ds, steps: \d+ done, ", first, re.MULTILINE)

    _, second = on_a_terminal(engine, example_project, *CACHE_ONLY)
    assert re.search(r"^cached +after_install 1: tools *$", second, re.MULTILINE)
    assert re.search(r"^cached +init kairos v1.0.0 *$", second, re.MULTILINE)


def test_a_failing_step_ends_with_its_log_its_lines_and_the_status_of_buildx(
    engine: DockerEngine, example_project: Project
) -> None:
    append(example_project, "    - name: breaks\n      run: |\n        echo this is why\n        exit 7\n")

    status, text = on_a_terminal(engine, example_project, *CACHE_ONLY)

    assert status == 1
    assert re.search(r"^failed +after_install 2: breaks", text, re.MULTILINE)
    assert "log of after_install 2: breaks:\n        this is why\n" in text
    assert ">>>     - name: breaks" in text
    assert "exit code: 7" in text
    plain = run(engine, example_project, *CACHE_ONLY)
    assert plain.returncode == 1
    assert "exit code: 7" in plain.stderr


def test_without_a_terminal_the_output_is_the_plain_one_of_buildx(
    engine: DockerEngine, example_project: Project
) -> None:
    done = run(engine, example_project, *CACHE_ONLY)

    assert done.returncode == 0
    assert re.search(r"^#\d+ after_install 1: tools$", done.stderr, re.MULTILINE)
    assert "\x1b[?25l" not in done.stderr


def test_an_invalid_file_never_reaches_the_engine(docker28: Engine, example_project: Project) -> None:
    append(example_project, "modle: rpi4\n")

    done = run(docker28, example_project, *CACHE_ONLY)

    assert done.returncode == 1
    assert done.stderr.startswith('Kairosfile:10:1: error: unknown key "modle"')
    assert "#1 " not in done.stderr


def test_what_is_printed_builds_in_a_shell(engine: DockerEngine, example_project: Project) -> None:
    line = run(engine, example_project, "--print", *CACHE_ONLY, "--", "--progress", "plain").stdout

    done = engine.run(["sh", "-c", line], cwd=example_project.folder, timeout=300)

    assert done.returncode == 0, done.stderr
    assert "after_install 1: tools" in done.stderr


def test_a_registry_cache_is_written_and_read(
    docker28: Engine, example_project: Project, registry: Registry, nonce: str
) -> None:
    cache = f"{registry.address}/cache/{nonce}"

    first = run(docker28, example_project, *CACHE_ONLY, "--cache", cache)
    second = run(docker28, example_project, *CACHE_ONLY, "--cache", cache)

    assert first.returncode == second.returncode == 0, first.stderr
    assert f"importing cache manifest from {cache}" in second.stderr
    assert "exporting cache" in first.stderr
    assert "failed to configure registry cache importer" not in second.stderr


def test_arguments_after_two_dashes_reach_buildx(engine: DockerEngine, example_project: Project) -> None:
    run(engine, example_project, *CACHE_ONLY)

    again = run(engine, example_project, *CACHE_ONLY, "--", "--no-cache")

    assert again.returncode == 0, again.stderr
    assert not re.search(r"after_install 1: tools\n#\d+ CACHED", again.stderr)


def test_a_file_without_a_syntax_line_is_built_by_the_frontend(
    engine: DockerEngine, example_project: Project, frontend: str
) -> None:
    file = example_project.folder / "Kairosfile"
    file.write_text(file.read_text().partition("\n")[2])

    done = run(engine, example_project, *CACHE_ONLY, "--build-arg", f"BUILDKIT_SYNTAX={frontend}")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_build_and_leaves_no_process(
    engine: DockerEngine, example_project: Project, nonce: str, number: signal.Signals
) -> None:
    append(example_project, f"    - name: waits\n      run: echo begun {nonce}; sleep 300\n")
    command = [COMMAND, "build", *CACHE_ONLY, "--progress", "plain"]
    with subprocess.Popen(
        command, cwd=example_project.folder, env=engine.env(), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stderr is not None
        assert any(f" begun {nonce}" in line for line in child.stderr)
        child.send_signal(number)
        began = time.monotonic()
        rest = child.stderr.read()
        status = child.wait()

    assert status != 0
    assert "context canceled" in rest
    assert "Traceback" not in rest
    assert time.monotonic() - began < 60  # not the 300 s of the step
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)
