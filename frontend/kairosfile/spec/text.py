"""Bytes to the text of a file."""

from __future__ import annotations

from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic, KairosfileError
from kairosfile.spec.source import Range, Source


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
