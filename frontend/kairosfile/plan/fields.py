"""The fields that a step depends on, looked up in the file: what each says, and where.

Names are those of `Step.fields`. A field that the file leaves out has its default, and no place. What may be a secret
keeps its name and loses its value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.kairos.names import UNPINNED
from kairosfile.plan.kairos_steps import variant
from kairosfile.spec.checks.lint_secrets import is_secret
from kairosfile.spec.model.artifacts import Artifacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Node, Path, Plain
    from kairosfile.spec.source import Range

HIDDEN = "(not shown)"
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_NAMED_BY_USERS = ("args", "environment")
_AS_WRITTEN = ("hooks", "cloud_config", "skip_steps", "tests", "artifacts")
_NAMED = ("hooks", "tests")


class Field(NamedTuple):
    """One value: `range` is None for a default, `origin` says which build arg gave it, if one did."""

    name: str
    value: Plain
    range: Range | None = None
    origin: str = ""

    @property
    def shown(self) -> Plain:
        """The value as it may be shown: a cloud-config may hold hashes of passwords, anything a pasted token."""
        key = self.name.rpartition(".")[2]
        return HIDDEN if self.name.startswith("cloud_config") and key == "content" else _hide(key, self.value)


def look_up(document: Document, name: str) -> list[Field]:
    """Return the single values that a field holds, given its name in `Step.fields`.

    What a hook step or a test is called is left out: it is shown while the step runs, and is no part of what is done.
    """
    path = _path(name)
    node = _node(document, path)
    label = f"{name}.name" if path[0] in _NAMED else ""
    return [field for field in _leaves(name, _value(document, path, node), node) if field.name != label]


def one_line(value: Plain) -> str:
    """Return a value as a person would write it on a line."""
    if isinstance(value, list):
        return f"[{', '.join(map(one_line, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {one_line(item)}' for key, item in value.items())}}}"
    if value is None or isinstance(value, bool):
        return "not set" if value is None else str(value).lower()
    return value


def _leaves(name: str, value: Plain, node: Node | None) -> Iterator[Field]:
    if not isinstance(value, dict) or name.endswith(".content"):
        place = None if node is None or _is_given(node) else node.whole
        yield Field(name, value, place, node.origin if node else "")
        return
    for key, item in value.items():
        yield from _leaves(f"{name}.{key}", item, node.child(key) if node else None)


def _path(name: str) -> Path:
    top, _, rest = name.partition(".")
    if top in _NAMED_BY_USERS:
        return (top, rest)
    return tuple(int(number) if number else word for word, number in _PART.findall(name))


def _node(document: Document, path: Path) -> Node | None:
    """Return the node of a field; that of `provider` for `provider.name` where the file names nothing else."""
    node: Node = document.root
    for part in path:
        child = node.child(part)
        if child is None:
            return node if node.fields == {} and part == "name" else None
        node = child
    return node


def _is_given(node: Node) -> bool:
    return bool(node.origin) and node.key is None


def _value(document: Document, path: Path, node: Node | None) -> Plain:
    model = document.model
    match path:
        case ("variant",):
            return variant(model)
        case ("kairos_init",) | ("artifacts", "auroraboot"):
            return (model.kairos_init if len(path) == 1 else (model.artifacts or Artifacts()).auroraboot).reference
        case ("provider", "version"):
            return (model.provider.version or UNPINNED) if model.provider else None
        case ("args", str(name)):
            return document.args.get(name)
        case (top, *_) if top in _AS_WRITTEN:
            return node.plain() if node else None
    return _of_model(model, path)


def _of_model(model: object, path: Path) -> Plain:
    for part in path:
        model = model.get(str(part)) if isinstance(model, dict) else getattr(model, str(part), None)
    if hasattr(model, "model_dump"):
        return dict(model.model_dump(exclude_none=True))
    return model if isinstance(model, str | bool) else None


def _hide(key: str, value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: _hide(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(key, item) for item in value]
    return HIDDEN if isinstance(value, str) and is_secret(key, value) else value
