"""Checks of the fields of an image.

Each field: references, versions, labels and annotations, and the settings of kairos-init. Combinations of fields.
Fields that the chosen release of kairos-init does not support.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import (
    PROXIES,
    RENAMED,
    STAGE_EXTENSIONS,
    VARIABLES,
    VERSIONS,
    CommandLineSchema,
    first_release_with,
    first_release_with_model,
    first_release_with_step,
    first_release_without,
    schema_for,
    steps_of,
    variable,
)
from kairosfile.kairos.releases import (
    KAIROS_INIT,
    LAST_OF_SERIES,
    NEWEST,
    RENAMED_MODELS,
    Release,
    ReleasedTool,
    has_tag_or_digest,
    image_of,
    is_official,
    is_version,
    names_release,
    release,
    release_of,
)
from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic, did_you_mean, listing, nearest
from kairosfile.language.files import clean, leaves_context
from kairosfile.language.records import Record
from kairosfile.oci import normalize_reference
from kairosfile.patterns import ASCII, compile_later
from kairosfile.sections.lint.checks import better_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.language.nodes import Path
    from kairosfile.language.rules import Rule
    from kairosfile.sections.artifacts.records import AuroraBoot
    from kairosfile.sections.document import Document
    from kairosfile.sections.image.records import KairosInit
    from kairosfile.sections.records import Kairosfile

# Names by the conventions of Docker and OCI. A Dockerfile has no empty key, and BuildKit's exporters refuse a space in
# the key of an annotation; registries and tools differ in the rest.
_KEY = compile_later(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")

AFTER_FROM = "write it as you would after FROM, in lower case"
EXAMPLE_BASE = "ubuntu:24.04"

# Tags of the binaries; any other text would be ignored, or its download would fail.
_RELEASE = compile_later(r"v\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", ASCII)
_SINGLE = [row.name for row in VARIABLES if not row.name.endswith("_")]
_TAG = compile_later(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")

# No flag: install reads a file that names them.
FIRST_WITH_BINARIES = Release(0, 5, 0, "rc", 1)

# Fields of the file with their settings in the command table.
FEATURES: tuple[tuple[Path, str], ...] = (
    (("fips",), "fips"),
    (("provider",), "provider.name"),
    (("provider", "config"), "provider.config"),
    (("provider", "plugin"), "provider.config"),  # the same releases ask plugins
    (("skip_steps",), "skip_steps.init"),
    (("stage_extensions",), "stage_extensions"),
    (("framework",), "framework.version"),
)


def variant_and_provider(document: Document) -> Iterator[Diagnostic]:
    """Core has no provider, standard has one."""
    model = document.model
    if model.variant == "standard" and model.provider is None:
        hint = "add `provider: k3s` or `provider: k0s`, or make the variant core"
        yield document.diagnostic(rules.VARIANT_PROVIDER, ("variant",), "the variant standard needs a provider", hint)
    if model.variant == "core" and model.provider is not None:
        hint = "remove the provider, or make the variant standard"
        yield document.diagnostic(rules.VARIANT_PROVIDER, ("provider",), "the variant core has no provider", hint)


def trusted_boot_model(document: Document) -> Iterator[Diagnostic]:
    """Trusted boot is only available for the generic model."""
    if document.model.trusted_boot and document.model.model != "generic":
        message = f"trusted boot is for the generic model, this file is for {document.model.model}"
        yield document.diagnostic(rules.TRUSTED_BOOT_MODEL, ("trusted_boot",), message, "remove one of the two")


def keys(document: Document) -> Iterator[Diagnostic]:
    """BuildKit accepts the keys, and all tools can read them."""
    hint = "use letters, digits and . - _ / between them: org.example.team"
    for field, what in (("labels", "a label"), ("annotations", "an annotation")):
        for key in getattr(document.model, field):
            if _KEY.fullmatch(key):
                continue
            node = document.root.find((field, key))
            range_ = node.key or node.range
            if not key or (field == "annotations" and any(map(str.isspace, key))):
                yield Diagnostic(rules.METADATA, range_, f'"{key}" is not the key of {what}', hint)
            else:
                yield Diagnostic(rules.METADATA_KEY, range_, f'not every tool reads "{key}" as the key of {what}', hint)


def references(document: Document) -> Iterator[Diagnostic]:
    """References of images are well-formed."""
    yield from reference(document, ("base",), document.model.base, EXAMPLE_BASE)
    yield from reference(document, ("kairos_init",), document.model.kairos_init.reference, image_of())


def reference(document: Document, path: Path, value: str, example: str) -> Iterator[Diagnostic]:
    """Yield the diagnostics of an image reference."""
    try:
        normalize_reference(value)
    except ValueError as error:
        meant = _reference_meant(value)
        hint = f"write {meant}" if meant else f"{AFTER_FROM}: {example}"
        yield document.diagnostic(rules.REFERENCE, path, str(error), hint, meant)


def _reference_meant(value: str) -> str:
    """Return the reference of a distribution and its release in common spelling; empty for other texts."""
    name, _, release = value.strip().lower().partition(" ")
    meant = f"{name}:{release.strip()}" if release.strip() else name
    try:
        normalize_reference(meant)
    except ValueError:
        return ""
    return meant


def version(document: Document) -> Iterator[Diagnostic]:
    """kairos-init can parse the version; releases that get none do not read it."""
    text = document.model.version
    if not is_version(text):
        message, meant = f'kairos-init cannot parse the version "{text}"', better_version(text)
        hint = f"write {meant}" if meant else "write vMAJOR.MINOR.PATCH, for example v1.0.0"
        diagnostic = document.diagnostic(rules.VERSION, ("version",), message, hint, meant)
        yield diagnostic if schema(document).knows("version") else diagnostic.weakened()


def provider(document: Document) -> Iterator[Diagnostic]:
    """The fields of the provider are valid."""
    if document.model.provider is not None:
        from kairosfile.sections.image import providers  # noqa: PLC0415 - core images have none

        yield from providers.provider(document)


def parts(document: Document) -> Iterator[Diagnostic]:
    """The parts of `kairos_init` name one image and one release."""
    return tool_parts(document, ("kairos_init",), document.model.kairos_init, KAIROS_INIT, rules.KAIROS_INIT)


def tool_parts(
    document: Document, path: Path, chosen: KairosInit | AuroraBoot, tool: ReleasedTool, rule: Rule
) -> Iterator[Diagnostic]:
    """Yield the diagnostics of the parts of the field at `path`, which choose a release of a tool."""
    if chosen.version is not None and Release.parse(chosen.version) is None:
        message, meant = f'"{chosen.version}" is not a release of {tool.name}', release_meant(chosen.version, tool)
        hint = f"write {meant}" if meant else f"write its tag, such as {tool.newest}"
        yield document.diagnostic(rule, (*path, "version"), message, hint, meant)
        return
    if chosen.image is None:
        return
    if chosen.digest is not None and "@" in chosen.image:
        hint = "write it once, as `digest` or after the @ of the image"
        yield document.diagnostic(rule, (*path, "digest"), "the image has a digest already", hint)
    if chosen.version and is_official(chosen.image, tool) and ":" in chosen.image.partition("@")[0]:
        tagged = release_of(chosen.image, tool)
        if tagged != Release.parse(chosen.version):
            message = f"the image is {tool.name} {tagged}, not {chosen.version}"
            hint = f"write {tagged}, or remove the tag from the image"
            yield document.diagnostic(rule, (*path, "version"), message, hint, str(tagged))


def release_meant(text: str, tool: ReleasedTool) -> str:
    """Return the newest known release of the series that a text names, empty for an unknown series."""
    numbers = text.lower().removeprefix("v")
    if numbers in {"latest", "main", "master"}:
        return tool.newest
    known = (*LAST_OF_SERIES, tool.newest) if tool is KAIROS_INIT else (tool.newest,)
    return next((tag for tag in known if tag.removeprefix("v").startswith(f"{numbers}.")), "")


def framework(document: Document) -> Iterator[Diagnostic]:
    """The framework's version is a tag, its registry the beginning of a reference."""
    framework = document.model.framework
    if framework.version is not None and not _TAG.fullmatch(framework.version):
        message, hint = f'"{framework.version}" is not a valid image tag', "write it as it is published: v2.18.3"
        yield document.diagnostic(rules.REFERENCE, ("framework", "version"), message, hint)
    if framework.registry is not None and not _is_registry(framework.registry):
        message = f'"{framework.registry}" is not a registry with an organisation'
        hint = "write it without scheme, tag or closing slash: registry.example.com/acme"
        yield document.diagnostic(rules.REFERENCE, ("framework", "registry"), message, hint)


