"""A remark of `explain` on a step is true of that step, and of no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.plan.explain import Explanation, explain_step, one_line
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from kairosfile.language.nodes import Plain

DIGEST = "sha256:" + "a" * 64
TEXT = """\
base: mirror/debian:13
version: v1.0.0
kairos_init: v0.17.3
provider: {name: k3s, version: v1.33.1+k3s1}
install: {parts: true}
hooks:
  after_install:
    - {run: echo one, mounts: [{type: secret, id: key}]}
    - {run: echo two, network: none}
    - {run: echo three, env: {API_TOKEN: glpat-aaaaaaaaaaaaaaaaaaaa}}
    - {file: /etc/motd, content: hello}
    - {copy: [a, b], to: /etc/}
    - {copy: /a, from: mirror/tools:1, to: /c}
    - {run: echo four, mounts: [{type: bind, source: a, target: /x}, {type: bind, from: mirror/tools:1, target: /t}]}
cloud_config:
  - {name: 90_a.yaml, from: c.yaml}
tests:
  - {path: /a}
  - {run: echo, network: default}
artifacts: {iso: {}, raw: {}}
"""
PARTS = {"packages", "kernel", "kairos", "provider"}
INSTALLING = PARTS | {"init", "validate"}


def explained(text: str = TEXT) -> dict[str, Explanation]:
    """Return the explanation of each step, artifacts included, by its id."""
    files = language.DictFiles({"a": b"one\n", "b": b"", "c.yaml": b"#cloud-config\nhostname: a\n"})
    document = sections.read(language.Source("Kairosfile", text), platforms=["linux/amd64"], files=files)
    (plan,) = resolve(document, ["linux/amd64"])
    return {step.id: explain_step(document, plan, step) for step in plan.asked_steps}


def noted(words: str) -> set[str]:
    """Return the steps with a remark that starts with this text."""
    return {name for name, it in explained().items() if any(note.startswith(words) for note in it.notes)}


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        ("--version v0.0.0 is a placeholder", PARTS),
        ("The other parts of install are separate steps", PARTS),
        ("INITRD=No", {"packages", "kernel"}),
        ("The package lists of apt are in memory", {"packages", "kernel"}),
        ("A file is mounted in place of SSH's private host keys", {"packages", "kernel"}),
        ("kairos-init is mounted, not copied", INSTALLING),
        ("Its log is written to memory", PARTS | {"init"}),
        ("After an error kairos-init prints its usage", INSTALLING),
        ("The root is read-only", {"validate", "check", "tests-1", "tests-2"}),
        ("It adds nothing to the image", {"validate", "check", "tests-1", "tests-2"}),
        ("Secrets and SSH agents", {"after_install-1"}),
        ("It needs the builder's devices", {"auroraboot-raw-efi"}),
    ],
)
def test_a_remark_is_made_on_the_steps_that_it_is_true_of(words: str, steps: set[str]) -> None:
    assert noted(words) == steps


def test_the_reason_of_a_network_is_that_of_the_step() -> None:
    reasons = {name: (it.network, it.network_reason) for name, it in explained().items()}

    assert reasons["after_install-2"][0] == "none"
    assert reasons["after_install-4"] == reasons["after_install-5"] == ("none", "no command runs")
    assert reasons["tests-1"] == ("none", "a test has no network unless it sets `network: default`")
    assert reasons["tests-2"] == ("default", "the step sets it")
    assert reasons["auroraboot-iso"][1] == reasons["iso"][1] == "it works on mounted files"


@pytest.mark.parametrize(
    ("step", "when"),
    [
        ("packages", ["the tag docker.io/mirror/debian:13 points to another image"]),
        ("kernel", ["packages, which it starts from, runs again"]),
        ("cloud-config-1", ["the content of c.yaml changes in the build context"]),
        ("after_install-5", ["the content of a, b changes in the build context"]),
        ("after_install-6", ["the content of /a changes in docker.io/mirror/tools:1"]),
        (
            "after_install-7",
            [
                "the content of a changes in the build context",
                "the content of any file changes in docker.io/mirror/tools:1",
            ],
        ),
        ("auroraboot-iso", ["cloud-config-1, whose files it reads, runs again"]),
    ],
)
def test_a_step_runs_again_for_what_it_is_made_of(step: str, when: list[str]) -> None:
    triggers = explained()[step].runs_again_when

    assert triggers[0] == "a field changes that it depends on"
    assert set(when) < set(triggers)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not set"),
        (True, "true"),
        (False, "false"),
        ("a", "a"),
        (["a", None], "[a, not set]"),
        ({"a": "b", "c": [True]}, "{a: b, c: [true]}"),
        ([], "[]"),
    ],
)
def test_a_value_is_on_one_line(value: Plain, text: str) -> None:
    assert one_line(value) == text


def test_a_pinned_base_runs_the_first_step_again_for_another_digest() -> None:
    triggers = explained(TEXT.replace("mirror/debian:13", f"mirror/debian:13@{DIGEST}"))["packages"].runs_again_when

    assert triggers[1] == "the digest of docker.io/mirror/debian:13 in the file changes"
