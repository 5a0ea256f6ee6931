"""`kairosfile adopt`: Dockerfiles as Kairosfiles.

`dockerfiles/` holds them, each beside the Kairosfile that it gives; they have the shapes of the generic Dockerfile in
its generations, and of documented examples. Run as a program to rewrite what is expected, then read the difference.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairosfile import plan, spec
from kairosfile.cli.adopting import adopt as command
from kairosfile.cli.output import Output
from kairosfile.dockerfile import quoting, reader, shell
from kairosfile.dockerfile.adopt import adopt
from kairosfile.dockerfile.adopt.writer import write
from kairosfile.dockerfile.eject import InexpressibleError, eject
from kairosfile.plan.serial import to_json
from tests.conformance import cases
from tests.unit.test_cli import run

if TYPE_CHECKING:
    from kairosfile.plan import Plan

FOLDER = Path(__file__).with_name("dockerfiles")
DOCKERFILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".yaml")
GENERIC = [name for name in DOCKERFILES if name.startswith("generic-")]
VERSION = {"VERSION": "v1.0.0"}
KUBERNETES = ["KUBERNETES_DISTRO=k3s", "KUBERNETES_VERSION=v1.33.1+k3s1", "VARIANT=standard", "VERSION=v2.0.0"]
INEXPRESSIBLE = {"copy-with-options"}
START = "FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init\nFROM debian:13\n"
CALLS = "RUN --mount=from=kairos-init,src=/kairos-init,dst=/kairos-init /kairos-init --version v1.0.0\n"


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_known_dockerfile_becomes_a_kairosfile(name: str) -> None:
    done = run("adopt", name, "--build-arg", "VERSION=v1.0.0", folder=FOLDER)

    assert done.stdout == (FOLDER / f"{name}.yaml").read_text()
    assert done.returncode == (1 if "Left over" in done.stdout else 0), done.stderr
    assert bool(done.stderr) == bool(done.returncode)


@pytest.mark.parametrize("name", GENERIC)
def test_every_generation_knows_kubernetes_by_its_args(name: str) -> None:
    given_args = [word for pair in KUBERNETES for word in ("--build-arg", pair)]

    done = run("adopt", name, *given_args, folder=FOLDER)

    assert done.returncode == 0, done.stderr
    (made,) = resolved(done.stdout)
    assert [step.name for step in made.steps][:2] == ["install kairos (k3s v1.33.1+k3s1)", "init kairos v2.0.0"]


@pytest.mark.parametrize("name", GENERIC)
def test_an_adopted_kairosfile_takes_the_build_args_of_its_dockerfile(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text()
    given_args = dict(pair.split("=") for pair in KUBERNETES) | {"BASE_IMAGE": "debian:13"}

    (made,) = resolved(text, given_args)

    assert "v1.33.1+k3s1" in made.steps[0].name
    assert made.image("base").reference == "docker.io/library/debian:13"


@pytest.mark.parametrize("case", cases.find(cases.ROOT / "valid"), ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_what_was_ejected_is_adopted_as_it_was(case: Path) -> None:
    """The same plan, but for places; one document gives one Dockerfile gives one document."""
    inputs = cases.expectation(case)
    platform, files = inputs.get("platform", "linux/amd64"), cases.context(case)
    source = spec.decode("Kairosfile", case.read_bytes())
    document = spec.read(source, inputs.get("build_args"), platforms=[platform], files=files)
    (original,) = plan.resolve(document, [platform])
    if case.stem in INEXPRESSIBLE:
        with pytest.raises(InexpressibleError):
            eject(original, "Kairosfile")
        return

    adopted = adopt(eject(original, "Kairosfile"), {})
    text = write(adopted.fields, [])

    (again,) = resolved(text, {}, platform, files)
    assert adopted.leftovers == []
    assert essence(again) == essence(original)
    assert write(adopt(eject(again, "Kairosfile"), {}).fields, []) == text


def essence(made: Plan) -> dict[str, Any]:
    """Return a plan without what a Dockerfile cannot hold: places, fields, annotations, ends of scripts."""
    data = to_json(made)
    data.pop("annotations", None)
    of_artifacts = data.get("artifacts", [])
    steps = [*data["steps"], *(step for each in of_artifacts for step in each["steps"])]
    for entry in (*data["images"], *(image for each in of_artifacts for image in each["images"]), *steps):
        for place in ("range", "ranges", "fields"):
            entry.pop(place, None)
    for step in steps:
        step["name"] = " ".join(step["name"].split())
        if "run" in step:
            step["run"]["argv"] = [word.rstrip("\n") for word in step["run"]["argv"]]
    return data


def resolved(
    text: str, build_args: dict[str, str] | None = None, platform: str = "linux/amd64", files: spec.Files | None = None
) -> list[Plan]:
    document = spec.read(spec.decode("Kairosfile", text.encode()), build_args or {}, platforms=[platform], files=files)
    return plan.resolve(document, [platform])


def fields(text: str) -> dict[str, Any]:
    return adopt(START + text, {}).fields


def leftovers(text: str) -> list[tuple[int, str]]:
    return [(line, reason) for line, _, reason in adopt(START + text, {}).leftovers]


def test_a_stage_that_is_built_here_is_left_over_and_a_step_holds_its_place() -> None:
    text = f"FROM golang:1 AS tool\nRUN make\n{START}{CALLS}COPY --from=tool /tool /usr/bin/\n"

    found = adopt(text, {})

    assert [(left.line, left.said) for left in found.leftovers] == [(6, "COPY --from=tool /tool /usr/bin/")]
    assert "exit 1" in found.fields["hooks"]["after_init"][0].data["run"]


def test_a_call_that_is_not_followed_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"{START}RUN for x in install init; do /kairos-init -s $x; done\n")

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "no call of kairos-init for install and init was understood" in done.stderr
    assert "line 3: RUN for x in install init" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "content", [b"FROM debian:13\nRUN true\n", b"", b"\xff\xfe", b"what is this\n", b"RUN <<EOF\n"]
)
def test_what_is_no_kairos_dockerfile_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Dockerfile").write_bytes(content)

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_kairosfile_is_overwritten_only_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(START + CALLS)
    (tmp_path / "Kairosfile").write_text("mine")

    assert run("adopt", "Dockerfile", "-o", "Kairosfile", folder=tmp_path).returncode == 2
    assert (tmp_path / "Kairosfile").read_text() == "mine"
    assert run("adopt", "Dockerfile", "-o", "Kairosfile", "--force", folder=tmp_path).returncode == 0
    assert run("check", "Kairosfile", folder=tmp_path).returncode == 0


def test_commands_beside_a_call_are_steps_at_their_place() -> None:
    calls = "RUN echo one && /kairos-init -s install --version v1 && echo two > /two | cat; \\\n    echo three;"
    calls += " /kairos-init -s init --version v1\n"

    hooks = fields(calls)["hooks"]

    assert [step.data["run"] for step in hooks["before_install"]] == ["echo one"]
    assert [step.data["run"] for step in hooks["after_install"]] == ["echo two > /two | cat; \\\n    echo three"]


def test_a_comment_stays_above_its_step() -> None:
    text = write(fields("# why\n# and how\nRUN one\n" + CALLS), [])

    assert "    # why\n    # and how\n    - run: one\n" in text


def test_an_arg_of_ones_own_stays_one() -> None:
    found = fields("ARG K3S=v1.33.1+k3s1\nRUN /kairos-init -p k3s --provider-k3s-version $K3S --version v1.0.0\n")

    assert found["provider"] == {"name": "k3s", "version": "${K3S}"}
    assert found["args"] == {"K3S": "v1.33.1+k3s1"}


def test_a_usual_arg_that_a_step_names_is_an_arg_too() -> None:
    found = fields("ARG VERSION=v1.0.0\nRUN echo ${VERSION} > /v\nRUN /kairos-init --version ${VERSION}\n")

    assert (found["version"], found["args"]) == ("${VERSION}", {"VERSION": "v1.0.0"})


def test_an_escape_character_and_comments_between_lines_are_read_as_a_builder_does() -> None:
    text = "# escape=`\n" + START + CALLS + "RUN one `\n  # not this\n\n  two\n"

    (step,) = adopt(text, {}).fields["hooks"]["after_init"]

    assert step.data["run"] == "one \\\n    two"


SYSTEM = f"{START.rstrip()} AS system\n{CALLS}"
GATED = f"{SYSTEM}FROM system AS gate\n{{}}\nWORKDIR /run/done\n"
GATED += "FROM system\nCOPY --from=gate /run/done /\n"


@pytest.mark.parametrize(
    ("gate", "test"),
    [
        ("# why\nRUN grep -q kairos /etc/os-release", {"run": "grep -q kairos /etc/os-release", "network": "default"}),
        (
            'USER nobody\n# why\nRUN --network=none ["test", "-e", "/a"]',
            {"run": ["test", "-e", "/a"], "user": "nobody"},
        ),
    ],
)
def test_a_stage_that_only_looks_at_the_image_is_a_test(gate: str, test: dict[str, Any]) -> None:
    found = adopt(GATED.format(gate), {})

    assert found.leftovers == []
    ((data, comment),) = found.fields["tests"]
    assert (data, comment) == (test, ("why",))


@pytest.mark.parametrize("gate", ["RUN one\nRUN two", "RUN --mount=target=/src make test", "RUN --network=host one"])
def test_a_stage_that_is_no_test_of_a_kairosfile_is_left_over(gate: str) -> None:
    found = adopt(GATED.format(gate), {})

    (left,) = found.leftovers
    assert left.reason.startswith("gate tests the image: ")
    assert "tests" not in found.fields


BOOT = f"{SYSTEM}FROM {{}} AS made\nRUN --mount=from=system,target=/rootfs {{}}\nFROM system\n"


@pytest.mark.parametrize(
    ("image", "words", "artifacts"),
    [
        (
            "quay.io/kairos/auroraboot:v0.20.0",
            "build-iso --output /output dir:/rootfs",
            {"auroraboot": "v0.20.0", "iso": {}},
        ),
        (
            "example.com/mine:latest",
            "build-iso --output /output --arch amd64 --overlay-iso /o dir:/rootfs",
            {"auroraboot": {"version": "v0.5.0", "image": "example.com/mine:latest"}, "iso": {}},
        ),
        (
            "quay.io/kairos/auroraboot:v0.26.2",
            "build-iso --output /output --live-console ttyS1 dir:/rootfs",
            {"auroraboot": "v0.26.2", "iso": {"console": "ttyS1"}},
        ),
    ],
)
def test_auroraboot_is_understood_in_the_words_of_its_release(
    image: str, words: str, artifacts: dict[str, Any]
) -> None:
    found = adopt(BOOT.format(image, f"auroraboot {words}"), {})

    assert found.leftovers == []
    assert found.fields["artifacts"] == artifacts


def test_what_a_kairosfile_does_not_tell_auroraboot_is_left_over() -> None:
    words = "auroraboot build-iso --output /elsewhere --date dir:/rootfs"

    found = adopt(BOOT.format("quay.io/kairos/auroraboot:v0.26.2", words), {})

    (left,) = found.leftovers
    assert (left.line, left.reason) == (
        5,
        f"a Kairosfile does not call AuroraBoot v0.26.2 like that: {words}",
    )


def test_auroraboot_that_works_on_something_else_is_left_over() -> None:
    words = "auroraboot build-iso --output /output dir:/rootfs"
    text = BOOT.format("quay.io/kairos/auroraboot:v0.26.2", words).replace("from=system", "from=debian:13")

    found = adopt(text, {})

    assert [left.reason for left in found.leftovers] == ["what is mounted at /rootfs is not this image"]
    assert "artifacts" not in found.fields


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/p a 'b c' \"d $X\" e\\ f", ["/p", "a", "b c", "d 1", "e f"]),
        ("/p $EMPTY \"$EMPTY\" ${X:-2} ${EMPTY:-2} ${NONE-3} ${X:+4} '$X'", ["/p", "", "1", "2", "3", "4", "$X"]),
        ('A="x y"; eval /p $A \\"$A\\"', ["/p", "x", "y", "x y"]),
        ('if [ "$X" = 2 ]; then /p no; elif [ -z "$EMPTY" ] && [ 1 != 2 ]; then /p yes; else /p no; fi', ["/p", "yes"]),
        ('if [ -n "$EMPTY" ]; then\n if [ a = a ]; then /p no; fi\nelse\n /p yes\nfi', ["/p", "yes"]),
    ],
)
def test_a_shell_is_followed(text: str, words: list[str]) -> None:
    assert shell.follow(text, {"X": "1", "EMPTY": ""}, "/p") == [shell.Call(tuple(words))]


@pytest.mark.parametrize(
    "text",
    [
        "/p $(cat x)",
        "while true; do /p; done",
        "/p | tee log",
        "if test -e /x; then /p; fi",
        "case $X in 1) /p;; esac",
        "/p 'x",
    ],
)
def test_what_is_not_followed_is_said(text: str) -> None:
    with pytest.raises(shell.UnknownShellError):
        shell.follow(text, {}, "/p")


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r")), min_size=1))
def test_words_in_exec_form_are_read_as_they_were(words: list[str]) -> None:
    (instruction,) = reader.parse(f"RUN --network=none \\\n    {quoting.exec_form(words)}\n")

    assert instruction.exec_form == words
    assert instruction.flags == (("network", "none"),)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r")))
def test_a_dockerfile_of_any_text_is_read_without_a_crash(text: str) -> None:
    assert all(instruction.line > 0 for instruction in reader.parse(text))


def rewrite() -> None:
    """Write what is made of each Dockerfile as what is expected."""
    os.chdir(FOLDER)
    for name in DOCKERFILES:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()) as out:
            command(name, VERSION, Output("-", force=False))
        Path(f"{name}.yaml").write_text(out.getvalue())


if __name__ == "__main__":
    rewrite()
