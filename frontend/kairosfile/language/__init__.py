"""Common base of all sections of the Kairosfile language: text, nodes with ranges, diagnostics, includes, args.

The sections themselves, and the function that loads a file, are in `kairosfile.sections`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.diagnostics import MAX_SHOWN, Diagnostic, KairosfileError
from kairosfile.language.files import Files
from kairosfile.language.nodes import Position, Range, Source
from kairosfile.language.parser import decode

if TYPE_CHECKING:
    from kairosfile.language.dict_files import DictFiles
else:

    def __getattr__(name: str) -> object:
        """Return the class that a build does without; its module is imported at the first use."""
        if name != "DictFiles":
            raise AttributeError(f"module {__name__} has no attribute {name}")
        from kairosfile.language.dict_files import DictFiles  # noqa: PLC0415

        return DictFiles


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
