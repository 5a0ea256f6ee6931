"""Generated Dockerfiles: if one is adopted completely, its Kairosfile runs the same commands in the same order.

The oracle is a shell. It runs each RUN of the Dockerfile as a builder does, with a kairos-init that only logs its
arguments, and each step of the adopted Kairosfile's plan; both logs must be equal.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.dockerfile import reader
from kairosfile.dockerfile.adopt import AdoptionResult, NotKairosError, adopt, kairos_init
from kairosfile.dockerfile.adopt.kairos_init import ALL, INIT, INSTALL, VALIDATE
from kairosfile.dockerfile.adopt.values import Value
from kairosfile.kairos.releases import release
from kairosfile.plan.model import Run
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

RELEASE = release("v0.17.3")
HEAD = "FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init\nFROM debian:13\n"
MOUNT = "--mount=from=kairos-init,src=/kairos-init,dst=/kairos-init "
PROGRAM = """#!/bin/sh
for word in "$@"; do printf 'call %s\\n' "$word"; done >>"$LOG"
printf 'end\\n' >>"$LOG"
"""

names = st.sampled_from(["A", "B", "FLAGS", "VERSION"])
values = st.sampled_from(["", "x", "v1.2.3", "true", "false", "k3s", "a b", "--fips"])
args = st.builds("ARG {}={}\n".format, names, values.map(json.dumps))
envs = st.builds("ENV {}={}\n".format, names, values.map(json.dumps))
markers = st.integers(1, 9).map('echo "m{0} ${{A}}" >>$LOG'.format)
failing = st.sampled_from(["false", "true", '[ -n "$A" ]'])
flags = st.sampled_from(
    [
        *("--version v1.0.0", '--version "$VERSION"', "-p k3s", "-m rpi4", "--fips", '-t "$A"', "$FLAGS", "-l debug"),
        *("--version=v2.0.0", '"${B:-validate}"', "-x", "--unknown", "${A:+--fips}", "'$A'", "$(true)", "-mrpi4"),
    ]
)
calls = st.builds(
    lambda stage, words: " ".join(["/kairos-init", *stage, *words]),
    st.sampled_from([[], ["-s", "install"], ["-s", "init"], ["--stage=init"], ["validate"]]),
    st.lists(flags, max_size=4),
)
assigned = st.builds("{}={}".format, names, values.map(json.dumps))
exported = assigned.map("export {}".format)
options = st.sampled_from(["set -e", "set -eu", "set -x", "set +e", ":"])
stateful = st.sampled_from(
    [
        *(': "${A:=x}"', "A=y || true", "export B=x || true", "cd /usr || exit 1", "exit 0", "IFS=x", "unset A"),
        *('echo "m $(false; echo ${A})" >>$LOG', '[ -n "$A" ] && A=z', "false && B=x", "readonly NO"),
    ]
)
commands = st.one_of(markers, calls, markers, calls, assigned, exported, failing, stateful)
tests = st.sampled_from(['[ -n "$A" ]', '[ "$B" = x ]', '[ "$A" = true ] && [ -z "$B" ]', "[ -e /nowhere ]"])
unfollowed = st.one_of(
    calls.map("for i in 1; do {}; done".format),
    calls.map("({})".format),
    calls.map("{} | cat".format),
    calls.map("{} || true".format),
    markers.map("for i in 1 2; do {}; done".format),
    markers.map("{} &".format),
)
branches = st.builds("if {}; then {}; else {}; fi".format, tests, commands, commands)
statements = st.one_of(commands, commands, commands, branches, unfollowed, options)
separators = st.sampled_from([" && ", "; ", " && \\\n    ", "; \\\n    "])


@st.composite
def scripts(draw: st.DrawFn) -> str:
    parts = draw(st.lists(statements, min_size=1, max_size=5))
    text = str(parts[0])
    for part in parts[1:]:
        text += draw(separators) + part
    return text


heredocs = scripts().map(lambda text: f"RUN {MOUNT}<<EOF\n" + text.replace("\\\n", " ") + "\nEOF\n")
runs = st.one_of(scripts().map(f"RUN {MOUNT}{{}}\n".format), scripts().map("RUN {}\n".format), heredocs)
good = st.just(f"RUN {MOUNT}/kairos-init --version v1.0.0\n")
shells = st.sampled_from([[], ["/bin/sh", "-ec"], ["/bin/bash", "-c"], ["/bin/bash", "-eu", "-c"]]).map(
    lambda words: f"SHELL {json.dumps(words)}\n" if words else ""
)
dockerfiles = st.lists(st.one_of(args, runs, runs, good, shells, envs), min_size=1, max_size=5).map(
    lambda parts: HEAD + "".join(parts)
)


usual_flags = st.sampled_from(
    ["-p k3s", "-m rpi4", "--fips", '-t "$A"', "$FLAGS", "-l debug", "--fips=false", "${B:+-x}"]
)
version_flag = st.sampled_from(["--version v1.0.0", '--version "$V"', "--version=v1.0.0", '-v "${NONE:-v1.0.0}"'])
quiet = st.one_of(markers, markers, assigned, exported, branches, options, failing, stateful)


between = st.one_of(st.just("\n"), args.map("\n{}".format), envs.map("\n{}".format)).map(f"{{}}RUN {MOUNT}".format)


@st.composite
def likely(draw: st.DrawFn) -> str:
    """Return a Dockerfile that calls install and init once, with other commands in between."""
    words = " ".join(draw(st.lists(usual_flags, max_size=3)))
    version = draw(version_flag)
    one = [f"/kairos-init {words} {version}"]
    two = [f"/kairos-init -s install {words} {version}", f"/kairos-init -s init {words} {version}"]
    parts: list[str] = []
    for call in draw(st.sampled_from([one, two, two])):
        parts += draw(st.lists(quiet, max_size=3))
        parts.append(draw(st.sampled_from([call, call, f'if [ -z "$NO" ]; then {call}; fi'])))
    parts += draw(st.lists(quiet, max_size=2))
    text = f"RUN {MOUNT}{parts[0]}"
    for part in parts[1:]:
        text += draw(st.one_of(separators, separators, between)) + part
    declared = "".join(draw(st.lists(args, max_size=3))) + 'ARG NO=""\nARG NONE=""\nARG V="v1.0.0"\n'
    return HEAD + draw(shells) + declared + text + "\n"


def execute(argv: list[str], env: Mapping[str, str], folder: Path) -> list[str]:
    """Run a command and return its log, with the arguments of its kairos-init calls; a failure adds `failed`."""
    log = folder / "log"
    log.write_text("")
    argv = [word.replace("/kairos-init", str(folder / "kairos-init")) for word in argv]
    environment = {"PATH": "/usr/bin:/bin", "LOG": str(log), **env}
    done = subprocess.run(argv, env=environment, capture_output=True, check=False, timeout=20, cwd="/")
    noted = log.read_text().splitlines()
    return noted if done.returncode == 0 else [*noted, "failed"]


def of_dockerfile(text: str, folder: Path) -> list[Any]:
    """Return the events of a builder's shell, one RUN at a time, up to the first failure."""
    env: dict[str, str] = {}
    shell, fixed = ["/bin/sh", "-c"], set[str]()
    actual: list[str] = []
    for each in reader.parse(text).instructions:
        if each.keyword in ("ARG", "ENV"):
            name, _, value = each.joined.partition("=")
            if each.keyword == "ENV" or name not in fixed:
                env[name] = str(json.loads(value))
            fixed |= {name} if each.keyword == "ENV" else set()
        elif each.keyword == "SHELL":
            shell = each.exec_form or []
        elif each.keyword == "RUN":
            script = each.heredocs[0].content if each.heredocs else each.joined
            actual += execute([*shell, script], env, folder)
            if actual[-1:] == ["failed"]:
                break
    return events(actual)


