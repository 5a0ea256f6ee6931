"""Generates the table of the guide "Migrate": the result of `adopt` for each kind of input, before and now.

    python -m tests.support.generate.migrate

The inputs are `tests/unit/dockerfile/dockerfiles`, one for each common pattern around kairos-init. *Now* is
counted by running the command. *Before* was recorded once, by running the command of commit 3b8a4bd on the same files.
"""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from tests import ROOT
from tests.unit.dockerfile.command import run

if TYPE_CHECKING:
    from collections.abc import Iterable

GUIDE = ROOT / "docs" / "guides" / "migrate.md"
FOLDER = ROOT / "tests" / "unit" / "dockerfile" / "dockerfiles"
CLASSES = ("field", "step", "left over", "without effect")
STATUSES = ("0", "1", "2")
TRACEBACK = "traceback"
HEAD = (
    "| input | files | before: 0, 1, 2, traceback | of the 0 not whole | now: 0, 1, 2 "
    "| fields | steps | left over | without effect |\n|---|---|---|---|---|---|---|---|---|\n"
)
START, END = "<!-- generated: make generate -->\n", "<!-- end -->\n"


class Before(NamedTuple):
    """The exit of the command before it had an account, and the input that it lost silently."""

    status: str
    lost: str = ""


INPUTS: dict[str, dict[str, Before]] = {
    "a call in a loop, pipe, subshell or behind `$(...)`": {
        "loop": Before("0", "the loop was cut in two steps"),
        "substitution": Before("0", "the version was another one"),
        "substitution-quoted": Before("1"),
        "subshell": Before("2"),
        "tee": Before("2"),
    },
    "a call with a redirection or a prefix, in a here-document": {
        "call-in-heredoc": Before("0"),
        "env-call": Before("0"),
        "path-name": Before("2"),
        "prefix": Before("2"),
        "redirect": Before("2"),
        "set-step": Before("0"),
    },
    "where kairos-init and the base come from": {
        "arg-in-arg": Before("1"),
        "arg-in-copy-from": Before("1"),
        "arg-in-tag": Before("1"),
        "copy-image": Before("1"),
        "leak": Before("1"),
        "mount-image": Before("1"),
        "no-base": Before("1"),
        "no-source": Before("1"),
        "own-init": Before("0", "kairos-init came from an empty image"),
        "required": Before("1"),
        "strip": Before(TRACEBACK),
    },
    "stages and platforms": {
        "lost-mount": Before("1"),
        "platform": Before("0", "the platform"),
        "squash": Before("2"),
        "stage-number": Before("0", "the stage became an image named 0"),
        "target": Before("2"),
    },
    "args and conditions": {
        "arg-none": Before("1"),
        "arg-twice": Before("0", "the second default"),
        "condition": Before("2"),
        "default-k0s": Before("0", "a default that counts with another arg"),
        "expand": Before(TRACEBACK),
        "implicit-arg": Before("0", "args that a script reads"),
        "own-arg-for-trusted": Before("0", "Trusted Boot and FIPS by an arg"),
        "own-switches": Before("0", "Trusted Boot and FIPS by an arg"),
        "own-variant": Before("0", "a core image got a provider"),
        "usual-in-step": Before("0"),
    },
    "flags and stages of kairos-init": {
        "extra-flag": Before("1"),
        "flag-of-another-release": Before("1"),
        "gate": Before("0"),
        "init-not-told": Before("0", "init was told something else"),
        "init-only": Before("2"),
    },
    "environment and mounts": {
        "env-path": Before("1"),
        "leak-copy": Before("1"),
        "networks": Before("0", "network, security and a mount of the call"),
        "proxy": Before("1"),
        "secret-beside-call": Before("0", "the secret of a command beside the call"),
    },
    "files and folders": {
        "add-tgz": Before("1"),
        "add-tgz-only": Before("0", "the archive was not unpacked"),
        "copy": Before(TRACEBACK),
        "tab": Before("1"),
        "tabs": Before("0"),
        "workdir": Before("0", "the folder"),
    },
    "shells and scripts": {
        "heredoc-program": Before("0", "a script for bash ran in sh"),
        "multi-run": Before("0", "the second here-document"),
        "shebang": Before("0", "a script for bash ran in sh"),
        "shell-bash": Before("2"),
    },
    "comments, packages and units": {
        "comment-line": Before("0"),
        "comments": Before("0"),
        "packages": Before("0"),
    },
}


class Now(NamedTuple):
    """How the command ends, and the class of each instruction."""

    status: str
    classes: tuple[str, ...]


def convert(name: str) -> Now:
    """Convert an input as a user does, into a file with a bake file next to it."""
    with TemporaryDirectory() as folder:
        words = ["--build-arg", "VERSION=v1.0.0", "--format", "json", "-o", f"{folder}/Kairosfile"]
        done = run("adopt", name, *words, folder=FOLDER)
    account = json.loads(done.stdout)["account"]["instructions"] if done.stdout else []
    return Now(str(done.returncode), tuple(each["class"] for each in account))


def table() -> str:
    """Return the table, with the sum in its last row."""
    rows = {kind: {name: convert(name) for name in inputs} for kind, inputs in INPUTS.items()}
    lines = [_row(kind, INPUTS[kind].values(), now.values()) for kind, now in rows.items()]
    before = [each for inputs in INPUTS.values() for each in inputs.values()]
    return HEAD + "".join([*lines, _row("all", before, [each for now in rows.values() for each in now.values()])])


def _row(kind: str, before: Iterable[Before], now: Iterable[Now]) -> str:
    before, now = list(before), list(now)
    statuses = [each.status for each in before]
    ended = ", ".join(str(statuses.count(status)) for status in (*STATUSES, TRACEBACK))
    ends = ", ".join(str([each.status for each in now].count(status)) for status in STATUSES)
    lost = sum(bool(each.lost) for each in before)
    counts = [sum(each.classes.count(outcome) for each in now) for outcome in CLASSES]
    return f"| {' | '.join([kind, str(len(before)), ended, str(lost), ends, *map(str, counts)])} |\n"


def guide(text: str) -> str:
    """Return the text of the guide with the table as it is now."""
    head, _, rest = text.partition(START)
    return f"{head}{START}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    GUIDE.write_text(guide(GUIDE.read_text()))
