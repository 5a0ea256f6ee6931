"""Tests builds in which something dies, stalls or vanishes.

In each, the user reads the cause, the engine has no process of the build left, and the next build succeeds.
"""

from __future__ import annotations

import shutil
import signal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_errors import last, marked
from tests.support.e2e.running import RunningBuild, frontends, nothing_is_left, processes, until
from tests.support.engine import Engine, Registry, images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Project, UnseenImage
    from tests.support.e2e.faulty_registry import FaultyRegistry

INTERRUPTED = {"sid": 130, "trixie": 1}


@pytest.fixture
def behind(faulty: FaultyRegistry, rest: str) -> str:
    """A Kairosfile whose base comes through the faulty registry."""
    return f"base: {faulty.address}/{images.BASE}\n{rest}"


def hook(nonce: str, command: str = "true") -> str:
    return f"hooks: {{before_install: [{{run: '{command}; echo {nonce}'}}]}}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_client_that_goes_away_in_a_step_takes_the_step_along(
    engine: Engine, project: Project, good: str, nonce: str, number: signal.Signals
) -> None:
    project.write(good + hook(nonce, "sleep 300"))

    with RunningBuild(engine, project.folder) as build:
        until(lambda: processes(engine, nonce), "the step runs")
        build.send(number)
        status = build.wait()

    nothing_is_left(engine, nonce)
    if number == signal.SIGINT:
        assert status == INTERRUPTED[engine.name]
        assert "context canceled" in last(build.output)
    project.write(good + hook(nonce))
    assert nonce in project.must_build(engine).vertex("before_install").log


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_client_that_goes_away_while_the_frontend_waits_takes_the_frontend_along(
    engine: Engine, project: Project, faulty: FaultyRegistry, behind: str, nonce: str, number: signal.Signals
) -> None:
    project.write(behind)

    with waiting(engine, project, faulty, nonce) as build:
        build.send(number)
        status = build.wait()

    nothing_is_left(engine, nonce)
    if number == signal.SIGINT:
        assert status == INTERRUPTED[engine.name]
        assert "context canceled" in last(build.output)
    faulty.release()
    project.must_build(engine)


def waiting(engine: Engine, project: Project, faulty: FaultyRegistry, nonce: str) -> RunningBuild:
    """Return a build whose frontend waits for the registry."""
    faulty.hold()
    build = RunningBuild(engine, project.folder, "--build-arg", f"NONCE={nonce}")
    until(faulty.arrived.is_set, f"the registry is asked\n{build.output}")
    until(lambda: frontends(engine, nonce), "the frontend runs")
    return build


def test_a_killed_frontend_fails_the_build_at_the_line_that_names_it(
    engine: Engine, project: Project, faulty: FaultyRegistry, behind: str, nonce: str
) -> None:
    project.write(behind)

    with waiting(engine, project, faulty, nonce) as build:
        for frontend in frontends(engine, nonce):
            frontend.send(signal.SIGKILL)
        assert build.wait() == 1

    assert marked(build.output) == [project.header]
    assert "exit code: 137" in last(build.output)
    nothing_is_left(engine, nonce)
    faulty.release()
    project.must_build(engine)


def test_a_frontend_that_hangs_ends_with_the_client(
    engine: Engine, project: Project, faulty: FaultyRegistry, behind: str, nonce: str
) -> None:
    project.write(behind)

    with waiting(engine, project, faulty, nonce) as build:
        for frontend in frontends(engine, nonce):
            frontend.send(signal.SIGSTOP)
        faulty.release()
        build.send(signal.SIGINT)
        assert build.wait() == INTERRUPTED[engine.name]

    assert "context canceled" in last(build.output)
    nothing_is_left(engine, nonce)
    project.must_build(engine)


def test_a_frontend_that_says_nothing_for_ten_seconds_is_given_up(
    engine: Engine, project: Project, good: str, frontend: str, tmp_path_factory: pytest.TempPathFactory, nonce: str
) -> None:
    """The daemon waits ten seconds for the first bytes, which the frontend sends before it imports the language."""
    folder = tmp_path_factory.mktemp("slow")
    sleep = '["/usr/bin/python3.13", "-I", "-S", "-c", "import time; time.sleep(60)"]'
    (folder / "Dockerfile").write_text(f"FROM {frontend}\nENTRYPOINT {sleep}\n")
    result = engine.run(
        ["docker", "buildx", "build", "--push", "--provenance=false", "-t", f"{frontend}-slow", str(folder)]
    )
    assert result.returncode == 0, result.stderr
    project.header += "-slow"
    project.write(good)

    with RunningBuild(engine, project.folder, "--build-arg", f"NONCE={nonce}") as build:
        assert build.wait() == 1

    assert marked(build.output) == [project.header]
    assert "frontend grpc server closed unexpectedly" in last(build.output)
    nothing_is_left(engine, nonce)


def test_a_slow_registry_only_takes_time(engine: Engine, project: Project, faulty: FaultyRegistry, behind: str) -> None:
    faulty.delay = 1.0
    project.write(behind)

    build = project.must_build(engine)

    assert faulty.arrived.is_set()
    assert build.vertex(f"load metadata for {faulty.address}").started


def test_a_broken_download_is_reported_at_the_line_of_its_image(
    engine: Engine, project: Project, faulty: FaultyRegistry, unseen: UnseenImage, rest: str
) -> None:
    base = f"base: {faulty.address}/{unseen.reference}"
    project.write(f"{base}\n{rest}")
    faulty.cut = "/manifests/"

    output = project.fails(engine)

    assert marked(output) == [base]
    assert f"cannot pull base image {faulty.address}/{unseen.reference}" in last(output)
    assert "unexpected EOF" in last(output)
    assert "that its registry can be reached from the builder" in last(output)
    faulty.cut = ""
    project.must_build(engine)


