"""What an ejected Dockerfile tells its reader: how to build it, and of each step where it comes from and why."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from kairosfile.plan.model import Copy, Run
from kairosfile.plan.targets import group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.plan.model import Plan, Step
    from kairosfile.spec.source import Range

WIDTH = 110
WHY = {
    "binaries": "Read by install, which then downloads these releases instead of using its own.",
    "install": "Packages, kernel, Kairos' own files and Kubernetes. kairos-init is mounted, so no layer holds it. Some "
    "releases must be told a version here and do not read it: the constant v0.0.0 leaves this step cached when VERSION "
    "changes.",
    "init": "Makes the image bootable: /etc/kairos-release, initrd, services. Only now the version is known.",
    "validate": "kairos-init's own checks. The image takes an empty folder from this stage: so they must succeed, and "
    "nothing that they write is in the image.",
    "check": "What validate does not see: that Kubernetes is there and recorded. It gates the image in the same way.",
    "cloud-config": "Read by Kairos at boot, by no step before: a change leaves all of Kairos' own steps cached.",
    "tests": "Looks at the finished image, adds nothing to it, and gates it in the same way.",
}


def head(plan: Plan, file: str) -> str:
    """Return the comment at the top."""
    origin = f"{file} for {plan.platform}, written down by `kairosfile eject`: the steps that its own build takes."
    texts = [origin, *_usage(plan)]
    return "\n".join(line for text in texts for line in _comment(text))


def _usage(plan: Plan) -> Iterator[str]:
    options = " ".join([f"--platform {plan.platform}", *_options(plan), "-t IMAGE ."])
    yield f"  docker buildx build {options}"
    if plan.annotations:
        yield "Annotations are no part of a Dockerfile; for docker buildx:"
        yield from (f"  --annotation {name}={text}" for name, text in plan.annotations)
    if asked := [made.name for made in plan.artifacts if made.asked]:
        yield f"What the Kairosfile makes of the image, {', '.join(asked)}, is not in here: run AuroraBoot on it."


def _options(plan: Plan) -> list[str]:
    """Return what the build has to be given: secrets, agents, and the host's network."""
    runs = [step.action for step in plan.steps if isinstance(step.action, Run)]
    mounts = [mount for run in runs for mount in run.mounts]
    secrets = [mount.id for mount in mounts if mount.kind == "secret"]
    secrets += [secret.id for run in runs for secret in run.secret_env]
    agents = [mount.id for mount in mounts if mount.kind == "ssh"]
    host = ["--allow network.host"] if any(run.network == "host" for run in runs) else []
    return [*(f"--secret id={name}" for name in _each(secrets)), *(f"--ssh {name}" for name in _each(agents)), *host]


def _each(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def of_step(step: Step, file: str) -> str:
    """Return the comment of a step: its name, why it is there, and where it is written."""
    why = WHY.get(group(step), "")
    origin = f"From {places(step.ranges, file)}."
    name = " ".join(step.name.split())
    return "\n".join([f"# {name}", *(line for text in (why, origin) if text for line in _comment(text))])


def places(ranges: tuple[Range, ...], file: str) -> str:
    """Return lines of files, each once: `Kairosfile:3-5, Kairosfile:8`."""
    return ", ".join(_each([_place(where, where.filename or file) for where in ranges]))


def _place(where: Range, file: str) -> str:
    last = where.last_line
    return f"{file}:{where.start.line}" + (f"-{last}" if last > where.start.line else "")


def _comment(text: str) -> list[str]:
    lines = [text] if text.startswith("  ") else textwrap.wrap(text, WIDTH, break_on_hyphens=False)
    return [f"# {line}" for line in lines]


def needs_newer_syntax(plan: Plan) -> bool:
    """Tell whether engines of 2024 need a newer Dockerfile frontend than their own: for --exclude, secrets as env."""
    actions = [step.action for step in plan.steps]
    return any(
        (isinstance(action, Run) and action.secret_env) or (isinstance(action, Copy) and action.exclude)
        for action in actions
    )
