"""Rules that hold a Kairosfile against itself and against what Kairos knows.

Each rule is a function from a document to the faults it finds; `RULES` lists them. They see a complete model: faults
of shape come first and alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec.checks import fields, pairs, releases, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document

RULES: tuple[Callable[[Document], Iterator[Diagnostic]], ...] = (
    fields.references,
    fields.version,
    fields.provider_version,
    pairs.variant_and_provider,
    pairs.trusted_boot_model,
    releases.version,
    releases.model_name,
    releases.features,
    steps.copy_paths,
)


def check(document: Document) -> list[Diagnostic]:
    """Return every fault that the rules find."""
    return [fault for rule in RULES for fault in rule(document)]