def test_a_rate_limit_of_a_registry_is_reported_with_advice_to_wait(
    engine: Engine, project: Project, faulty: FaultyRegistry, behind: str
) -> None:
    faulty.status = HTTPStatus.TOO_MANY_REQUESTS
    project.write(behind)

    output = project.fails(engine)

    assert marked(output) == [behind.splitlines()[0]]
    assert "the registry limits how often it answers: wait, or `docker login`" in last(output)


def test_an_image_that_is_not_made_for_the_platform_says_so(engine: Engine, project: Project, good: str) -> None:
    project.write(good)

    output = project.fails(engine, "--platform", "linux/riscv64")

    assert marked(output) == [good.splitlines()[0]]
    assert "the image is not made for this platform: choose another image" in last(output)
    assert "docker login" not in last(output)


def test_a_broken_download_of_a_layer_is_reported_at_the_step_that_needs_it_as_with_a_dockerfile(
    engine: Engine, project: Project, faulty: FaultyRegistry, unseen: UnseenImage, rest: str, nonce: str
) -> None:
    """BuildKit pulls a layer only when a step needs it, long after the frontend is done."""
    image = f"{faulty.address}/{unseen.reference}"
    project.write(f"base: {image}\n{rest}{hook(nonce)}")
    (project.folder / "Dockerfile").write_text(f"FROM {image}\nRUN echo {nonce}\n")
    faulty.cut = unseen.layer

    ours = project.fails(engine)
    theirs = engine.run(["docker", "buildx", "build", "--progress", "plain", str(project.folder)]).stderr

    assert marked(ours) == [hook(nonce).strip()]
    assert marked(theirs) == [f"RUN echo {nonce}"]
    for output in (ours, theirs):
        assert "failed to compute cache key" in last(output)
        assert "unexpected EOF" in last(output)
    faulty.cut = ""
    project.must_build(engine)


def test_a_file_deleted_before_its_step_is_reported_at_the_lines_of_the_step(
    engine: Engine, project: Project, faulty: FaultyRegistry, behind: str, nonce: str
) -> None:
    """It exists when the frontend reads the file, and is gone when BuildKit requests it from the client."""
    project.write(f"{behind}hooks: {{after_init: [{{copy: {nonce}, to: /etc/}}]}}\n")
    (project.folder / nonce).write_text("here")

    with waiting(engine, project, faulty, nonce) as build:
        (project.folder / nonce).unlink()
        faulty.release()
        assert build.wait() == 1

    assert marked(build.output) == [f"hooks: {{after_init: [{{copy: {nonce}, to: /etc/}}]}}"]
    assert f"/{nonce}" in last(build.output)
    assert "not found" in last(build.output)
    nothing_is_left(engine, f"NONCE={nonce}")
    (project.folder / nonce).write_text("here again")
    project.must_build(engine)


def test_an_included_file_that_has_vanished_is_not_taken_from_an_earlier_build(
    engine: Engine, project: Project, good: str, nonce: str
) -> None:
    """The daemon still has the transferred copy; the file is missing nevertheless."""
    project.write(f"include: [more.yaml]\n{good}")
    (project.folder / "more.yaml").write_text(hook(nonce))
    project.must_build(engine)
    (project.folder / "more.yaml").unlink()

    output = project.fails(engine)

    assert marked(output) == ["include: [more.yaml]"]
    assert 'there is no file "more.yaml" to include' in last(output)
    (project.folder / "more.yaml").write_text(hook(nonce))
    assert project.must_build(engine).vertex("before_install").cached


@pytest.fixture(params=["sid", "trixie"])
def mortal(request: pytest.FixtureRequest, registry: Registry, project: Project) -> Iterator[Engine]:  # noqa: ARG001
    """An engine that a test may kill, with data that outlives it."""
    expected = request.config.getoption("--engine")
    if expected and request.param not in expected:
        pytest.skip(f"--engine leaves {request.param} out")
    engine = Engine(request.param, name=f"mortal-{request.param}")
    try:
        with engine:
            yield engine
    finally:
        shutil.rmtree(engine.data_directory, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_daemon_that_dies_during_a_step_is_reported_and_resumes_from_its_cache(
    mortal: Engine, project: Project, good: str, nonce: str, number: signal.Signals
) -> None:
    project.write(good + "hooks:\n  before_install:\n    - run: sleep 2\n")
    project.must_build(mortal)
    project.write(good + "hooks:\n  before_install:\n    - run: sleep 2\n    - run: sleep 300; echo " + nonce + "\n")

    with RunningBuild(mortal, project.folder) as build:
        until(lambda: processes(mortal, f"echo {nonce}"), "the step runs")
        (daemon,) = (each for each in processes(mortal, "--config-file") if each.words.startswith("dockerd "))
        daemon.send(number)
        assert build.wait() != 0

    assert "error reading from server: EOF" in last(build.output)
    mortal.stop()
    mortal.start()
    assert processes(mortal, nonce) == []
    project.write(good + "hooks:\n  before_install:\n    - run: sleep 2\n    - run: echo " + nonce + "\n")
    again = project.must_build(mortal)
    assert again.vertex("sleep 2").cached
    assert nonce in again.vertex(f"echo {nonce}").log
