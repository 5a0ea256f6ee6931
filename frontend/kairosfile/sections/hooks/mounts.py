"""Mounts of a command: their checks, and the mounts of the plan. Nothing mounted is part of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.language import rules
from kairosfile.patterns import compile_later
from kairosfile.plan.model import Mount as PlanMount
from kairosfile.plan.model import SecretEnv
from kairosfile.sections.hooks.values import (
    clean_path,
    invalid_image,
    invalid_mode,
    invalid_variable,
    mode_bits,
    path_outside,
    relative_path,
    size_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path
    from kairosfile.sections.hooks.mount_records import BindMount, Mount, SecretMount, SshMount
    from kairosfile.sections.hooks.values import Report


# Valid ids for `--secret id=` and `--ssh`: a comma or an equals sign ends the id there.
_ID = compile_later(r"[A-Za-z0-9_./-]{1,128}")
_CACHE_ID = compile_later(r"[A-Za-z0-9_./:@-]{1,256}")

# The default targets of secrets and agents in the Dockerfile frontend.
SECRETS = "/run/secrets"
AGENTS = "/run/buildkit/ssh_agent"


def check_mounts(
    report: Report, path: Path, mounts: Sequence[Mount], variables: Container[str] = ()
) -> Iterator[Diagnostic]:
    """Yield the diagnostics of the mounts of one command.

    Args:
        report: Creates a diagnostic at a path.
        path: The path of the list of mounts.
        mounts: The mounts.
        variables: The names of the other variables of the command.
    """
    for index, mount in enumerate(mounts):
        yield from _check_fields(report, (*path, index), mount)
    yield from _same_targets(report, path, mounts)
    yield from _same_variables(report, path, mounts, variables)


def _check_fields(report: Report, path: Path, mount: Mount) -> Iterator[Diagnostic]:
    yield from _check_paths(report, path, mount)
    yield from _check_id(report, path, mount)
    if mount.type == "bind":
        yield from invalid_image(report, (*path, "from"), mount.from_)
    if mount.type in {"secret", "ssh"}:
        yield from invalid_mode(report, (*path, "mode"), mount.mode)
    if mount.type == "secret" and mount.env:
        yield from invalid_variable(report, (*path, "env"), mount.env)
    if mount.type == "tmpfs" and mount.size and size_bytes(mount.size) is None:
        hint = "write a number of bytes, or one with k, m or g, for example 64m"
        yield report(rules.SIZE, (*path, "size"), f'"{mount.size}" is not a size', hint)


def _check_paths(report: Report, path: Path, mount: Mount) -> Iterator[Diagnostic]:
    if mount.target and not mount.target.startswith("/"):
        yield relative_path(report, (*path, "target"), mount.target)
    elif mount.target and clean_path(mount.target) == "/":
        hint = "mount it at a folder, for example /src"
        yield report(rules.MOUNT_TARGET, (*path, "target"), "a mount cannot hide the root of the image", hint)
    if mount.type == "bind" and ".." in mount.source.split("/"):
        yield path_outside(report, (*path, "source"), mount.source, mount.from_)


def _check_id(report: Report, path: Path, mount: Mount) -> Iterator[Diagnostic]:
    if mount.type == "cache":
        is_valid = mount.id is None or is_cache_id(mount.id)
    elif mount.type == "secret" or mount.type == "ssh":  # noqa: PLR1714 - as mypy narrows the type
        is_valid = is_id(mount.id)
    else:
        return
    if not is_valid:
        hint = "write letters, digits, dots, dashes and slashes, for example github-token"
        yield report(rules.MOUNT_ID, (*path, "id"), f'"{mount.id}" cannot be an id', hint)


def _same_targets(report: Report, path: Path, mounts: Sequence[Mount]) -> Iterator[Diagnostic]:
    types: dict[str, str] = {}
    for index, mount in enumerate(mounts):
        target = clean_path(mount.target or _default_target(mount))
        if target == "/":
            continue
        if target in types:
            message = f"two mounts of this step are at {target}, the first is a {types[target]} mount"
            yield report(rules.MOUNT_TARGET, (*path, index, "target"), message, "give one of them another target")
        types[target] = mount.type


def _same_variables(
    report: Report, path: Path, mounts: Sequence[Mount], variables: Container[str]
) -> Iterator[Diagnostic]:
    names: set[str] = set()
    for index, mount in enumerate(mounts):
        if mount.type == "secret" and mount.env:
            if mount.env in names or mount.env in variables:
                message = f"the variable {mount.env} is set twice in this step"
                yield report(rules.VARIABLE, (*path, index, "env"), message, "give the secret another variable")
            names.add(mount.env)


def is_cache_id(text: str) -> bool:
    """Return whether a text can be the id of a cache; ids for package managers have spaces, so no file names them."""
    return bool(_CACHE_ID.fullmatch(text))


def is_id(text: str) -> bool:
    """Return whether a text can be the id of a secret or an agent."""
    return _ID.fullmatch(text) is not None


def images_of(mounts: Sequence[Mount]) -> tuple[tuple[Path, str], ...]:
    """Return the images of mounts, each with the path of its field below the list of mounts."""
    return tuple(
        ((index, "from"), mount.from_) for index, mount in enumerate(mounts) if mount.type == "bind" and mount.from_
    )


def context_paths_of(mounts: Sequence[Mount]) -> tuple[tuple[Path, str], ...]:
    """Return the mounted paths of the build context, each with the path of its field below the list of mounts."""
    return tuple(
        ((index, "source"), mount.source)
        for index, mount in enumerate(mounts)
        if mount.type == "bind" and not mount.from_
    )


def plan_mounts(mounts: Sequence[Mount], image_id: Callable[[str], str]) -> tuple[PlanMount, ...]:
    """Return the mounts of the plan; `image_id` gives an image's id in the plan."""
    planned_mounts: list[PlanMount] = []
    for mount in mounts:
        agents = sum(each.kind == "ssh" for each in planned_mounts)
        if (planned := _plan_mount(mount, agents, image_id)) is not None:
            planned_mounts.append(planned)
    return tuple(planned_mounts)


