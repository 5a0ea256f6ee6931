"""A plan prepared for a Dockerfile: steps that read stages only, and the values that become build args.

A plan refers to the result of a step, a Dockerfile to a stage. A script that many steps run is a file of the stage
`scripts`, which they mount: it would be repeated in each of them otherwise, and the file would be hard to read.

Build args are the values that people change from one build to the next, by the names of the generic Kairos Dockerfile,
and the Kairosfile's own args that `run` steps name or images end with. An arg is in the environment of every RUN after
it; the plan gives it to no step of the user that only mentions its name, so the name stays a plain word then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.dockerfile.eject.instructions import quote_value
from kairosfile.kairos.auroraboot import OUTPUT
from kairosfile.language.templates import args_named_in, fill_text
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, File, Mount, Run
from kairosfile.plan.targets import group
from kairosfile.sections.artifacts import steps as collect
from kairosfile.sections.hooks.run import SHELL
from kairosfile.sections.image_tests import steps as image_test_script
from kairosfile.sections.image_tests.steps import EVALUATE, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.plan.model import Image, Plan, Step
    from kairosfile.sections.document import Document


IMAGE = "image"
SCRIPTS = "scripts"
NOTHING = "nothing"

# Where the steps that run a script see it. Of what the image has when it is tested, /run is hidden by memory.
TEST = "/run/test"
COLLECT = "/collect"
COLLECTS = (SHELL[0], "-e", COLLECT)
_FILES = {
    TEST: File("/test", image_test_script.SCRIPT),
    COLLECT: File("/collect", collect.SCRIPT),
}

BASE_IMAGE = "BASE_IMAGE"
KAIROS_INIT_IMAGE = "KAIROS_INIT_IMAGE"
AURORABOOT_IMAGE = "AURORABOOT_IMAGE"
IMAGES = {BASE: BASE_IMAGE, KAIROS_INIT: KAIROS_INIT_IMAGE, AURORABOOT: AURORABOOT_IMAGE}
VERSION = "VERSION"
KAIROS_STEPS = ("install", "init", "validate", "check")

_FLAGS = {
    "install": {
        "-m": "MODEL",
        "-f": "FRAMEWORK_VERSION",
        "--k8sversion": "KUBERNETES_VERSION",
        "--provider-k3s-version": "KUBERNETES_VERSION",
        "--provider-k0s-version": "KUBERNETES_VERSION",
    },
    "init": {"-m": "MODEL", "-f": "FRAMEWORK_VERSION", "--version": VERSION},
}
_OWN = "args."
# The end of a reference in which args are filled as a Dockerfile does it.
_FILLED = re.compile(r"\$\{\w+\}(?:\$\{\w+\}|[\w.:/-])*")


def lower(plan: Plan) -> Plan:
    """Return a plan whose steps take files of stages only."""
    artifacts = tuple(
        artifact._replace(steps=tuple(_lower(step, plan) for step in artifact.steps)) for artifact in plan.artifacts
    )
    return plan._replace(steps=tuple(_lower(step, plan) for step in plan.steps), artifacts=artifacts)


def scripts(steps: Sequence[Step]) -> tuple[File, ...]:
    """Return the scripts that lowered steps mount."""
    targets = {mount.target for step in steps for mount in mounts(step) if mount.image == SCRIPTS}
    return tuple(file for target, file in _FILES.items() if target in targets)


def mounts(step: Step) -> tuple[Mount, ...]:
    """Return the mounts of a step."""
    return step.action.mounts if isinstance(step.action, Run) else ()


def files_of(result: str) -> str:
    """Return the stage in which the files of an artifact are named: the target that has only them is named like it."""
    return f"{result}-files"


def _stage_of(step: str, plan: Plan) -> str:
    """Return the stage with the result of a step; of steps that are not artifacts, only the last result is used."""
    return step if step in {each.id for artifact in plan.artifacts for each in artifact.steps} else IMAGE


def _lower(step: Step, plan: Plan) -> Step:
    if not isinstance(step.action, Run):
        return step
    run = _with_script(step.action)
    return step._replace(action=run._replace(mounts=tuple(_mount(mount, plan) for mount in run.mounts)))


def _mount(mount: Mount, plan: Plan) -> Mount:
    if mount.kind == "scratch":
        return Mount("image", mount.target, NOTHING, writable=True)
    if mount.kind != "step":
        return mount
    stage = _stage_of(mount.step, plan)
    return mount._replace(kind="image", step="", image=stage, path=mount.path or ("" if stage == IMAGE else OUTPUT))


def _with_script(run: Run) -> Run:
    """Return a command that runs a script that others run too, with that script mounted; any other as it is."""
    if run.argv[: len(SHELL)] == SHELL and run.argv[len(SHELL) : len(SHELL) + 1] == (collect.SCRIPT,):
        return _mounted(run, (*COLLECTS, *run.argv[len(SHELL) + 2 :]), COLLECT)
    if VARIABLE in dict(run.env):
        args = run.argv[run.argv.index(EVALUATE) + 2 :]
        env = tuple(pair for pair in run.env if pair[0] != VARIABLE)
        return _mounted(run._replace(env=env), ("/bin/sh", TEST, *args), TEST)
    return run


def _mounted(run: Run, argv: tuple[str, ...], target: str) -> Run:
    return run._replace(argv=argv, mounts=(*run.mounts, Mount("image", target, SCRIPTS, _FILES[target].target)))


def arguments(plan: Plan) -> dict[str, str]:
    """Return the args of a plan with the values that they have in it."""
    own = _own_args(plan)
    usual = {name: text for step in plan.steps for name, text in _named(step).items()}
    excluded = {name for name, text in usual.items() if own.get(name, text) != text or _is_mentioned(plan, name, own)}
    return {name: text for name, text in {**usual, **own}.items() if name not in excluded or name in own}


def own_args(step: Step, args: Mapping[str, str]) -> list[str]:
    """Return the args of the Kairosfile that a step is given and that are args of the Dockerfile."""
    env = dict(step.action.env) if isinstance(step.action, Run) else {}
    names = [field.removeprefix(_OWN) for field in step.fields if field.startswith(_OWN)]
    return [name for name in names if name in args and env.get(name) == args[name]]


def image_text(image: Image, document: Document, args: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return an image for its ARG: with the Kairosfile's own args if these are at its end, and their values.

    Args:
        image: An image of the plan.
        document: The Kairosfile.
        given: The other args of the Dockerfile, which an own arg must not change.
    """
    start, end = image.range.start, image.range.end
    line = document.source.line(start.line) if start.line == end.line and not image.range.source else ""
    end_of_it = line[start.column - 1 : end.column - 1].strip("\"'")
    end_of_it = end_of_it[end_of_it.find("$") :] if "$" in end_of_it else ""
    filled, _ = fill_text(end_of_it, document.args)
    used = {name: document.args.get(name, "") for name in args_named_in(end_of_it)}
    is_own = used.keys() <= document.model.args.keys() - IMAGES.values()
    is_same = all(text and args.get(name, text) == text and _is_writable(text) for name, text in used.items())
    if not _FILLED.fullmatch(end_of_it) or not image.reference.endswith(filled) or not (is_own and is_same):
        return quote_value(image.reference), {}
    return image.reference.removesuffix(filled) + end_of_it, used


