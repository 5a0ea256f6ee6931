"""Which lines a failing step quotes, on several platforms as on one, and where the debugger of buildx stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.e2e import dap

if TYPE_CHECKING:
    from tests.e2e.conftest import Project
    from tests.support.engine import DockerEngine, Engine

ONE, TWO = ("--platform", "linux/amd64"), ("--platform", "linux/amd64,linux/arm64")
FAIL = "mkdir -p /etc/kairos && touch /etc/kairos/stand-in-fail"


def marked(output: str) -> list[str]:
    """Return the lines that buildx marked."""
    return [line.partition(">>> ")[2].strip() for line in output.splitlines() if ">>> " in line]


@pytest.fixture(params=[ONE, TWO], ids=["one platform", "two platforms"])
def platforms(request: pytest.FixtureRequest) -> tuple[str, ...]:
    actual: tuple[str, ...] = request.param
    return actual


def test_a_failing_hook_quotes_its_lines(
    engine: DockerEngine, project: Project, good: str, platforms: tuple[str, ...]
) -> None:
    project.write(f"{good}hooks:\n  after_install:\n    - run: |\n        echo before\n        exit 7\n")

    assert marked(project.fails(engine, *platforms)) == ["- run: |", "echo before", "exit 7"]


def test_a_failing_install_quotes_the_fields_it_reads(
    engine: DockerEngine, project: Project, good: str, platforms: tuple[str, ...]
) -> None:
    project.write(f"{good}model: generic\nhooks: {{before_install: [{{run: '{FAIL}-install'}}]}}\n")

    output = project.fails(engine, *platforms)

    assert "model: generic" in marked(output)
    assert "version: v1.0.0" not in marked(output)
    assert "] stage install fails because" in output


def test_a_failing_init_quotes_the_version_too(
    engine: DockerEngine, project: Project, good: str, platforms: tuple[str, ...]
) -> None:
    project.write(f"{good}hooks: {{after_install: [{{run: '{FAIL}-init'}}]}}\n")

    output = project.fails(engine, *platforms)

    assert "version: v1.0.0" in marked(output)
    assert "] stage init fails because" in output


def test_a_failing_validate_quotes_kairos_init(
    engine: DockerEngine, project: Project, good: str, platforms: tuple[str, ...]
) -> None:
    project.write(f"{good}hooks: {{after_init: [{{run: rm /boot/initrd}}]}}\n")

    output = project.fails(engine, *platforms)

    assert any(line.startswith("kairos_init:") for line in marked(output))
    assert "initrd" in output


def test_a_failing_check_quotes_the_provider(
    engine: DockerEngine, project: Project, good: str, platforms: tuple[str, ...]
) -> None:
    project.write(f"{good}provider: k3s\nhooks: {{after_init: [{{run: rm /usr/bin/k3s}}]}}\n")

    output = project.fails(engine, *platforms)

    assert marked(output) == ["provider: k3s"]
    assert "check: Kubernetes is missing: no program k3s" in output


def test_a_failing_hook_of_an_included_file_quotes_that_file(
    engine: DockerEngine, project: Project, good: str, platforms: tuple[str, ...]
) -> None:
    (project.folder / "tools.yaml").write_text("# tools\nhooks:\n  after_install:\n    - run: exit 9\n")
    project.write(f"{good}include: [tools.yaml]\n")

    output = project.fails(engine, *platforms)

    assert marked(output) == ["- run: exit 9"]
    assert "tools.yaml:4" in output


@pytest.mark.parametrize(("line", "step"), [(3, "kairos-init "), (7, "after_install 1"), (8, "after_install 1")])
def test_the_debugger_stops_on_a_line_of_the_kairosfile(
    docker28: Engine, project: Project, good: str, nonce: str, line: int, step: str
) -> None:
    """Editors use `docker buildx dap`; buildx 0.29 has it, 0.13 does not."""
    project.write(f"{good}hooks:\n  after_install:\n    - run: |\n        echo {nonce}\n")

    stop = dap.stop_at(docker28, project.folder / "Kairosfile", line)

    assert stop
    reason, frame = stop
    assert reason == "breakpoint"
    assert step in frame["name"]
    assert frame["source"]["path"] == str(project.folder / "Kairosfile")
    assert frame["line"] <= line <= frame["endLine"]


def test_the_debugger_stops_where_a_step_fails(docker28: Engine, project: Project, good: str) -> None:
    project.write(f"{good}hooks:\n  after_install:\n    - run: |\n        exit 7\n")

    stop = dap.stop_at(docker28, project.folder / "Kairosfile", line=1)

    assert stop
    assert (stop[0], stop[1]["line"]) == ("exception", 7)
