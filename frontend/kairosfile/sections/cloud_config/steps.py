"""The files under /system/oem as steps of a plan, a mapping of the Kairosfile rendered as text.

They follow init, which does not read them, so that a change of one of them leaves all steps of kairos-init cached.
They may contain keys and password hashes, so only root can read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.interpolation import is_template
from kairosfile.plan.model import Copy, File, Step
from kairosfile.sections.cloud_config.checks import args_of, args_of_file, filled_text
from kairosfile.sections.cloud_config.schema import FOLDER, HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Node, Path
    from kairosfile.sections.cloud_config.records import CloudConfig
    from kairosfile.sections.document import Document


MODE = 0o600


def cloud_config_steps(document: Document, start: str) -> list[Step]:
    """Return a step for each file, the first on the root of `start`, each other on the one before."""
    steps: list[Step] = []
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index)
        step_id, name = f"cloud-config-{index + 1}", f"cloud-config {item.name}"
        action = _action(document, path, item)
        fields, range_ = (f"cloud_config[{index}]", *_args(document, path, action)), (document.range(*path),)
        before = steps[-1].id if steps else start
        steps.append(Step(step_id, name, before, action, range_, fields, aliases=(item.name,)))
    return steps


def _action(document: Document, path: Path, item: CloudConfig) -> Copy | File:
    target = f"{FOLDER}/{item.name}"
    if item.from_ is not None and item.template:
        text = filled_text(document, (*path, "from"), item.from_)
        return File(target, text, MODE, source=item.from_)
    if item.from_ is not None:
        return Copy((item.from_,), target, mode=MODE)
    node = document.root.find((*path, "content"))
    if isinstance(node.value, str):
        return File(target, node.value, MODE)
    from kairosfile.sections.cloud_config.yaml_text import write  # noqa: PLC0415 - a text and a file are not written

    return File(target, f"{HEADERS[0]}\n{write(node)}", MODE)


def _args(document: Document, path: Path, action: Copy | File) -> tuple[str, ...]:
    """Return the fields of the args that a template names."""
    if not is_template(document.root.find(path)):
        return ()
    if isinstance(action, File) and action.source:
        return args_of_file(document, action.source)
    texts = _texts(document.reader.root.find((*path, "content")))
    return args_of(document, "\n".join(texts))


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node.value, str):
        yield node.value
    for child in (*node.fields.values(), *node.items):
        yield from _texts(child)
