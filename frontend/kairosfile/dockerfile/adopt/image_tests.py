"""Stages that test the image, as items of `tests:`.

In an ejected Dockerfile a test that expects more than success is the script of all tests with words that say what
is expected. Any other stage from which nothing is copied is a command that is to succeed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from kairosfile.dockerfile.adopt import mounts, runs
from kairosfile.dockerfile.adopt.found import Commented
from kairosfile.dockerfile.eject.lowering import TEST
from kairosfile.plan.image_tests import MOUNTS, describe
from kairosfile.plan.steps.run import SHELL
from kairosfile.spec.model.image_tests import ImageTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.dockerfile.adopt.found import Data
    from kairosfile.dockerfile.adopt.instructions import Adopter
    from kairosfile.dockerfile.adopt.stages import Stage
    from kairosfile.dockerfile.reader import Instruction

_EJECTED = re.compile(r"test [0-9]+: (.*)")
_MEMORY = [mount.target for mount in MOUNTS if mount.kind == "tmpfs"]
_MODEL: TypeAdapter[ImageTest] = TypeAdapter(ImageTest)


def take(adopter: Adopter, instruction: Instruction, stage: Stage) -> None:
    """Take the COPY of an empty folder of a stage that tests the image."""
    try:
        adopter.found.tests.append(_test(adopter, stage))
    except ValueError as error:
        reason = f"{stage.name} tests the image: {error}; write what it looks for below `tests:`"
        adopter.leave(instruction, reason)


def _test(adopter: Adopter, stage: Stage) -> Commented:
    user = ""
    for each in stage.instructions[:-1]:
        if each.keyword == "USER":
            user = adopter.scope.field(adopter.scope.text(each.joined))
    strange = {each.keyword for each in stage.instructions[:-1]} - {"USER", "RUN"}
    calls = [each for each in stage.instructions if each.keyword == "RUN"]
    if strange or len(calls) != 1:
        raise ValueError("a test is one RUN, with a USER at most")
    (call,) = calls
    data = _command(adopter, call) | _network(call) | ({"user": user} if user else {})
    comment = call.comment
    name = _EJECTED.fullmatch(comment[0]) if comment else None
    return Commented(_named(data, name[1]), ()) if name else Commented(data, comment)


def _network(call: Instruction) -> Data:
    network = call.flag("network") or "default"
    if network not in ("none", "default"):
        raise ValueError(f"a test has no network {network}")
    return {} if network == "none" else {"network": network}


def _command(adopter: Adopter, call: Instruction) -> Data:
    argv, env = runs.command(adopter, call)
    is_script = argv[:2] == [SHELL[0], TEST]
    for name, text in call.flags:
        target = mounts.options(text).get("target") if name == "mount" else ""
        if name not in ("mount", "network") or (target and target not in (*_MEMORY, TEST)):
            raise ValueError(f"a test has no --{name}={text}")
    if is_script and argv[2:3] == ["path"]:
        return _of_path(adopter, argv[3:])
    given = {"env": {name: adopter.scope.field(text) for name, text in env.items()}} if env else {}
    if is_script:
        return _of_run(adopter, argv[3:]) | given
    is_text = call.exec_form is None and tuple(argv[:-1]) == SHELL
    return {"run": argv[-1] if is_text else argv} | given


def _of_path(adopter: Adopter, words: Sequence[str]) -> Data:
    found: Data = {"path": adopter.scope.field(words[0])}
    if words[1:2] == ["absent"]:
        return found | {"exists": False}
    facts = dict(word.split("=", 1) for word in words[1:] if word.startswith(("type=", "mode=", "owner=")))
    if "mode" in facts:
        facts["mode"] = f"{int(facts['mode'], 8):04o}"
    return found | {name: adopter.scope.field(text) for name, text in facts.items()} | _texts(adopter, words[1:])


def _of_run(adopter: Adopter, words: Sequence[str]) -> Data:
    code, count, *rest = words
    expected, argv = rest[: int(count)], rest[int(count) :]
    found: Data = {"run": argv[-1] if tuple(argv[:-1]) == SHELL else argv}
    if code != "0":
        found["exit_code"] = int(code)
    for stream in ("stdout", "stderr"):
        own = [word.partition(".")[2] for word in expected if word.startswith(f"{stream}.")]
        if texts := _texts(adopter, own):
            found[stream] = texts["contains"] if list(texts) == ["contains"] else texts
    return found


def _texts(adopter: Adopter, words: Sequence[str]) -> Data:
    """Return what lines are to contain and to match; one text is no list."""
    found: Data = {}
    for what in ("contains", "matches"):
        own = [adopter.scope.field(word.partition("=")[2]) for word in words if word.startswith(f"{what}=")]
        if own:
            found[what] = own if len(own) > 1 else own[0]
    return found


def _named(data: Data, name: str) -> Data:
    """Give a test a name that it would not have by itself."""
    try:
        own = describe(_MODEL.validate_python(data))
    except ValidationError:
        own = ""  # the check of the whole file says what is wrong with it
    return data if " ".join(own.split()) == name else {"name": name} | data
