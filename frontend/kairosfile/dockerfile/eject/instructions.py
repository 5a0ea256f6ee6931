"""The actions of a plan as instructions of a Dockerfile.

Words stay words: exec form, which nothing expands. A script of several lines is a here-document, a file too where its
content can be one.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from kairosfile.dockerfile import quoting
from kairosfile.dockerfile.eject import mounts
from kairosfile.dockerfile.eject.arguments import places
from kairosfile.plan.model import Copy, File, Run
from kairosfile.plan.steps.run import SHELL

if TYPE_CHECKING:
    from kairosfile.plan.model import Step

# A shell takes only such names; `env` takes any.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEREDOC_TARGET = re.compile(r"[A-Za-z0-9_./@+-]+")

# Folders that every base has.
ALWAYS_THERE = ("/", "/etc", "/usr/bin")

# The shell of a RUN with a here-document is told nothing but the script, which then begins with what a shell that is
# told more would do.
STOP_AT_FAILURE = "set -e\n"
_SETTINGS = {"-c": "", "-ec": STOP_AT_FAILURE}

_LINES = " \\\n    "

# For content that no here-document holds: $1 is the path, $2 the content, $3 the mode, $4 the owner.
WRITE = """\
mkdir -p "${1%/*}/"
rm -f "$1"
printf %s "$2" >"$1"
chmod "$3" "$1"
chown "$4" "$1"
"""

# For a folder of another owner than the folders on its way: $1 is its path, $2 the owner.
MAKE_FOLDER = """\
mkdir -p "${1%/*}/"
[ -d "$1" ] || { mkdir "$1"; chown "$2" "$1"; }
"""


def instruction(step: Step, given: dict[str, str]) -> str:
    """Return the instruction of a step; raises ValueError for what no Dockerfile can say."""
    if isinstance(step.action, Copy):
        return copy(step.action)
    return write(step.action) if isinstance(step.action, File) else run(step.action, places(step, given))


def run(action: Run, args: dict[int, str]) -> str:
    """Return a RUN; `args` are the places of its words that args fill."""
    flags = mounts.flags(action)
    script = None if args else _script(action)
    if script is not None:
        return f"RUN {_LINES.join([*flags, _heredoc(script)])}"
    words = _shell_form(action, args) if args else quoting.exec_form((*_env(action), *action.argv))
    return f"RUN {_LINES.join([*flags, words])}"


def copy(action: Copy) -> str:
    """Return a COPY."""
    if action.include:
        raise ValueError("COPY copies all of a folder: it has no patterns for what to include")
    excluded = [f"--exclude={quoting.value(pattern)}" for pattern in action.exclude]
    source = [f"--from={action.image}"] if action.image else []
    words = quoting.paths((*action.sources, action.target))
    attributes = _attributes(action.owner, action.mode)
    made = _folder_of_copy(action) if attributes else ""
    return made + " ".join(["COPY", *source, *attributes, *excluded, words])


def write(action: File) -> str:
    """Return what writes a file: a COPY, below a folder that is there, or a shell where its content fits no COPY."""
    fits = not action.content or action.content.endswith("\n")
    if not fits or "\r" in action.content or not _HEREDOC_TARGET.fullmatch(action.target):
        mode, owner = f"{action.mode:04o}", _owner_of_file(action.owner)
        return f"RUN {quoting.exec_form((*SHELL, WRITE, 'write', action.target, action.content, mode, owner))}"
    options = " ".join(["COPY", *_attributes(action.owner, action.mode)])
    return f"{_folder(action.target)}{options} {_heredoc(action.content, f' {action.target}')}"


def _folder_of_copy(action: Copy) -> str:
    folder = action.target.rstrip("/")
    if not action.owner or not action.target.endswith("/") or folder in ("", *ALWAYS_THERE):
        return _folder(action.target)
    owner = _owner_of_file(action.owner)
    return f"RUN {quoting.exec_form((*SHELL, MAKE_FOLDER, 'folder', folder, owner))}\n"


def _folder(target: str) -> str:
    """Make the folder of what is copied: COPY would give it the owner and the mode of that."""
    folder = posixpath.dirname(target)
    return "" if folder in ALWAYS_THERE else f"RUN {quoting.exec_form(('mkdir', '-p', folder))}\n"


def _owner_of_file(owner: str) -> str:
    """Return an owner as chown has it: of a number alone the group's is the same, of a name it is the user's own."""
    if not owner or ":" in owner:
        return owner or "0:0"
    return f"{owner}:{owner}" if owner.isdigit() else f"{owner}:"


def _attributes(owner: str, mode: int | None) -> list[str]:
    chown = [f"--chown={quoting.value(owner)}"] if owner else []
    return chown if mode is None else [*chown, f"--chmod={mode:04o}"]


def _shell_form(action: Run, args: dict[int, str]) -> str:
    words = [shlex.quote(word) for word in action.argv]
    for index, name in args.items():
        words[index] = f'"${{{name}}}"'
    return " ".join([*map(shlex.quote, _env(action)), *words])


def _env(action: Run) -> list[str]:
    return ["env", *(f"{name}={text}" for name, text in action.env)] if action.env else []


def _script(action: Run) -> str | None:
    """Return the script of a command that is one of several lines for a shell, None for any other."""
    shell, option, text, *positional = (*action.argv, "", "", "")[: max(len(action.argv), 3)]
    if shell != SHELL[0] or option not in _SETTINGS or "\n" not in text.strip():
        return None
    if positional and not action.read_only_root:
        return None  # its $0 would be lost, which only the plan's own gates are known not to use
    words = ["--", *positional[1:]] if positional else []
    prelude = [_SETTINGS[option], f"set {shlex.join(words)}\n" if words else "", *_exports(action)]
    is_plain = all(line.count("\n") <= 1 for line in prelude) and all(_NAME.fullmatch(name) for name, _ in action.env)
    if not is_plain or "\r" in text or text.startswith(("export ", "set -- ", STOP_AT_FAILURE)):
        return None  # read back, it would be taken for something else
    return "".join([*prelude, text if text.endswith("\n") else f"{text}\n"])


def _exports(action: Run) -> list[str]:
    return [f"export {name}={shlex.quote(text)}\n" for name, text in action.env]


def _heredoc(content: str, rest: str = "") -> str:
    """Return a here-document in which nothing is expanded; its end is a line that the content does not have."""
    lines, end = set(content.splitlines()), "EOF"
    while end in lines:
        end += "_"
    return f"<<'{end}'{rest}\n{content}{end}"
