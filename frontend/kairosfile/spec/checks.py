"""Rules that hold the fields of a Kairosfile against each other and against what Kairos knows.

Each rule is a function from a document to the faults it finds; `RULES` lists them. They see a complete model:
faults of shape come first and alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kairosfile.kairos.commands import Dialect, dialect_of, first_release_with, first_release_with_model
from kairosfile.kairos.names import PROVIDER_VERSIONS, RENAMED_MODELS, UNPINNED, VERSION
from kairosfile.kairos.releases import image_of, release_of
from kairosfile.llb.reference import normalize_reference
from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic, did_you_mean, listing
from kairosfile.spec.model import CopyStep

if TYPE_CHECKING:
    from kairosfile.spec.document import Document

Faults = Iterator[Diagnostic]


def check(document: Document) -> list[Diagnostic]:
    """Return every fault that the rules find."""
    return [fault for rule in RULES for fault in rule(document)]


def dialect(document: Document) -> Dialect:
    """Return the dialect of the kairos-init that the file chose."""
    return dialect_of(release_of(image_of(document.model.kairos_init)))


def references(document: Document) -> Faults:
    """Images are named by well-formed references."""
    for field, value in (("base", document.model.base), ("kairos_init", image_of(document.model.kairos_init))):
        try:
            normalize_reference(value)
        except ValueError as error:
            hint = "write it as you would after FROM, in lower case: ubuntu:24.04"
            yield document.fault(rules.REFERENCE, (field,), str(error), hint)


def version(document: Document) -> Faults:
    """kairos-init can parse the version."""
    text = document.model.version
    if not VERSION.fullmatch(text):
        message = f'kairos-init cannot parse the version "{text}"'
        yield document.fault(rules.VERSION, ("version",), message, "write vMAJOR.MINOR.PATCH, for example v1.0.0")
    if not dialect(document).has_version:
        message = "this kairos-init cannot be told a version"
        hint = f"choose {first_release_with('version')} or newer in kairos_init"
        yield document.fault(rules.RELEASE_FEATURE, ("kairos_init",), message, hint)


def variant_and_provider(document: Document) -> Faults:
    """Core has no provider, standard has one."""
    model = document.model
    if model.variant == "standard" and model.provider is None:
        hint = "add `provider: k3s` or `provider: k0s`, or make the variant core"
        yield document.fault(rules.VARIANT_PROVIDER, ("variant",), "the variant standard needs a provider", hint)
    if model.variant == "core" and model.provider is not None:
        hint = "remove the provider, or make the variant standard"
        yield document.fault(rules.VARIANT_PROVIDER, ("provider",), "the variant core has no provider", hint)


def provider_version(document: Document) -> Faults:
    """A provider version is the tag of one of that provider's releases."""
    provider = document.model.provider
    if provider is None or provider.version in (None, UNPINNED):
        return
    pattern, example = PROVIDER_VERSIONS[provider.name]
    if not pattern.fullmatch(provider.version or ""):
        message = f'"{provider.version}" is not a release of {provider.name}'
        hint = f"write it as its tag, for example {example}"
        yield document.fault(rules.PROVIDER_VERSION, ("provider", "version"), message, hint)


def model_name(document: Document) -> Faults:
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


def release_features(document: Document) -> Faults:
    """What is asked for exists in the chosen kairos-init."""
    asked = {"fips": document.model.fips, "provider.name": document.model.provider is not None}
    for setting, wanted in asked.items():
        if wanted and not dialect(document).knows(setting):
            field = setting.split(".")[0]
            message = f"this kairos-init does not know {field}"
            hint = f"choose {first_release_with(setting)} or newer in kairos_init, or remove {field}"
            yield document.fault(rules.RELEASE_FEATURE, (field,), message, hint)


def trusted_boot_model(document: Document) -> Faults:
    """Trusted boot exists for the generic model only."""
    if document.model.trusted_boot and document.model.model != "generic":
        message = f"trusted boot is for the generic model, this file is for {document.model.model}"
        yield document.fault(rules.TRUSTED_BOOT_MODEL, ("trusted_boot",), message, "remove one of the two")


def copy_paths(document: Document) -> Faults:
    """A copy stays inside the build context and has an absolute goal."""
    for path, step in document.steps():
        if not isinstance(step, CopyStep):
            continue
        for source in step.sources:
            if ".." in source.split("/"):
                message = f'"{source}" leaves the build context'
                yield document.fault(rules.PATH, (*path, "copy"), message, "move the file into the context")
        if not step.to.startswith("/"):
            message = f'"{step.to}" is not an absolute path'
            yield document.fault(rules.PATH, (*path, "to"), message, f"write /{step.to}")
        elif len(step.sources) > 1 and not step.to.endswith("/"):
            message = "several files need a folder to go to"
            yield document.fault(rules.PATH, (*path, "to"), message, f"write {step.to}/")


RULES: tuple[Callable[[Document], Faults], ...] = (
    references,
    version,
    variant_and_provider,
    provider_version,
    model_name,
    release_features,
    trusted_boot_model,
    copy_paths,
)
