"""The mounts of a plan's commands as flags of RUN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.dockerfile import quoting

if TYPE_CHECKING:
    from kairosfile.plan.model import Mount, Run, SecretEnv


def flags(run: Run) -> list[str]:
    """Return the flags of a command; what becomes the step's result (`empty`) is none of them."""
    network = [] if run.network == "default" else [f"--network={run.network}"]
    security = [] if run.security == "sandbox" else [f"--security={run.security}"]
    mounts = [_fields(mount) for mount in run.mounts if mount.kind != "empty"]
    mounts += [_secret_env(secret) for secret in run.secret_env]
    return [*network, *security, *(f"--mount={quoting.mount(fields)}" for fields in mounts)]


def _fields(mount: Mount) -> list[str]:
    if mount.kind in ("image", "context"):
        return _bind(mount)
    if mount.kind == "cache":
        own = [] if mount.id == mount.target else [f"id={mount.id}"]
        sharing = [] if mount.sharing == "shared" else [f"sharing={mount.sharing}"]
        return ["type=cache", *own, f"target={mount.target}", *sharing]
    if mount.kind == "tmpfs":
        return ["type=tmpfs", f"target={mount.target}", *([f"size={mount.size}"] if mount.size else [])]
    return _private(mount)


def _bind(mount: Mount) -> list[str]:
    image = [f"from={mount.image}"] if mount.kind == "image" else []
    source = [f"source={mount.path}"] if mount.path not in ("", ".") else []
    return ["type=bind", *image, *source, f"target={mount.target}", *(["rw"] if mount.writable else [])]


def _private(mount: Mount) -> list[str]:
    mode = [] if mount.mode is None else [f"mode={mount.mode:04o}"]
    owner = [f"{name}={number}" for name, number in (("uid", mount.uid), ("gid", mount.gid)) if number]
    target = f"target={mount.target}"
    return [f"type={mount.kind}", f"id={mount.id}", target, *mode, *owner, *_required(mount.required)]


def _secret_env(secret: SecretEnv) -> list[str]:
    return ["type=secret", f"id={secret.id}", f"env={secret.name}", *_required(secret.required)]


def _required(required: bool) -> list[str]:
    return ["required=true"] if required else []
