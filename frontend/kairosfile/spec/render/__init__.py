"""What the checker found, in the forms that people and programs read.

Every form is a function from the files that were checked to a text. None is imported by a build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.spec.diagnostics import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.source import Source


class Checked(NamedTuple):
    """One Kairosfile and all that was found in it, in the order of the file."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, source: Source, diagnostics: Iterable[Diagnostic]) -> Checked:
        """Return a file with its findings put in order."""
        return cls(source, in_order(diagnostics))

    def count(self, severity: str) -> int:
        """Return how many findings have a severity."""
        return sum(fault.severity == severity for fault in self.diagnostics)
