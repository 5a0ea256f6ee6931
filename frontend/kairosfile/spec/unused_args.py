"""Build args that change nothing: most often a name that was mistyped.

Known are those that stand in for fields, those that older commands give without effect (`overrides`), and the args that
a file declares or names. Those that BuildKit itself takes are not for a file; the caller leaves them out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec import overrides
from kairosfile.spec.diagnostics import MAX_GUESSES, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from kairosfile.spec.document import Document

FIELDS = frozenset({*overrides.NAMES, *overrides.IGNORED, overrides.FRAMEWORK_VERSION})


def unused(documents: Sequence[Document], given: Iterable[str]) -> list[str]:
    """Return a sentence on each build arg of `given` that none of the documents takes, sorted by name."""
    asked = frozenset[str]().union(*(document.build_args for document in documents))
    platforms = frozenset[str]().union(*(document.args for document in documents)) - asked
    names = sorted(set(given) - FIELDS - asked)
    known = sorted(FIELDS | asked) if len(names) <= MAX_GUESSES else []
    return [_sentence(name, known, platforms) for name in names]


def _sentence(name: str, known: Sequence[str], platforms: Container[str]) -> str:
    if name in platforms:
        return f"--build-arg {name} has no effect: the platform sets it; use --platform"
    hint = did_you_mean(name, known) or f"declare it under `args:`, or leave --build-arg {name} out"
    return f"--build-arg {name} has no effect: the file has no such arg, and it stands in for no field; {hint}"
