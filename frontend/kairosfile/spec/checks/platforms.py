"""A file held against one platform that it is to be built for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.names import MODEL_ARCHITECTURE, MODELS_FOR_ANY_PLATFORM
from kairosfile.kairos.releases import is_official, release
from kairosfile.spec import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document

RISCV = "riscv64"
FIRST_ON_RISCV = release("v0.10.0")
ARCHITECTURES = ("amd64", "arm64", RISCV)
PROVIDER_ARCHITECTURES = ("amd64", "arm64")
ARTIFACT_ARCHITECTURES = ("amd64", "arm64")
ARTIFACTS = ("iso", "uki", "netboot", "raw")


def faults(document: Document, platform: str) -> list[Diagnostic]:
    """Return what stands against building a document for a platform such as `linux/arm64`."""
    architecture = platform.split("/")[1]
    return [
        *_model(document, platform, architecture),
        *_kairos_init(document, platform, architecture),
        *_fips(document, architecture),
        *_provider(document, platform, architecture),
        *_artifacts(document, platform, architecture),
    ]


def _model(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    """Boards have one architecture; kairos-init checks that only from v0.16.2, older ones build what cannot boot."""
    model = document.model.model
    if model not in MODELS_FOR_ANY_PLATFORM and architecture != MODEL_ARCHITECTURE:
        message = f"the model {model} needs linux/{MODEL_ARCHITECTURE}, this build is for {platform}"
        hint = f"build it with --platform linux/{MODEL_ARCHITECTURE}, or make the model generic"
        yield document.fault(rules.MODEL_PLATFORM, ("model",), message, hint)


def _kairos_init(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    """Kairos' own image exists for a few architectures; what others put into theirs is not known."""
    chosen = document.model.kairos_init
    if not is_official(chosen.reference):
        return
    if architecture not in ARCHITECTURES:
        message = f"there is no kairos-init for {platform}"
        hint = "build for linux/amd64, linux/arm64 or linux/riscv64"
        yield document.fault(rules.KAIROS_INIT_PLATFORM, ("kairos_init",), message, hint)
    elif architecture == RISCV and chosen.release < FIRST_ON_RISCV:
        message = f"there is no kairos-init {chosen.release} for {platform}"
        hint = f"choose {FIRST_ON_RISCV} or newer in kairos_init"
        yield document.fault(rules.KAIROS_INIT_PLATFORM, ("kairos_init",), message, hint)


def _artifacts(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    """AuroraBoot bundles what boots amd64 and arm64; a BIOS starts amd64 only."""
    artifacts = document.model.artifacts
    if artifacts is None:
        return
    if architecture not in ARTIFACT_ARCHITECTURES and any(getattr(artifacts, kind) is not None for kind in ARTIFACTS):
        message = f"AuroraBoot makes nothing for {platform}"
        hint = "build for linux/amd64 or linux/arm64, or remove the artifacts"
        yield document.fault(rules.ARTIFACT_PLATFORM, ("artifacts",), message, hint)
    elif artifacts.raw is not None and "bios" in artifacts.raw.formats and architecture != "amd64":
        place = ("artifacts", "raw", "formats", artifacts.raw.formats.index("bios"))
        message = f"no machine of {platform} starts from a BIOS disk"
        yield document.fault(rules.ARTIFACT_PLATFORM, place, message, "write efi, or build for linux/amd64")


def _fips(document: Document, architecture: str) -> Iterator[Diagnostic]:
    if document.model.fips and architecture == RISCV:
        hint = "build for linux/amd64 or linux/arm64, or remove fips"
        yield document.fault(rules.FIPS_PLATFORM, ("fips",), "kairos-init refuses FIPS on riscv64", hint)


def _provider(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    provider = document.model.provider
    if provider is not None and architecture not in PROVIDER_ARCHITECTURES:
        message = f"{provider.name} is not released for {platform}"
        hint = "build for linux/amd64 or linux/arm64, or make the image core"
        yield document.fault(rules.PROVIDER_PLATFORM, ("provider",), message, hint)
