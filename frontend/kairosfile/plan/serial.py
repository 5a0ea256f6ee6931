"""A plan as JSON data, for people, programs and snapshots.

`schema` names the form; it changes when a reader would have to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile.plan.model import Copy, Image, Mount, Plan, Run, Step

if TYPE_CHECKING:
    from kairosfile.spec.source import Range

SCHEMA = "kairosfile.plan/1"


def to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as lists, dicts and texts."""
    return {
        "schema": SCHEMA,
        "platform": plan.platform,
        "images": [_image(image) for image in plan.images],
        "steps": [_step(step) for step in plan.steps],
        "root": plan.root,
        "gates": list(plan.gates),
        "labels": dict(plan.labels),
    }


def _image(image: Image) -> dict[str, Any]:
    return {"id": image.id, "reference": image.reference, "range": _range(image.range)}


def _step(step: Step) -> dict[str, Any]:
    action = step.action
    return {
        "id": step.id,
        "name": step.name,
        "start": step.start,
        **({"run": _run(action)} if isinstance(action, Run) else {"copy": _copy(action)}),
        "ranges": [_range(where) for where in step.ranges],
        "fields": list(step.fields),
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "argv": list(run.argv),
        "env": dict(run.env),
        "mounts": [_mount(mount) for mount in run.mounts],
        "network": run.network,
        "read_only_root": run.read_only_root,
    }


def _mount(mount: Mount) -> dict[str, str]:
    pairs = {"kind": mount.kind, "target": mount.target, "image": mount.image, "path": mount.path}
    return {key: value for key, value in pairs.items() if value}


def _copy(copy: Copy) -> dict[str, Any]:
    return {"sources": list(copy.sources), "target": copy.target}


def _range(where: Range) -> str:
    return f"{where.start.line}:{where.start.column}-{where.end.line}:{where.end.column}"
