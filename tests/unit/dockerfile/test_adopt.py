"""`kairosfile adopt`: Dockerfiles as Kairosfiles.

`dockerfiles/` has them, each with the expected Kairosfile (`.yaml`) or error (`.err`): the generic Dockerfile in its
versions, documented examples, and one for each kind of instruction that users add to a kairos-init Dockerfile.
Run as a program to regenerate the expected files, then review the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.dockerfile import reader
from kairosfile.dockerfile.adopt.account import Account, AccountError, WordEntry
from kairosfile.dockerfile.adopt.runs import options
from kairosfile.plan.resolve import resolve
from tests.support.generate import migrate
from tests.unit.dockerfile.command import run

if TYPE_CHECKING:
    from kairosfile.plan import Plan

FOLDER = Path(__file__).with_name("dockerfiles")
DOCKERFILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix not in (".yaml", ".err"))
FUZZ = sorted(Path(__file__).with_name("fuzz").iterdir())
GENERIC = [name for name in DOCKERFILES if name.startswith("generic-")]
KUBERNETES = ["KUBERNETES_DISTRO=k3s", "KUBERNETES_VERSION=v1.33.1+k3s1", "VARIANT=standard", "VERSION=v2.0.0"]
# `check` reports errors in these, as Dockerfile and as Kairosfile.
WITH_ERRORS = {"no-base", "leak-copy"}
START = "FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init\nFROM debian:13\n"
CALLS = "RUN --mount=from=kairos-init,src=/kairos-init,dst=/kairos-init /kairos-init --version v1.0.0\n"


@pytest.mark.parametrize("name", DOCKERFILES)
def test_dockerfile_becomes_its_kairosfile_or_its_refusal(name: str) -> None:
    done = run("adopt", name, "--build-arg", "VERSION=v1.0.0", folder=FOLDER)

    refusal = FOLDER / f"{name}.err"
    if refusal.exists():
        assert (done.returncode, done.stdout, done.stderr) == (2, "", refusal.read_text())
        return
    assert done.stdout == (FOLDER / f"{name}.yaml").read_text()
    is_complete = "Left over" not in done.stdout and name not in WITH_ERRORS
    assert done.returncode == (0 if is_complete else 1), done.stderr


@pytest.mark.parametrize("name", DOCKERFILES)
def test_no_output_has_an_internal_mark_or_a_control_character(name: str) -> None:
    done = run("adopt", name, "--explain", folder=FOLDER)

    assert "Traceback" not in done.stderr
    assert not re.findall(r"[\x00-\x08\x0b-\x1f\x7f]|\\x0[0-9a-f]|\bNone\b|Arg\(", done.stdout + done.stderr)


@pytest.mark.parametrize("name", [name for name in DOCKERFILES if not (FOLDER / f"{name}.err").exists()])
def test_account_counts_every_instruction_and_every_word(name: str) -> None:
    done = run("adopt", name, "--format", "json", folder=FOLDER)

    account = json.loads(done.stdout)["account"]
    counts = {"field": 0, "step": 0, "left over": 0, "without effect": 0}
    for instruction in account["instructions"]:
        counts[instruction["class"]] += 1
        assert all(word["class"] in counts and word["reason"] for word in instruction["words"])
    assert account["summary"] == counts
    assert sum(counts.values()) == len(account["instructions"])


def test_table_of_the_guide_is_current() -> None:
    """One input for each kind of instruction: all except the generic Dockerfiles and the documented examples."""
    inputs = [name for name in DOCKERFILES if not re.match("generic-|documented-|hooks", name)]
    assert sorted(name for kind in migrate.INPUTS.values() for name in kind) == inputs

    text = migrate.GUIDE.read_text()

    assert migrate.table() in text, "run `make generate` and read the difference"
    assert f"{len(inputs)} Dockerfiles, each for one thing" in text


def test_instruction_or_word_without_a_class_is_an_error_that_names_it() -> None:
    account = Account(reader.parse("FROM a\nRUN b\n").instructions)
    account.entries[0].field("base")
    with pytest.raises(AccountError, match="line 2: RUN b has no account"):
        account.check()

    account.entries[1].words.append(WordEntry("--new"))
    with pytest.raises(AccountError, match="line 2: RUN b: the word '--new' has no account"):
        account.check()


@pytest.mark.parametrize("name", GENERIC)
def test_every_generation_knows_kubernetes_by_its_args(name: str) -> None:
    given_args = [word for pair in KUBERNETES for word in ("--build-arg", pair)]

    done = run("adopt", name, *given_args, folder=FOLDER)

    assert done.returncode == 0, done.stderr
    (result,) = resolved(done.stdout)
    assert [step.name for step in result.steps][:2] == ["install kairos (k3s v1.33.1+k3s1)", "init kairos v2.0.0"]


@pytest.mark.parametrize("name", GENERIC)
def test_adopted_kairosfile_takes_the_build_args_of_its_dockerfile(name: str) -> None:
    given_args = dict(pair.split("=") for pair in KUBERNETES) | {"BASE_IMAGE": "mirror/debian:13"}

    (content,) = resolved((FOLDER / f"{name}.yaml").read_text(), given_args)

    assert "v1.33.1+k3s1" in content.steps[0].name
    assert content.image("base").reference == "docker.io/mirror/debian:13"


def resolved(text: str, build_args: dict[str, str] | None = None) -> list[Plan]:
    document = sections.read(language.decode("Kairosfile", text.encode()), build_args or {}, platforms=["linux/amd64"])
    return resolve(document, ["linux/amd64"])


def test_summary_is_one_line_and_explain_has_every_instruction(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(START + "EXPOSE 80\n" + CALLS)

    short, full = (run("adopt", "Dockerfile", *more, folder=tmp_path) for more in ([], ["--explain"]))

    assert "Dockerfile: 4 instructions: 2 fields, 0 steps, 0 left over, 2 without effect\n" in short.stderr
    assert "EXPOSE" not in short.stderr
    assert "Dockerfile:3: without effect: EXPOSE 80\n" in full.stderr
    assert "    --version: field: version\n" in full.stderr


def test_a_stage_of_the_same_file_is_passed_by_a_bake_file(tmp_path: Path) -> None:
    text = f"FROM golang:1 AS tool.x\nRUN make\n{START}{CALLS}COPY --from=tool.x /tool /usr/bin/\n"
    (tmp_path / "Dockerfile").write_text(text)

    done = run("adopt", "Dockerfile", "-o", "Kairosfile", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "from: tool.x\n" in (tmp_path / "Kairosfile").read_text()
    targets = json.loads((tmp_path / "docker-bake.json").read_text())["target"]
    image = targets["image"]
    assert (image["dockerfile"], image["contexts"]) == ("Kairosfile", {"tool.x": "target:stage-tool-x"})
    assert targets["stage-tool-x"] == {"context": ".", "dockerfile": "Dockerfile", "target": "tool.x"}


def test_stage_of_the_same_file_is_left_over_without_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM golang:1 AS tool\nRUN make\n{START}{CALLS}COPY --from=tool /a /b\n")

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert done.returncode == 1
    assert "Dockerfile:1: FROM golang:1 AS tool: the Kairosfile takes files of this stage; with -o " in done.stderr
    assert "Dockerfile: 6 instructions: 2 fields, 1 step, 1 left over, 2 without effect\n" in done.stderr


def test_platform_is_in_the_account(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"{START.replace('FROM debian', 'FROM --platform=linux/arm64 debian')}{CALLS}")

    done = run("adopt", "Dockerfile", "--explain", folder=tmp_path)

    assert "    field: base\nDockerfile:    field: platforms\n" in done.stderr


def test_target_chooses_the_stage_that_is_the_image() -> None:
    done = run("adopt", "target", "--target", "extra", folder=FOLDER)

    assert done.returncode == 0, done.stderr
    assert "run: echo more" in done.stdout


def test_unknown_target_is_named_with_those_there_are() -> None:
    done = run("adopt", "target", "--target", "nothing", folder=FOLDER)

    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no stage nothing; the stages are kairos-init, image, extra, iso" in done.stderr


def test_a_call_that_is_not_followed_leaves_the_rest_of_the_file(tmp_path: Path) -> None:
    text = f"{START}RUN echo before\nRUN for x in install init; do /kairos-init -s $x; done\nRUN echo after\n"
    (tmp_path / "Dockerfile").write_text(text)

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert done.returncode == 1
    steps = ["run: echo before", "name: line 4 of the Dockerfile", "run: echo after"]
    assert [line.strip(" -") for line in done.stdout.splitlines() if line.strip(" -") in steps] == steps
    assert "Dockerfile:4: " in done.stderr
    assert "not followed: `for`" in done.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"FROM debian:13\nRUN true\n",
        b"",
        b"\xff\xfe",
        b"what is this\n",
        b"RUN <<EOF\n",
        b"ARG A\n",
        b"FROM a b\n",
        b"FROM debian:13 AS ???\nRUN /kairos-init\n",
        START.encode() + b"ARG 1=2\n" + CALLS.encode(),
        START.encode() + b"ENV x\n" + CALLS.encode(),
    ],
)
def test_a_dockerfile_without_kairos_init_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Dockerfile").write_bytes(content)

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "# syntax=quay.io/kairos/kairos-frontend:v1\nbase: debian:13\n",
        "# a remark\n---\nbase:\n  debian:13\n",
        "x-common: &c\n  run: a\n",
    ],
)
def test_kairosfile_is_recognised(tmp_path: Path, text: str) -> None:
    (tmp_path / "Kairosfile").write_text(text)

    done = run("adopt", "Kairosfile", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "Kairosfile: this is a Kairosfile already, not a Dockerfile: run `kairosfile check Kairosfile`" in done.stderr
    )


def test_unknown_instruction_of_a_dockerfile_is_named(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:13\nRUNN echo a: b\n")

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert (done.returncode, done.stderr) == (2, "kairosfile: Dockerfile:2: unknown instruction 'RUNN'\n")


@pytest.mark.parametrize("path", FUZZ, ids=lambda path: path.stem)
def test_file_that_once_crashed_ends_in_an_account_or_a_refusal(tmp_path: Path, path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(path.read_bytes())

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.parametrize("text", ['"bind', 'type=bind,"a"b', "type=bind,a\rb", "type=bind\ntype=bind"])
def test_a_mount_that_is_no_row_of_csv_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--mount="):
        options(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{CALLS[:-1]} " + "--skip-step=a " * 40_000,
        "ARG A=x\n" + "ARG A=$A$A\n" * 64 + CALLS,
        "ENV A=x\n" + "ENV A=$A$A\n" * 64 + "RUN echo $A\n" + CALLS,
        "LABEL " + "a=b " * 50_000 + "\n" + CALLS,
        "RUN echo " + "${A:-" * 3000 + "}" * 3000 + "\n" + CALLS,
        "COPY " + "a/" * 100_000 + " /b\n" + CALLS,
        "RUN --mount=" + "a=b," * 50_000 + " x\n" + CALLS,
    ],
    ids=["flags", "args", "variables", "labels", "defaults", "path", "mount"],
)
def test_adversarial_file_ends_soon(tmp_path: Path, text: str) -> None:
    (tmp_path / "Dockerfile").write_text(START + text)
    before = os.times()

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert done.returncode in (0, 1, 2)
    assert "internal error" not in done.stderr
    assert os.times().children_user - before.children_user < 20  # CPU time, independent of the machine's load


def test_kairosfile_is_overwritten_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(START + CALLS)
    (tmp_path / "Kairosfile").write_text("mine")

    assert run("adopt", "Dockerfile", "-o", "Kairosfile", folder=tmp_path).returncode == 2
    assert (tmp_path / "Kairosfile").read_text() == "mine"
    assert run("adopt", "Dockerfile", "-o", "Kairosfile", "--force", folder=tmp_path).returncode == 0
    assert run("check", "Kairosfile", folder=tmp_path).returncode == 0


def test_warnings_of_the_result_are_printed(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(START + CALLS)

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert done.returncode == 0
    assert "KF501" in done.stderr
    assert "every build of a Kairosfile also validates the image" in done.stderr


def rewrite() -> None:
    """Write the actual result of each Dockerfile as its expected result."""
    for name in DOCKERFILES:
        done = run("adopt", name, "--build-arg", "VERSION=v1.0.0", folder=FOLDER)
        expected, other = (".yaml", ".err") if done.returncode < 2 else (".err", ".yaml")
        (FOLDER / f"{name}{other}").unlink(missing_ok=True)
        (FOLDER / f"{name}{expected}").write_text(done.stdout or done.stderr)


if __name__ == "__main__":
    rewrite()
