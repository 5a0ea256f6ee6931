"""The script of a RUN, and the equivalent `run` step.

The shell of a RUN goes on after a command that fails, the shell of a step stops: where that makes a difference, the
step begins with `set +e`.
"""

from __future__ import annotations

import posixpath
import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kairosfile.dockerfile import shell
from kairosfile.dockerfile.adopt import calls
from kairosfile.dockerfile.adopt.scope import PROXY_ARGS, USUAL
from kairosfile.dockerfile.adopt.state import DEFAULT_SHELL
from kairosfile.dockerfile.adopt.values import Value
from kairosfile.dockerfile.reader import CONTINUATION
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.sections.hooks.run import SHELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.dockerfile.adopt.state import Adoption
    from kairosfile.dockerfile.reader import Instruction

MAX_TEXT = 100_000
_DOLLARS = re.compile(r"\$(?=[{$])|(?<=\$)\$")
_SHELLS = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba|da|a|k|z)?sh")
# Interpreters of a script's first line that take the script as a word, with the option for it.
_INTERPRETERS = {"sh": "-c", "bash": "-c", "dash": "-c", "ash": "-c", "python3": "-c", "python": "-c", "perl": "-e"}

# Programs that read no variable that could be an arg; package managers and what they run read many.
_PLAIN_PROGRAMS = re.compile(
    r"\[|:|basename|cat|chgrp|chmod|chown|cp|cut|date|dirname|echo|false|grep|groupadd|head|hostname"
    r"|install|ln|ls|mkdir|mktemp|mv|printf|readlink|rm|rmdir|sed|sleep|sort|stat|sync|tail|tee|test"
    r"|touch|tr|true|uname|useradd|usermod|groupmod|wc|systemctl"
)
# Programs that read their own variables, and none of those that Kairos' Dockerfiles have args for.
_OTHER_PROGRAMS = re.compile(
    r"apk|apt|apt-cache|apt-get|apt-key|apt-mark|bzip2|curl|dnf|dpkg|gpg|gunzip|gzip|microdnf|pacman"
    r"|rpm|tar|unzip|update-ca-certificates|wget|xz|yum|zstd|zypper"
)
# Variables that a shell or every program reads.
_READ_BY_ALL = re.compile(r"PATH|LD_\w+|LANG|LC_\w+|TZ|TMPDIR|IFS|ENV|BASH_ENV|HOME|CDPATH|POSIXLY_CORRECT|SYSTEMD_\w+")


@dataclass(frozen=True, slots=True)
class Script:
    """The command of a RUN: argv; if `shell` is not empty, the last argument is a script."""

    shell: tuple[str, ...]
    text: str
    argv: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    @property
    def is_followed(self) -> bool:
        """Whether the shell is one whose simple commands are those of sh."""
        return bool(self.shell) and bool(_SHELLS.fullmatch(self.shell[0]))

    @property
    def stops_at_failure(self) -> bool:
        """Whether the shell ends at the first command that fails."""
        return any(re.fullmatch(r"-[a-df-z]*e[a-z]*", word) for word in self.shell[1:])


def script_of(adoption: Adoption, instruction: Instruction) -> Script:
    """Return the command of a RUN; raises ValueError for a script of an unknown interpreter."""
    exec_form = instruction.exec_form
    if exec_form is not None:
        argv, env = calls.without_env([Value(word) for word in exec_form], {})
        plain = tuple(word.text for word in argv)
        env_texts = {name: value.text for name, value in env.items()}
        if len(plain) > 2 and plain[-2] in ("-c", "-ec", "-lc", "-exc") and _SHELLS.fullmatch(plain[0]):  # noqa: PLR2004
            return Script(plain[:-1], plain[-1], env=env_texts)
        return Script((), "", plain, env_texts)
    if len(instruction.heredocs) == 1 and instruction.joined.strip() == instruction.heredocs[0].mark:
        return _of_heredoc(adoption, instruction.heredocs[0].content)
    bodies = "".join(f"\n{heredoc.raw}{heredoc.name}" for heredoc in instruction.heredocs)
    return Script(adoption.shell, without_folded_lines(instruction.text) + bodies)


