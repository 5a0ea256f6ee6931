"""Values of steps: modes, sizes, owners, images, names of variables, and paths.

The checks report through a `Report`, so that every section that has such a value can use them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kairosfile.language import rules
from kairosfile.oci import normalize_reference
from kairosfile.patterns import IGNORECASE, compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path
    from kairosfile.language.rules import Rule


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


def invalid_image(report: Report, path: Path, reference: str | None) -> Iterator[Diagnostic]:
    """Yield a diagnostic for an image that is not named by a well-formed reference."""
    try:
        normalize_reference(reference or "scratch")
    except ValueError as error:
        hint = "write it as you would after --from=, in lower case; omit `from` for the build context"
        yield report(rules.REFERENCE, path, str(error), hint, _in_lower_case(reference or ""))


def _in_lower_case(reference: str) -> str:
    """Return a reference in lower case, empty if that is invalid too."""
    try:
        normalize_reference(reference.lower())
    except ValueError:
        return ""
    return reference.lower()


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
