"""What an ejected Dockerfile tells its reader: how to build it, and of each step where it comes from and why."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from kairosfile.dockerfile.eject.lowering import files_of
from kairosfile.kairos.auroraboot import KEYS
from kairosfile.plan.model import Copy, Run
from kairosfile.plan.targets import find, group, narrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.plan.model import Action, Plan, Step
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
SCRIPTS = "What several steps run, each with words of its own. They mount it: no layer holds it."
SCRIPT = {
    "/test": "test: `path FILE`, then `absent` or what it must be: `mode=644`, `contains=TEXT`. Or `run`, the exit "
    "code, how many words say what is to be written, these (`stdout.contains=TEXT`), and the command.",
    "/collect": "collect: what the files are called, nothing for Kairos' convention; then for each the end of the "
    "name that AuroraBoot gave it and the end that it gets. A checksum goes beside each.",
}
ARTIFACTS = (
    "What machines boot from, made of the image by AuroraBoot; a build of the image makes none of it. AuroraBoot has "
    "no network, sees the image read-only, and works in /tmp: a folder on the builder's disk, of which nothing is kept."
)
SIGNED = "The keys are in memory while this runs: public ones of the build context, private ones secrets of who builds."
INSECURE = "AuroraBoot mounts the partitions of the disk: the builder has to allow that, and so has who builds."
AGAIN = (
    "The result holds the secret, and no cache sees that another one is given: --no-cache-filter with the name of this "
    "stage adds it again. Do not export the cache of this build."
)


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
    if plan.artifacts:
        yield "What machines boot from, into the folder build:"
        yield from map(f"  docker buildx build --platform {plan.platform} {{}}".format, _targets(plan))


def _targets(plan: Plan) -> Iterator[str]:
    """Yield the words of the build of each artifact."""
    for made in plan.artifacts:
        own = narrow(plan, find(plan, made.name))
        allowed = [f"--allow {made.entitlement}"] if made.entitlement else []
        again = [f"--no-cache-filter {files_of(step.id)}" for step in own.steps if step.holds_secret]
        yield " ".join([f"--target {made.name}", *_options(own), *allowed, *again, "-o build ."])


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
    why = AGAIN if step.holds_secret else _of_run(step.action) or WHY.get(group(step), "")
    origin = f"From {places(step.ranges, file)}."
    name = " ".join(step.name.split())
    return "\n".join([f"# {name}", *(line for text in (why, origin) if text for line in _comment(text))])


def _of_run(action: Action) -> str:
    """Return what is to be known of a command that is given more than others."""
    if not isinstance(action, Run):
        return ""
    if action.security == "insecure":
        return INSECURE
    return SIGNED if any(mount.target == KEYS for mount in action.mounts) else ""


def places(ranges: tuple[Range, ...], file: str) -> str:
    """Return lines of files, each once: `Kairosfile:3-5, Kairosfile:8`."""
    return ", ".join(_each([_place(where, where.filename or file) for where in ranges]))


def _place(where: Range, file: str) -> str:
    last = where.last_line
    return f"{file}:{where.start.line}" + (f"-{last}" if last > where.start.line else "")


def block(text: str) -> str:
    """Return a text as lines of a comment."""
    return "\n".join(_comment(text))


def _comment(text: str) -> list[str]:
    lines = [text] if text.startswith("  ") else textwrap.wrap(text, WIDTH, break_on_hyphens=False)
    return [f"# {line}" for line in lines]


def needs_newer_syntax(plan: Plan) -> bool:
    """Tell whether engines of 2024 need a newer Dockerfile frontend: for --exclude, secrets as env, --security."""
    actions = [step.action for step in plan.every_step]
    return any(
        (isinstance(action, Run) and (action.secret_env or action.security != "sandbox"))
        or (isinstance(action, Copy) and action.exclude)
        for action in actions
    )