def secret_variables(mounts: Sequence[Mount]) -> tuple[SecretEnv, ...]:
    """Return the environment variables that hold secrets."""
    secrets = [mount for mount in mounts if mount.type == "secret"]
    return tuple(SecretEnv(mount.env, mount.id, mount.required) for mount in secrets if mount.env)


def _default_target(mount: Mount) -> str:
    if mount.type == "secret" and not mount.env:
        return f"{SECRETS}/{mount.id.rpartition('/')[2]}"
    return ""


def _plan_mount(mount: Mount, agents: int, image_id: Callable[[str], str]) -> PlanMount | None:
    """Return a mount, None for a secret that is only a variable; `agents` is the number of agents before it."""
    if mount.type == "cache":
        return PlanMount("cache", mount.target, id=mount.id or mount.target, sharing=mount.sharing)
    if mount.type == "tmpfs":
        return PlanMount("tmpfs", mount.target, size=size_bytes(mount.size or "0") or 0)
    if mount.type == "bind":
        return _plan_bind(mount, image_id)
    if mount.type == "ssh":
        return _plan_private("ssh", mount.target or f"{AGENTS}.{agents}", mount)
    target = mount.target or _default_target(mount)
    return _plan_private("secret", target, mount) if target else None


def _plan_bind(mount: BindMount, image_id: Callable[[str], str]) -> PlanMount:
    path = mount.source.strip("/") or "."
    if mount.from_ is None:
        return PlanMount("context", mount.target, path=path, writable=mount.writable)
    image = image_id(mount.from_)
    return PlanMount("image", mount.target, image, f"/{path}" if path != "." else "", writable=mount.writable)


def _plan_private(kind: Literal["secret", "ssh"], target: str, mount: SecretMount | SshMount) -> PlanMount:
    mode = mode_bits(mount.mode) if mount.mode else None
    required, uid, gid = mount.required, mount.uid, mount.gid
    return PlanMount(kind, target, id=mount.id, mode=mode, uid=uid, gid=gid, required=required)
