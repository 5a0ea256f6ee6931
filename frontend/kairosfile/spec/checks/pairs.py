"""Fields held against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document


def variant_and_provider(document: Document) -> Iterator[Diagnostic]:
    """Core has no provider, standard has one."""
    model = document.model
    if model.variant == "standard" and model.provider is None:
        hint = "add `provider: k3s` or `provider: k0s`, or make the variant core"
        yield document.fault(rules.VARIANT_PROVIDER, ("variant",), "the variant standard needs a provider", hint)
    if model.variant == "core" and model.provider is not None:
        hint = "remove the provider, or make the variant standard"
        yield document.fault(rules.VARIANT_PROVIDER, ("provider",), "the variant core has no provider", hint)


def trusted_boot_model(document: Document) -> Iterator[Diagnostic]:
    """Trusted boot exists for the generic model only."""
    if document.model.trusted_boot and document.model.model != "generic":
        message = f"trusted boot is for the generic model, this file is for {document.model.model}"
        yield document.fault(rules.TRUSTED_BOOT_MODEL, ("trusted_boot",), message, "remove one of the two")
