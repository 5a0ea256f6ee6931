"""What is asked of artifacts, held against the image, against itself and against the chosen AuroraBoot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.kairos.auroraboot import AURORABOOT, FIRST_WITH_DISK, first_release_with
from kairosfile.kairos.releases import Release, image_of, release
from kairosfile.oci import normalize_reference
from kairosfile.spec import rules
from kairosfile.spec.checks.kairos_init import tool_parts
from kairosfile.spec.model.steps_values import size_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.model.artifacts import Artifacts
    from kairosfile.spec.nodes import Path

SECTION = "artifacts"
MEBIBYTE = 1 << 20

# What a file name may be that ends up in a command, in names beside it and on a person's disk.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}")
# Options that not all releases have, by the kind of artifact that has them.
_FEATURES = (
    ("iso", "extend_cmdline"),
    ("iso", "console"),
    ("uki", "splash"),
    ("uki", "sdboot_in_source"),
    ("raw", "state_size"),
    ("raw", "recovery_image_size"),
)
_SIZES = (("raw", "size"), ("raw", "state_size"), ("raw", "recovery_image_size"), ("uki", "efi_size_warn"))


def trusted_boot(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """An image for Trusted Boot has no initrd, which an ISO and disks need; a UKI is made of no other image."""
    model = document.model
    if model.trusted_boot:
        for kind in ("iso", "netboot", "raw"):
            if getattr(artifacts, kind) is not None:
                message = f"an image for Trusted Boot has no initrd, so there is no {kind} of it"
                hint = f"write `uki:` instead of `{kind}:`, which can have an ISO as output, or remove trusted_boot"
                yield document.fault(rules.ARTIFACT_TRUSTED_BOOT, (SECTION, kind), message, hint)
    elif artifacts.uki is not None:
        hint = "write `trusted_boot: true`, or `iso:` instead of `uki:`"
        message = "a UKI is made of an image for Trusted Boot only"
        yield document.fault(rules.ARTIFACT_TRUSTED_BOOT, (SECTION, "uki"), message, hint)


def auroraboot(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """The parts of `auroraboot` name one image, and one release whose command line is known."""
    chosen, path = artifacts.auroraboot, (SECTION, "auroraboot")
    yield from tool_parts(document, path, chosen, AURORABOOT, rules.AURORABOOT)
    try:
        normalize_reference(chosen.reference)
    except ValueError as error:
        example = image_of(tool=AURORABOOT)
        hint = f"write it as you would after FROM, in lower case: {example}"
        yield document.fault(rules.REFERENCE, path, str(error), hint)
    if chosen.release > release(AURORABOOT.newest):
        newest = AURORABOOT.newest
        message = f"AuroraBoot {chosen.release} is newer than is known here; it is given the command line of {newest}"
        hint = f"choose {newest} or an older one in auroraboot if the build fails"
        yield document.fault(rules.NEWER_AURORABOOT, path, message, hint)


def features(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """What is asked for exists in the chosen AuroraBoot, which ignores many a word that it does not know."""
    chosen = artifacts.auroraboot.release
    for path, what, first in _asked(artifacts):
        if chosen < first:
            message = f"AuroraBoot {chosen} does not know {what}"
            hint = f"choose {first} or newer in auroraboot, or remove {what}"
            yield document.fault(rules.AURORABOOT_FEATURE, path, message, hint)


def _asked(artifacts: Artifacts) -> Iterator[tuple[Path, str, Release]]:
    """Yield the place of each thing asked for, what it is, and the first release that has it."""
    for kind, option in _FEATURES:
        if getattr(getattr(artifacts, kind), option, None):
            yield (SECTION, kind, option), option, first_release_with(kind, option)
    raw = artifacts.raw
    if raw is None:
        return
    for index, disk in enumerate(raw.formats):
        if disk in FIRST_WITH_DISK:
            yield (SECTION, "raw", "formats", index), f"the disk {disk}", FIRST_WITH_DISK[disk]
    if not raw.default_cloud_config:
        first = first_release_with("raw", "no_default_cloud_config")
        yield (SECTION, "raw", "default_cloud_config"), "default_cloud_config", first


def name(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """The name is one of a file."""
    written = artifacts.name
    if written is not None and not _NAME.fullmatch(written):
        hint = "write letters, digits and _ . + -, without a folder and without an end such as .iso"
        yield document.fault(rules.PATH, (SECTION, "name"), f'"{written}" is not the name of a file', hint)


def sizes(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """AuroraBoot counts in mebibytes."""
    for kind, option in _SIZES:
        text = getattr(getattr(artifacts, kind), option, None)
        if text is None:
            continue
        size = size_bytes(text)
        if not size or size % MEBIBYTE:
            hint = "write a number with m or g, for example 512m or 8g"
            yield document.fault(rules.SIZE, (SECTION, kind, option), f'"{text}" is not a size in mebibytes', hint)


def options(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """What is asked of one artifact can be done together."""
    yield from _uki(document, artifacts)
    raw = artifacts.raw
    if raw is None:
        return
    yield from _named(document, "raw", "formats", raw.formats)
    if {"efi", "bios"} <= set(raw.formats):
        place = (SECTION, "raw", "formats", raw.formats.index("bios"))
        message = "the disks for UEFI and for BIOS have the same name, NAME.raw"
        yield document.fault(rules.ARTIFACT_OPTIONS, place, message, "make them in two builds, with one format each")


def _uki(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    uki = artifacts.uki
    if uki is None:
        return
    yield from _named(document, "uki", "outputs", uki.outputs)
    if uki.extra_cmdline and uki.extend_cmdline:
        hint = "remove one: extra_cmdline adds boot entries, extend_cmdline changes the default one"
        message = "AuroraBoot refuses extra_cmdline together with extend_cmdline"
        yield document.fault(rules.ARTIFACT_OPTIONS, (SECTION, "uki", "extend_cmdline"), message, hint)
    for index, entry in enumerate(uki.single_efi_cmdline):
        if not all(part.strip() for part in entry.partition(":")):
            place = (SECTION, "uki", "single_efi_cmdline", index)
            message = f'"{entry}" has no title'
            yield document.fault(rules.ARTIFACT_OPTIONS, place, message, "write `Title: words for the kernel`")
    for option in ("extra_cmdline", "single_efi_cmdline"):
        for index, entry in enumerate(getattr(uki, option)):
            if "," in entry:
                hint = "write these words in extend_cmdline, which is taken as it is"
                message = f"AuroraBoot cuts each item of {option} at its commas"
                yield document.fault(rules.ARTIFACT_OPTIONS, (SECTION, "uki", option, index), message, hint)
    for option in ("overlay_iso", "cloud_config"):
        if getattr(uki, option) is not None and "iso" not in uki.outputs:
            message = f"{option} is put into an ISO, and none is asked for"
            hint = f"add iso to outputs, or remove {option}"
            yield document.fault(rules.ARTIFACT_OPTIONS, (SECTION, "uki", option), message, hint)


def _named(document: Document, kind: str, option: str, words: tuple[str, ...]) -> Iterator[Diagnostic]:
    if not words:
        hint = f"name one, or remove {option} for the usual one"
        yield document.fault(rules.ARTIFACT_OPTIONS, (SECTION, kind, option), f"{option} asks for nothing", hint)


RULES = (trusted_boot, auroraboot, features, name, sizes, options)
