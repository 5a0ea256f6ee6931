"""`docker buildx build --call` and `--check`: questions about a Kairosfile, on buildx 0.13 by its older `--print`."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e.builds import build
from tests.support.e2e.calls import CallOutput, call, call_json, has_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Engine

DOCKERFILE = """\
FROM scratch AS early
ARG PLACE=/early
COPY Dockerfile $PLACE
FROM early as late
RUN --mount=type=secret,id=token,required=true --mount=type=cache,target=/c true
"""
TWO_WARNINGS = "base: debian:13\nversion: 1.0.0\ntests: [{run: [echo one, echo two]}]\n"


@pytest.fixture
def text(base: str, kairos_init: Callable[[str], str]) -> str:
    return (
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        "args:\n  # Who made it.\n  WHO: me\n"
        "hooks:\n  after_install:\n    - name: Tools\n      run: echo $WHO\n      mounts:\n"
        "        - {type: secret, id: token}\n        - {type: ssh}\n        - {type: cache, target: /c, id: cc}\n"
    )


def columns(text: str) -> list[list[str]]:
    """Return the words of each line."""
    return [line.split() for line in text.splitlines()]


def rules(message: CallOutput) -> list[str]:
    """Return the ids of the rules that a check reports, in any output format of buildx."""
    return [item[1] for item in re.finditer(r"(KF\d{3}) [a-z-]+(?: - |: )", message.text)]


def test_an_outline_lists_args_with_their_values_secrets_and_agents(
    engine: Engine, project: Project, text: str
) -> None:
    project.write(text)

    result = call(engine, project.folder, "outline", "--build-arg", "WHO=you", "--build-arg", "VERSION=v2.0.0")

    assert result.exit_code == 0, result.errors
    rows = columns(result.text)
    assert ["WHO", "you", "Who", "made", "it."] in rows
    assert ["VERSION", "v2.0.0", "Version", "of", "your", "image"] in rows
    assert ["token", "true"] in rows
    assert ["default", "true"] in rows


def test_an_outline_for_programs_has_caches_and_places_too(engine: Engine, project: Project, text: str) -> None:
    project.write(text)

    outline = call_json(engine, project.folder, "outline")

    (cache,) = [cache for cache in outline["cache"] if cache["ID"] == "cc"]
    assert cache["location"]["ranges"][0]["start"]["line"] == 10
    who = next(arg for arg in outline["args"] if arg["name"] == "WHO")
    assert who["location"]["ranges"][0]["start"]["line"] == 7
    assert base64.b64decode(outline["sources"][0]).decode().endswith(text)


def test_an_outline_is_that_of_the_target(engine: Engine, project: Project, text: str) -> None:
    project.write(text)

    result = call(engine, project.folder, "outline", "--target", "install")

    assert ["TARGET:", "install"] in columns(result.text)
    assert "token" not in result.text


def test_an_outline_lists_the_required_args(engine: Engine, project: Project, text: str) -> None:
    project.write(text.replace("WHO: me", "WHO:").replace("version: v1.0.0", "version: ${WHO}"))

    result = call(engine, project.folder, "outline")

    assert result.exit_code == 0, result.errors
    assert ["WHO", "Who", "made", "it."] in columns(result.text)


def test_targets_are_listed_with_the_default(engine: Engine, project: Project, text: str) -> None:
    project.write(text)

    result = call(engine, project.folder, "targets")

    assert result.exit_code == 0, result.errors
    rows = columns(result.text)
    assert ["install", "install", "kairos"] in rows
    assert ["after_install-1", "after_install", "1:", "Tools"] in rows
    assert ["image", "(default)", "the", "whole", "image,", "checked"] in rows


def test_the_subrequests_are_listed(engine: Engine, project: Project, text: str) -> None:
    project.write(text)

    rows = columns(call(engine, project.folder, "subrequests.describe").text)

    names = [row[0] for row in rows[1:]]
    assert names == ["outline", "targets", "lint", "convertllb", "subrequests.describe"]


def test_the_graph_is_shown_as_json(engine: Engine, project: Project, text: str) -> None:
    """Neither buildx knows the question: both print the answer's text, which is the JSON too."""
    project.write(text)

    graph = call_json(engine, project.folder, "convertllb", "--target", "install")

    commands = [op["exec"]["meta"]["args"] for op in graph["def"].values() if "exec" in op]
    assert [command[4] for command in commands] == ["/kairos-init"]  # behind the shell that leaves its usage out


def test_a_subrequest_builds_and_resolves_nothing(engine: Engine, project: Project) -> None:
    project.write("base: localhost:5009/nothing:1\nversion: 1.0.0\n")  # KF506, so that lint has a text

    for question in ("outline", "targets", "lint"):
        result = call(engine, project.folder, question)
        assert "localhost:5009" not in result.errors
        assert result.text


def test_a_check_has_snippets_and_an_exit_status(docker28: Engine, project: Project) -> None:
    project.write(TWO_WARNINGS)

    result = call(docker28, project.folder, "check")

    assert result.exit_code == 1
    assert "Check complete, 2 warnings have been found!" in result.text
    assert ">>> version: 1.0.0" in result.text
    assert ">>> tests: [{run: [echo one, echo two]}]" in result.text


