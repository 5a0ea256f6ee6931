"""What is asked for, held against what the chosen kairos-init knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import Dialect, dialect_of, first_release_with, first_release_with_model
from kairosfile.kairos.names import RENAMED_MODELS
from kairosfile.kairos.releases import image_of, release_of
from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic, did_you_mean, listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document


def dialect(document: Document) -> Dialect:
    """Return the dialect of the kairos-init that the file chose."""
    return dialect_of(release_of(image_of(document.model.kairos_init)))


def version(document: Document) -> Iterator[Diagnostic]:
    """The chosen kairos-init can be told a version."""
    if not dialect(document).has_version:
        message = "this kairos-init cannot be told a version"
        hint = f"choose {first_release_with('version')} or newer in kairos_init"
        yield document.fault(rules.RELEASE_FEATURE, ("kairos_init",), message, hint)


def model_name(document: Document) -> Iterator[Diagnostic]:
    """The model is one that the chosen kairos-init knows; older ones silently build a generic image for others."""
    name, known = document.model.model, dialect(document).models
    if name not in known:
        message = f'unknown model "{name}" for this kairos-init'
        yield document.fault(rules.UNKNOWN_VALUE, ("model",), message, _model_hint(name, known))


def _model_hint(name: str, known: tuple[str, ...]) -> str:
    renamed = {**RENAMED_MODELS, **{new: old for old, new in RENAMED_MODELS.items()}}.get(name)
    if renamed in known:
        return f"it is called {renamed} there"
    if (first := first_release_with_model(name)) is not None:
        return f"choose {first} or newer in kairos_init"
    guess = did_you_mean(name, known)
    return f"known are {listing(known)}" + (f"; {guess}" if guess else "")


def features(document: Document) -> Iterator[Diagnostic]:
    """What is asked for exists in the chosen kairos-init."""
    asked = {"fips": document.model.fips, "provider.name": document.model.provider is not None}
    for setting, wanted in asked.items():
        if wanted and not dialect(document).knows(setting):
            field = setting.split(".")[0]
            message = f"this kairos-init does not know {field}"
            hint = f"choose {first_release_with(setting)} or newer in kairos_init, or remove {field}"
            yield document.fault(rules.RELEASE_FEATURE, (field,), message, hint)