def _of_heredoc(adoption: Adoption, content: str) -> Script:
    """Return the command of a here-document script; its first line may name the interpreter."""
    if not content.startswith("#!"):
        return Script(adoption.shell, content)
    first, _, rest = content.partition("\n")
    argv = first[2:].split()
    if argv and posixpath.basename(argv[0]) == "env":
        argv = argv[1:]
    option = _INTERPRETERS.get(posixpath.basename(argv[0])) if argv else None
    if option is None or len(argv) > 2:  # noqa: PLR2004 - a program with one word
        raise ValueError(f"a script for {first[2:].strip()}")
    if argv == ["/bin/sh"]:
        return Script((*DEFAULT_SHELL,), rest)
    return Script((*argv, option), rest)


def without_folded_lines(text: str) -> str:
    """Return the source lines of a RUN if a shell parses the same script from them.

    A builder joins continued lines; a shell does so too, but not in single quotes and comments. Blanks at the begin of
    a line are part of the text within quotes only.
    """
    quote, is_plain, at = "", True, 0
    while at < len(text):
        mark = text[at]
        if text.startswith(CONTINUATION, at):
            if quote == "'":
                return text.replace(CONTINUATION, "")
            is_plain &= not quote
            at += 1
        elif mark == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"":
            quote = mark
        elif mark == "#" and (at == 0 or text[at - 1] in " \t\n;&|()"):
            return text.replace(CONTINUATION, "")
        at += 1
    if not is_plain:
        return text
    first, parted, rest = text.partition(CONTINUATION)
    return first + (f"{CONTINUATION}{textwrap.indent(textwrap.dedent(rest), '    ')}" if parted else "")


def run_field(script: Script, exports: Sequence[str] = ()) -> str | list[str]:
    """Return the value of the field `run`."""
    if not script.shell:
        if not exports:
            return list(script.argv)
        return [*DEFAULT_SHELL, "\n".join([*exports, 'exec "$@"']), "sh", *script.argv]
    lines = [*exports]
    if script.shell == SHELL:
        return "\n".join([*lines, script.text])
    if script.shell != DEFAULT_SHELL:
        return [*script.shell, "\n".join([*lines, script.text])]
    if not _stops_anyway(script.text):
        lines.insert(0, "set +e")
    return "\n".join([*lines, script.text])


def _stops_anyway(text: str) -> bool:
    """Return whether a script does the same in a shell that stops at the first command that fails."""
    if re.match(r"\s*set -[a-df-z]*e[a-z]*(?:\s+-?o\s+\w+)*\s*(?:;|&&|\n|$)", text):
        return True
    try:
        script = shell.parse(text)
    except NotFollowedError:
        return False
    return len(script) == 1 and all(map(_is_plain, script[0].commands))


def _is_plain(command: object) -> bool:
    """Return whether a command has no list of commands within it."""
    if not isinstance(command, shell.Command):
        return False
    words = [*command.words, *(each.word for each in command.assignments)]
    inner = [part.script for word in words for part in word.parts if isinstance(part, shell.Substitution)]
    return all(len(script) == 1 and len(script[0].commands) == 1 for script in inner)


def reads(adoption: Adoption, script: Script) -> dict[str, bool]:
    """Return for each variable that a text does not name whether its commands may read it."""
    known = (shell.programs(script.text) if script.is_followed else None) if script.shell else {script.argv[0]}
    names = adoption.scope.variables
    is_known = known is not None and all(_PLAIN_PROGRAMS.fullmatch(it) or _OTHER_PROGRAMS.fullmatch(it) for it in known)
    if not is_known or known is None:
        return dict.fromkeys(names, True)
    reads_more = any(map(_OTHER_PROGRAMS.fullmatch, known))
    return {
        name: bool(_READ_BY_ALL.fullmatch(name)) or (reads_more and name not in USUAL and name not in PROXY_ARGS)
        for name in names
    }


def escaped(env: Mapping[str, str]) -> dict[str, str]:
    """Return variables as values of fields, with dollars escaped."""
    return {name: _DOLLARS.sub("$$", text) for name, text in env.items()}
