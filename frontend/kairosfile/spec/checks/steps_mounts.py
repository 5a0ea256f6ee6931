"""The mounts of `run` steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.spec import rules
from kairosfile.spec.checks.steps import absolute, is_variable, leaves, mode, variable
from kairosfile.spec.model import BindMount, CacheMount, RunStep, SecretMount, SshMount, TmpfsMount
from kairosfile.spec.model.steps_values import size_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Mount
    from kairosfile.spec.nodes import Path

# What `--secret id=` and `--ssh` can say: a comma or an equals sign ends the id there.
_ID = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_CACHE_ID = re.compile(r"[A-Za-z0-9_./:@-]{1,256}")


def mounts(document: Document) -> Iterator[Diagnostic]:
    """Each mount by itself."""
    for path, mount in _mounts(document):
        yield from _paths(document, path, mount)
        yield from _id(document, path, mount)
        if isinstance(mount, SecretMount | SshMount):
            yield from mode(document, (*path, "mode"), mount.mode)
        if isinstance(mount, SecretMount) and mount.env and not is_variable(mount.env):
            yield variable(document, (*path, "env"), mount.env)
        if isinstance(mount, TmpfsMount) and mount.size and size_bytes(mount.size) is None:
            message, hint = f'"{mount.size}" is not a size', "write bytes, or a number with k, m or g, for example 64m"
            yield document.fault(rules.SIZE, (*path, "size"), message, hint)


def _mounts(document: Document) -> Iterator[tuple[Path, Mount]]:
    for path, step in document.steps():
        for index, mount in enumerate(step.mounts if isinstance(step, RunStep) else ()):
            yield (*path, "mounts", index), mount


def _paths(document: Document, path: Path, mount: Mount) -> Iterator[Diagnostic]:
    if mount.target and not mount.target.startswith("/"):
        yield absolute(document, (*path, "target"), mount.target)
    elif mount.target and not _normal(mount.target):
        message = "a mount cannot hide the root of the image"
        yield document.fault(rules.MOUNT_TARGET, (*path, "target"), message, "mount it at a folder, for example /src")
    if isinstance(mount, BindMount) and ".." in mount.source.split("/"):
        yield leaves(document, (*path, "source"), mount.source, mount.from_)


def _id(document: Document, path: Path, mount: Mount) -> Iterator[Diagnostic]:
    if not isinstance(mount, CacheMount | SecretMount | SshMount) or mount.id is None:
        return
    if not (_CACHE_ID.fullmatch(mount.id) if isinstance(mount, CacheMount) else is_id(mount.id)):
        message = f'"{mount.id}" cannot be an id'
        hint = "write letters, digits, dots, dashes and slashes, for example github-token"
        yield document.fault(rules.MOUNT_ID, (*path, "id"), message, hint)


def is_id(text: str) -> bool:
    """Tell whether a secret or an agent can be called this."""
    return _ID.fullmatch(text) is not None


def targets(document: Document) -> Iterator[Diagnostic]:
    """No two mounts of a step are at one place."""
    for path, step in document.steps():
        seen: dict[str, str] = {}
        for index, mount in enumerate(step.mounts if isinstance(step, RunStep) else ()):
            where = _normal(mount.target or _default_target(mount))
            if where and where in seen:
                message = f"two mounts of this step are at {where}, the first is a {seen[where]} mount"
                hint = "give one of them another target"
                yield document.fault(rules.MOUNT_TARGET, (*path, "mounts", index, "target"), message, hint)
            seen[where] = mount.type


def _normal(target: str) -> str:
    parts = [part for part in target.split("/") if part not in ("", ".")]
    return "/" + "/".join(parts) if parts else ""


def _default_target(mount: Mount) -> str:
    if isinstance(mount, SecretMount) and not mount.env:
        return f"/run/secrets/{mount.id.rpartition('/')[2]}"
    return ""


def variables(document: Document) -> Iterator[Diagnostic]:
    """A variable is set by the step's env or by one secret."""
    for path, step in document.steps():
        seen = set(step.env) if isinstance(step, RunStep) else set()
        for index, mount in enumerate(step.mounts if isinstance(step, RunStep) else ()):
            if isinstance(mount, SecretMount) and mount.env:
                if mount.env in seen:
                    message, place = (
                        f"the variable {mount.env} is set twice in this step",
                        (*path, "mounts", index, "env"),
                    )
                    yield document.fault(rules.VARIABLE, place, message, "give the secret another variable")
                seen.add(mount.env)