def _is_registry(text: str) -> bool:
    try:
        normalize_reference(f"{text}/image")
    except ValueError:
        return False
    return not has_tag_or_digest(text)


def context_paths(document: Document) -> Iterator[Diagnostic]:
    """Mounted files of the build context exist."""
    provider = document.model.provider
    paths = {
        ("stage_extensions",): document.model.stage_extensions,
        ("provider", "config"): provider.config if provider else None,
    }
    for range_, path in paths.items():
        if path is not None and leaves_context(path):
            hint = "move it into the context"
            yield document.diagnostic(rules.PATH, range_, f'"{path}" leaves the build context', hint)
        elif path is not None and not clean(path):
            yield document.diagnostic(
                rules.PATH, range_, f'"{path}" is the whole build context', "name a path inside it"
            )


def binaries(document: Document) -> Iterator[Diagnostic]:
    """Each binary is named by a release."""
    for name, tag in document.model.binaries.dump().items():
        if not _RELEASE.fullmatch(tag):
            message = f'"{tag}" is not a release of {name}'
            hint = "write the tag of a release, such as v2.25.0"
            yield document.diagnostic(rules.BINARY_VERSION, ("binaries", name), message, hint)


def environment(document: Document) -> Iterator[Diagnostic]:
    """The chosen kairos-init reads every variable, and the variable has an effect."""
    for name, text in document.model.environment.items():
        message_and_hint = (
            _name_diagnostic(name) or _release_diagnostic(document, name) or _effect_diagnostic(document, name)
        )
        if "\0" in text:
            message_and_hint = (f"the value of {name} contains a NUL character", "remove it")
        if message_and_hint:
            diagnostic = document.diagnostic(rules.ENVIRONMENT, ("environment", name), *message_and_hint)
            suggestion = nearest(name, _SINGLE) if variable(name) is None else ""
            yield diagnostic.with_suggestion(suggestion, document.root.find(("environment", name)).key)


