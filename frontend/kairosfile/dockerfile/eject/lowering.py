"""Steps as a Dockerfile can say them, before they are written: it knows stages where a plan knows what a step left.

A script that many steps have is a file of the stage `scripts`, which they mount: it would stand there once for each
otherwise, and nobody could read the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.auroraboot import OUTPUT
from kairosfile.plan.model import File, Mount, Run
from kairosfile.sections.artifacts import steps as collect
from kairosfile.sections.hooks.run import SHELL
from kairosfile.sections.image_tests import steps as image_test_script
from kairosfile.sections.image_tests.steps import EVALUATE, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.plan.model import Plan, Step

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


def lower(plan: Plan) -> Plan:
    """Return a plan whose steps take files of stages only."""
    made = tuple(
        artifact._replace(steps=tuple(_lower(step, plan) for step in artifact.steps)) for artifact in plan.artifacts
    )
    return plan._replace(steps=tuple(_lower(step, plan) for step in plan.steps), artifacts=made)


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
    """Return the stage that holds what a step left: of those that are no artifacts only the last one is asked for."""
    return step if step in {each.id for made in plan.artifacts for each in made.steps} else IMAGE


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
        words = run.argv[run.argv.index(EVALUATE) + 2 :]
        env = tuple(pair for pair in run.env if pair[0] != VARIABLE)
        return _mounted(run._replace(env=env), ("/bin/sh", TEST, *words), TEST)
    return run


def _mounted(run: Run, argv: tuple[str, ...], target: str) -> Run:
    return run._replace(argv=argv, mounts=(*run.mounts, Mount("image", target, SCRIPTS, _FILES[target].target)))