def test_a_check_without_findings_succeeds(docker28: Engine, project: Project) -> None:
    project.header += "\n# check=skip=all"
    project.write(TWO_WARNINGS)

    result = call(docker28, project.folder, "check")

    assert (result.exit_code, result.text) == (0, "Check complete, no warnings found.\n")


def test_a_check_on_an_older_buildx_is_text_without_an_exit_status(docker26: Engine, project: Project) -> None:
    """Version 0.13 has neither `--call` nor `--check`, and `--print lint` does not look at the status."""
    project.write(TWO_WARNINGS)

    result = call(docker26, project.folder, "lint")

    assert not has_call(docker26)
    assert result.exit_code == 0
    assert [" ".join(line.split()[:3]).rstrip(":") for line in result.text.splitlines()] == [
        "Kairosfile:3: KF506 version-prefix",
        "Kairosfile:4: KF314 run-list",
    ]
    assert call(docker26, project.folder, "lint,format=json").text == result.text


def test_a_file_that_cannot_be_built_is_found_by_a_check(engine: Engine, project: Project) -> None:
    project.write("base: debian:13\nvariant: x\nversion: v1.0.0\n")

    result = call(engine, project.folder, "lint")

    assert 'unknown variant "x"' in result.text + result.errors
    assert result.exit_code == (1 if has_call(engine) else 0)


def test_the_directive_silences_rules(engine: Engine, project: Project) -> None:
    project.header += "\n# check=skip=KF506"
    project.write(TWO_WARNINGS)

    assert rules(call(engine, project.folder, "lint")) == ["KF314"]


def test_the_directive_makes_warnings_fail_a_build(engine: Engine, project: Project) -> None:
    project.header += "\n# check=skip=KF506;error=true"
    project.write(TWO_WARNINGS)

    output = project.fails(engine)

    assert ">>> tests: [{run: [echo one, echo two]}]" in output
    assert "[KF314]" in output
    assert "[KF506]" not in output
    assert "load metadata" not in output


def test_a_check_with_warnings_as_errors_shows_each_and_fails(docker28: Engine, project: Project) -> None:
    project.header += "\n# check=error=true"
    project.write(TWO_WARNINGS)

    result = call(docker28, project.folder, "check")

    assert result.exit_code == 1
    assert ">>> version: 1.0.0" in result.text
    assert ">>> tests: [{run: [echo one, echo two]}]" in result.text
    assert "lint violation found for rules: KF506 version-prefix, KF314 run-list" in result.text + result.errors


def test_the_build_arg_takes_the_place_of_the_directive(engine: Engine, project: Project) -> None:
    project.header += "\n# check=error=true"
    project.write(TWO_WARNINGS)

    result = call(engine, project.folder, "lint", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=KF314")

    assert rules(result) == ["KF506"]
    assert "lint violation" not in result.text + result.errors


def test_the_build_arg_makes_warnings_fail_a_build(engine: Engine, project: Project) -> None:
    project.write(TWO_WARNINGS)

    output = project.fails(engine, "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=KF506;error=true")

    assert ">>> tests: [{run: [echo one, echo two]}]" in output


def test_a_finding_in_an_included_file_is_quoted_from_it(docker28: Engine, project: Project) -> None:
    (project.folder / "common.yaml").write_text("# shared\nversion: 1.0.0\n")
    project.write("extends: common.yaml\nbase: debian:13\n")

    result = call(docker28, project.folder, "check")

    assert "common.yaml:2: upgrades find images by a tag" in result.text
    assert ">>> version: 1.0.0" in result.text


def test_the_dockerfile_frontend_answers_outline_and_targets(engine: Engine, project: Project) -> None:
    """What the rows of docs/reference/compatibility.md say of it."""
    (project.folder / "Dockerfile").write_text(DOCKERFILE)

    outline = call_json(engine, project.folder, "outline", file="Dockerfile")
    targets = call_json(engine, project.folder, "targets", file="Dockerfile")
    graph = call(engine, project.folder, "convertllb", file="Dockerfile")

    assert [(arg["name"], arg["value"]) for arg in outline["args"]] == [("PLACE", "/early")]
    assert [secret["name"] for secret in outline["secrets"]] == ["token"]
    assert "cache" not in outline
    assert [target["name"] for target in targets["targets"]] == ["early", "late"]
    assert graph.exit_code != 0


def test_the_dockerfile_frontend_knows_checks_where_it_is_newer(
    docker28: Engine, docker26: Engine, project: Project
) -> None:
    """The Dockerfile frontend of BuildKit 0.13 has no checks; a Kairosfile is checked there too."""
    (project.folder / "Dockerfile").write_text(f"# check=error=true\n{DOCKERFILE}")

    newer = call(docker28, project.folder, "check", file="Dockerfile")
    silent = call(
        docker28, project.folder, "check", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=all", file="Dockerfile"
    )
    failing = build(docker28, project.folder, "--target", "early", "--output", "type=cacheonly", file="Dockerfile")
    older = call(docker26, project.folder, "lint", file="Dockerfile")

    assert (newer.exit_code, silent.exit_code) == (1, 0)
    assert "lint violation found for rules" in newer.text + newer.errors
    assert "lint violation found for rules" in failing.output
    assert older.exit_code != 0