def events(noted: list[str]) -> list[Any]:
    """Return the markers, and each kairos-init call as its stages with their settings."""
    actual: list[Any] = []
    words: list[str] = []
    for line in noted:
        if line.startswith("call "):
            words.append(line.removeprefix("call "))
        elif line == "end":
            actual += words_of(words)
            words = []
        else:
            actual.append(line)
    return actual


def words_of(words: list[str]) -> list[Any]:
    line = kairos_init.read([Value(word) for word in words], RELEASE)
    stages = (INSTALL, INIT) if line.stage == ALL else (line.stage,)
    return [(stage, kairos_init.effective(line.settings, stage, RELEASE)) for stage in stages if stage != VALIDATE]


def of_kairosfile(text: str, folder: Path) -> list[Any] | None:
    """Return the events of a plan's steps, or None for a file with errors."""
    try:
        document = sections.read(language.decode("Kairosfile", text.encode()), platforms=["linux/amd64"])
        (plan,) = resolve(document, ["linux/amd64"], artifacts=False)
    except language.KairosfileError:
        return None
    actual: list[Any] = []
    for step in plan.steps:
        if step.id in plan.checks or not isinstance(step.action, Run):
            continue
        if step.id in (INSTALL, INIT):
            actual += words_of(list(step.action.argv[1:]))
        else:
            actual += events(execute(list(step.action.argv), dict(step.action.env), folder))
    return actual


