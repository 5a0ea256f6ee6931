"""The actions of a plan as instructions of a Dockerfile.

A shell text is a plain RUN, of several lines a here-document: the stage has the shell of `run` steps. Words stay
words: exec form, which nothing expands. What a place cannot hold raises ValueError: a word that would be read as
something else is worse than none.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from kairosfile.plan.model import Copy, Download, File, Run
from kairosfile.sections.hooks.run import SHELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.plan.model import Mount, SecretEnv, Step

# BuildKit reads a Dockerfile line by line, and none that is longer.
LONGEST_LINE = 65_535

# A shell takes only such names; `env` takes any.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEREDOC_TARGET = re.compile(r"[A-Za-z0-9_./@+-]+")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=~*?-]+")
_PLAIN_MOUNT = re.compile(r"[A-Za-z0-9_./:@%+=~-]+")
_EXPANDED = re.compile(r"[\\$]")
_LINE_BREAK = re.compile(r"[\n\r\x00]")

# Folders that every base has.
ALWAYS_THERE = ("/", "/etc", "/usr/bin")

# Undoes `-e` of the stage's shell, for a script that does not have it.
GO_ON = "set +e\n"
_SETTINGS = {"-c": GO_ON, "-ec": ""}

_LINES = " \\\n    "
FOLDER_COMMENT = (
    "# The folder that the next instruction copies to: COPY would give it the owner and mode of the files.\n"
)

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

NUL = "a Dockerfile has no NUL"

# For a program with a `=` in its name, which `env` would take for a variable.
EXECUTE = 'exec "$@"'


def quote_value(text: str) -> str:
    """Return a value of ARG, LABEL, USER or WORKDIR; `$` in it stays a dollar."""
    if _LINE_BREAK.search(text):
        raise ValueError("a Dockerfile has no values of several lines")
    return text if _PLAIN.fullmatch(text) else '"' + re.sub(r'(["\\$])', r"\\\1", text) + '"'


def exec_form(argv: Sequence[str]) -> str:
    """Return words that are executed as they are: nothing in them is expanded."""
    if any("\x00" in word for word in argv):
        raise ValueError(NUL)  # JSON would hide it until the builder runs the command
    return json.dumps(list(argv), ensure_ascii=False)


def quote_paths(paths: Sequence[str]) -> str:
    """Return the paths of a COPY."""
    for path in paths:
        if _EXPANDED.search(path) or path.startswith("<<") or _LINE_BREAK.search(path):
            raise ValueError(f"COPY would read {path!r} as something else than a path")
    return " ".join(paths) if all(map(_PLAIN.fullmatch, paths)) else exec_form(paths)


def quote_mount(fields: Sequence[str]) -> str:
    """Return the value of `--mount`: a line of CSV, in single quotes if it contains a blank or a comma."""
    texts = []
    for field in fields:
        if _EXPANDED.search(field) or any(mark in field for mark in "'\"\n\r\x00"):
            raise ValueError(f"--mount would read {field!r} as something else")
        texts.append(f'"{field}"' if "," in field else field)
    text = ",".join(texts)
    return text if all(map(_PLAIN_MOUNT.fullmatch, texts)) else f"'{text}'"


def instruction(step: Step, filled_words: Mapping[int, str], args: Sequence[str] = ()) -> str:
    """Return the instruction of a step.

    Args:
        step: A step of a lowered plan.
        filled_words: The places of its words that args of the Dockerfile fill.
        args: The variables of it that are args of the Dockerfile.

    Raises:
        ValueError: no Dockerfile can say it.
    """
    if isinstance(step.action, Copy):
        text = copy(step.action)
    elif isinstance(step.action, Download):
        text = add(step.action)
    else:
        text = write(step.action) if isinstance(step.action, File) else run(step.action, filled_words, args)
    if any(len(line.encode()) > LONGEST_LINE for line in text.split("\n")):
        raise ValueError(f"a line of a Dockerfile has at most {LONGEST_LINE:,} bytes")
    if "\x00" in text:
        raise ValueError(NUL)
    return text


def run(action: Run, filled_words: Mapping[int, str], args: Sequence[str] = ()) -> str:
    """Return a RUN."""
    env = tuple(pair for pair in action.env if pair[0] not in args)
    action = action._replace(env=env)
    flags = _flags(action)
    line = _shell_form(action, filled_words) if filled_words else _script(action)
    return f"RUN {_LINES.join([*flags, exec_form(_executed(action)) if line is None else line])}"


def copy(action: Copy) -> str:
    """Return a COPY."""
    if action.include:
        raise ValueError("COPY copies all of a folder: it has no patterns for what to include")
    excluded = [f"--exclude={quote_value(pattern)}" for pattern in action.exclude]
    source = [f"--from={action.image}"] if action.image else []
    arguments = quote_paths((*action.sources, action.target))
    attributes = _attributes(action.owner, action.mode)
    folder = _folder_of_copy(action) if attributes else ""
    return folder + " ".join(["COPY", *source, *attributes, *excluded, arguments])


def add(action: Download) -> str:
    """Return an ADD of a file of the web."""
    attributes = _attributes(action.owner, action.mode)
    arguments = quote_paths((action.url, action.target))
    return _folder(action.target) + " ".join(["ADD", f"--checksum={action.checksum}", *attributes, arguments])


def write(action: File) -> str:
    """Return the instruction that writes a file: a COPY below an existing folder, or a RUN for other content."""
    fits = not action.content or action.content.endswith("\n")
    if not fits or "\r" in action.content or not _HEREDOC_TARGET.fullmatch(action.target):
        mode, owner = f"{action.mode:04o}", _owner_of_file(action.owner)
        return f"RUN {exec_form((*SHELL, WRITE, 'write', action.target, action.content, mode, owner))}"
    options = " ".join(["COPY", *_attributes(action.owner, action.mode)])
    return f"{_folder(action.target)}{options} {_heredoc(action.content, f' {action.target}')}"


def _folder_of_copy(action: Copy) -> str:
    folder = action.target.rstrip("/")
    if not action.owner or not action.target.endswith("/") or folder in ("", *ALWAYS_THERE):
        return _folder(action.target)
    owner = _owner_of_file(action.owner)
    return f"{FOLDER_COMMENT}RUN {exec_form((*SHELL, MAKE_FOLDER, 'folder', folder, owner))}\n"


def _folder(target: str) -> str:
    folder = posixpath.dirname(target)
    return "" if folder in ALWAYS_THERE else f"{FOLDER_COMMENT}RUN {exec_form(('mkdir', '-p', folder))}\n"


def _owner_of_file(owner: str) -> str:
    """Return an owner as chown has it: of a number alone the group's is the same, of a name it is the user's own."""
    if not owner or ":" in owner:
        return owner or "0:0"
    return f"{owner}:{owner}" if owner.isdigit() else f"{owner}:"


def _attributes(owner: str, mode: int | None) -> list[str]:
    chown = [f"--chown={quote_value(owner)}"] if owner else []
    return chown if mode is None else [*chown, f"--chmod={mode:04o}"]


def _shell_form(action: Run, filled_words: Mapping[int, str]) -> str | None:
    """Return a command for a shell, None for one with a line break: what comes after it would be an instruction."""
    arguments = [shlex.quote(word) for word in action.argv]
    for index, name in filled_words.items():
        arguments[index] = f'"${{{name}}}"'
    line = " ".join([*map(shlex.quote, _env(action)), *arguments])
    return None if _LINE_BREAK.search(line) else line


def _executed(action: Run) -> list[str]:
    env = _env(action)
    if env and "=" in action.argv[0]:
        return [*env, SHELL[0], "-c", EXECUTE, "sh", *action.argv]
    return [*env, *action.argv]


def _env(action: Run) -> list[str]:
    return ["env", *(f"{name}={text}" for name, text in action.env)] if action.env else []


def _script(action: Run) -> str | None:
    """Return a command for a shell as text or here-document, None for any other command."""
    shell, option, text, *positional = (*action.argv, "", "", "")[: max(len(action.argv), 3)]
    if shell != SHELL[0] or option not in _SETTINGS or not text.strip() or "\r" in text or "\x00" in text:
        return None
    if positional and not action.read_only_root:
        return None  # its $0 would be lost, which only the plan's own checks are known not to use
    if not action.env and not positional and option == "-ec" and _is_plain_line(text):
        return text.strip(" \t\n")
    arguments = ["--", *positional[1:]] if positional else []
    prelude = [_SETTINGS[option], f"set {shlex.join(arguments)}\n" if arguments else "", *_exports(action)]
    is_plain = all(line.count("\n") <= 1 for line in prelude) and all(_NAME.fullmatch(name) for name, _ in action.env)
    content = "".join([*prelude, text if text.endswith("\n") else f"{text}\n"])
    if not is_plain or content.startswith("#!"):
        return None
    return _heredoc(content)


def _is_plain_line(text: str) -> bool:
    """Return whether a builder reads a text as one command for the shell, as it stands."""
    line = text.strip(" \t\n")
    if "\n" in line or line.endswith("\\") or line.startswith(("[", "--", "#")):
        return False
    return "<<" not in line


def _exports(action: Run) -> list[str]:
    return [f"export {name}={shlex.quote(text)}\n" for name, text in action.env]


def _heredoc(content: str, rest: str = "") -> str:
    """Return a here-document in which nothing is expanded; its end is a line that the content does not have."""
    lines, end = set(content.splitlines()), "EOF"
    while end in lines:
        end += "_"
    return f"<<'{end}'{rest}\n{content}{end}"


def _flags(action: Run) -> list[str]:
    """Return the flags of a command; what becomes the step's result (`empty`) is left out."""
    network = [] if action.network == "default" else [f"--network={action.network}"]
    security = [] if action.security == "sandbox" else [f"--security={action.security}"]
    mounts = [_fields(mount) for mount in action.mounts if mount.kind != "empty"]
    mounts += [_secret_env(secret) for secret in action.secret_env]
    return [*network, *security, *(f"--mount={quote_mount(fields)}" for fields in mounts)]


