"""The config of the finished image: the base's, carried over, with labels and a history entry for each step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kairosfile.plan.model import Copy, File, Plan, Run, Step

COMMENT = "kairosfile.v1"
BASE_NAME_LABEL = "org.opencontainers.image.base.name"
BASE_DIGEST_LABEL = "org.opencontainers.image.base.digest"

Config = Mapping[str, Any]


def image_config(plan: Plan, base: Config, base_name: str, base_digest: str, epoch: int | None = None) -> bytes:
    """Return the OCI image config as JSON.

    `base` is the config of the base image, empty for none; its name and digest are empty where it has none. `epoch`,
    SOURCE_DATE_EPOCH in seconds, is when all steps are said to have happened. Other times are left to the exporter, so
    equal plans on equal bases give equal configs.
    """
    operating_system, architecture, *variant = plan.platform.split("/")
    config = {key: value for key, value in base.items() if key not in ("created", "history", "config")}
    config |= {"os": operating_system, "architecture": architecture}
    if variant:
        config["variant"] = variant[0]
    config["config"] = _runtime_config(plan, base.get("config") or {}, base_name, base_digest)
    config["history"] = [*(base.get("history") or []), *(_history(step, epoch) for step in plan.steps)]
    return json.dumps(config, separators=(",", ":"), sort_keys=True).encode()


def _runtime_config(plan: Plan, base: Config, base_name: str, base_digest: str) -> dict[str, Any]:
    known = {BASE_NAME_LABEL: base_name, BASE_DIGEST_LABEL: base_digest}
    labels = dict(base.get("Labels") or {}) | {key: value for key, value in known.items() if value}
    return {**base, "Labels": labels | dict(plan.labels)}


def _history(step: Step, epoch: int | None) -> dict[str, str]:
    entry = {"created_by": f"{step.name}: {_words(step.action)}", "comment": COMMENT}
    return entry if epoch is None else {**entry, "created": _rfc3339(epoch)}


def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _words(action: Run | Copy | File) -> str:
    if isinstance(action, Run):
        return " ".join(action.argv)
    if isinstance(action, Copy):
        return f"COPY {' '.join(action.sources)} {action.target}"
    return f"FILE {action.target}"
