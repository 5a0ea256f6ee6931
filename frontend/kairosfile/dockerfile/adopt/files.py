"""COPY, ADD and WORKDIR: steps that copy and write files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt import calls
from kairosfile.dockerfile.adopt.ejected import take_check
from kairosfile.dockerfile.adopt.folders import add_folders, is_always_there
from kairosfile.dockerfile.adopt.stages import Stage
from kairosfile.dockerfile.adopt.state import BEFORE_INSTALL, ROOT_USERS, Setting
from kairosfile.dockerfile.adopt.values import Value, substituted
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.plan.kairos import INIT_VERSIONS
from kairosfile.sections.hooks.values import mode_bits

if TYPE_CHECKING:
    from kairosfile.dockerfile.adopt.account import Entry
    from kairosfile.dockerfile.adopt.state import Adoption, Data
    from kairosfile.dockerfile.reader import Heredoc, Instruction

READABLE = "0644"
OWNER_ONLY = "0600"  # BuildKit's mode of a download
_COPY_FLAGS = {"from", "chown", "chmod", "exclude", "link"}
_ADD_FLAGS = {"checksum", "chown", "chmod", "link"}
_DOWNLOAD = re.compile(r"https?://(?!.*\.git(?:[?#].*)?$)")
_CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}")
_BINARY = re.compile(r'^(\w+): "?([\w.+-]+)"?$', re.MULTILINE)
_ARCHIVE = re.compile(r"\.(?:tar|tar\.(?:gz|bz2|xz|zst|lz4?|lzma|Z)|tgz|tbz2?|txz|tzst|tlz)$", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?|git|ssh)://|git@|[^#]*\.git(?:#|$)")


LONGEST_PATH = 4_095  # of Linux


def visit_copy(adoption: Adoption, instruction: Instruction) -> None:
    """Visit a COPY."""
    entry = adoption.account.of(instruction)
    try:
        _copy(adoption, entry)
    except NotFollowedError as error:
        adoption.add_placeholder(entry, f"not followed: {error}")
    except ValueError as error:
        adoption.add_placeholder(entry, str(error))


def visit_add(adoption: Adoption, instruction: Instruction) -> None:
    """Visit an ADD: a download with a checksum is a step `fetch`, an ADD that does not unpack either is like a COPY."""
    entry = adoption.account.of(instruction)
    try:
        sources = [adoption.scope.value(word, entry).text for word in _words(instruction)[:-1]]
        if len(sources) == 1 and _DOWNLOAD.match(sources[0]) and _CHECKSUM.fullmatch(instruction.flag("checksum")):
            _fetch(adoption, entry)
            return
    except (NotFollowedError, ValueError) as error:
        reason = f"not followed: {error}" if isinstance(error, NotFollowedError) else str(error)
        adoption.add_placeholder(entry, reason)
        return
    if any(map(_REMOTE.match, sources)):
        hint = "use `fetch`, with the sha256 of the file"
        adoption.add_placeholder(entry, f"a step does not download without a checksum: {hint}")
    elif any(map(_ARCHIVE.search, sources)):
        hint = "use `run` with tar, and mount the archive"
        adoption.add_placeholder(entry, f"a step does not unpack: {hint}")
    else:
        visit_copy(adoption, instruction)


def visit_workdir(adoption: Adoption, instruction: Instruction) -> None:
    """Visit a WORKDIR: it creates a folder, which is the working directory of later steps."""
    entry = adoption.account.of(instruction)
    try:
        value = adoption.scope.value(instruction.joined, entry)
        folder = adoption.path(adoption.scope.field(value))
    except NotFollowedError as error:
        adoption.add_placeholder(entry, f"not followed: {error}")
        return
    if len(folder) > LONGEST_PATH:
        adoption.add_placeholder(entry, f"not followed: a path of more than {LONGEST_PATH} characters")
        return
    adoption.folder = Setting(folder, entry)
    if is_always_there(folder) or _is_of_ejected_step(adoption, instruction):
        return
    if adoption.user.value not in ROOT_USERS:
        add_folders(adoption, entry, folder, adoption.user.value, "")
        return
    if any(path == folder or path.startswith(f"{folder}/") for path in adoption.made_folders):
        return
    is_named = bool(value.args)  # a list names no args, a text does
    adoption.add_step(entry, {"run": f'mkdir -p "{folder}"' if is_named else ["mkdir", "-p", folder]})
    adoption.made_folders[folder] = len(adoption.steps)


def _is_of_ejected_step(adoption: Adoption, instruction: Instruction) -> bool:
    """Return whether a WORKDIR is the working directory of the next step, which creates it by itself."""
    after = adoption.instruction_after(instruction) if adoption.ejected is not None else None
    return after is not None and after.keyword == "RUN"


def _words(instruction: Instruction) -> list[str]:
    """Return the paths of a COPY or ADD as source text, including the marks of here-documents."""
    words = instruction.exec_form
    if words is None:
        words = instruction.words
    else:
        words = [re.sub(r'(["\\])', r"\\\1", word) for word in words]
        words = [f'"{word}"' for word in words]
    if len(words) < 2:  # noqa: PLR2004 - a source and a destination
        raise NotFollowedError(f"{instruction.keyword} has a source and a destination")
    return words


def _copy(adoption: Adoption, entry: Entry) -> None:
    instruction = entry.instruction
    words = _words(instruction)
    unknown = sorted({name for name, _ in instruction.flags} - _COPY_FLAGS)
    if unknown:
        raise ValueError(f"a step has no --{unknown[0]}")
    destination = adoption.scope.value(words[-1], entry)
    marks = {heredoc.mark: heredoc for heredoc in instruction.heredocs}
    heredocs = [marks[word] for word in words[:-1] if word in marks]
    others = [word for word in words[:-1] if word not in marks]
    for heredoc in heredocs:
        _write(adoption, entry, heredoc, destination, alone=len(words) == 2)  # noqa: PLR2004
    if others:
        _copy_files(adoption, entry, [adoption.scope.value(word, entry) for word in others], destination)


def _target(adoption: Adoption, destination: Value) -> str:
    """Return the absolute path of a destination; a folder ends with a slash."""
    text = adoption.scope.field(destination)
    target = adoption.path(text)
    if target == "/" or not (text.endswith(("/", "/.")) or text in (".", "..")):
        return target
    return f"{target}/"


def _write(adoption: Adoption, entry: Entry, heredoc: Heredoc, destination: Value, *, alone: bool) -> None:
    """Add a file whose content is a here-document."""
    target = _target(adoption, destination)
    if target.endswith("/") or not alone:
        target = posixpath.join(target, heredoc.name)
    content = heredoc.content
    if not heredoc.is_quoted and "$" in content:
        content = _expanded(adoption, entry, content)
    mode = entry.instruction.flag("chmod") or READABLE
    if mode_bits(mode) is None:
        raise ValueError(f"a step has no --chmod={mode}: write the mode in octal")
    step: Data = {"file": target, "content": content} | _attributes(adoption, entry, mode)
    if step.get("mode") == READABLE:
        del step["mode"]
    binaries = dict(_BINARY.findall(content))
    if target == INIT_VERSIONS and binaries and (adoption.hook == BEFORE_INSTALL or adoption.runs_packages_only):
        adoption.binaries = binaries
        entry.field("binaries")
        return
    _add_folders(adoption, entry, step, target)
    adoption.add_step(entry, step)


def _expanded(adoption: Adoption, entry: Entry, content: str) -> str:
    values = {name: declared.value for name, declared in adoption.scope.variables.items()}
    named = [name for pair in re.findall(r"\$(?:\{(\w+)\}|(\w+))", content) for name in pair if name]
    if re.search(r"\$\{\w+[^\w}]", content):
        raise ValueError("its content has an expansion that is not followed")
    unknown = [name for name in named if (name in values and not values[name].is_known) or name not in values]
    if unknown:
        raise ValueError(f"its content has ${unknown[0]}, which the base image may set")
    args = {arg.name: arg for name in named for arg in values[name].args}
    adoption.scope.note_decided(args, entry.instruction.line)
    if args:
        reason = f"its content has the value that {', '.join(args)} has now: `content` names no args"
        adoption.report_unsupported(entry, reason)
    for name in named:
        adoption.scope.variables[name].entry.step(f"the content of line {entry.instruction.line}")
    return substituted(content, values)


def _copy_files(adoption: Adoption, entry: Entry, sources: list[Value], destination: Value) -> None:
    instruction = entry.instruction
    source = adoption.source(instruction.flag("from"), entry) if instruction.flag("from") else None
    if adoption.ejected is not None and take_check(adoption.ejected, instruction.flag("from"), entry):
        adoption.taken_checks.add(instruction.flag("from"))
        return
    target = _target(adoption, destination)
    paths = [adoption.scope.field(value) for value in sources]
    program = _program(source, sources, target)
    if program and isinstance(source, Value | Stage):
        adoption.copied_program[program] = _image(adoption, source, entry)
        entry.field("kairos_init")
    step: Data = {"copy": paths if len(paths) > 1 else paths[0], "to": target}
    if source is not None:
        step["from"] = adoption.image_field(source, entry)
    mode = instruction.flag("chmod")
    if mode and mode_bits(mode) is None:
        raise ValueError(f"a step has no --chmod={mode}: write the mode in octal")
    step |= _attributes(adoption, entry, mode)
    excluded = [adoption.scope.field(adoption.scope.value(text, entry)) for text in instruction.flag_values("exclude")]
    step |= {"exclude": excluded} if excluded else {}
    if program:
        adoption.comment_field("kairos_init", adoption.comment_of(instruction))
    else:
        _add_folders(adoption, entry, step, target)
    adoption.add_step(entry, step, program=program)


def _fetch(adoption: Adoption, entry: Entry) -> None:
    """Add a download; without --chmod only its owner can read it."""
    instruction = entry.instruction
    unknown = sorted({name for name, _ in instruction.flags} - _ADD_FLAGS)
    if unknown:
        raise ValueError(f"a step `fetch` has no --{unknown[0]}")
    source, destination = (adoption.scope.value(word, entry) for word in _words(instruction))
    checksum = instruction.flag("checksum").partition(":")[2]
    step: Data = {"fetch": adoption.scope.field(source), "sha256": checksum, "to": _target(adoption, destination)}
    mode = instruction.flag("chmod") or OWNER_ONLY
    if mode_bits(mode) is None:
        raise ValueError(f"a step has no --chmod={mode}: write the mode in octal")
    step |= _attributes(adoption, entry, mode)
    if mode == READABLE:
        del step["mode"]
    _add_folders(adoption, entry, step, str(step["to"]))
    adoption.add_step(entry, step)


def _image(adoption: Adoption, source: Value | Stage, entry: Entry) -> Value:
    return source if isinstance(source, Value) else Value(adoption.image_field(source, entry))


def _program(source: Value | Stage | None, sources: list[Value], target: str) -> str:
    """Return the path that a COPY gives kairos-init in the image, empty for one that copies something else."""
    if source is None or len(sources) != 1 or posixpath.basename(sources[0].text) != calls.PROGRAM:
        return ""
    return posixpath.join(target, calls.PROGRAM) if target.endswith("/") else target


def _add_folders(adoption: Adoption, entry: Entry, step: Data, target: str) -> None:
    """Add a step for the parent folders that the instruction creates."""
    mode = entry.instruction.flag("chmod")
    add_folders(adoption, entry, posixpath.dirname(target) or "/", step.get("owner", ""), mode)


def _attributes(adoption: Adoption, entry: Entry, mode: str) -> Data:
    chown = entry.instruction.flag("chown")
    owner = adoption.scope.field(adoption.scope.value(chown, entry)) if chown else ""
    attributes: Data = {"owner": owner} if owner else {}
    return attributes | ({"mode": mode} if mode else {})
