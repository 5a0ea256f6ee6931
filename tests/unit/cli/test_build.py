"""`kairosfile build` without an engine: the buildx command that it runs, and how it shows progress."""

from __future__ import annotations

import base64
import io
import json
import os
import pty
import subprocess
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from kairosfile.cli.attestation_size import MIB, NEAR, human, warning, without_sbom
from kairosfile.cli.build.buildx import BuildxCommand, read_version, shown
from kairosfile.cli.build.progress import TAIL, Progress
from kairosfile.cli.build.view import View, duration
from kairosfile.cli.syntax_line import FRONTEND, frontend_of
from tests.unit.cli.test_command import COMMAND, run

if TYPE_CHECKING:
    from pathlib import Path

SYNTAX = "# syntax=quay.io/kairos/kairos-frontend:v1\n"
CORE = SYNTAX + "base: debian:13\nversion: v1.0.0\n"
NAME = "debian:13-core-amd64-generic-v1.0.0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Kairosfile").write_text(CORE)
    return tmp_path


def printed(folder: Path, *arguments: str) -> str:
    done = run("build", "--print", "--platform", "linux/amd64", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def test_print_shows_a_line_for_a_shell_with_the_conventional_name(folder: Path) -> None:
    start = "docker buildx build --file Kairosfile --platform linux/amd64"

    assert printed(folder) == f"{start} --tag {NAME} --load ."
    attested = "--attest type=provenance,mode=max --attest type=sbom"
    named = f"{start} --tag quay.io/acme/{NAME} {attested} --push ."
    assert printed(folder, "-t", "a/b:1", "--push") == f"{start} --tag a/b:1 {attested} --push ."
    assert printed(folder, "--registry", "quay.io/acme", "--push") == named
    assert printed(folder, "--output", "type=tar,dest=a b") == f"{start} --output 'type=tar,dest=a b' ."


@pytest.mark.parametrize(
    ("options", "attested"),
    [
        ([], []),
        (["--provenance", "max", "--sbom", "on"], ["type=provenance,mode=max", "type=sbom"]),
        (["--push"], ["type=provenance,mode=max", "type=sbom"]),
        (["--push", "--provenance", "off"], ["type=provenance,disabled=true", "type=sbom"]),
        (["--push", "--sbom", "off"], ["type=provenance,mode=max", "type=sbom,disabled=true"]),
        (["--push", "--sbom", "r.example/s:1"], ["type=provenance,mode=max", "type=sbom,generator=r.example/s:1"]),
        (["--push", "--build-arg", "NPM_TOKEN=abc"], ["type=provenance,mode=min", "type=sbom"]),
        (["--push", "--build-arg", "A_TOKEN=abc", "--provenance", "max"], ["type=provenance,mode=max", "type=sbom"]),
        (["--push", "--", "--provenance=false", "--sbom=false"], []),
        (["--push", "--", "--attest", "type=sbom,generator=x"], ["type=provenance,mode=max"]),
    ],
)
def test_a_pushed_image_is_attested_by_default(folder: Path, options: list[str], attested: list[str]) -> None:
    words = printed(folder, "-t", "a/b:1", *options).split()
    own = words[: words.index("--push")] if "--push" in words else words

    assert [value for flag, value in pairwise(own) if flag == "--attest"] == attested


def test_a_build_arg_that_looks_like_a_secret_is_not_published_by_default(folder: Path) -> None:
    done = run("build", "--print", "-t", "a/b:1", "--push", "--build-arg", "NPM_TOKEN=abc", folder=folder)

    assert "the build arg NPM_TOKEN looks like a secret, which full provenance would publish" in done.stderr
    assert "abc" not in done.stdout + done.stderr


def test_an_invalid_mode_of_provenance_is_refused(folder: Path) -> None:
    done = run("build", "--print", "--provenance", "most", folder=folder)

    assert done.returncode == 2
    assert "known are max, min, off" in done.stderr


def test_a_cache_is_read_and_written_with_all_its_steps(folder: Path) -> None:
    line = printed(folder, "--cache", "r.example/c", "--cache-from", "type=gha")

    assert "--cache-from type=registry,ref=r.example/c --cache-from type=gha" in line
    assert "--cache-to type=registry,ref=r.example/c,mode=max" in line


def test_what_follows_two_dashes_goes_to_buildx(folder: Path) -> None:
    assert printed(folder, "--", "--no-cache", "--builder", "big").endswith(" --load --no-cache --builder big .")
    assert "--load" not in printed(folder, "--", "--output=type=cacheonly")


PASSED = [
    ["--pull"],
    ["--no-cache"],
    ["--builder", "big"],
    ["--secret", "id=a,src=b"],
    ["--ssh", "default"],
    ["--allow", "security.insecure"],
    ["--label", "a=b"],
    ["--metadata-file", "out.json"],
]


@pytest.mark.parametrize("option", [*PASSED, ["--quiet"], ["-q"]], ids=lambda it: it[0])
def test_the_options_of_docker_are_passed_on(option: list[str], folder: Path) -> None:
    passed = ["--quiet"] if option == ["-q"] else option

    assert printed(folder, *option).endswith(f" --load {' '.join(passed)} .")


def test_the_files_of_an_artifact_go_to_a_folder_and_never_get_the_name_of_the_image(folder: Path) -> None:
    start = "docker buildx build --file Kairosfile --target iso --platform linux/amd64"

    assert printed(folder, "--target", "iso") == f"{start} --output type=local,dest=build ."
    assert printed(folder, "--target", "iso", "-o", "out") == f"{start} --output out ."
    assert printed(folder, "--target", "iso", "--", "--output=out") == f"{start} --output=out ."


def test_a_part_of_the_image_does_not_get_the_name_of_the_whole(folder: Path) -> None:
    assert printed(folder, "--target", "install").endswith("--target install --platform linux/amd64 --load .")
    assert "--tag a/b:1 --load" in printed(folder, "--target", "install", "-t", "a/b:1")


def test_a_folder_beside_a_file_is_the_build_context_as_in_docker(folder: Path) -> None:
    (folder / "os").mkdir()

    assert printed(folder, "-f", "Kairosfile", "os").endswith(" os")
    assert "--file Kairosfile " in printed(folder, "-f", "Kairosfile", "os")


def test_a_registry_is_written_in_lower_case(folder: Path) -> None:
    assert f"--tag ghcr.io/acmeorg/{NAME}" in printed(folder, "--registry", "ghcr.io/AcmeOrg", "--push")


def test_a_proxy_without_a_password_is_printed_as_it_is(folder: Path) -> None:
    for proxy in ("http://proxy.example:3128", "http://me@proxy:3128", "http://10.0.0.1:3128"):
        assert f"--build-arg HTTP_PROXY={proxy} " in printed(folder, "--build-arg", f"HTTP_PROXY={proxy}")


def test_platforms_are_repeated_or_have_commas(folder: Path) -> None:
    def line(*arguments: str) -> str:
        return run("build", "--print", "-t", "a", *arguments, folder=folder).stdout

    both = line("--platform", "linux/amd64,linux/arm64")
    assert "--platform linux/amd64,linux/arm64" in both
    assert both == line("--platform", "linux/amd64", "--platform", "linux/arm64")


def test_a_file_without_a_syntax_line_is_given_the_frontend(folder: Path) -> None:
    (folder / "Kairosfile").write_text(CORE.removeprefix(SYNTAX))

    assert f"--build-arg BUILDKIT_SYNTAX={FRONTEND}" in printed(folder)
    assert "--build-arg BUILDKIT_SYNTAX=mine --load" in printed(folder, "--build-arg", "BUILDKIT_SYNTAX=mine")


@pytest.mark.parametrize(
    ("text", "frontend"),
    [
        ("# syntax=a/b:1\nbase: x\n", "a/b:1"),
        ("#!/usr/bin/env kairosfile\n#syntax = a/b:1 more\n", "a/b:1"),
        ("# check=skip=all\n# SYNTAX=a\n", "a"),
        ("# a comment\n# syntax=a\n", None),
        ("\n# syntax=a\n", None),
        ("base: x\n", None),
    ],
)
def test_the_syntax_line_is_found_where_buildkit_finds_it(text: str, frontend: str | None) -> None:
    assert frontend_of(text) == frontend


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--push", "--platform", "linux/amd64"], "--push needs a destination"),
        (["--platform", "linux/amd64,linux/arm64"], "name an image of several platforms with --tag"),
        (["-"], "build needs a file on disk (not stdin or REVISION:FILE)"),
        (["HEAD:Kairosfile"], "build needs a file on disk (not stdin or REVISION:FILE)"),
        (["--add-host", "a:b"], "build after --, as in `kairosfile build -- --add-host`"),
        (["-t", "quay.io/acme/os:v1.0.0+7"], "write quay.io/acme/os:v1.0.0-7"),
        (["--registry", "https://quay.io/acme"], "write it without the protocol: quay.io/acme"),
        (["--target", "isso"], 'did you mean "iso"?'),
        (["nowhere"], "nowhere cannot be read"),
    ],
)
def test_what_cannot_be_built_says_what_to_do(folder: Path, arguments: list[str], why: str) -> None:
    done = run("build", "--print", *arguments, folder=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr


def test_a_file_without_a_name_can_be_built_with_a_tag(folder: Path) -> None:
    (folder / "Kairosfile").write_text(CORE + "provider: k3s\n")

    refused = run("build", "--print", folder=folder)
    assert refused.returncode == 2
    assert "--tag" in refused.stderr
    assert "--tag a:1" in printed(folder, "--tag", "a:1")


SECRETS = [
    (("--build-arg", "TOKEN=hunter2"), "--build-arg 'TOKEN=***'"),
    (("--build-arg", "DB_PASSWORD=hunter2"), "--build-arg 'DB_PASSWORD=***'"),
    (("--build-arg", "HTTP_PROXY=http://me:hunter2@proxy:3128"), "'HTTP_PROXY=http://me:***@proxy:3128'"),
    (("--cache-to", "type=s3,region=eu,secret_access_key=hunter2,name=x"), "secret_access_key=***,name=x"),
    (("--cache-from", "type=gha,ghtoken=hunter2"), "type=gha,ghtoken=***"),
    (("--", "--build-arg=API_KEY=hunter2"), "--build-arg=API_KEY=***"),
]


@pytest.mark.parametrize(("arguments", "shown_as"), SECRETS, ids=[case[1] for case in SECRETS])
def test_secrets_are_not_printed(folder: Path, arguments: tuple[str, ...], shown_as: str) -> None:
    done = run("build", "--print", "--tag", "a", *arguments, folder=folder)

    assert "hunter2" not in done.stdout + done.stderr
    assert shown_as in done.stdout
    assert "shown as ***" in done.stderr


def test_secrets_reach_buildx_as_they_are() -> None:
    command = BuildxCommand(file="Kairosfile", context=".", platforms=["linux/amd64"], build_args={"TOKEN": "hunter2"})
    words = command.to_argv()

    assert "TOKEN=hunter2" in words
    assert "hunter2" not in shown(words)


def environment_with(folder: Path, script: str | None) -> dict[str, str]:
    """Return an environment whose only program is a stand-in for docker (a shell script), or that has no program."""
    programs = folder / "bin"
    programs.mkdir()
    if script is not None:
        (programs / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "docker").chmod(0o755)
    return {**os.environ, "PATH": str(programs)}


def with_docker(
    folder: Path, script: str | None, *arguments: str, platform: str = "linux/amd64"
) -> subprocess.CompletedProcess[str]:
    """Build with a stand-in for docker, or without docker."""
    environment = environment_with(folder, script)
    on = ["--platform", platform] if platform else []
    command = [COMMAND, "build", "-t", "a:1", *on, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def on_a_terminal(folder: Path, script: str) -> str:
    """Build with a stand-in for docker and a terminal as standard error; return the terminal's output."""
    environment = {**environment_with(folder, script), "TERM": "xterm", "COLUMNS": "300"}
    ours, theirs = pty.openpty()
    command = [COMMAND, "build", "-t", "a:1", "--platform", "linux/amd64"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=theirs):
        os.close(theirs)
        output = b""
        with suppress(OSError):  # Linux raises it at the end of a terminal
            while chunk := os.read(ours, 1 << 16):
                output += chunk
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def test_a_missing_docker_is_reported_in_a_sentence(folder: Path) -> None:
    done = with_docker(folder, None)

    assert done.returncode == 2
    assert "there is no `docker` command" in done.stderr
    assert "--print" in done.stderr


def test_a_missing_buildx_is_reported_in_a_sentence(folder: Path) -> None:
    done = with_docker(folder, "echo \"docker: 'buildx' is not a docker command.\" >&2; exit 1")

    assert done.returncode == 2
    assert "`docker buildx` does not work here: docker: 'buildx' is not a docker command." in done.stderr


def test_an_invalid_file_is_reported_before_docker_is_looked_up(folder: Path) -> None:
    (folder / "Kairosfile").write_text(CORE + "modle: rpi4\n")

    done = with_docker(folder, None)

    assert done.returncode == 1
    assert done.stderr.startswith('Kairosfile:4:1: error: unknown key "modle" [KF004]')


VERSION = '[ "$2" = version ] && echo buildx v0.29.1 && exit 0'
SAYS_ITS_WORDS = f'{VERSION}; echo "$@" >&2; exit 102'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "buildx build --progress plain --file Kairosfile"),
        (("--progress", "rawjson"), "buildx build --progress rawjson --file Kairosfile"),
        (("--", "--quiet"), "buildx build --file Kairosfile"),
    ],
)
def test_the_exit_status_is_that_of_buildx(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = with_docker(folder, SAYS_ITS_WORDS, *arguments)

    assert done.returncode == 102
    assert words in done.stderr


TELLS_A_STEP = f"""{VERSION}
echo '{{"vertexes":[{{"digest":"sha256:a","name":"init kairos v1.0.0","started":"2026-01-01T00:00:00Z"}}]}}' >&2
echo 'ERROR: token=canary-0123456789' >&2
exit 1"""


def test_progress_can_be_events_which_are_recorded_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("TOKEN", "canary-0123456789")
    done = with_docker(folder, TELLS_A_STEP, "--progress", "json", "--", "--secret", "id=token,env=TOKEN")

    events = [json.loads(line) for line in done.stderr.splitlines()[:3]]
    assert [(event["k"], event.get("step"), event.get("x")) for event in events] == [
        ("vertex", "init", None),
        ("text", None, "ERROR: token=***"),
        ("end", None, None),
    ]
    (job,) = (folder / "state" / "kairosfile" / "jobs").iterdir()
    assert [json.loads(line) for line in (job / "events.jsonl").read_text().splitlines()] == events
    assert json.loads((job / "result.json").read_text())["state"] == "failed"
    assert all("canary-0123456789" not in file.read_text() for file in job.iterdir())


def test_events_need_a_buildx_with_raw_json_progress(folder: Path) -> None:
    old = '[ "$2" = version ] && echo buildx v0.12.1'
    done = with_docker(folder, old, "--progress", "json")

    assert (done.returncode, done.stderr) == (
        2,
        "kairosfile: --progress json needs buildx 0.13, this is buildx v0.12.1; use --progress plain\n",
    )


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("github.com/docker/buildx v0.12.1 30feaa1", False),
        ("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3", True),
        ("github.com/docker/buildx v0.29.1 a32761a", True),
        ("github.com/docker/buildx a-commit", True),
    ],
)
def test_raw_json_is_requested_from_a_buildx_that_has_it(text: str, known: bool) -> None:
    assert read_version(text).has_raw_json is known


