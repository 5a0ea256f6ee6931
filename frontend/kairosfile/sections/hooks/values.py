"""Values of steps: modes, sizes, owners, names of variables, and paths, also those that a booted machine hides.

The checks report through a `Report`, so that every section that has such a value can use them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kairosfile.kairos.mounts import hidden
from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic
from kairosfile.patterns import IGNORECASE, compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Path
    from kairosfile.language.rules import Rule
    from kairosfile.sections.hooks.step import StepContext


PERMISSIONS = 0o777
ALL_BITS = 0o7777
_MODE = compile_later(r"(?:0o)?([0-7]{1,5})")
_SIZE = compile_later(r"([0-9]{1,12})([kmg]?)b?", IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
# Users and groups that shadow's useradd accepts, with dots too; or ids.
_WHO = r"(?:[a-z_][a-z0-9_.-]{0,31}\$?|[0-9]{1,10})"
_OWNER = compile_later(f"{_WHO}(?::{_WHO})?")
_VARIABLE = compile_later(r"[A-Za-z_][A-Za-z0-9_]*")

MAX_SIZE = (1 << 63) - 1  # bytes: BuildKit's int64

# Paths that a shell text writes below one of these folders, except temporary ones: by a redirection, as the output of a
# download, or as the last argument of a command that copies.
_FOLDERS = ("/usr/local/", "/oem/")
_PATH = r"/(?:usr/local|oem)/[\w./@+-]{1,200}"
_PLACE = compile_later(_PATH)
_WRITES = compile_later(rf"(?:>>?[ \t]*|(?:\s-o|\s-O|--output|--output-document)[ =])[\"']?({_PATH})")
_COMMANDS = compile_later(r"[\n;&|]+")
_COPIES = frozenset({"cp", "mv", "install", "ln", "tee"})
_BEFORE_COMMANDS = frozenset({"then", "else", "do", "sudo", "{", "("})
_REPORTED = 20  # of one step
_REMOVES = compile_later(r"\brm\b[^\n;&|]{0,300}")


class Report(Protocol):
    """Creates a diagnostic at the value of a field, given its path."""

    def __call__(self, rule: Rule, path: Path, message: str, hint: str, suggestion: str = "") -> Diagnostic:
        """Return the diagnostic; `suggestion` is the likely intended value."""


def mode_bits(text: str) -> int | None:
    """Return the permission and special bits of an octal text such as `0644`, None for any other text."""
    match = _MODE.fullmatch(text)
    bits = int(match[1], 8) if match else None
    return bits if bits is not None and bits <= ALL_BITS else None


def size_bytes(text: str) -> int | None:
    """Return the bytes of a text such as `64m`, None for any other text and for more than BuildKit's maximum."""
    match = _SIZE.fullmatch(text)
    size = int(match[1]) * _UNITS[match[2].lower()] if match else None
    return size if size is not None and size <= MAX_SIZE else None


def is_owner(text: str) -> bool:
    """Return whether a text names a user and optionally a group."""
    return _OWNER.fullmatch(text) is not None


def is_variable(name: str) -> bool:
    """Return whether a shell can read a variable of this name."""
    return _VARIABLE.fullmatch(name) is not None


def clean_path(path: str) -> str:
    """Return an absolute path without `.` and doubled slashes; `/` for the root."""
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


def invalid_mode(report: Report, path: Path, text: str | None, largest: int = PERMISSIONS) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a mode that is not octal or has bits that cannot be set."""
    if text is None:
        return
    bits = mode_bits(text)
    if bits is None:
        hint = "write three or four octal digits, for example 0644 or 0755"
        yield report(rules.MODE, path, f'"{text}" is not a mode', hint)
    elif bits > largest:
        message = f'the mode "{text}" has bits beyond read, write and execute, which cannot be set here'
        plain = f"{bits & PERMISSIONS:04o}"
        yield report(rules.MODE, path, message, f"write {plain}, and set the bits with a run step", plain)


def invalid_owner(report: Report, path: Path, text: str | None) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a text that names no user."""
    if text and not is_owner(text):
        hint = "write user, user:group or numbers, for example 1000:1000"
        yield report(rules.OWNER, path, f'"{text}" does not name a user', hint)


def invalid_variable(report: Report, path: Path, name: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a text that is not the name of a variable."""
    if not is_variable(name):
        hint = "write letters, digits and _, and no digit first"
        yield report(rules.VARIABLE, path, f'"{name}" is not the name of a variable', hint)


def relative_path(report: Report, path: Path, text: str) -> Diagnostic:
    """Return the diagnostic of a path that is not absolute."""
    return report(rules.PATH, path, f'"{text}" is not an absolute path', f"write /{text}", f"/{text}")


def path_outside(report: Report, path: Path, source: str, image: str | None) -> Diagnostic:
    """Return the diagnostic of a source outside its image or build context."""
    place, hint = ("image", "write the path from the image's root") if image else ("build context", "")
    return report(rules.PATH, path, f'"{source}" leaves the {place}', hint or "move the file into the context")


def hidden_at_boot(context: StepContext, path: Path, target: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a file at a path that a booted machine hides by a mount."""
    # KF302 reports /tmp if init follows, which empties it.
    mount = hidden(target, trusted_boot=context.trusted_boot)
    if mount and (mount[0] != "/tmp" or context.hook == "after_init"):  # noqa: S108 - a path of the image
        yield context.diagnostic(rules.HIDDEN_AT_BOOT, path, _message(target, mount), mount[2])


def written_where_hidden(context: StepContext, path: Path, script: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each file that a shell text writes to a path that a booted machine hides."""
    if not any(folder in script for folder in _FOLDERS):
        return
    targets = list(dict.fromkeys((*_WRITES.findall(script), *_copied(script))))[:_REPORTED]
    removed = " ".join(_REMOVES.findall(script)) if targets else ""
    for target in targets:
        mount = hidden(target, trusted_boot=False)
        if mount and target not in removed:
            range_ = context.locate(path, target)
            yield Diagnostic(rules.HIDDEN_AT_BOOT, range_, _message(target, mount), mount[2])


def _copied(text: str) -> Iterator[str]:
    """Yield the last arguments of commands that copy, if they are in one of the folders."""
    for command in _COMMANDS.split(text.replace("\\\n", " ")):
        words = command.split()
        while words and words[0] in _BEFORE_COMMANDS:
            del words[0]
        last = words[-1].strip("\"'") if words and words[0] in _COPIES else ""
        if _PLACE.fullmatch(last):
            yield last


def _message(target: str, mount: tuple[str, str, str]) -> str:
    return f"{target} is hidden on an installed machine: {mount[1]} is mounted over {mount[0]}"
