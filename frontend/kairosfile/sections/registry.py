"""The registry of sections with their checks.

A check is a function from a document to diagnostics. Checks get a complete model: wrong types and unknown keys are
reported before any check runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.sections.hooks import checks as hooks
from kairosfile.sections.image import bases, stages
from kairosfile.sections.image import checks as image
from kairosfile.sections.lint import checks as lint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.document import Document

CHECKS: tuple[Callable[[Document], Iterator[Diagnostic]], ...] = (
    *image.RULES,
    *bases.RULES,
    *stages.RULES,
    *hooks.RULES,
    *lint.RULES,
)


def check(document: Document) -> list[Diagnostic]:
    """Return all diagnostics of the checks of all sections."""
    return [*(diagnostic for run in CHECKS for diagnostic in run(document)), *_rare_sections(document)]


def key_files(document: Document) -> list[str]:
    """Return the files of public keys that the document names, whose content is checked."""
    if document.model.artifacts is None:
        return []
    from kairosfile.sections.artifacts import checks as artifacts  # noqa: PLC0415 - few files have artifacts

    return artifacts.key_files(document.model.artifacts)


def _rare_sections(document: Document) -> Iterator[Diagnostic]:
    """Yield the diagnostics of rare sections; each package is imported only if a file has its key."""
    model = document.model
    if model.cloud_config or model.stage_extensions:
        from kairosfile.sections.cloud_config import checks as cloud_config  # noqa: PLC0415

        yield from (diagnostic for run in cloud_config.RULES for diagnostic in run(document))
    if model.tests:
        from kairosfile.sections.image_tests import checks as image_tests  # noqa: PLC0415

        yield from (diagnostic for run in image_tests.RULES for diagnostic in run(document))
    if model.artifacts is not None:
        from kairosfile.sections.artifacts import checks as artifacts  # noqa: PLC0415

        yield from (diagnostic for run in artifacts.RULES for diagnostic in run(document, model.artifacts))
    if model.matrix is not None:
        from kairosfile.sections.matrix import checks as matrix  # noqa: PLC0415

        yield from (diagnostic for run in matrix.RULES for diagnostic in run(document, model.matrix))