def _fields(mount: Mount) -> list[str]:
    if mount.kind in ("image", "context"):
        return _bind(mount)
    if mount.kind == "cache":
        own = [] if mount.id == mount.target else [f"id={mount.id}"]
        sharing = [] if mount.sharing == "shared" else [f"sharing={mount.sharing}"]
        return ["type=cache", *own, f"target={mount.target}", *sharing]
    if mount.kind == "tmpfs":
        return ["type=tmpfs", f"target={mount.target}", *([f"size={mount.size}"] if mount.size else [])]
    return _private(mount)


def _bind(mount: Mount) -> list[str]:
    image = [f"from={mount.image}"] if mount.kind == "image" else []
    source = [f"source={mount.path}"] if mount.path not in ("", ".") else []
    return ["type=bind", *image, *source, f"target={mount.target}", *(["rw"] if mount.writable else [])]


def _private(mount: Mount) -> list[str]:
    mode = [] if mount.mode is None else [f"mode={mount.mode:04o}"]
    owner = [f"{name}={number}" for name, number in (("uid", mount.uid), ("gid", mount.gid)) if number]
    target = f"target={mount.target}"
    return [f"type={mount.kind}", f"id={mount.id}", target, *mode, *owner, *_required(mount.required)]


def _secret_env(secret: SecretEnv) -> list[str]:
    return ["type=secret", f"id={secret.id}", f"env={secret.name}", *_required(secret.required)]


def _required(required: bool) -> list[str]:
    return ["required=true"] if required else []
