"""Which commands of a script may change what the commands after them do."""

from __future__ import annotations

import re

from kairosfile.dockerfile.shell import Command, If

# Builtins that change what the commands after them do in another way than by variables and options.
_CHANGES_STATE = re.compile(
    r"\.|alias|bg|builtin|cd|command|declare|enable|eval|exec|exit|export|fg|getopts|hash|let|local|mapfile|popd|pushd"
    r"|read|readarray|readonly|return|set|shift|shopt|source|trap|typeset|ulimit|umask|unalias|unset|wait"
    r"|[A-Za-z_]\w*(?:\[[^\]]{0,99}\])?\+?=.*",
    re.DOTALL,
)
_ASSIGNS_WHERE_IT_EXPANDS = re.compile(r"\$\{\w+:?=")


def changes_state(command: Command | If, text: str) -> bool:
    """Return whether a command may change later commands; a pipeline runs in subshells."""
    if isinstance(command, If):
        return True
    if command.either is not None:
        chain, other = command.either
        return any(changes_state(inner, text) for inner in (*chain.commands, other))
    if command.is_opaque:
        return False
    if _ASSIGNS_WHERE_IT_EXPANDS.search(text[command.start : command.stop]):
        return True
    if not command.words:
        return bool(command.assignments)
    literals = [word.literal or "" for word in command.words[:2]]
    return bool(_CHANGES_STATE.fullmatch(literals[0])) or literals == ["printf", "-v"]
