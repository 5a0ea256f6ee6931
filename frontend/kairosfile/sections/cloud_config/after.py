"""Checks of `after`: references between steps.

yip looks up the names among the steps of the same stage in the same directory, and panics at any other name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean
from kairosfile.language.suggestions import nearest
from kairosfile.sections.cloud_config.typecheck import merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Node
    from kairosfile.sections.cloud_config.readers import Reader

STDIN = "<STDIN>"  # what kairos-init calls the document that it makes of all extensions
_PANIC = "yip panics at it and nothing of the stage runs"


def names_of(root: Node, path: str, *, is_named: bool = True) -> dict[str, frozenset[str]]:
    """Return the names of all steps of a file, by stage.

    `path` is the path of the file on the machine. `is_named` is False if the name of the document is lost.
    """
    stages = root.fields.get("stages")
    prefix = root_name(root, path) if is_named else path
    return {stage: _names(steps, prefix) for stage, steps in merged(stages).items()} if stages else {}


def root_name(root: Node, path: str) -> str:
    """Return the prefix of the names of a file's steps: the name of the document, else its path."""
    name = root.fields.get("name")
    return name.value if name is not None and isinstance(name.value, str) and name.value else path


def _names(steps: Node, prefix: str) -> frozenset[str]:
    written = [merged(step).get("name") for step in steps.items]
    names = [str(node.value) if node and node.value else str(index) for index, node in enumerate(written)]
    often = Counter(names)
    full = (f"{name}.{index}" if often[name] > 1 else name for index, name in enumerate(names))
    return frozenset(f"{prefix}.{name}" for name in full)


def check_after(step: Node, stage: str, own: str, known: frozenset[str], reader: Reader) -> Iterator[Diagnostic]:
    """Yield diagnostics of the names under `after` of a step; `own` is the prefix of names of this file."""
    after = merged(step).get("after")
    for item in after.items if after else ():
        node = merged(item).get("name")
        if node is not None and isinstance(node.value, str) and node.value not in known:
            yield _unknown(node, stage, own, known, reader)


def _unknown(node: Node, stage: str, own: str, known: frozenset[str], reader: Reader) -> Diagnostic:
    name = str(node.value)
    roots = {each.rpartition(".")[0] for each in known} | {own}
    is_certain = "." not in name or _is_elsewhere(name, roots, reader)
    suggestion = nearest(name, known) if len(known) < MAX_GUESSES else ""
    if is_certain:
        message = f'no step of the stage {stage} has the name "{name}": {_PANIC}'
        hint = did_you_mean(suggestion) or f'a name is FILE.STEP, of a step in this directory: "{own}.STEP"'
        return Diagnostic(rules.CLOUD_CONFIG_AFTER, node.range, message, hint).with_suggestion(suggestion, node.part())
    message = f'no cloud-config of this file has the step "{name}"; unless one of Kairos\' own has it, {_PANIC}'
    hint = did_you_mean(suggestion) or "name a step of your own files"
    return Diagnostic(rules.CLOUD_CONFIG_EFFECT, node.range, message, hint).with_suggestion(suggestion, node.part())


def _is_elsewhere(name: str, roots: set[str], reader: Reader) -> bool:
    """Return whether a name cannot belong to a step in the same directory."""
    if reader.place == "extension":
        return not name.startswith(STDIN)  # where files share the name of a step, an index follows it
    folder = reader.path.rpartition("/")[0]
    return any(name.startswith(f"{root}.") for root in roots) or (
        name.startswith("/") and not name.startswith(f"{folder}/")
    )
