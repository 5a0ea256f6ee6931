"""Renders a step for people: its action and its mounts.

The content of files and the rest of long scripts are left out unless requested.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from kairosfile.plan.explain import HIDDEN
from kairosfile.plan.model import Copy, Download, Run
from kairosfile.sections.lint.secrets import is_secret
from kairosfile.untrusted import lines, one_line

if TYPE_CHECKING:
    from kairosfile.plan.model import Action, File, Mount, Plan

# The default number of script lines to show.
SHOWN_LINES = 6
MAX_LINE = 10_000  # characters of a line
NEWLINE = "\n"

# Descriptions of folders that are empty when the step begins.
EMPTY = {
    "tmpfs": "memory, gone after the step",
    "scratch": "an empty folder on the builder's disk, gone after the step",
    "empty": "an empty folder, whose content is the step's result",
    "hand-over": "a folder of the builder that this build alone knows, and clears",
}


def describe_action(plan: Plan, action: Action, script_lines: int | None = SHOWN_LINES) -> str:
    """Return a description of a step's action.

    Args:
        plan: The plan that has the images of the step.
        action: The action of the step.
        script_lines: The number of shown lines of a script; None for all, and for the content of files.
    """
    if isinstance(action, Run):
        return lines(_command(action, script_lines), MAX_LINE)
    if isinstance(action, Copy):
        source = f" of {plan.image(action.image).reference}" if action.image else " of the build context"
        return one_line(f"copies {shlex.join(action.sources)}{source} to {action.target}{_attributes(action)}")
    if isinstance(action, Download):
        return one_line(f"downloads {action.url} to {action.target}{_attributes(action)}")
    head = one_line(f"writes {action.target}, {len(action.content.encode())} bytes{_attributes(action)}")
    return head if script_lines is not None else lines("\n".join([head, *_indented(action.content)]), MAX_LINE)


def action_to_json(action: Action) -> dict[str, Any]:
    """Return a step's action as JSON values."""
    if isinstance(action, Run):
        return {"kind": "run", "argv": list(action.argv), "env": environment_of(action), "cwd": action.cwd}
    if isinstance(action, Copy):
        return {"kind": "copy", "sources": list(action.sources), "image": action.image, "target": action.target}
    if isinstance(action, Download):
        return {"kind": "download", "url": action.url, "checksum": action.checksum, "target": action.target}
    return {"kind": "file", "target": action.target, "bytes": len(action.content.encode())}


def environment_of(run: Run) -> dict[str, str]:
    """Return the variables of a command, without values that look like secrets; those of secrets say their id."""
    env = {name: HIDDEN if is_secret(name, value) else value for name, value in run.env}
    return env | {secret.name: f"the secret {secret.id}" for secret in run.secret_env}


def describe_mount(plan: Plan, mounted: Mount) -> str:
    """Return a description of the content of a mount."""
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


def _command(run: Run, script_lines: int | None) -> str:
    """Return a command line, below it the script that ends it; of one between other words only the size is shown."""
    *first, last = run.argv
    script = last.strip().split("\n")
    argv = " ".join(f"<{word.count(NEWLINE)} lines>" if NEWLINE in word else shlex.quote(word) for word in first)
    if len(script) == 1:
        return f"{argv} {shlex.quote(last)}".strip()
    hidden = 0 if script_lines is None else len(script) - script_lines
    if hidden <= 1:  # a line that says so would be as long
        return "\n".join([argv, *_indented(last)])
    return "\n".join([argv, *(f"  {line}" for line in script[:script_lines]), f"  ... {hidden} more lines"])


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.strip().split("\n")]


def _attributes(action: Copy | Download | File) -> str:
    owner = f", owned by {action.owner}" if action.owner else ""
    return owner + ("" if action.mode is None else f", mode {action.mode:04o}")