def progress_of(*events: dict[str, Any] | str, indent: int | None = None) -> Progress:
    """Return progress events as buildx prints them: one per line or, as 0.13 does, over many lines."""
    progress = Progress()
    for event in events:
        text = event if isinstance(event, str) else json.dumps(event, indent=indent)
        for line in text.splitlines(keepends=True):
            progress.feed(line if line.endswith("\n") else f"{line}\n")
    return progress


def at(second: float) -> str:
    return f"2026-01-01T00:00:{second:012.9f}Z"


def vertex(name: str, **fields: Any) -> dict[str, Any]:
    return {"vertexes": [{"digest": f"sha256:{name}", "name": name, **fields}]}


def log(name: str, text: str) -> dict[str, Any]:
    return {"logs": [{"vertex": f"sha256:{name}", "data": base64.b64encode(text.encode()).decode()}]}


def screen(progress: Progress, status: int = 0, width: int = 60, height: int = 24) -> tuple[str, str]:
    """Return the text that is drawn during the build, and the text that remains."""
    during, after = io.StringIO(), io.StringIO()
    View(progress, console := Console(file=during, width=width, height=height))
    console.print(View(progress, console))
    View(progress, Console(file=after, width=width, height=height)).conclude(status, ["a:1"])
    return during.getvalue(), after.getvalue()


