"""Tests a year's load of a builder and its registry: killed clients, many builds, a full disk.

In each, the user reads the cause, nothing is left in the engine, and the next build succeeds. `test_faults` covers what
dies or stalls in the middle of one build.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import Project
from tests.e2e.test_errors import last, marked
from tests.support.e2e.running import RunningBuild, nothing_is_left, processes, until, usage
from tests.support.engine import Engine, Registry, images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import UnseenImage
    from tests.support.e2e.faulty_registry import FaultyRegistry

AT_ONCE = 20
IN_A_ROW = 200
WARM = 20
LEAK_MIB = 100  # of the daemons, over IN_A_ROW builds
FILES = 50_000
YEAR_SECONDS = 365 * 24 * 3600


# What a registry does not answer when the client is killed; the base's one layer has another path each time.
LAYER = "its layer"
MOMENTS = {
    "the frontend is looked up": "/kairos-frontend/manifests/",
    "the base is looked up": "/test/unseen/manifests/",
    "kairos-init is looked up": "/kairos-init-stand-in/manifests/",
    "the base is pulled": LAYER,
    "the image is pushed": "/blobs/uploads/",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_client_killed_while_a_registry_is_silent_leaves_nothing(
    docker28: Engine, project: Project, faulty: FaultyRegistry, unseen: UnseenImage, rest: str, nonce: str, moment: str
) -> None:
    project.header = project.header.replace("localhost:5000", faulty.address)
    through = rest.replace("localhost:5000", faulty.address)
    project.write(f"base: {faulty.address}/{unseen.reference}\n{through}hooks: {{before_install: [{{run: ls}}]}}\n")
    push = ("--output", f"type=image,name={faulty.address}/pushed,push=true") if "pushed" in moment else ()
    faulty.hold(MOMENTS[moment].replace(LAYER, unseen.layer))

    with RunningBuild(docker28, project.folder, "--build-arg", f"NONCE={nonce}", *push) as build:
        until(faulty.arrived.is_set, f"{moment}\n{build.output}")
        build.send(signal.SIGKILL)
        build.wait()

    nothing_is_left(docker28, nonce)
    faulty.release()
    project.must_build(docker28)


@pytest.mark.parametrize("section", ["hooks: {after_init: [{run: '%s'}]}\n", "tests: [{run: '%s'}]\n"])
def test_a_client_killed_in_a_step_or_a_test_leaves_nothing(
    docker28: Engine, project: Project, good: str, nonce: str, section: str
) -> None:
    project.write(good + section % f"sleep 300; echo {nonce}")

    with RunningBuild(docker28, project.folder) as build:
        until(lambda: processes(docker28, nonce), f"it runs\n{build.output}")
        build.send(signal.SIGKILL)
        build.wait()

    nothing_is_left(docker28, nonce)
    project.write(good + section % f"echo {nonce}")
    project.must_build(docker28)


@pytest.mark.parametrize("status", [HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE])
def test_a_failing_registry_is_reported_at_the_line_of_its_image(
    docker28: Engine, project: Project, faulty: FaultyRegistry, rest: str, status: HTTPStatus
) -> None:
    base = f"base: {faulty.address}/{images.BASE}"
    faulty.status = status
    project.write(f"{base}\n{rest}")

    output = project.fails(docker28)

    assert marked(output) == [base]
    assert f"cannot pull base image {faulty.address}/{images.BASE}" in last(output)
    assert str(int(status)) in last(output)


def test_a_frontend_image_that_is_missing_is_named(docker28: Engine, project: Project, good: str) -> None:
    project.header = "# syntax=localhost:5000/kairos-frontend:none"
    project.write(good)

    output = project.fails(docker28)

    assert "localhost:5000/kairos-frontend:none" in last(output)
    assert "not found" in last(output)


def test_of_many_files_only_the_used_one_is_sent(docker28: Engine, project: Project, good: str, nonce: str) -> None:
    for number in range(FILES):
        if number % 1000 == 0:
            (project.folder / f"{number:05}").mkdir()
        (project.folder / f"{number // 1000 * 1000:05}" / str(number)).write_bytes(b"x" * 100)
    (project.folder / "used").write_text(nonce)
    project.write(f"{good}hooks: {{after_init: [{{copy: used, to: /etc/}}]}}\n")

    built = project.must_build(docker28)

    sent = [vertex for vertex in built.vertices.values() if any("transferring" in each for each in vertex.statuses)]
    assert sent
    assert max(vertex.transferred for vertex in sent) < 10_000


def test_files_and_an_epoch_of_next_year_are_built(docker28: Engine, project: Project, good: str, nonce: str) -> None:
    """As a machine has them whose clock was ahead; a daemon's own clock is the machine's, which no test may set."""
    ahead = int(time.time()) + YEAR_SECONDS
    (project.folder / "used").write_text(nonce)
    project.write(f"{good}hooks: {{after_init: [{{copy: used, to: /etc/}}]}}\n")
    for name in ("used", "Kairosfile"):
        os.utime(project.folder / name, (ahead, ahead))

    project.must_build(docker28, "--build-arg", f"SOURCE_DATE_EPOCH={ahead}")
    (project.folder / "used").write_text(f"{nonce} again")

    assert project.must_build(docker28).vertex("after_init").ran


@pytest.mark.long
def test_twenty_builds_at_once_are_all_built(
    engine: Engine, project: Project, good: str, nonce: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = usage(engine).processes
    with ExitStack() as stack:
        builds = []
        for number in range(AT_ONCE):
            each = Project(tmp_path_factory.mktemp("each"), project.header)
            each.write(f"{good}hooks: {{after_init: [{{run: 'echo {nonce} {number}'}}]}}\n")
            builds.append(stack.enter_context(RunningBuild(engine, each.folder, "--build-arg", f"NONCE={nonce}")))
        failed = [build.output for build in builds if build.wait(600) != 0]

    assert failed == []
    nothing_is_left(engine, nonce)
    until(lambda: usage(engine).processes <= before, f"{engine.name} has {before} processes again")


@pytest.mark.long
def test_two_hundred_builds_leave_no_process_and_no_memory(
    engine: Engine, project: Project, good: str, nonce: str
) -> None:
    for number in range(IN_A_ROW):
        project.write(f"{good}hooks: {{after_init: [{{file: /etc/number, content: '{nonce} {number}'}}]}}\n")
        project.must_build(engine)
        if number == WARM:
            nothing_is_left(engine, nonce)
            before = usage(engine)

    until(lambda: usage(engine).processes <= before.processes, f"{before.processes} processes again")
    assert usage(engine).resident < before.resident + LEAK_MIB


@pytest.fixture
def small(registry: Registry, frontend: str, tmp_path: Path) -> Iterator[Engine]:  # noqa: ARG001 - both come first
    """An engine whose data has little room."""
    engine = Engine("sid", name="small-sid")
    data = engine.data_directory
    data.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "small", str(data)], check=True)
    try:
        with engine:
            yield engine
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)
        shutil.rmtree(data, ignore_errors=True)


@pytest.mark.long
def test_a_full_disk_is_reported_at_the_step_that_filled_it(small: Engine, project: Project, good: str) -> None:
    step = "run: 'dd if=/dev/zero of=/etc/large bs=1M count=400'"
    project.write(f"{good}hooks: {{after_init: [{{{step}}}]}}\n")

    output = project.fails(small)

    assert marked(output) == [f"hooks: {{after_init: [{{{step}}}]}}"]
    assert "No space left on device" in output
    project.write(good)
    until(lambda: project.build(small).exit_code == 0, "what the failed step wrote is gone, and there is room again")