GENERATED = st.one_of(likely(), likely(), likely(), dockerfiles)


@given(GENERATED)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_adopted_runs_what_the_dockerfile_runs(text: str) -> None:
    assert_runs_the_same(text)


@pytest.mark.long
@given(GENERATED)
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=False)
def test_what_is_adopted_runs_what_thousands_of_dockerfiles_run(text: str) -> None:
    assert_runs_the_same(text)


def in_one_run(kairosfile: str) -> str:
    """Return a Kairosfile with install as one call, as in the Dockerfile; install in parts produces the same files."""
    return (
        kairosfile if re.search(r"^install:", kairosfile, re.MULTILINE) else f"{kairosfile}install: {{parts: false}}\n"
    )


def assert_runs_the_same(text: str) -> None:
    try:
        adoption: AdoptionResult = adopt(text, {})
    except NotKairosError:
        return
    adoption.account.check()
    if adoption.unsupported:
        event("left over")
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        program = folder / "kairos-init"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        there, here = of_dockerfile(text, folder), of_kairosfile(in_one_run(adoption.text()), folder)
    if here is None or "failed" in there:
        event("errors of the result, or a Dockerfile that does not build")
        return
    event("compared")
    assert here == there, adoption.text()


paths = st.sampled_from(
    ["/x", "/opt/a/b/", "a b", "$A/x", "/${B:-y}/z", ".", "/", "/root/c", "../d", "$HOME/e", '["a", "/a b/"]']
)
copy_flags = st.lists(
    st.sampled_from(
        [
            *("--chown=5:6", "--chown=$A", "--chown=nobody", "--chmod=0640", "--chmod=4755", "--chmod=u+x", "--link"),
            *("--from=kairos-init", "--from=0", "--from=none", "--parents", "--exclude=*.md", "--checksum=sha256:00"),
        ]
    ),
    max_size=3,
).map(" ".join)
copies = st.builds("{} {} a {}\n".format, st.sampled_from(["COPY", "ADD", "COPY b", "ADD r.tgz"]), copy_flags, paths)
documents = st.builds("COPY {} <<E {}\n$A\nE\n".format, copy_flags, paths)
folders = st.builds("{} {}\n".format, st.sampled_from(["WORKDIR", "USER", "LABEL", "EXPOSE", "SHELL", "VOLUME"]), paths)
others = st.one_of(copies, documents, folders, envs)


@given(st.lists(st.one_of(args, runs, good, others, st.text(max_size=30)), max_size=8).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_dockerfile_ends_in_an_account_or_a_refusal(text: str) -> None:
    try:
        adoption = adopt(HEAD + text, {})
    except (NotKairosError, reader.DockerfileError):
        return
    adoption.account.check()
    output = adoption.text()
    assert "\x01" not in output
    assert language.decode("Kairosfile", output.encode()).text