def filled_words(step: Step, args: Mapping[str, str]) -> dict[int, str]:
    """Return the indexes of a step's arguments that an arg fills, with the name of the arg."""
    argv = step.action.argv if isinstance(step.action, Run) else ()
    flags = _FLAGS.get(group(step), {})
    candidates = {index + 1: flags[word] for index, word in enumerate(argv[:-1]) if word in flags}
    return {index: name for index, name in candidates.items() if args.get(name) == argv[index]}


def _own_args(plan: Plan) -> dict[str, str]:
    """Return the Kairosfile's own args that steps of the image name, if a Dockerfile can express their values."""
    texts: dict[str, str] = {}
    for step in plan.steps:
        if step.id in plan.checks or not isinstance(step.action, Run):
            continue
        env = dict(step.action.env)
        names = [field.removeprefix(_OWN) for field in step.fields if field.startswith(_OWN)]
        texts |= {name: env[name] for name in names if name in env and _is_writable(env[name])}
    return {name: text for name, text in texts.items() if name not in IMAGES.values()}


def _is_writable(text: str) -> bool:
    try:
        quote_value(text)
    except ValueError:
        return False
    return True


def _named(step: Step) -> dict[str, str]:
    argv = step.action.argv if isinstance(step.action, Run) else ()
    flags = _FLAGS.get(group(step), {})
    return {flags[word]: argv[index + 1] for index, word in enumerate(argv[:-1]) if word in flags}


def _is_mentioned(plan: Plan, name: str, own: Mapping[str, str]) -> bool:
    """Return whether a step that is not given an arg has its name in its text."""
    for step in plan.steps:
        if group(step) in KAIROS_STEPS or not isinstance(step.action, Run) or own_args(step, own).count(name):
            continue
        texts = (*step.action.argv, *dict(step.action.env))
        if any(re.search(rf"\b{name}\b", text) for text in texts):
            return True
    return False
