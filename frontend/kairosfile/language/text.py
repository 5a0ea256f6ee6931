"""Decodes the bytes of a file."""

from __future__ import annotations

from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError
from kairosfile.language.source import Range, Source

_MARK = "\ufeff"  # of the byte order; the codec that drops it is one more module


def decode(filename: str, data: bytes) -> Source:
    """Return the text of a file; raises KairosfileError if it is not UTF-8. A byte order mark is dropped."""
    try:
        return Source(filename, data.decode().removeprefix(_MARK).replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(errors="replace").removeprefix(_MARK)
        range_ = Range.of(before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        diagnostic = Diagnostic(rules.TEXT, range_, message, "save the file as UTF-8")
        raise KairosfileError(Source(filename, data.decode(errors="replace")), [diagnostic]) from error
