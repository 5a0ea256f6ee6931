"""Stage extensions: YAML files that kairos-init runs between its own steps, and ignores where it cannot read them.

So a file that would be skipped is a fault here. The steps themselves are yip's; only their outer form is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec import parser, rules
from kairosfile.spec.diagnostics import Diagnostic, KairosfileError, asking, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.nodes import Node
    from kairosfile.spec.source import Range, Source

STAGES = ("before-install", "install", "after-install", "before-init", "init", "after-init")
KEYS = ("name", "stages")
ENDINGS = (".yaml", ".yml")


def is_extension(name: str) -> bool:
    """Tell whether kairos-init reads a file of the folder, by its name."""
    return name.endswith(ENDINGS)


def check_extension(source: Source) -> list[Diagnostic]:
    """Return why kairos-init would ignore a file or a part of it; the ranges are in that file."""
    try:
        found = list(_faults(parser.parse(source)))
    except KairosfileError as error:
        found = list(error.diagnostics)
    return [fault.placed(source.hold) for fault in found]


def _faults(root: Node) -> Iterator[Diagnostic]:
    stages = root.fields.get("stages")
    if stages is None:
        where = root.range.first()
        yield _fault(where, "a stage extension needs the key stages", f"write `stages:` and below it {listing(STAGES)}")
    for name, node in root.fields.items():
        if name not in KEYS:
            near = nearest(name, KEYS)
            hint = asking(near) or f"known keys here are {listing(KEYS)}"
            fault = _fault(node.key or node.range, f'kairos-init ignores the key "{name}"', hint)
            yield fault.suggesting(near, node.key)
    if stages is not None:
        yield from _stages(stages)


def _stages(stages: Node) -> Iterator[Diagnostic]:
    if not isinstance(stages.value, dict) or not stages.value:
        yield _fault(stages.whole, "stages must be a mapping of stage names", f"below it write {listing(STAGES)}")
    for name, stage in stages.fields.items():
        if name not in STAGES:
            near = nearest(name, STAGES)
            hint = f"known are {listing(STAGES)}" + (f"; {asking(near)}" if near else "")
            fault = _fault(stage.key or stage.range, f'kairos-init runs no stage "{name}"', hint)
            yield fault.suggesting(near, stage.key)
        if not isinstance(stage.value, list):
            yield _fault(stage.whole, f"the stage {name} must be a list of steps", "begin each step with `- `")
        for step in stage.items:
            if not isinstance(step.value, dict):
                yield _fault(step.range, "a step of an extension is a mapping", "write `- name: value` lines")


def _fault(where: Range, message: str, hint: str) -> Diagnostic:
    return Diagnostic(rules.STAGE_EXTENSION, where, message, hint)
