"""Common base of all sections of the Kairosfile language: text, nodes with ranges, diagnostics, includes, args.

The sections themselves, and the function that loads a file, are in `kairosfile.sections`.
"""

from __future__ import annotations

from kairosfile.language.diagnostics import MAX_SHOWN, Diagnostic, KairosfileError
from kairosfile.language.files import DictFiles, Files
from kairosfile.language.nodes import Position, Range, Source
from kairosfile.language.parser import decode

__all__ = [
    "MAX_SHOWN",
    "Diagnostic",
    "DictFiles",
    "Files",
    "KairosfileError",
    "Position",
    "Range",
    "Source",
    "decode",
]