INSTALL = vertex("install", inputs=["sha256:base"], started=at(1), completed=at(4.25))
BASE = vertex("base", started=at(0), completed=at(0), cached=True)


@pytest.mark.parametrize("indent", [None, 2], ids=["line", "lines"])
def test_progress_is_read_in_both_forms_with_the_text_between(indent: int | None) -> None:
    progress = progress_of(
        vertex("init", inputs=["sha256:install"]), INSTALL, BASE, "ERROR: no\n{ x }\n", indent=indent
    )

    assert [one.name for one in progress.in_order()] == ["base", "install", "init"]
    assert progress.text == ["ERROR: no\n", "{ x }\n"]
    assert progress.vertices["sha256:install"].seconds == 3.25


def test_a_step_that_starts_again_runs() -> None:
    progress = progress_of(vertex("pull", started=at(1), completed=at(1)), vertex("pull", started=at(2)))

    assert progress.vertices["sha256:pull"].running


def test_the_view_shows_what_runs_with_its_log_and_what_is_done_with_its_time() -> None:
    progress = progress_of(
        BASE, INSTALL, vertex("hook", inputs=["sha256:install"], started=at(5)), log("hook", "one\ntwo\n")
    )

    during, _ = screen(progress)

    lines = during.splitlines()
    assert lines[0].split() == ["cached", "base"]
    assert lines[1].split() == ["done", "install", "3.2s"]
    assert "hook" in lines[2]
    assert [line.strip() for line in lines[3:5]] == ["one", "two"]