def _name_diagnostic(name: str) -> tuple[str, str] | None:
    if name.upper() in PROXIES:
        hint = f"remove it and build with --build-arg {name.upper()}=...: all steps see it, and no cache depends on it"
        return f"{name} is the builder's, not the image's", hint
    if name == STAGE_EXTENSIONS:
        return f"{name} follows from the field stage_extensions", "remove it, and name the folder in stage_extensions"
    if variable(name) is None:
        known = [*_SINGLE, *(f"{row.name}*" for row in VARIABLES if row.name not in _SINGLE)]
        hint = did_you_mean(nearest(name, known)) or f"known are {listing(known)}; set others in a hook step"
        return f'kairos-init does not read the variable "{name}"', hint
    return None


def _release_diagnostic(document: Document, name: str) -> tuple[str, str] | None:
    known, chosen = variable(name), document.model.kairos_init.release
    if known is None or known.first <= chosen:
        return None
    return f"kairos-init {chosen} does not read {name}", f"choose {known.first} or newer in kairos_init, or remove it"


def _effect_diagnostic(document: Document, name: str) -> tuple[str, str] | None:
    known, provider = variable(name), document.model.provider
    if known is None or known.provider is None:
        return None
    if provider is None or provider.name != known.provider:
        return f"only the provider {known.provider} reads {name}", f"remove it, or make the provider {known.provider}"
    if name in VERSIONS and provider.version is not None:
        return f"the provider's version overrides {name}", "remove one of the two"
    return None


def schema(document: Document) -> CommandLineSchema:
    """Return the command-line schema of the file's kairos-init."""
    return schema_for(document.model.kairos_init.release)


def newer(document: Document) -> Iterator[Diagnostic]:
    """The command line of the chosen release is known; others get that of the newest one."""
    used = document.model.kairos_init
    image = used.image or (used.digest and used.TOOL.image)
    if image and used.version is None and not names_release(image):
        message = (
            f"the release of kairos-init in {image.partition('@')[0]} is unknown; it gets the command line of {NEWEST}"
        )
        hint = f"name its release, for example `version: {NEWEST}` below kairos_init, with the image as `image`"
        yield document.diagnostic(rules.UNKNOWN_RELEASE, ("kairos_init",), message, hint)
    chosen = document.model.kairos_init.release
    if chosen > release(NEWEST):
        message = f"kairos-init {chosen} is newer than the known releases; it gets the command line of {NEWEST}"
        hint = f"choose {NEWEST} or an older one in kairos_init if the build fails"
        yield document.diagnostic(rules.NEWER_RELEASE, ("kairos_init",), message, hint)


