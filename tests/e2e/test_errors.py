"""Tests the message of a failed build: the lines of the Kairosfile, the fault, the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Project
    from tests.support.engine import Engine


def marked(output: str) -> list[str]:
    """Return the lines of the Kairosfile that buildx marked."""
    return [line.partition(">>> ")[2] for line in output.splitlines() if ">>> " in line]


def last(output: str) -> str:
    """Return the error line, the last thing that buildx prints; some put the code that ends a colour before it."""
    lines = (line.removeprefix("\033[0m") for line in reversed(output.splitlines()))
    return next(line for line in lines if line.startswith("ERROR: "))


def test_bad_yaml_points_at_its_line(engine: Engine, project: Project) -> None:
    project.write('base: "debian:13\nversion: v1.0.0\n')

    output = project.fails(engine)

    assert "Kairosfile:2:7" in last(output)
    assert "is never closed" in last(output)


def test_an_unknown_key_points_at_its_line_and_names_the_nearest_one(engine: Engine, project: Project) -> None:
    project.write("base: debian:13\nversion: v1.0.0\nprovidr: k3s\n")

    output = project.fails(engine)

    assert marked(output) == ["providr: k3s"]
    assert "Kairosfile:4" in output
    assert 'unknown key "providr"; did you mean "provider"?' in last(output)


def test_a_missing_version_says_what_to_add(engine: Engine, project: Project) -> None:
    project.write("base: debian:13\n")

    output = project.fails(engine)

    assert marked(output) == ["base: debian:13"]
    assert 'the field "version" is missing; add `version: v1.0.0`' in last(output)


def excerpt(output: str) -> str:
    """Return the last lines of the failed step, which buildx prints once more at the end."""
    return output.split("\n------\n")[1]


def test_all_diagnostics_are_reported_at_once(engine: Engine, project: Project) -> None:
    project.write("base: debian:13\nvariant: standart\nversion: v1.0.0\nfips: 1\n")

    output = project.fails(engine)

    assert marked(output) == ["variant: standart", "fips: 1"]
    assert 'unknown variant "standart"' in output
    assert '"fips" must be true or false' in output


def test_an_unreachable_base_points_at_its_line(engine: Engine, project: Project, good: str, base: str) -> None:
    project.write(good.replace(f"base: {base}", "base: localhost:5009/nothing:1"))

    output = project.fails(engine)

    assert marked(output) == ["base: localhost:5009/nothing:1"]
    assert "cannot pull base image localhost:5009/nothing:1" in last(output)
    assert "check the name" in last(output)


def test_an_image_that_does_not_exist_points_at_its_line(engine: Engine, project: Project, base: str) -> None:
    project.write(f"base: {base}\nkairos_init: localhost:5000/nothing:v0.17.3\nversion: v1.0.0\n")

    output = project.fails(engine)

    assert marked(output) == ["kairos_init: localhost:5000/nothing:v0.17.3"]
    assert "cannot pull kairos-init image localhost:5000/nothing:v0.17.3" in last(output)


@pytest.mark.parametrize("platforms", ["linux/amd64", "linux/amd64,linux/arm64"])
def test_a_failing_hook_points_at_its_lines(engine: Engine, project: Project, good: str, platforms: str) -> None:
    project.write(f"{good}hooks:\n  after_install:\n    - run: |\n        echo before\n        exit 7\n")

    output = project.fails(engine, "--platform", platforms)

    assert marked(output) == ["    - run: |", "        echo before", "        exit 7"]
    assert "exit code: 7" in last(output)


def test_a_failing_validate_points_at_what_it_read(engine: Engine, project: Project, good: str) -> None:
    project.write(f"{good}hooks:\n  after_init:\n    - run: rm /boot/initrd\n")

    output = project.fails(engine)

    assert any(line.startswith("kairos_init: ") for line in marked(output))
    assert "validate" in last(output)
    assert "* [FILES] file missing /boot/initrd" in excerpt(output)
    assert "Usage:" not in excerpt(output)


def test_a_failing_install_points_at_what_it_read(engine: Engine, project: Project, good: str) -> None:
    hook = "touch /etc/kairos/stand-in-fail-install"
    project.write(f"{good}provider: k3s\nhooks: {{before_install: [{{run: 'mkdir -p /etc/kairos && {hook}'}}]}}\n")

    output = project.fails(engine)

    assert "provider: k3s" in marked(output)
    assert "-s install" in last(output)
    assert " ERR " in excerpt(output)
    assert "Error: " in excerpt(output)
    assert "--stage" not in excerpt(output)


def test_a_model_on_the_wrong_platform_is_refused_before_anything_runs(
    engine: Engine, project: Project, good: str
) -> None:
    project.write(f"{good}model: rpi4\n")

    output = project.fails(engine, "--platform", "linux/amd64")

    assert marked(output) == ["model: rpi4"]
    assert "needs linux/arm64" in last(output)
    assert "load metadata" not in output


def test_a_value_from_the_command_line_names_its_build_arg(engine: Engine, project: Project, good: str) -> None:
    project.write(good)

    output = project.fails(engine, "--build-arg", "VERSION=main")

    assert 'cannot parse the version "main" (from --build-arg VERSION)' in last(output)


def test_a_file_that_is_to_be_copied_and_is_not_there_points_at_its_step(
    engine: Engine, project: Project, good: str
) -> None:
    project.write(f"{good}hooks:\n  after_install:\n    - copy: nowhere\n      to: /etc/\n")

    output = project.fails(engine)

    assert marked(output) == ["    - copy: nowhere", "      to: /etc/"]
    assert "nowhere" in last(output)