def test_steps_that_do_not_fit_are_folded_and_long_names_cut() -> None:
    many = [vertex(f"step {number} {'x' * 80}", started=at(1), completed=at(2)) for number in range(30)]

    during, after = screen(progress_of(*many), width=40, height=12)

    assert during.splitlines()[0] == "21 more above, 0 of them cached"
    assert len(during.splitlines()) == 10
    assert all(len(line) <= 36 for line in during.splitlines())  # the terminal echoes ^C after the last line
    assert after.count("done ") == 30


def test_a_failure_ends_with_the_tail_of_its_log_and_buildx_own_words() -> None:
    progress = progress_of(
        vertex("bad", started=at(1), completed=at(2), error="exit code: 3"),
        vertex("other", started=at(1), completed=at(2), error="Canceled: context canceled"),
        log("bad", "".join(f"line {number}\n" for number in range(TAIL + 5))),
        "Kairosfile:4\n--------------------\n   4 | >>> [x]\nERROR: failed to solve\n",
    )

    _, after = screen(progress, status=1)

    assert "failed  bad" in after
    assert "stopped other" in after
    assert "line 4\n" not in after
    assert f"line {TAIL + 4}\n" in after
    assert "   4 | >>> [x]\nERROR: failed to solve\n" in after
    assert "a:1" not in after


