"""Files and secrets that artifacts name: they are there, and each kind comes the way that it must.

The files of the public keys are asked for one by one, so that a private key beside them is not transferred. Folders
are looked at only where that transfers nothing: `Files.names`, `Files.below`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.kairos.auroraboot import public_keys
from kairosfile.spec import rules
from kairosfile.spec.checks import lint_secrets
from kairosfile.spec.checks.artifacts import SECTION
from kairosfile.spec.checks.cloud_config import faults_of_file
from kairosfile.spec.checks.steps_mounts import is_id
from kairosfile.spec.files import clean, leaves_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.model.artifacts import Artifacts, ConfigSource
    from kairosfile.spec.nodes import Path

HINT = "paths start at the root of the build context; check the name, and .dockerignore"
_PATHS = (
    *((kind, option) for kind in ("iso", "uki") for option in ("overlay_rootfs", "overlay_iso")),
    ("uki", "splash"),
)
_OVERLAYS = _PATHS[:-1]
# What private keys are called, of which their content makes sure.
_PERHAPS_PRIVATE = re.compile(r"(?:.*/)?(?:.*\.(?:key|pem)|id_[a-z0-9]+|.*_key)", re.IGNORECASE)
_KEY_CONTENT = re.compile(lint_secrets.PRIVATE_KEY.encode())
_PRIVATE = re.compile(r".*\.key|tpm2-pcr-private\.pem|.*private.*\.pem", re.IGNORECASE)


def paths(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """What is taken of the build context is in it, and is not all of it."""
    for kind, option in _PATHS:
        path = getattr(getattr(artifacts, kind), option, None)
        if path is not None:
            yield from _path(document, (SECTION, kind, option), path)


def keys(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """The public keys are in the build context, the private ones are not."""
    uki, files = artifacts.uki, document.files
    if uki is None:
        return
    place, folder = (SECTION, "uki", "keys", "public_keys"), uki.keys.public_keys
    faults = list(_path(document, place, folder))
    yield from faults
    if faults or files is None:
        return
    for path in key_files(artifacts):
        if files.read(path) is None:
            yield document.fault(rules.MISSING_FILE, place, f'there is no file "{path}"', HINT)
    for found in files.names(folder) or ():
        if _PRIVATE.fullmatch(found):
            message = f'"{clean(folder)}/{found}" looks like a private key, and is in the build context'
            hint = f"move it out of the context and build with --secret id={found},src=FILE"
            yield document.fault(rules.PRIVATE_KEY, place, message, hint)


def overlays(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """No private key is laid over an artifact, which anybody may read who has it."""
    files = document.files
    if files is None:
        return
    for kind, option in _OVERLAYS:
        folder = getattr(getattr(artifacts, kind), option, None)
        for path in files.below(folder) if folder and not leaves_context(folder) else ():
            if _PERHAPS_PRIVATE.fullmatch(path) and _KEY_CONTENT.search(files.read(path) or b""):
                message = f'"{path}" is a private key, and whoever has the {kind.upper()} can read it there'
                hint = "move it out of the folder; what is secret is handed over at boot time, in a cloud-config"
                yield document.fault(rules.KEY_IN_OVERLAY, (SECTION, kind, option), message, hint)


def key_files(artifacts: Artifacts) -> list[str]:
    """Return the files of the public keys."""
    names = public_keys(artifacts.auroraboot.release)
    return [f"{clean(artifacts.uki.keys.public_keys)}/{name}" for name in names] if artifacts.uki else []


def secret_ids(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """Secrets are called what `--secret id=` can say."""
    uki = artifacts.uki
    for name, secret in uki.keys if uki else ():
        if name != "public_keys" and not is_id(secret):
            yield _bad_id(document, (SECTION, "uki", "keys", name), secret)
    for path, source in _configs(artifacts):
        if source.secret is not None and not is_id(source.secret):
            yield _bad_id(document, (*path, "secret"), source.secret)


def cloud_configs(document: Document, artifacts: Artifacts) -> Iterator[Diagnostic]:
    """A cloud-config comes from one place, and Kairos can read it."""
    for path, source in _configs(artifacts):
        if (source.from_ is None) == (source.secret is None):
            what = "both from and secret" if source.from_ else "neither from nor secret"
            hint = "name a file of the build context, or a secret of who builds"
            yield document.fault(rules.ARTIFACT_SECRET, path, f"this cloud_config has {what}", hint)
        elif source.from_ is not None:
            node = document.root.find(path)
            yield from faults_of_file(document, (*path, "from") if node.fields else path, source.from_)
        elif path[1] == "raw":
            message = "AuroraBoot prints the cloud-config of a disk while it builds, so it cannot be a secret"
            hint = "name a file without secrets, or put the secret into an ISO"
            yield document.fault(rules.ARTIFACT_SECRET, (*path, "secret"), message, hint)


def _configs(artifacts: Artifacts) -> Iterator[tuple[Path, ConfigSource]]:
    for kind in ("iso", "uki", "raw"):
        source = getattr(getattr(artifacts, kind), "cloud_config", None)
        if source is not None:
            yield (SECTION, kind, "cloud_config"), source


def _path(document: Document, place: Path, path: str) -> Iterator[Diagnostic]:
    if leaves_context(path):
        yield document.fault(rules.PATH, place, f'"{path}" leaves the build context', "move it into the context")
    elif not clean(path):
        yield document.fault(rules.PATH, place, f'"{path}" is the whole build context', "name a path inside it")


def _bad_id(document: Document, place: Path, secret: str) -> Diagnostic:
    hint = "write letters, digits and _ . -, as after --secret id="
    return document.fault(rules.MOUNT_ID, place, f'"{secret}" is not the id of a secret', hint)


RULES = (paths, keys, secret_ids, cloud_configs, overlays)
