"""The values of the user's own steps, each on its own: paths, permissions, names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.oci import normalize_reference
from kairosfile.spec import rules
from kairosfile.spec.model import BindMount, CopyStep, FileStep, KernelStep, PackagesStep, RunStep, SystemdStep
from kairosfile.spec.model.steps_values import mode_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Step
    from kairosfile.spec.nodes import Path

# Users and groups as shadow's useradd takes them, dots too; or ids.
_WHO = r"(?:[a-z_][a-z0-9_.-]{0,31}\$?|[0-9]{1,10})"
_OWNER = re.compile(f"{_WHO}(?::{_WHO})?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What names packages in any of the families; a version behind `=` and a repository behind `@` too. No option, no
# glob, and no dash at the end, which removes with apt.
_PACKAGE = re.compile(
    r"[A-Za-z0-9@](?:[A-Za-z0-9+._:~/-]*[A-Za-z0-9+])?(?:(?:=|<=|>=|<|>|~=)[A-Za-z0-9+._:~^-]+)?(?:@[a-z0-9_-]+)?"
)
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*")

_PERMISSIONS = 0o777
_ALL_BITS = 0o7777

NamingStep = PackagesStep | KernelStep | SystemdStep


def paths(document: Document) -> Iterator[Diagnostic]:
    """What is copied stays inside its source, and goes to an absolute path."""
    for path, step in document.steps():
        if isinstance(step, CopyStep):
            yield from _copy_paths(document, path, step)
        elif isinstance(step, FileStep):
            yield from _file_path(document, path, step)
        elif isinstance(step, RunStep) and step.workdir and not step.workdir.startswith("/"):
            yield absolute(document, (*path, "workdir"), step.workdir)


def _copy_paths(document: Document, path: Path, step: CopyStep) -> Iterator[Diagnostic]:
    for source in step.sources:
        if ".." in source.split("/"):
            yield leaves(document, (*path, "copy"), source, step.from_)
    if not step.to.startswith("/"):
        yield absolute(document, (*path, "to"), step.to)
    elif len(step.sources) > 1 and not step.to.endswith("/"):
        message = "several files need a folder to go to"
        yield document.fault(rules.PATH, (*path, "to"), message, f"write {step.to}/")
    for field in ("include", "exclude"):
        for index, pattern in enumerate(getattr(step, field)):
            if pattern.startswith("/") or ".." in pattern.split("/"):
                message = f'the pattern "{pattern}" matches nothing: patterns are relative to what is copied'
                hint = f"write {pattern.lstrip('/') or '**'}" if ".." not in pattern else "write it without .."
                yield document.fault(rules.PATH, (*path, field, index), message, hint)


def _file_path(document: Document, path: Path, step: FileStep) -> Iterator[Diagnostic]:
    if not step.file.startswith("/"):
        yield absolute(document, (*path, "file"), step.file)
    elif step.file.endswith("/") or {".", ".."} & set(step.file.split("/")):
        message = f'"{step.file}" is not the path of a file'
        yield document.fault(
            rules.PATH, (*path, "file"), message, "write the whole path, without . and .., to its name"
        )


def leaves(document: Document, path: Path, source: str, image: str | None) -> Diagnostic:
    """Return the fault of a source that leaves what it is in."""
    where, hint = ("image", "write the path from the image's root") if image else ("build context", "")
    hint = hint or "move the file into the context"
    return document.fault(rules.PATH, path, f'"{source}" leaves the {where}', hint)


def absolute(document: Document, path: Path, text: str) -> Diagnostic:
    """Return the fault of a path that is not absolute."""
    return document.fault(rules.PATH, path, f'"{text}" is not an absolute path', f"write /{text}")


def permissions(document: Document) -> Iterator[Diagnostic]:
    """Modes are octal, owners are users and groups."""
    for path, step in document.steps():
        if isinstance(step, CopyStep | FileStep):
            yield from mode(document, (*path, "mode"), step.mode, largest=_largest(step))
            if step.owner and not is_owner(step.owner):
                yield owner(document, (*path, "owner"), step.owner)
        elif isinstance(step, RunStep) and step.user and not is_owner(step.user):
            yield owner(document, (*path, "user"), step.user)


def _largest(step: Step) -> int:
    """A file op of BuildKit writes no setuid, setgid or sticky bit; a copy can."""
    return _PERMISSIONS if isinstance(step, FileStep) else _ALL_BITS


def mode(document: Document, path: Path, text: str | None, largest: int = _PERMISSIONS) -> Iterator[Diagnostic]:
    """Yield the fault of a mode that is not octal or has bits that cannot be set."""
    if text is None:
        return
    bits = mode_bits(text)
    if bits is None:
        message = f'"{text}" is not a mode'
        yield document.fault(rules.MODE, path, message, "write three or four octal digits, for example 0644 or 0755")
    elif bits > largest:
        message = f'the mode "{text}" has bits beyond read, write and execute, which cannot be set here'
        yield document.fault(
            rules.MODE, path, message, f"write {bits & _PERMISSIONS:04o}, and set the bits with a run step"
        )


def is_owner(text: str) -> bool:
    """Tell whether a text names a user, and perhaps a group."""
    return _OWNER.fullmatch(text) is not None


def owner(document: Document, path: Path, text: str) -> Diagnostic:
    """Return the fault of what names no user."""
    hint = "write user, user:group or numbers, for example 1000:1000"
    return document.fault(rules.OWNER, path, f'"{text}" does not name a user', hint)


def variables(document: Document) -> Iterator[Diagnostic]:
    """Environment variables have names."""
    for path, step in document.steps():
        for name in step.env if isinstance(step, RunStep) else ():
            if not _VARIABLE.fullmatch(name):
                yield variable(document, (*path, "env", name), name)


def variable(document: Document, path: Path, name: str) -> Diagnostic:
    """Return the fault of a variable's name."""
    hint = "write letters, digits and _, and no digit first"
    return document.fault(rules.VARIABLE, path, f'"{name}" is not the name of a variable', hint)