def test_a_failed_step_is_named_in_the_place_of_its_script() -> None:
    script = '/bin/sh -c "$@" 2>"$0" || r=$?\nexit $r /run/errors /kairos-init -s install'
    message = f'ERROR: failed to solve: process "{script}" did not complete successfully: exit code: 3\n'
    bad = vertex("[install] install kairos", started=at(1), completed=at(2), error="exit code: 3")

    _, after = screen(progress_of(bad, message), status=1, width=200)
    _, unclear = screen(
        progress_of(bad, vertex("other", started=at(1), completed=at(2), error="no"), message), status=1, width=200
    )

    assert "\nERROR: failed to solve: [install] install kairos: exit code: 3\n" in after
    assert "/bin/sh -c" in unclear


def test_terminal_codes_of_a_step_do_not_reach_the_screen() -> None:
    progress = progress_of(
        vertex("hook", started=at(1)), log("hook", "\x1b[2J\x1b]0;title\x07\x1b[31mred\x1b[0m\r10%\r99%\n")
    )

    assert list(progress.vertices["sha256:hook"].log) == ["99%"]


def test_what_is_internal_is_shown_only_where_it_fails_or_takes_long() -> None:
    progress = progress_of(
        vertex("[internal] quick", started=at(1), completed=at(1.5)),
        vertex("[linux/arm64 internal] quick too", started=at(1), completed=at(1.5)),
        vertex("[internal] slow", started=at(1), completed=at(9)),
        vertex("[internal] bad", started=at(1), completed=at(1), error="no"),
    )

    assert [one.name for one in View(progress).steps()] == ["[internal] slow", "[internal] bad"]


def test_what_was_made_and_warnings_stay() -> None:
    warning = {"warnings": [{"short": base64.b64encode(b"KF501: a tag").decode()}]}

    _, after = screen(progress_of(BASE, INSTALL, warning, warning))

    assert after.count("warning: KF501: a tag") == 1
    assert after.splitlines()[-2].endswith(", steps: 1 done, 1 cached")
    assert after.splitlines()[-1] == "  a:1"


