"""The Kairosfile language: text to a checked model that knows where each part of it stands.

`read` is the one way in. It knows Kairos' words, not BuildKit's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kairosfile.spec import checks, overrides, parser, rules, shape
from kairosfile.spec.diagnostics import Diagnostic, KairosfileError
from kairosfile.spec.document import Document
from kairosfile.spec.source import Position, Range, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Diagnostic", "Document", "KairosfileError", "Position", "Range", "Source", "decode", "read"]


def decode(filename: str, data: bytes) -> Source:
    """Return the text of a file; raises KairosfileError where it is not UTF-8. A byte order mark is dropped."""
    try:
        return Source(filename, data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace")
        where = Range.of(before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        fault = Diagnostic(rules.TEXT, where, message, "save the file as UTF-8")
        raise KairosfileError(Source(filename, data.decode(errors="replace")), [fault]) from error


def read(source: Source, build_args: Mapping[str, str] | None = None) -> Document:
    """Return the document that a text and build args make, with its warnings.

    Raises KairosfileError with all that was found at once where any of it is an error.
    """
    root = parser.parse(source)
    overrides.apply(root, build_args or {})
    model = shape.read(root)
    if isinstance(model, list):
        raise KairosfileError(source, model)
    document = Document(source, root, model)
    faults = checks.check(document)
    if any(fault.rule.severity == "error" for fault in faults):
        raise KairosfileError(source, faults)
    return replace(document, warnings=tuple(sorted(faults, key=lambda fault: fault.range)))
