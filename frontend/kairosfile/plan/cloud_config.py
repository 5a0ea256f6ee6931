"""The files under /system/oem as steps of a plan.

They follow init, which does not read them, so that another word in one of them leaves all of Kairos' own steps cached.
They may hold keys and hashes of passwords: only root can read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.model import Copy, File, Step
from kairosfile.spec.cloud_config import FOLDER, render

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Path

MODE = 0o600


def cloud_config_steps(document: Document, start: str) -> list[Step]:
    """Return a step for each file, the first on the root of `start`, each other on the one before."""
    steps: list[Step] = []
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index)
        step_id, name = f"cloud-config-{index + 1}", f"cloud-config {item.name}"
        action = _action(document, path, f"{FOLDER}/{item.name}", item.from_)
        fields, where = (f"cloud_config[{index}]",), (document.range(*path),)
        before = steps[-1].id if steps else start
        steps.append(Step(step_id, name, before, action, where, fields, aliases=(item.name,)))
    return steps


def _action(document: Document, path: Path, target: str, source: str | None) -> Copy | File:
    if source is not None:
        return Copy((source,), target, mode=MODE)
    node = document.root.find((*path, "content"))
    return File(target, node.value if isinstance(node.value, str) else render(node), MODE)
