"""Checks of artifacts against the image, each other and the chosen AuroraBoot.

Files and secrets that artifacts name must exist and be of the right kind.

The files of the public keys are requested one by one, so that a private key in the same folder is not transferred.
Folders are listed only if that needs no transfer: `Files.names`, `Files.below`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.auroraboot import AURORABOOT, FIRST_WITH_DISK, first_release_with, public_keys
from kairosfile.kairos.releases import Release, image_of, release
from kairosfile.language import rules
from kairosfile.language.files import clean, leaves_context
from kairosfile.oci import normalize_reference
from kairosfile.patterns import IGNORECASE, compile_later
from kairosfile.sections.hooks.mounts import is_id
from kairosfile.sections.hooks.values import size_bytes
from kairosfile.sections.image.checks import tool_parts
from kairosfile.sections.lint import secrets
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.files import Files
    from kairosfile.language.nodes import Path
    from kairosfile.sections.artifacts.records import Artifacts, ConfigSource
    from kairosfile.sections.document import Document


SECTION = "artifacts"
MEBIBYTE = 1 << 20

# Valid file names: they are used in a command, in names of further files and on the user's disk.
_NAME = compile_later(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}")
# Options that not all releases have, by the kind of artifact that has them.
_FEATURES = (
    ("iso", "extend_cmdline"),
    ("iso", "console"),
    ("uki", "splash"),
    ("uki", "sdboot_in_source"),
    ("raw", "state_size"),
    ("raw", "recovery_image_size"),
)
# AuroraBoot's own settings, and Kubernetes' quantities.
_SIZE_OF_OTHERS = compile_later(r"([1-9][0-9]{0,5}) *(?:([MG])i?B?)?", IGNORECASE)
_SIZES = (("raw", "size"), ("raw", "state_size"), ("raw", "recovery_image_size"), ("uki", "efi_size_warn"))

HINT = "paths start at the root of the build context; check the name, and .dockerignore"
_PATHS = (
    *((kind, option) for kind in ("iso", "uki") for option in ("overlay_rootfs", "overlay_iso")),
    ("uki", "splash"),
)
_OVERLAYS = _PATHS[:-1]
_ON_THE_MACHINE = "/oem/90_custom.yaml"  # where an installation writes it, and AuroraBoot on a disk
# File names of private keys; the content is checked too.
_PERHAPS_PRIVATE = compile_later(r".*(?:\.(?:key|pem)|_key)|id_[a-z0-9]+", IGNORECASE)
_PRIVATE = compile_later(r".*\.key|(?:(?!private).)*private.*\.pem", IGNORECASE)  # tpm2-pcr-private.pem, ...


def trusted_boot(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """An image for Trusted Boot has no initrd, which an ISO and disks need; a UKI needs an image for Trusted Boot."""
    model = document.model
    if model.trusted_boot:
        for kind in ("iso", "netboot", "raw"):
            if getattr(artifacts, kind) is not None:
                message = f"an image for Trusted Boot has no initrd, so there is no {kind} of it"
                hint = f"write `uki:` instead of `{kind}:`, which can have an ISO as output, or remove trusted_boot"
                yield document.diagnostic(rules.ARTIFACT_TRUSTED_BOOT, (SECTION, kind), message, hint)
    elif artifacts.uki is not None:
        hint = "write `trusted_boot: true`, or `iso:` instead of `uki:`"
        message = "a UKI is made of an image for Trusted Boot only"
        yield document.diagnostic(rules.ARTIFACT_TRUSTED_BOOT, (SECTION, "uki"), message, hint)


def auroraboot(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """The parts of `auroraboot` name one image, and one release whose command line is known."""
    chosen, path = artifacts.auroraboot, (SECTION, "auroraboot")
    yield from tool_parts(document, path, chosen, AURORABOOT, rules.AURORABOOT)
    try:
        normalize_reference(chosen.reference)
    except ValueError as error:
        example = image_of(tool=AURORABOOT)
        hint = f"write it as you would after FROM, in lower case: {example}"
        yield document.diagnostic(rules.REFERENCE, path, str(error), hint)
    if chosen.release > release(AURORABOOT.newest):
        newest = AURORABOOT.newest
        message = f"AuroraBoot {chosen.release} is newer than the known releases; it gets the command line of {newest}"
        hint = f"choose {newest} or an older one in auroraboot if the build fails"
        yield document.diagnostic(rules.NEWER_AURORABOOT, path, message, hint)


def features(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """The chosen AuroraBoot supports the options of the file; it ignores many unknown ones."""
    chosen = artifacts.auroraboot.release
    for path, what, first in _features_of(artifacts):
        if chosen < first:
            message = f"AuroraBoot {chosen} does not support {what}"
            hint = f"choose {first} or newer in auroraboot, or remove {what}"
            yield document.diagnostic(rules.AURORABOOT_FEATURE, path, message, hint)


def _features_of(artifacts: Artifacts) -> Iterator[tuple[Path, str, Release]]:
    """Yield the path of each option, its name, and the first release that supports it."""
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
    """The name is a valid file name."""
    file_name = artifacts.name
    if file_name is not None and not _NAME.fullmatch(file_name):
        hint = "write letters, digits and _ . + -, without a folder and without an end such as .iso"
        yield document.diagnostic(rules.PATH, (SECTION, "name"), f'"{file_name}" is not the name of a file', hint)


def sizes(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """AuroraBoot counts in mebibytes."""
    for kind, option in _SIZES:
        text = getattr(getattr(artifacts, kind), option, None)
        if text is None:
            continue
        size = size_bytes(text)
        if not size or size % MEBIBYTE:
            meant = _size_meant(text)
            hint = f"write {meant}" if meant else "write a number with m or g, for example 512m or 8g"
            message = f'"{text}" is not a size in mebibytes'
            diagnostic = document.diagnostic(rules.SIZE, (SECTION, kind, option), message, hint)
            node = document.root.find((SECTION, kind, option))
            yield diagnostic.with_suggestion(meant, None if node.set_by else node.part())


def _size_meant(text: str) -> str:
    """Return the size for a number without a unit, of mebibytes, or with another unit; empty for other values."""
    match = _SIZE_OF_OTHERS.fullmatch(text)
    return f"{match[1]}{(match[2] or 'm').lower()}" if match else ""


def options(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """The options of one artifact do not exclude each other."""
    yield from _uki(document, artifacts)
    raw = artifacts.raw
    if raw is None:
        return
    yield from _named(document, "raw", "formats", raw.formats)
    if {"efi", "bios"} <= set(raw.formats):
        key_path = (SECTION, "raw", "formats", raw.formats.index("bios"))
        message = "the disks for UEFI and for BIOS have the same name, NAME.raw"
        yield document.diagnostic(
            rules.ARTIFACT_OPTIONS, key_path, message, "make them in two builds, with one format each"
        )


def _uki(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    uki = artifacts.uki
    if uki is None:
        return
    yield from _named(document, "uki", "outputs", uki.outputs)
    if uki.extra_cmdline and uki.extend_cmdline:
        hint = "remove one: extra_cmdline adds boot entries, extend_cmdline changes the default one"
        message = "AuroraBoot refuses extra_cmdline together with extend_cmdline"
        yield document.diagnostic(rules.ARTIFACT_OPTIONS, (SECTION, "uki", "extend_cmdline"), message, hint)
    for index, entry in enumerate(uki.single_efi_cmdline):
        if not all(part.strip() for part in entry.partition(":")):
            key_path = (SECTION, "uki", "single_efi_cmdline", index)
            message = f'"{entry}" has no title'
            yield document.diagnostic(rules.ARTIFACT_OPTIONS, key_path, message, "write `Title: words for the kernel`")
    for option in ("extra_cmdline", "single_efi_cmdline"):
        for index, entry in enumerate(getattr(uki, option)):
            if "," in entry:
                hint = "write these words in extend_cmdline, which is passed unchanged"
                message = f"AuroraBoot cuts each item of {option} at its commas"
                yield document.diagnostic(rules.ARTIFACT_OPTIONS, (SECTION, "uki", option, index), message, hint)
    for option in ("overlay_iso", "cloud_config"):
        if getattr(uki, option) is not None and "iso" not in uki.outputs:
            message = f"{option} is put into an ISO, but outputs has no ISO"
            hint = f"add iso to outputs, or remove {option}"
            yield document.diagnostic(rules.ARTIFACT_OPTIONS, (SECTION, "uki", option), message, hint)


def _named(document: Document, kind: str, option: str, words: tuple[str, ...]) -> Iterator[Diagnostic]:
    if not words:
        hint = f"name one, or remove {option} for the usual one"
        yield document.diagnostic(rules.ARTIFACT_OPTIONS, (SECTION, kind, option), f"{option} is empty", hint)


def paths(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """Files of the build context exist, and are not the whole context."""
    for kind, option in _PATHS:
        path = getattr(getattr(artifacts, kind), option, None)
        if path is not None:
            yield from _path(document, (SECTION, kind, option), path)


def keys(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """The public keys are in the build context, the private ones are not."""
    uki, files = artifacts.uki, document.files
    if uki is None:
        return
    key_path, folder = (SECTION, "uki", "keys", "public_keys"), uki.keys.public_keys
    diagnostics = list(_path(document, key_path, folder))
    yield from diagnostics
    if diagnostics or files is None:
        return
    for path in key_files(artifacts):
        if files.read(path) is None:
            yield document.diagnostic(rules.MISSING_FILE, key_path, f'there is no file "{path}"', HINT)
    for entry in files.names(folder) or ():
        if _PRIVATE.fullmatch(entry):
            message = f'"{clean(folder)}/{entry}" looks like a private key, and is in the build context'
            hint = f"move it out of the context and build with --secret id={entry},src=FILE"
            yield document.diagnostic(rules.PRIVATE_KEY, key_path, message, hint)


def overlays(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """No overlay contains a private key, which everyone with the artifact could read."""
    files = document.files
    if files is None:
        return
    for kind, option in _OVERLAYS:
        folder = getattr(getattr(artifacts, kind), option, None)
        for path in files.below(folder) if folder and not leaves_context(folder) else ():
            if _PERHAPS_PRIVATE.fullmatch(path.rpartition("/")[2]) and secrets.PRIVATE_KEY.search(
                _content(files, path)
            ):
                message = f'"{path}" is a private key, and everybody with the {kind.upper()} can read it there'
                hint = "move it out of the folder; pass secrets at boot time, in a cloud-config"
                yield document.diagnostic(rules.KEY_IN_OVERLAY, (SECTION, kind, option), message, hint)


def _content(files: Files, path: str) -> str:
    """Return the content of a file, byte by byte, empty if it is refused: a build copies it anyway."""
    try:
        return (files.read(path) or b"").decode("latin-1")
    except RefusedFileError:
        return ""


def key_files(artifacts: Artifacts) -> list[str]:
    """Return the files of the public keys."""
    names = public_keys(artifacts.auroraboot.release)
    return [f"{clean(artifacts.uki.keys.public_keys)}/{name}" for name in names] if artifacts.uki else []


def secret_ids(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """Ids of secrets are valid for `--secret id=`."""
    uki = artifacts.uki
    for name, secret in vars(uki.keys).items() if uki else ():
        if name != "public_keys" and not is_id(secret):
            yield _bad_id(document, (SECTION, "uki", "keys", name), secret)
    for path, source in _configs(artifacts):
        if source.secret is not None and not is_id(source.secret):
            yield _bad_id(document, (*path, "secret"), source.secret)


def cloud_configs(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """A cloud-config has one source, and Kairos can read it."""
    for path, source in _configs(artifacts):
        if (source.from_ is None) == (source.secret is None):
            what = "both from and secret" if source.from_ else "neither from nor secret"
            hint = "name a file of the build context, or a build secret"
            yield document.diagnostic(rules.ARTIFACT_SECRET, path, f"this cloud_config has {what}", hint)
        elif source.from_ is not None:
            node = document.root.find(path)
            yield from _config_file(document, (*path, "from") if node.fields else path, source)
        elif path[1] == "raw":
            message = "AuroraBoot prints the cloud-config of a disk while it builds, so it cannot be a secret"
            hint = "name a file without secrets, or put the secret into an ISO"
            yield document.diagnostic(rules.ARTIFACT_SECRET, (*path, "secret"), message, hint)


def _config_file(document: Document, path: Path, config: ConfigSource) -> Iterator[Diagnostic]:
    from kairosfile.sections.cloud_config.checks import NamedFile, diagnostics_of_file  # noqa: PLC0415 - few have one
    from kairosfile.sections.cloud_config.schema import Reader  # noqa: PLC0415

    release = document.model.kairos_init.release
    reader = Reader("disk" if path[1] == "raw" else "iso", release, _ON_THE_MACHINE)
    yield from diagnostics_of_file(document, NamedFile(path, str(config.from_), config.template), reader)


def _configs(artifacts: Artifacts) -> Iterator[tuple[Path, ConfigSource]]:
    for kind in ("iso", "uki", "raw"):
        source = getattr(getattr(artifacts, kind), "cloud_config", None)
        if source is not None:
            yield (SECTION, kind, "cloud_config"), source


def _path(document: Document, key_path: Path, path: str) -> Iterator[Diagnostic]:
    if leaves_context(path):
        yield document.diagnostic(
            rules.PATH, key_path, f'"{path}" leaves the build context', "move it into the context"
        )
    elif not clean(path):
        yield document.diagnostic(rules.PATH, key_path, f'"{path}" is the whole build context', "name a path inside it")


def _bad_id(document: Document, key_path: Path, secret: str) -> Diagnostic:
    hint = "write letters, digits and _ . -, as after --secret id="
    return document.diagnostic(rules.MOUNT_ID, key_path, f'"{secret}" is not the id of a secret', hint)


RULES = (
    trusted_boot,
    auroraboot,
    features,
    name,
    sizes,
    options,
    paths,
    keys,
    secret_ids,
    cloud_configs,
    overlays,
)