def is_variable(name: str) -> bool:
    """Tell whether a shell can read a variable of this name."""
    return _VARIABLE.fullmatch(name) is not None


def images(document: Document) -> Iterator[Diagnostic]:
    """Images that steps take files from are named by well-formed references."""
    for path, step in document.steps():
        if isinstance(step, CopyStep):
            yield from _image(document, (*path, "from"), step.from_)
        for index, mount in enumerate(step.mounts if isinstance(step, RunStep) else ()):
            if isinstance(mount, BindMount):
                yield from _image(document, (*path, "mounts", index, "from"), mount.from_)


def _image(document: Document, path: Path, reference: str | None) -> Iterator[Diagnostic]:
    try:
        normalize_reference(reference or "scratch")
    except ValueError as error:
        hint = "write it as you would after --from=, in lower case; leave `from` out for the build context"
        yield document.fault(rules.REFERENCE, path, str(error), hint)


def names(document: Document) -> Iterator[Diagnostic]:
    """Packages and units have names, not options, patterns or shell text."""
    for path, step in naming_steps(document):
        for verb, index, name in words(step):
            place = (*path, verb_of(step), verb, index)
            if isinstance(step, SystemdStep) and not _UNIT.fullmatch(name):
                hint = "write it as systemctl lists it, for example sshd.service"
                yield document.fault(rules.UNIT, place, f'"{name}" is not the name of a unit', hint)
            elif not isinstance(step, SystemdStep) and not _PACKAGE.fullmatch(name):
                hint = "write one package name to an item, without options and patterns"
                yield document.fault(rules.PACKAGE, place, f'"{name}" is not the name of a package', hint)


def naming_steps(document: Document) -> Iterator[tuple[Path, NamingStep]]:
    """Yield the steps that name packages or units, with their paths."""
    for path, step in document.steps():
        if isinstance(step, PackagesStep | KernelStep | SystemdStep):
            yield path, step


def verb_of(step: NamingStep) -> str:
    """Return the key that makes a step what it is."""
    if isinstance(step, SystemdStep):
        return "systemd"
    return "kernel" if isinstance(step, KernelStep) else "packages"


def words(step: NamingStep) -> Iterator[tuple[str, int, str]]:
    """Yield the lists of a step that names packages or units: the list's name, the place in it, the word."""
    lists = getattr(step, verb_of(step))
    for verb in type(lists).model_fields:
        for index, word in enumerate(getattr(lists, verb)):
            yield verb, index, word
