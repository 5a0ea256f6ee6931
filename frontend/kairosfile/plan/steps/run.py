"""`run`: a command with its mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.plan.images import image_id
from kairosfile.plan.model import Mount, Run, SecretEnv
from kairosfile.spec.interpolation import named_in
from kairosfile.spec.model import BindMount, CacheMount, SecretMount, SshMount, TmpfsMount
from kairosfile.spec.model.steps_values import mode_bits, size_bytes

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Mount as WrittenMount
    from kairosfile.spec.model import RunStep
    from kairosfile.spec.model.image_tests import RunTest

# `-e`: a text of several lines stops at the first one that fails.
SHELL = ("/bin/sh", "-ec")

# Where the Dockerfile frontend puts what has no target of its own.
SECRETS = "/run/secrets"
AGENTS = "/run/buildkit/ssh_agent"


def action(document: Document, step: RunStep) -> Run:
    """Return the command of a step."""
    return Run(
        tuple(step.run) if isinstance(step.run, list) else (*SHELL, step.run),
        _mounts(document, step),
        tuple(sorted((named_in(step.run, document.args) | step.env).items())),
        step.network,
        user=step.user or "",
        cwd=step.workdir or "/",
        secret_env=_secret_env(step),
    )


def fields(document: Document, step: RunStep | RunTest) -> tuple[str, ...]:
    """Return the args of the file that the command finds in its environment."""
    named = named_in(step.run, document.args)
    return tuple(f"args.{name}" for name in named if name in document.model.args and name not in step.env)


def describe(step: RunStep | RunTest) -> str:
    """Return the words of a command, or the first line of a text."""
    if isinstance(step.run, list):
        return " ".join(step.run)
    lines = [line.strip() for line in step.run.strip().splitlines()]
    return lines[0] + (" ..." if len(lines) > 1 else "") if lines else ""


def _mounts(document: Document, step: RunStep) -> tuple[Mount, ...]:
    mounts: list[Mount] = []
    for written in step.mounts:
        agents = sum(mount.kind == "ssh" for mount in mounts)
        if (mount := _mount(document, written, agents)) is not None:
            mounts.append(mount)
    return tuple(mounts)


def _mount(document: Document, written: WrittenMount, agents: int) -> Mount | None:
    """Return a mount, None for a secret that is only a variable; `agents` are those mounted before it."""
    match written:
        case CacheMount():
            return Mount("cache", written.target, id=written.id or written.target, sharing=written.sharing)
        case TmpfsMount():
            return Mount("tmpfs", written.target, size=size_bytes(written.size or "0") or 0)
        case BindMount():
            return _bind(document, written)
        case SecretMount():
            target = written.target or (None if written.env else f"{SECRETS}/{written.id.rpartition('/')[2]}")
            return _private("secret", target, written) if target else None
        case SshMount():
            return _private("ssh", written.target or f"{AGENTS}.{agents}", written)


def _bind(document: Document, written: BindMount) -> Mount:
    path = written.source.strip("/") or "."
    if written.from_ is None:
        return Mount("context", written.target, path=path, writable=written.writable)
    image = image_id(document, written.from_)
    return Mount("image", written.target, image, f"/{path}" if path != "." else "", writable=written.writable)


def _private(kind: Literal["secret", "ssh"], target: str, written: SecretMount | SshMount) -> Mount:
    mode = mode_bits(written.mode) if written.mode else None
    required, uid, gid = written.required, written.uid, written.gid
    return Mount(kind, target, id=written.id, mode=mode, uid=uid, gid=gid, required=required)


def _secret_env(step: RunStep) -> tuple[SecretEnv, ...]:
    secrets = [mount for mount in step.mounts if isinstance(mount, SecretMount)]
    return tuple(SecretEnv(mount.env, mount.id, mount.required) for mount in secrets if mount.env)
