"""What a step does and what is mounted for it, in words of a line or two; contents of files are not repeated."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from kairosfile.plan.fields import HIDDEN
from kairosfile.plan.model import Copy, Run
from kairosfile.spec.checks.lint_secrets import is_secret

if TYPE_CHECKING:
    from kairosfile.plan.model import Action, File, Mount, Plan

SHOWN_LINES = 6
NEWLINE = "\n"


def does(plan: Plan, action: Action) -> str:
    """Return what a step does."""
    if isinstance(action, Run):
        return _command(action)
    if isinstance(action, Copy):
        source = f" of {plan.image(action.image).reference}" if action.image else " of the build context"
        return f"copies {shlex.join(action.sources)}{source} to {action.target}{_attributes(action)}"
    return f"writes {action.target}, {len(action.content.encode())} bytes{_attributes(action)}"


def as_data(action: Action) -> dict[str, Any]:
    """Return what a step does for programs."""
    if isinstance(action, Run):
        return {"kind": "run", "argv": list(action.argv), "env": environment(action), "cwd": action.cwd}
    if isinstance(action, Copy):
        return {"kind": "copy", "sources": list(action.sources), "image": action.image, "target": action.target}
    return {"kind": "file", "target": action.target, "bytes": len(action.content.encode())}


def environment(run: Run) -> dict[str, str]:
    """Return the variables of a command, without values that look like secrets; those of secrets say their id."""
    env = {name: HIDDEN if is_secret(name, value) else value for name, value in run.env}
    return env | {secret.name: f"the secret {secret.id}" for secret in run.secret_env}


# What a folder is that holds nothing when the step begins.
EMPTY = {
    "tmpfs": "memory, gone after the step",
    "scratch": "an empty folder on the builder's disk, gone after the step",
    "empty": "an empty folder, whose content is the step's result",
    "hand-over": "a folder of the builder that this build alone knows, and clears",
}


def mount(plan: Plan, mounted: Mount) -> str:
    """Return what is mounted where the command looks for it."""
    writable = "" if not mounted.writable else ", writable for as long as the command runs"
    match mounted.kind:
        case "image":
            return f"{mounted.path or '/'} of {plan.image(mounted.image).reference}{writable or ', read-only'}"
        case "context":
            return f"{mounted.path} of the build context{writable or ', read-only'}"
        case "cache":
            return f'the cache "{mounted.id}" of the builder, {mounted.sharing}'
        case "secret" | "ssh":
            named = "secret" if mounted.kind == "secret" else "SSH agent"
            return f"the {named} {mounted.id}{', required' if mounted.required else ''}"
        case "step":
            return f"{mounted.path or '/'} of what {mounted.step} left, read-only"
        case "tmpfs" | "scratch" | "empty" | "hand-over":
            return EMPTY[mounted.kind]


def _command(run: Run) -> str:
    """Return a command line; a script that ends it stands below, of one between other words only the lines count."""
    *words, last = run.argv
    lines = last.strip().split("\n")
    told = " ".join(f"<{word.count(NEWLINE)} lines>" if NEWLINE in word else shlex.quote(word) for word in words)
    if len(lines) == 1:
        return f"{told} {shlex.quote(last)}".strip()
    rest = [f"... {len(lines) - SHOWN_LINES} more lines"] if len(lines) > SHOWN_LINES else []
    return "\n".join([told, *(f"  {line}" for line in [*lines[:SHOWN_LINES], *rest])])


def _attributes(action: Copy | File) -> str:
    owner = f", owned by {action.owner}" if action.owner else ""
    return owner + ("" if action.mode is None else f", mode {action.mode:04o}")