def test_durations_are_short() -> None:
    assert [duration(0.04), duration(59.96), duration(185)] == ["0.0s", "60.0s", "3m 05s"]


NOT_WRITTEN = f"error writing data blob sha256:{'a' * 64}: failed to copy: failed to send write"
# As BuildKit 0.32.2, 0.34 and Docker 26.1 print it.
TOO_LARGE = [
    ("ERROR: failed to solve: /tmp/buildkit-mount919454315/sbom.spdx.json exceeds 41943040 bytes", "", "40 MiB"),
    ("ERROR: failed to solve: sbom.spdx.json exceeds 83886080 bytes", "", "80 MiB"),
    (f"ERROR: {NOT_WRITTEN}: trying to send message larger than max (17826272 vs. 16777216)", ", 17 MiB,", "16 MiB"),
]


@pytest.mark.parametrize(("error", "size", "limit"), TOO_LARGE, ids=[case[2] for case in TOO_LARGE])
@pytest.mark.parametrize("visited", ["plain", "terminal"])
def test_an_attestation_that_is_too_large_fails_with_what_helps(
    folder: Path, error: str, size: str, limit: str, visited: str
) -> None:
    fails = f"{VERSION}; echo '{error}' >&2; exit 1"

    result = with_docker(folder, fails).stderr if visited == "plain" else on_a_terminal(folder, fails)

    assert error in result
    _, advice = result.split("kairosfile: ")
    assert advice.startswith(f"the SBOM of linux/amd64{size} is larger than the {limit} that this builder takes.\n")
    assert "is built, and all its steps are cached. Without the SBOM, in seconds:\n" in advice
    assert "\n  kairosfile build -t a:1 --platform linux/amd64 --sbom off\n" in advice
    assert "BuildKit 0.33 or newer, or with a scanner that lists no files: --sbom IMAGE" in advice


def test_the_advice_says_what_was_not_pushed_and_which_platforms_it_may_be(folder: Path) -> None:
    fails = f"{VERSION}; echo '{TOO_LARGE[0][0]}' >&2; exit 1"
    both = ("--platform", "linux/amd64,linux/arm64", "--push", "--build-arg", "MY_TOKEN=hunter2")

    output = with_docker(folder, fails, *both, platform="").stderr

    assert "the SBOM of one of linux/amd64, linux/arm64 is larger" in output
    assert "all its steps are cached; nothing was pushed." in output
    assert "--build-arg 'MY_TOKEN=***' --sbom off\n" in output
    assert "hunter2" not in output


@pytest.mark.parametrize(
    ("options", "without"),
    [
        ("build", "build --sbom off"),
        ("build --sbom on --push", "build --push --sbom off"),
        ("build --sbom=x/scanner:1 --push", "build --push --sbom off"),
        ("build -t a -- --sbom=true --no-cache", "build -t a --sbom off -- --no-cache"),
        (
            "build -- --attest type=sbom,generator=x --attest type=provenance",
            "build --sbom off -- --attest type=provenance",
        ),
        (
            "build -- --attest=generator=x,type=sbom --attest=type=provenance",
            "build --sbom off -- --attest=type=provenance",
        ),
    ],
)
def test_the_command_without_an_sbom_is_the_one_given_but_for_the_sbom(options: str, without: str) -> None:
    assert without_sbom(options.split()) == without.split()


def test_what_is_near_the_limit_is_warned_of_with_its_size() -> None:
    assert warning("linux/arm64", "SBOM", NEAR) is None
    assert (warning("linux/arm64", "SBOM", NEAR + MIB) or "").startswith(
        "linux/arm64: the SBOM has 31 MiB; Docker 26.1"
    )
    assert [human(size) for size in (17, 3541, 42_992_084)] == ["17 bytes", "3.5 KiB", "41 MiB"]


@pytest.mark.parametrize(
    "rest",
    [
        "echo 'a.json exceeds 41943040 bytes' >&2; exit 0",
        "echo '#9 0.1 a.json exceeds 41943040 bytes' >&2; exit 1",
        "echo 'ERROR: grpc: received message larger than max (17 vs. 16)' >&2; exit 1",
        "exit 1",
    ],
)
def test_other_builds_end_without_that_advice(folder: Path, rest: str) -> None:
    assert "SBOM" not in with_docker(folder, f"{VERSION}; {rest}").stderr
