"""Serialize a plan as JSON data, for people, programs and snapshots.

`schema` is the version of the format; it changes when readers would have to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile.plan.model import Action, Artifact, Copy, Download, File, Image, Mount, Plan, Run, SecretEnv, Step

if TYPE_CHECKING:
    from kairosfile.language.nodes import Range

SCHEMA = "kairosfile.plan/1"


def to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as lists, dicts and texts."""
    return {
        "schema": SCHEMA,
        "platform": plan.platform,
        "images": [_image(image) for image in plan.images],
        "steps": [_step(step) for step in plan.steps],
        "root": plan.root,
        "gates": list(plan.checks),
        "labels": dict(plan.labels),
        **_without_empty({"annotations": dict(plan.annotations), "overlays": list(plan.overlays)}),
        **_without_empty({"layers": "one" if plan.one_layer else ""}),
        **_without_empty({"hand_over": plan.secret_export._asdict() if plan.secret_export else {}}),
        **_without_empty({"artifacts": [_artifact(artifact) for artifact in plan.artifacts if artifact.is_requested]}),
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    """Return an artifact that the file requests; the possible ones follow from the language."""
    always = {
        "name": artifact.name,
        "images": [_image(image) for image in artifact.images],
        "steps": [_step(step) for step in artifact.steps],
        "results": list(artifact.results),
    }
    return always | _without_empty({"entitlement": artifact.entitlement})


def _image(image: Image) -> dict[str, Any]:
    always = {"id": image.id, "reference": image.reference}
    return always | _without_empty({"platform": image.platform}) | {"range": _range(image.range)}


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "name": step.name,
        "start": step.start,
        **_action(step.action),
        "ranges": [_range(range_) for range_ in step.ranges],
        "fields": list(step.fields),
        **_without_empty({"aliases": list(step.aliases)}),
        **_without_empty({"holds_secret": step.holds_secret}),
    }


def _action(action: Action) -> dict[str, Any]:
    if isinstance(action, Run):
        return {"run": _run(action)}
    if isinstance(action, Download):
        return {"download": _download(action)}
    return {"file": _file(action)} if isinstance(action, File) else {"copy": _copy(action)}


def _run(run: Run) -> dict[str, Any]:
    always = {
        "argv": list(run.argv),
        "env": dict(run.env),
        "mounts": [_mount(mount) for mount in run.mounts],
        "network": run.network,
        "read_only_root": run.read_only_root,
    }
    secrets = [_secret_env(secret) for secret in run.secret_env]
    cwd = "" if run.cwd == "/" else run.cwd
    security = "" if run.security == "sandbox" else run.security
    more = {"user": run.user, "cwd": cwd, "secret_env": secrets, "security": security, "empty_root": run.empty_root}
    return always | _without_empty(more)


def _mount(mount: Mount) -> dict[str, Any]:
    plain = {"kind": mount.kind, "target": mount.target, "image": mount.image, "path": mount.path, "id": mount.id}
    if mount.step:
        plain["step"] = mount.step
    if mount.kind == "cache":
        plain["sharing"] = mount.sharing
    owner: dict[str, Any] = {"mode": _mode(mount.mode), "uid": mount.uid, "gid": mount.gid}
    return _without_empty(plain | owner | {"required": mount.required, "size": mount.size, "writable": mount.writable})


def _secret_env(secret: SecretEnv) -> dict[str, Any]:
    return _without_empty({"name": secret.name, "id": secret.id, "required": secret.required})


def _copy(copy: Copy) -> dict[str, Any]:
    options: dict[str, Any] = {"image": copy.image, "owner": copy.owner, "mode": _mode(copy.mode)}
    patterns = {"include": list(copy.include), "exclude": list(copy.exclude)}
    return {"sources": list(copy.sources), "target": copy.target} | _without_empty(options | patterns)


def _file(file: File) -> dict[str, Any]:
    always = {"target": file.target, "content": file.content, "mode": _mode(file.mode)}
    return always | _without_empty({"owner": file.owner, "source": file.source})


def _download(download: Download) -> dict[str, Any]:
    always = {"url": download.url, "checksum": download.checksum, "target": download.target}
    return always | {"mode": _mode(download.mode)} | _without_empty({"owner": download.owner})


def _mode(mode: int | None) -> str:
    return "" if mode is None else f"{mode:04o}"


def _without_empty(pairs: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in pairs.items() if value}


def _range(range_: Range) -> str:
    file = f"{range_.filename}:" if range_.filename else ""
    return f"{file}{range_.start.line}:{range_.start.column}-{range_.end.line}:{range_.end.column}"
