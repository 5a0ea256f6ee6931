"""Checks of the sections `install` and `init`: mounts of the stages of kairos-init."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import first_release_with, schema_for
from kairosfile.kairos.distributions import FAMILIES
from kairosfile.kairos.install_parts import FIRST, WHOLE_STAGE
from kairosfile.kairos.releases import Release
from kairosfile.language import rules
from kairosfile.sections.hooks.values import clean_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.document import Document

# The plan mounts the program and its files at paths with these prefixes, and a tmpfs over its logs.
_OWN = "/kairos-init"
_LOGS = ("/var/log/kairos", "/run/kairos")

# At its end init removes all files below these, and fails on a mount point: "device or resource busy".
_CLEANED = ("/tmp", "/var/tmp")  # noqa: S108 - paths of the image
_FIRST_CLEANUP = Release(0, 5, 0)
_EMPTIED = tuple(path for family in FAMILIES if family.manager for path in family.manager.caches)


def mounts(document: Document) -> Iterator[Diagnostic]:
    """Yield the diagnostics of the mounts of both stages."""
    for stage in ("install", "init"):
        section = getattr(document.model, stage).mounts
        if not section:
            continue
        from kairosfile.sections.hooks.mounts import check_mounts  # noqa: PLC0415 - few stages have mounts

        yield from check_mounts(document.diagnostic, (stage, "mounts"), section)
        for index, mount in enumerate(section):
            target = clean_path(mount.target or "/")
            if target.startswith(_OWN) or target in _LOGS:
                message, hint = f"the stage already has a mount at {target}", "give this one another target"
                yield document.diagnostic(rules.MOUNT_TARGET, (stage, "mounts", index, "target"), message, hint)


def mounts_of_init(document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic for mounts in folders that init cleans up."""
    if document.model.kairos_init.release < _FIRST_CLEANUP:
        return
    for index, mount in enumerate(document.model.init.mounts):
        target = clean_path(mount.target or "/")
        path = ("init", "mounts", index, "target")
        if any(target.startswith(f"{folder}/") for folder in _CLEANED):
            message = f"init removes all that is below /tmp and /var/tmp, and fails on the mount at {target}"
            yield document.diagnostic(rules.MOUNT_TARGET, path, message, "mount it elsewhere, for example below /run")
        elif mount.type == "cache" and any(f"{target}/".startswith(f"{cache}/") for cache in _EMPTIED):
            message = f"init empties {target}, the cache too"
            yield document.diagnostic(rules.MOUNT_TARGET, path, message, "mount it for install only")


def fips_of_init(document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic if FIPS is for init alone and init of the chosen release has no flag for it."""
    model = document.model
    known = any(
        flag.setting == "fips" and "init" in flag.stages for flag in schema_for(model.kairos_init.release).flags
    )
    if model.fips and model.install.fips is False and not known and first_release_with("fips") is not None:
        message = f"init of kairos-init {model.kairos_init.release} has no flag for FIPS"
        hint = "choose v0.3.0 or newer in kairos_init, or remove `fips: false`"
        yield document.diagnostic(rules.RELEASE_FEATURE, ("install", "fips"), message, hint)


def install_parts(document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic if the file requests install in parts and that is impossible."""
    if document.model.install.parts and (reason := _why_in_one(document)):
        yield document.diagnostic(rules.INSTALL_PARTS, ("install", "parts"), *reason)


def _why_in_one(document: Document) -> tuple[str, str] | None:
    """Return the reason why install cannot run in parts, and the hint; None if it can."""
    model = document.model
    remove = "remove `parts: true`"
    if model.kairos_init.release < FIRST:
        message = f"install of kairos-init {model.kairos_init.release} cannot run in parts"
        return message, f"choose {FIRST} or newer in kairos_init, or {remove}"
    if model.stage_extensions is not None:
        return "every run of install starts the stage extensions again", f"remove stage_extensions, or {remove}"
    if WHOLE_STAGE in model.skip_steps:
        return "skip_steps skips all of install", f"remove `{WHOLE_STAGE}` from skip_steps, or {remove}"
    return None


RULES = (mounts, mounts_of_init, fips_of_init, install_parts)
