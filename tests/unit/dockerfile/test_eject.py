"""`kairosfile eject`: the text of a plan's Dockerfile; tests/e2e/test_eject.py builds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kairosfile.dockerfile.eject.instructions import LONGEST_LINE, quote_mount, quote_paths, quote_value
from tests.unit.dockerfile.command import Done, run

if TYPE_CHECKING:
    from pathlib import Path

START = "base: mirror/debian:13\nversion: v1.0.0\n"
HOOK = START + "hooks:\n  after_install:\n    - "


def eject(folder: Path, text: str, *arguments: str) -> Done:
    (folder / "Kairosfile").write_text(text)
    return run("eject", *arguments, folder=folder)


def instructions(folder: Path, text: str) -> list[str]:
    done = eject(folder, text)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line and not line.startswith("#")]


def test_commonly_changed_versions_are_args_by_their_usual_names(tmp_path: Path) -> None:
    lines = instructions(tmp_path, START + "provider: {name: k3s, version: v1.33.1+k3s1}\n")

    assert lines[:5] == [
        "ARG BASE_IMAGE=docker.io/mirror/debian:13",
        "ARG KAIROS_INIT_IMAGE=quay.io/kairos/kairos-init:v0.17.3",
        "ARG MODEL=generic",
        "ARG KUBERNETES_VERSION=v1.33.1+k3s1",
        "ARG VERSION=v1.0.0",
    ]
    install, version = next(i for i, line in enumerate(lines) if "-s install" in line), lines.index("ARG VERSION")
    assert install < version, "an arg before install would be part of its cache key"
    assert '--provider-k3s-version "${KUBERNETES_VERSION}" --version v0.0.0' in lines[install]


@pytest.mark.parametrize(
    ("fields", "arguments", "expected"),
    [
        ("base: debian:${SUITE}", (), ["ARG SUITE=13", "ARG BASE_IMAGE=docker.io/library/debian:${SUITE}"]),
        ("base: 'debian:${SUITE}-slim'", (), ["ARG SUITE=13", "ARG BASE_IMAGE=docker.io/library/debian:${SUITE}-slim"]),
        (
            "base: debian:${SUITE}",
            ("--build-arg", "SUITE=12"),
            ["ARG SUITE=12", "ARG BASE_IMAGE=docker.io/library/debian:${SUITE}"],
        ),
        (
            "base: debian:${SUITE}",
            ("--build-arg", "BASE_IMAGE=ubuntu:24.04"),
            ["ARG BASE_IMAGE=docker.io/library/ubuntu:24.04"],
        ),
        ("base: debian:${SUITE:-12}", (), ["ARG BASE_IMAGE=docker.io/library/debian:13"]),
        ("base: debian:13-${TARGETARCH}", (), ["ARG BASE_IMAGE=docker.io/library/debian:13-amd64"]),
    ],
)
def test_an_own_arg_at_the_end_of_an_image_stays_an_arg(
    tmp_path: Path, fields: str, arguments: tuple[str, ...], expected: list[str]
) -> None:
    text = f'{fields}\nversion: v1.0.0\nargs: {{SUITE: "13"}}\n'
    done = eject(tmp_path, text, "--platform", "linux/amd64", *arguments)
    above = [line for line in done.stdout.partition("\nFROM")[0].splitlines() if line.startswith("ARG")]

    assert above[: len(expected)] == expected
    assert above[len(expected)].startswith("ARG KAIROS_INIT_IMAGE=")


def test_an_own_arg_with_the_name_of_a_usual_one_and_another_value_is_no_arg_of_an_image(tmp_path: Path) -> None:
    lines = instructions(tmp_path, 'base: debian:${MODEL}\nversion: v1.0.0\nargs: {MODEL: "13"}\n')

    assert lines[0] == "ARG BASE_IMAGE=docker.io/library/debian:13"
    assert "ARG MODEL=generic" in lines


def test_a_name_that_a_hook_mentions_is_no_arg(tmp_path: Path) -> None:
    """An arg would be in the hook's environment, but the plan's hook does not have it."""
    lines = instructions(tmp_path, HOOK + "run: echo ${VERSION:-none} > /v\n")

    assert not [line for line in lines if line.startswith("ARG VERSION")]
    assert any('"--version", "v1.0.0"]' in line or "--version v1.0.0" in line for line in lines)


def test_kairos_init_is_mounted_and_never_copied(tmp_path: Path) -> None:
    lines = instructions(tmp_path, START + "provider: k3s\n")

    assert sum(f"target={folder}/kairos-init" in line for line in lines for folder in ("", "/run")) == 3
    assert not [line for line in lines if line.startswith("COPY") and "kairos-init" in line]


def test_words_stay_words(tmp_path: Path) -> None:
    words = ["sh", "-c", 'echo "$0"', "a b", "$HOME", "line\nbreak"]

    lines = instructions(tmp_path, f"{HOOK}run: {json.dumps(words)}\n")

    assert f"RUN {json.dumps(words)}" in lines


def test_shell_text_is_a_plain_run_for_the_one_shell_of_the_stage(tmp_path: Path) -> None:
    lines = instructions(tmp_path, HOOK + 'run: echo one; echo "$A" | cat\n')

    assert lines.count('SHELL ["/bin/sh", "-ec"]') == 1
    assert 'RUN echo one; echo "$A" | cat' in lines


def test_script_of_several_lines_is_a_here_document(tmp_path: Path) -> None:
    done = eject(tmp_path, HOOK + "run: |\n        echo one\n        cat <<EOF\n        EOF\n      env: {A: b c}\n")

    assert "RUN <<'EOF_'\nexport A='b c'\necho one\ncat <<EOF\nEOF\nEOF_\n" in done.stdout


@pytest.mark.parametrize("text", ['["a"]', "--mount=x", "# no command", "cat <<X", "a \\\\", "#!/bin/bash\\necho"])
def test_text_that_a_builder_reads_as_something_else_is_no_plain_run(tmp_path: Path, text: str) -> None:
    lines = instructions(tmp_path, f'{HOOK}run: "{text.replace(chr(34), chr(92) + chr(34))}"\n')

    assert f"RUN {text}" not in lines
    assert any(line.startswith(("RUN <<'EOF'", 'RUN ["/bin/sh", "-ec", ')) for line in lines)


def test_comments_of_the_kairosfile_are_at_their_steps_and_fields(tmp_path: Path) -> None:
    text = "# the one that boots\nbase: debian:13\n# bumped by hand\nversion: v1.0.0\nhooks:\n  after_install:\n"
    text += "    # for the modem\n    # in the cellar\n    - name: greet\n      run: echo hello > /etc/motd\n"

    done = eject(tmp_path, text)

    assert "# the one that boots\nARG BASE_IMAGE=" in done.stdout
    assert "# bumped by hand\nARG VERSION=" in done.stdout
    assert "# after_install 1: greet\n# for the modem\n# in the cellar\nRUN echo" in done.stdout


def test_comment_for_a_tool_is_no_comment_of_a_dockerfile(tmp_path: Path) -> None:
    done = eject(tmp_path, "# syntax=some/frontend\n# yaml-language-server: $schema=x\n# mine\n" + START)

    assert done.stdout.count("syntax=some/frontend") == 1  # in the carried Kairosfile
    assert "# mine\nARG BASE_IMAGE" in done.stdout


def test_arg_of_the_kairosfile_stays_an_arg(tmp_path: Path) -> None:
    lines = instructions(tmp_path, 'args: {TOOL: "1.2"}\n' + HOOK + "run: echo $TOOL\n")

    assert "ARG TOOL=1.2" in lines
    assert lines[lines.index("RUN echo $TOOL") - 1] == "ARG TOOL"


def test_no_step_is_without_a_comment(tmp_path: Path) -> None:
    text = HOOK + '{copy: a, to: /opt/x/, mode: "0755"}\n    - {file: /opt/y/z, content: "x\\n"}\n'
    done = eject(tmp_path, text)

    blocks = done.stdout.split("\n\n")
    helpers = [block for block in blocks if 'RUN ["mkdir"' in block]
    assert len(helpers) == 2
    assert all("# The folder that the next instruction copies to" in block for block in helpers)


def test_no_line_says_from_which_line_of_another_file_it_came(tmp_path: Path) -> None:
    assert "Kairosfile:" not in eject(tmp_path, HOOK + "run: x\n").stdout


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            'labels: {l: "a\\nb"}\n',
            "Kairosfile:3: labels: l: not in a Dockerfile: a Dockerfile has no values of several",
        ),
        ('annotations: {a: "x\\nRUN y"}\n', "Kairosfile:3: annotations: a: not in a Dockerfile: "),
        (
            'hooks: {after_init: [{run: x, workdir: "/a\\nb"}]}\n',
            "Kairosfile:3:40: error: this text contains a newline, which is invalid here [KF131]",
        ),
    ],
)
def test_value_of_several_lines_is_named_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    done = eject(tmp_path, START + text)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(place)
    assert "Traceback" not in done.stderr


def test_value_of_an_arg_of_several_lines_is_no_arg(tmp_path: Path) -> None:
    lines = instructions(tmp_path, 'args: {A: "x\\ny"}\n' + HOOK + "run: echo $A\n")

    assert "ARG A" not in "\n".join(lines)
    assert 'RUN ["env", "A=x\\ny", "/bin/sh", "-ec", "echo $A"]' in lines


def test_value_of_several_lines_adds_no_instruction(tmp_path: Path) -> None:
    """The command of a stage is in shell form where an arg fills one of its words."""
    board = "base: ubuntu:22.04\nversion: v1.0.0\nkairos_init: v0.6.9\nmodel: orin-nx\n"
    environment = 'environment: {NVIDIA_RELEASE: "35", NVIDIA_VERSION: "3\\nFROM evil"}\n'
    done = eject(tmp_path, board + environment)

    assert done.returncode == 0, done.stderr
    assert '"NVIDIA_VERSION=3\\nFROM evil"' in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith("FROM evil")]


def test_long_names_and_comments_make_no_line_that_no_builder_reads(tmp_path: Path) -> None:
    done = eject(tmp_path, HOOK.rstrip(" -") + f"# {'c' * 70_000}\n    - name: {'n' * 70_000}\n      run: x\n")

    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= LONGEST_LINE


def test_line_that_no_builder_reads_is_named_with_its_line(tmp_path: Path) -> None:
    done = eject(tmp_path, HOOK + f"run: echo {'x' * LONGEST_LINE}\n")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Kairosfile:5: after_install 1: ")
    assert "65,535 bytes" in done.stderr


def test_file_with_a_nul_is_named_with_its_line(tmp_path: Path) -> None:
    """A build writes it; in a Dockerfile it would be in a command argument, which ends at a NUL."""
    done = eject(tmp_path, HOOK + 'file: /etc/a\n      content: "a\\0b"\n')

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Kairosfile:5-6: after_install 1: ")
    assert "a Dockerfile has no NUL" in done.stderr


def test_program_with_an_equals_sign_is_no_variable(tmp_path: Path) -> None:
    lines = instructions(tmp_path, HOOK + 'run: ["/bin/a=b", "x"]\n      env: {A: b}\n')

    assert 'RUN ["env", "A=b", "/bin/sh", "-c", "exec \\"$@\\"", "sh", "/bin/a=b", "x"]' in lines


def test_required_secrets_agents_and_annotations_are_listed_at_the_top(tmp_path: Path) -> None:
    text = HOOK + "run: x\n      mounts: [{type: secret, id: token}, {type: ssh}]\n      network: host\n"

    done = eject(tmp_path, text + "annotations: {a.b: c}\n")

    head = done.stdout[: done.stdout.index("ARG")]
    assert "--secret id=token --ssh default --allow network.host" in head
    assert "--annotation a.b=c" in head


def test_only_declared_artifacts_are_targets_and_the_image_stays_the_default(tmp_path: Path) -> None:
    stages = [line for line in instructions(tmp_path, START + "artifacts: {netboot: }\n") if line.startswith("FROM")]

    assert [line.split()[-1] for line in stages[-8:]] == [
        *("image", "auroraboot", "nothing", "auroraboot-iso", "auroraboot-netboot", "netboot-files", "netboot"),
        *("artifacts", "image"),
    ][1:]
    assert "FROM --platform=${BUILDPLATFORM} ${AURORABOOT_IMAGE} AS auroraboot" in stages
    assert not [line for line in instructions(tmp_path, START) if "auroraboot" in line]


def test_a_uki_is_made_by_the_auroraboot_of_its_platform(tmp_path: Path) -> None:
    """AuroraBoot adds programs from its image to a UKI, so that image has the platform of the UKI."""
    text = "base: ubuntu:24.04\nversion: v1.0.0\ntrusted_boot: true\nartifacts: {uki: {keys: {public_keys: keys}}}\n"
    (tmp_path / "keys").mkdir()
    for name in ("PK.auth", "KEK.auth", "db.auth"):
        (tmp_path / "keys" / name).touch()

    lines = instructions(tmp_path, text)

    assert "FROM ${AURORABOOT_IMAGE} AS auroraboot" in lines
    assert sum("type=secret" in line and "required=true" in line for line in lines) == 3
    assert not [line for line in lines if "source=keys," in line], "of that folder only public keys are asked for"


def test_the_build_of_each_artifact_is_described_at_the_top(tmp_path: Path) -> None:
    done = eject(tmp_path, START + "artifacts:\n  iso: {cloud_config: {secret: install}}\n  raw:\n")

    build = "#   docker buildx build --platform linux/amd64 --target"
    assert f"{build} iso --secret id=install --no-cache-filter iso-files -o build .\n" in done.stdout
    assert f"{build} raw --allow security.insecure -o build .\n" in done.stdout


def test_only_a_disk_needs_a_newer_syntax(tmp_path: Path) -> None:
    with_disk, without = (eject(tmp_path, f"{START}artifacts: {{{name}: }}\n").stdout for name in ("raw", "iso"))

    assert with_disk.startswith("# syntax=docker/dockerfile:1\n")
    assert "RUN --network=none \\\n    --security=insecure \\\n" in with_disk
    assert "syntax" not in without
    assert "security" not in without


def test_the_script_of_tests_occurs_once(tmp_path: Path) -> None:
    text = eject(tmp_path, START + "tests: [{path: /etc/a}, {path: /etc/b}, {run: [test, -e, /]}]\n").stdout

    assert text.count("is_a() {") == 1
    assert text.count('["/bin/sh", "/run/test", "path", "/etc/') == 2
    assert "collect" not in text


def test_what_no_dockerfile_can_say_is_named_with_its_line(tmp_path: Path) -> None:
    done = eject(tmp_path, HOOK + "{copy: overlay, to: /etc/, include: ['*.conf']}\n")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Kairosfile:5: after_install 1: copy overlay to /etc/: not in a Dockerfile: COPY ")


def test_a_file_with_errors_is_not_ejected(tmp_path: Path) -> None:
    done = eject(tmp_path, "base: debian:13\n")

    assert (done.returncode, done.stdout) == (1, "")
    assert "version" in done.stderr


def test_an_output_is_overwritten_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("mine")

    refused = eject(tmp_path, START, "-o", "Dockerfile")

    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (tmp_path / "Dockerfile").read_text() == "mine"
    assert eject(tmp_path, START, "-o", "Dockerfile", "--force").returncode == 0
    assert (tmp_path / "Dockerfile").read_text() == eject(tmp_path, START).stdout


def test_two_ejections_of_one_file_are_equal(tmp_path: Path) -> None:
    assert eject(tmp_path, START).stdout == eject(tmp_path, START).stdout


@pytest.mark.parametrize("field", ["target=/a$b", "target=/a\\b", "id=it's", 'id="x"'])
def test_what_a_mount_would_read_as_something_else_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="--mount would read"):
        quote_mount(["type=cache", field])


@pytest.mark.parametrize("words", [("$a", "/b"), ("a\\*", "/b"), ("<<EOF", "/b")])
def test_what_a_copy_would_read_as_something_else_is_refused(words: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="COPY would read"):
        quote_paths(words)


def test_a_value_of_several_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="several lines"):
        quote_value("a\nb")