def kairos_version(document: Document) -> Iterator[Diagnostic]:
    """A release without a flag for the version records the framework's, which must equal the file's then."""
    model = document.model
    if schema(document).has_version or model.framework.version == model.version:
        return
    chosen, first = model.kairos_init.release, first_release_with("version")
    message = f"kairos-init {chosen} has no flag for the version: it records the framework's as the image's"
    hint = f"choose {first} or newer in kairos_init, or write the framework's release in both version and framework"
    yield document.diagnostic(rules.FRAMEWORK_VERSION, ("kairos_init",), message, hint)


def model_name(document: Document) -> Iterator[Diagnostic]:
    """The chosen kairos-init supports the model; older ones silently build a generic image for others."""
    yield from model_named(document, ("model",), document.model.model)


def model_named(document: Document, path: Path, name: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic if the chosen kairos-init does not support the model at a path."""
    known = schema(document).models
    if name not in known:
        message = f'unknown model "{name}" for this kairos-init'
        yield document.diagnostic(rules.UNKNOWN_VALUE, path, message, *_model_hint(name, known))


def _model_hint(name: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Return the hint and the suggested name."""
    renamed = {**RENAMED_MODELS, **{new: old for old, new in RENAMED_MODELS.items()}}.get(name)
    if renamed in known:
        return f"it is called {renamed} there", str(renamed)
    if (first := first_release_with_model(name)) is not None:
        return f"choose {first} or newer in kairos_init", ""
    return _guess(name, known)


def _guess(name: str, known: Sequence[str]) -> tuple[str, str]:
    suggestion = nearest(name, known)
    return f"known are {listing(known)}" + (f"; {did_you_mean(suggestion)}" if suggestion else ""), suggestion


def features(document: Document) -> Iterator[Diagnostic]:
    """The chosen kairos-init supports the fields of the file."""
    chosen = document.model.kairos_init.release
    for path, setting in FEATURES:
        if _asks(document.model, path) and not schema(document).knows(setting):
            yield _unknown(document, path, chosen, first_release_with(setting), first_release_without(setting))
    if _asks(document.model, ("binaries",)) and chosen < FIRST_WITH_BINARIES:
        yield _unknown(document, ("binaries",), chosen, FIRST_WITH_BINARIES, None)


def _asks(model: Kairosfile, path: Path) -> bool:
    """Return whether a file sets a field to a value with an effect."""
    value: object = model
    for name in path:
        value = getattr(value, str(name), None)
    return any(vars(value).values()) if isinstance(value, Record) else bool(value)


def _unknown(
    document: Document, path: Path, chosen: Release, first: Release | None, until: Release | None
) -> Diagnostic:
    field = ".".join(map(str, path))
    message = f"kairos-init {chosen} does not support {field}"
    hint = f"choose {first} or newer in kairos_init, or remove {field}"
    if until is not None and until <= chosen:
        hint = f"remove {field}; {until} and newer do not have it"
    return document.diagnostic(rules.RELEASE_FEATURE, path, message, hint)


def skipped_steps(document: Document) -> Iterator[Diagnostic]:
    """The chosen kairos-init has the skipped steps."""
    chosen = document.model.kairos_init.release
    if not schema(document).knows("skip_steps.init"):
        return
    known = steps_of(chosen)
    for index, name in enumerate(document.model.skip_steps):
        if name not in known:
            message = f'kairos-init {chosen} has no step "{name}"'
            yield document.diagnostic(rules.SKIP_STEP, ("skip_steps", index), message, *_step_hint(name, sorted(known)))


def _step_hint(name: str, known: Sequence[str]) -> tuple[str, str]:
    """Return the hint and the suggested name."""
    if "," in name:
        return "make each name an item of the list", ""
    if RENAMED.get(name, "") in known:
        return f"it is called {RENAMED[name]} there", RENAMED[name]
    if (first := first_release_with_step(name)) is not None:
        return f"choose {first} or newer in kairos_init", ""
    return _guess(name, known)


RULES = (
    references,
    version,
    provider,
    variant_and_provider,
    trusted_boot_model,
    parts,
    framework,
    context_paths,
    binaries,
    environment,
    newer,
    kairos_version,
    model_name,
    features,
    skipped_steps,
    keys,
)
