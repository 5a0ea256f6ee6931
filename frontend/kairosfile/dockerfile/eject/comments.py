"""The comments of an ejected Dockerfile: how to build it, the Kairosfile's own comments, and why a step is there."""

from __future__ import annotations

import re
import shlex
import textwrap
from typing import TYPE_CHECKING

from kairosfile.dockerfile.eject.lowering import files_of
from kairosfile.kairos.auroraboot import KEYS
from kairosfile.plan.model import Copy, Run
from kairosfile.plan.narrowing import narrow
from kairosfile.plan.targets import find, group
from kairosfile.untrusted import MAX_LENGTH, escape, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Range, Source
    from kairosfile.plan.model import Action, Plan, Step

WIDTH = 110
WHY = {
    "binaries": "Read by install, which then downloads these releases instead of using its own.",
    "install": "Packages, kernel, Kairos' own files and Kubernetes. kairos-init is mounted, so no layer holds it. Some "
    "releases must be told a version here and do not read it: the constant v0.0.0 leaves this step cached when VERSION "
    "changes. On Debian and Ubuntu no layer gets what init would remove: the kernel's package makes no initrd, apt's "
    "lists are in memory, and where SSH's private keys would be is a file already, so none are made.",
    "packages": "The first part of install: packages alone. Each part skips the steps of the others and is told only "
    "what its own read. kairos-init is mounted, so no layer holds it. It must be told a version and does not read it.",
    "kernel": "The part of install that brings the kernel.",
    "kairos": "The part of install that brings Kairos' own programs and files. It downloads nothing by itself.",
    "provider": "The last part of install: Kubernetes. Another release of it runs this and what follows again.",
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
SIGNED = "The keys are in memory while this runs: public ones of the build context, private ones build secrets."
INSECURE = "AuroraBoot mounts the partitions of the disk: the builder and the client have to allow that."
AGAIN = (
    "The result holds the secret, and no cache sees that another one is given: --no-cache-filter with the name of this "
    "stage adds it again. Do not export the cache of this build."
)


# Comments of a Kairosfile that tools read: they mean nothing in a Dockerfile, or something else.
_FOR_TOOLS = re.compile(r"\s*(?:syntax|check|escape|yaml-language-server)\s*[=:]|\s*!|\s*kairosfile")
SHELL_COMMENT = "# The shell of `run` steps: it stops at the first command that fails."
START_COMMENT = "# As the steps expect it, whatever the base says."
ARGS_COMMENT = "# Change these here, or with --build-arg NAME=VALUE."
IMAGE_COMMENT = "# image is the whole image, checked"
ONE_LAYER = (
    "Its layers are those of the instructions: no Dockerfile can have one layer above the base, as the Kairosfile has."
)


def head(plan: Plan, file: str) -> str:
    """Return the comment at the top."""
    origin = f"{file} for {plan.platform}, written by `kairosfile eject`."
    texts = [origin, *_usage(plan)]
    return "\n".join(line for text in texts for line in _comment(text))


def own(range_: Range | None, source: Source) -> list[str]:
    """Return the comment lines of the Kairosfile right above a place, as lines of a Dockerfile."""
    if range_ is None:
        return []
    text, number = range_.source or source, range_.start.line - 1
    lines: list[str] = []
    while (line := text.line(number).strip()).startswith("#"):
        if not _FOR_TOOLS.match(line[1:]) and line.isprintable() and len(line) <= MAX_LENGTH:
            lines.insert(0, line)
        number -= 1
    return lines


def _usage(plan: Plan) -> Iterator[str]:
    options = " ".join([f"--platform {plan.platform}", *_options(plan), "-t IMAGE ."])
    yield f"  docker buildx build {options}"
    if plan.one_layer:
        yield ONE_LAYER
    if plan.annotations:
        yield "Annotations are no part of a Dockerfile; for docker buildx:"
        yield from (f"  --annotation {shlex.quote(f'{name}={text}')}" for name, text in plan.annotations)
    if plan.artifacts:
        yield "What machines boot from, into the folder build:"
        yield from map(f"  docker buildx build --platform {plan.platform} {{}}".format, _targets(plan))


def _targets(plan: Plan) -> Iterator[str]:
    """Yield the words of the build of each artifact."""
    for artifact in plan.artifacts:
        own = narrow(plan, find(plan, artifact.name))
        allowed = [f"--allow {artifact.entitlement}"] if artifact.entitlement else []
        again = [f"--no-cache-filter {files_of(step.id)}" for step in own.steps if step.holds_secret]
        yield " ".join([f"--target {artifact.name}", *_options(own), *allowed, *again, "-o build ."])


def _options(plan: Plan) -> list[str]:
    """Return the requirements of the build: secrets, agents, and the host's network."""
    runs = [step.action for step in plan.steps if isinstance(step.action, Run)]
    mounts = [mount for run in runs for mount in run.mounts]
    secrets = [mount.id for mount in mounts if mount.kind == "secret"]
    secrets += [secret.id for run in runs for secret in run.secret_env]
    agents = [mount.id for mount in mounts if mount.kind == "ssh"]
    host = ["--allow network.host"] if any(run.network == "host" for run in runs) else []
    return [*(f"--secret id={name}" for name in _each(secrets)), *(f"--ssh {name}" for name in _each(agents)), *host]


def _each(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def of_step(step: Step, source: Source) -> str:
    """Return the comment of a step: its name, what the Kairosfile says above it, and why it is there."""
    why = AGAIN if step.holds_secret else _of_run(step.action) or WHY.get(step.id) or WHY.get(group(step), "")
    lines = [line for range_ in step.ranges[:1] for line in own(range_, source)] if not why else []
    return "\n".join([f"# {one_line(_one_line(step.name))}", *lines, *(_comment(why) if why else [])])


def generated() -> frozenset[str]:
    """Return the comment lines that stand in every ejected Dockerfile, without their mark."""
    texts = [*WHY.values(), SCRIPTS, *SCRIPT.values(), ARTIFACTS, SIGNED, INSECURE, AGAIN]
    lines = [line for text in texts for line in _comment(text)]
    return frozenset(line[2:] for line in [*lines, SHELL_COMMENT, START_COMMENT, ARGS_COMMENT, IMAGE_COMMENT])


def _one_line(text: str) -> str:
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def _of_run(action: Action) -> str:
    """Return the notes about a command with more privileges than others."""
    if not isinstance(action, Run):
        return ""
    if action.security == "insecure":
        return INSECURE
    return SIGNED if any(mount.target == KEYS for mount in action.mounts) else ""


def locations(ranges: tuple[Range, ...], file: str) -> str:
    """Return lines of files, each once: `Kairosfile:3-5, Kairosfile:8`."""
    return ", ".join(_each([_location(each, each.filename or file) for each in ranges]))


def _location(each: Range, file: str) -> str:
    last = each.last_line
    return f"{file}:{each.start.line}" + (f"-{last}" if last > each.start.line else "")


def block(text: str) -> str:
    """Return a text as lines of a comment."""
    return "\n".join(_comment(text))


def _comment(text: str) -> list[str]:
    lines = [text] if text.startswith("  ") else textwrap.wrap(text, WIDTH, break_on_hyphens=False)
    return [f"# {escape(line)}" for line in lines]


def needs_newer_syntax(plan: Plan) -> bool:
    """Return whether engines of 2024 need a newer Dockerfile frontend: for --exclude, secrets as env, --security."""
    actions = [step.action for step in plan.every_step]
    return any(
        (isinstance(action, Run) and (action.secret_env or action.security != "sandbox"))
        or (isinstance(action, Copy) and action.exclude)
        for action in actions
    )
