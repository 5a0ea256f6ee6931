"""What kairos-init is, and what it is told: each field on its own, where its type cannot say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.kairos.environment import PROXIES, STAGE_EXTENSIONS, VARIABLES, VERSIONS, variable
from kairosfile.kairos.releases import KAIROS_INIT, Release, Tool, has_tag_or_digest, is_official, release_of
from kairosfile.oci import normalize_reference
from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic, asking, listing, nearest
from kairosfile.spec.files import clean, leaves_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.model import KairosInit
    from kairosfile.spec.model.artifacts import AuroraBoot
    from kairosfile.spec.nodes import Path
    from kairosfile.spec.rules import Rule

# What a release of the binaries is called; anything else would be ignored, or downloaded in vain.
_RELEASE = re.compile(r"v\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", re.ASCII)
_SINGLE = [row.name for row in VARIABLES if not row.name.endswith("_")]
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def parts(document: Document) -> Iterator[Diagnostic]:
    """The parts of `kairos_init` name one image and one release."""
    return tool_parts(document, ("kairos_init",), document.model.kairos_init, KAIROS_INIT, rules.KAIROS_INIT)


def tool_parts(
    document: Document, path: Path, chosen: KairosInit | AuroraBoot, tool: Tool, rule: Rule
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the parts of the field at `path`, which choose a release of a tool."""
    if chosen.version is not None and Release.parse(chosen.version) is None:
        message = f'"{chosen.version}" is no release of {tool.name}'
        yield document.fault(rule, (*path, "version"), message, f"write its tag, such as {tool.newest}")
        return
    if chosen.image is None:
        return
    if chosen.digest is not None and "@" in chosen.image:
        hint = "write it once, as `digest` or after the @ of the image"
        yield document.fault(rule, (*path, "digest"), "the image has a digest already", hint)
    if chosen.version and is_official(chosen.image, tool) and ":" in chosen.image.partition("@")[0]:
        tagged = release_of(chosen.image, tool)
        if tagged != Release.parse(chosen.version):
            message = f"the image is {tool.name} {tagged}, not {chosen.version}"
            hint = f"write {tagged}, or leave the tag out of the image"
            yield document.fault(rule, (*path, "version"), message, hint)


def framework(document: Document) -> Iterator[Diagnostic]:
    """The framework's version is a tag, its registry the beginning of a reference."""
    wanted = document.model.framework
    if wanted.version is not None and not _TAG.fullmatch(wanted.version):
        message, hint = f'"{wanted.version}" is no tag of an image', "write it as it is published: v2.18.3"
        yield document.fault(rules.REFERENCE, ("framework", "version"), message, hint)
    if wanted.registry is not None and not _is_registry(wanted.registry):
        message = f'"{wanted.registry}" is no registry with an organisation'
        hint = "write it without scheme, tag or closing slash: registry.example.com/acme"
        yield document.fault(rules.REFERENCE, ("framework", "registry"), message, hint)


def _is_registry(text: str) -> bool:
    try:
        normalize_reference(f"{text}/image")
    except ValueError:
        return False
    return not has_tag_or_digest(text)


def context_paths(document: Document) -> Iterator[Diagnostic]:
    """What is mounted of the build context is in it."""
    provider = document.model.provider
    paths = {
        ("stage_extensions",): document.model.stage_extensions,
        ("provider", "config"): provider.config if provider else None,
    }
    for place, path in paths.items():
        if path is not None and leaves_context(path):
            hint = "move it into the context"
            yield document.fault(rules.PATH, place, f'"{path}" leaves the build context', hint)
        elif path is not None and not clean(path):
            yield document.fault(rules.PATH, place, f'"{path}" is the whole build context', "name a path inside it")


def binaries(document: Document) -> Iterator[Diagnostic]:
    """Each binary is named by a release."""
    for name, tag in document.model.binaries.model_dump(exclude_none=True).items():
        if not _RELEASE.fullmatch(tag):
            message = f'"{tag}" is no release of {name}'
            hint = "write the tag of a release, such as v2.25.0"
            yield document.fault(rules.BINARY_VERSION, ("binaries", name), message, hint)


def environment(document: Document) -> Iterator[Diagnostic]:
    """Every variable is one that the chosen kairos-init reads, and has an effect."""
    for name, text in document.model.environment.items():
        found = _name_fault(name) or _release_fault(document, name) or _effect_fault(document, name)
        if "\0" in text:
            found = (f"the value of {name} holds a NUL character", "remove it")
        if found:
            fault = document.fault(rules.ENVIRONMENT, ("environment", name), *found)
            near = nearest(name, _SINGLE) if variable(name) is None else ""
            yield fault.suggesting(near, document.root.find(("environment", name)).key)


def _name_fault(name: str) -> tuple[str, str] | None:
    if name.upper() in PROXIES:
        hint = f"remove it and build with --build-arg {name.upper()}=...: all steps see it, and no cache depends on it"
        return f"{name} is the builder's, not the image's", hint
    if name == STAGE_EXTENSIONS:
        return f"{name} follows from the field stage_extensions", "remove it, and name the folder in stage_extensions"
    if variable(name) is None:
        known = [*_SINGLE, *(f"{row.name}*" for row in VARIABLES if row.name not in _SINGLE)]
        hint = asking(nearest(name, known)) or f"known are {listing(known)}; set others in a step of your own"
        return f'kairos-init does not read the variable "{name}"', hint
    return None


def _release_fault(document: Document, name: str) -> tuple[str, str] | None:
    known, chosen = variable(name), document.model.kairos_init.release
    if known is None or known.first <= chosen:
        return None
    return f"kairos-init {chosen} does not read {name}", f"choose {known.first} or newer in kairos_init, or remove it"


def _effect_fault(document: Document, name: str) -> tuple[str, str] | None:
    known, provider = variable(name), document.model.provider
    if known is None or known.provider is None:
        return None
    if provider is None or provider.name != known.provider:
        return f"only the provider {known.provider} reads {name}", f"remove it, or make the provider {known.provider}"
    if name in VERSIONS and provider.version is not None:
        return f"the provider's version overrides {name}", "remove one of the two"
    return None
