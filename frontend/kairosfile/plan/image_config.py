"""The config of the finished image: the base's, with labels and a history entry for each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.json_text import to_json
from kairosfile.plan.model import Action, Copy, Download, Plan, Run, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Config = Mapping[str, Any]

COMMENT = "kairosfile.v1"
BASE_NAME_LABEL = "org.opencontainers.image.base.name"
BASE_DIGEST_LABEL = "org.opencontainers.image.base.digest"


def image_config(plan: Plan, base: Config, base_name: str, base_digest: str, epoch: int | None = None) -> bytes:
    """Return the OCI image config of the finished image as JSON. Equal plans on equal bases give equal configs.

    Args:
        plan: The plan of one platform.
        base: Config of the base image, empty for none.
        base_name: Name of the base image, empty if it has none.
        base_digest: Digest of the base image, empty if it has none.
        epoch: SOURCE_DATE_EPOCH in seconds since 1970: the time of all history entries; None leaves them without one.
    """
    operating_system, architecture, *variant = plan.platform.split("/")
    config = {key: value for key, value in base.items() if key != "created"}
    config |= {"os": operating_system, "architecture": architecture}
    if variant:
        config["variant"] = variant[0]
    config["config"] = _runtime_config(plan, base.get("config") or {}, base_name, base_digest)
    own = [_history(step, epoch) for step in plan.steps]
    if plan.one_layer:
        own = [*({**entry, "empty_layer": True} for entry in own[:-1]), *own[-1:]]
    config["history"] = [*(base.get("history") or []), *own]
    return to_json(config, compact=True, sort_keys=True).encode()


def _runtime_config(plan: Plan, base: Config, base_name: str, base_digest: str) -> dict[str, Any]:
    known = {BASE_NAME_LABEL: base_name, BASE_DIGEST_LABEL: base_digest}
    labels = dict(base.get("Labels") or {}) | {key: value for key, value in known.items() if value}
    return {**base, "Labels": labels | dict(plan.labels)}


def _history(step: Step, epoch: int | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"created_by": f"{step.name}: {_words(step.action)}", "comment": COMMENT}
    return entry if epoch is None else {**entry, "created": _rfc3339(epoch)}


def _rfc3339(seconds: int) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only a build with SOURCE_DATE_EPOCH has times

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _words(action: Action) -> str:
    if isinstance(action, Run):
        return " ".join(action.argv)
    if isinstance(action, Copy):
        return f"COPY {' '.join(action.sources)} {action.target}"
    if isinstance(action, Download):
        return f"ADD {action.url} {action.target}"
    return f"FILE {action.target}"
