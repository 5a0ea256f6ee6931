"""What is asked for, held against what the chosen kairos-init knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import (
    Dialect,
    dialect_of,
    first_release_with,
    first_release_with_model,
    first_release_without,
)
from kairosfile.kairos.names import RENAMED_MODELS
from kairosfile.kairos.releases import NEWEST, Release, release
from kairosfile.kairos.skip_steps import RENAMED, first_release_with_step, steps_of
from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic, asking, listing, nearest
from kairosfile.spec.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Kairosfile
    from kairosfile.spec.nodes import Path

# No flag: install reads a file that names them.
FIRST_WITH_BINARIES = release("v0.5.0-rc1")

# What a file can ask for: its place, and the setting of the command table that carries it.
FEATURES: tuple[tuple[Path, str], ...] = (
    (("fips",), "fips"),
    (("provider",), "provider.name"),
    (("provider", "config"), "provider.config"),
    (("skip_steps",), "skip_steps.init"),
    (("stage_extensions",), "stage_extensions"),
    (("framework",), "framework.version"),
)


def dialect(document: Document) -> Dialect:
    """Return the dialect of the kairos-init that the file chose."""
    return dialect_of(document.model.kairos_init.release)


def newer(document: Document) -> Iterator[Diagnostic]:
    """The chosen release is one whose command line is known; the newest one is spoken to others."""
    chosen = document.model.kairos_init.release
    if chosen > release(NEWEST):
        message = f"kairos-init {chosen} is newer than what is known here; it is given the command line of {NEWEST}"
        hint = f"choose {NEWEST} or an older one in kairos_init if the build fails"
        yield document.fault(rules.NEWER_RELEASE, ("kairos_init",), message, hint)


def version(document: Document) -> Iterator[Diagnostic]:
    """A release that cannot be told a version records the framework's, which must be the file's then."""
    model = document.model
    if dialect(document).has_version or model.framework.version == model.version:
        return
    chosen, first = model.kairos_init.release, first_release_with("version")
    message = f"kairos-init {chosen} cannot be told a version: it records the framework's as the image's"
    hint = f"choose {first} or newer in kairos_init, or write the framework's release in both version and framework"
    yield document.fault(rules.FRAMEWORK_VERSION, ("kairos_init",), message, hint)


def model_name(document: Document) -> Iterator[Diagnostic]:
    """The model is one that the chosen kairos-init knows; older ones silently build a generic image for others."""
    yield from model_named(document, ("model",), document.model.model)


def model_named(document: Document, path: Path, name: str) -> Iterator[Diagnostic]:
    """Yield a fault where the chosen kairos-init does not know the model at a path."""
    known = dialect(document).models
    if name not in known:
        message = f'unknown model "{name}" for this kairos-init'
        yield document.fault(rules.UNKNOWN_VALUE, path, message, *_model_hint(name, known))


def _model_hint(name: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Return what to do, and the name that was probably meant."""
    renamed = {**RENAMED_MODELS, **{new: old for old, new in RENAMED_MODELS.items()}}.get(name)
    if renamed in known:
        return f"it is called {renamed} there", str(renamed)
    if (first := first_release_with_model(name)) is not None:
        return f"choose {first} or newer in kairos_init", ""
    return _guess(name, known)


def _guess(name: str, known: Sequence[str]) -> tuple[str, str]:
    near = nearest(name, known)
    return f"known are {listing(known)}" + (f"; {asking(near)}" if near else ""), near


def features(document: Document) -> Iterator[Diagnostic]:
    """What is asked for exists in the chosen kairos-init."""
    chosen = document.model.kairos_init.release
    for path, setting in FEATURES:
        if _asks(document.model, path) and not dialect(document).knows(setting):
            yield _unknown(document, path, chosen, first_release_with(setting), first_release_without(setting))
    if _asks(document.model, ("binaries",)) and chosen < FIRST_WITH_BINARIES:
        yield _unknown(document, ("binaries",), chosen, FIRST_WITH_BINARIES, None)


def _asks(model: Kairosfile, path: Path) -> bool:
    """Tell whether a file sets a field to anything that has an effect."""
    value: object = model
    for name in path:
        value = getattr(value, str(name), None)
    return any(dict(value).values()) if isinstance(value, Record) else bool(value)


def _unknown(
    document: Document, path: Path, chosen: Release, first: Release | None, until: Release | None
) -> Diagnostic:
    field = ".".join(map(str, path))
    message = f"kairos-init {chosen} does not know {field}"
    hint = f"choose {first} or newer in kairos_init, or remove {field}"
    if until is not None and until <= chosen:
        hint = f"remove {field}; {until} and newer have it no more"
    return document.fault(rules.RELEASE_FEATURE, path, message, hint)


def skipped_steps(document: Document) -> Iterator[Diagnostic]:
    """The steps to skip are steps of the chosen kairos-init."""
    chosen = document.model.kairos_init.release
    if not dialect(document).knows("skip_steps.init"):
        return
    known = steps_of(chosen)
    for index, name in enumerate(document.model.skip_steps):
        if name not in known:
            message = f'kairos-init {chosen} has no step "{name}"'
            yield document.fault(rules.SKIP_STEP, ("skip_steps", index), message, *_step_hint(name, sorted(known)))


def _step_hint(name: str, known: Sequence[str]) -> tuple[str, str]:
    """Return what to do, and the name that was probably meant."""
    if "," in name:
        return "make each name an item of the list", ""
    if RENAMED.get(name, "") in known:
        return f"it is called {RENAMED[name]} there", RENAMED[name]
    if (first := first_release_with_step(name)) is not None:
        return f"choose {first} or newer in kairos_init", ""
    return _guess(name, known)
