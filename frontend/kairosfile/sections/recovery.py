"""Continues after structural errors, so that all errors of a file are reported together.

    faults = the first validation of a tree
    tree   = the tree without faults: a mistyped key or word is corrected, a missing required field is filled, any
             other faulty value is removed
    model  = the validation of that tree; its new diagnostics are reported too, unless they follow from a change

The model is only for the checks of the other parts: a file with a fault is never planned. Diagnostics of checks about a
changed range are dropped (`Recovered.follows`). The caller passes the function that validates a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES
from kairosfile.language.nodes import CONSTANTS, Node, replace
from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path
    from kairosfile.language.source import Range
    from kairosfile.sections.records import Kairosfile


class Fault(NamedTuple):
    """A fault of a tree.

    `path` is the path of the invalid value, or of the missing required field; `filler` is a valid value of such a
    field.
    """

    path: Path
    diagnostic: Diagnostic
    filler: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether a field is missing, so that the path does not exist."""
        return self.diagnostic.rule is rules.MISSING_FIELD and bool(self.filler)


class Recovered(NamedTuple):
    """The model of a tree without its faults, None if there is none, and all diagnostics."""

    root: Node
    model: Kairosfile | None
    diagnostics: list[Diagnostic]
    changed: tuple[Range, ...]

    def follows(self, diagnostic: Diagnostic) -> bool:
        """Return whether a diagnostic is about a change: its range equals or contains that of a change."""
        return any(_holds(diagnostic.range, range_) for range_ in self.changed)


# With more faults than MAX_GUESSES the loader stops: nobody reads them all, and each takes time.
# A removed required field is missing in the next round, and its parent may be invalid after that.
MAX_ROUNDS = 4
# Names that are unknown to all checks, so that they cause no further diagnostics.
FILLERS: dict[Path, str] = {
    ("base",): f"missing.invalid/base@sha256:{'0' * 64}",
    ("version",): "v0.0.0",
}
# Fields that are removed together: without the first the second would be invalid.
TOGETHER: dict[Path, Path] = {("provider",): ("variant",), ("framework",): ("kairos_init",)}


def recover(
    root: Node, faults: Sequence[Fault], validate: Callable[[Node], Kairosfile | list[Fault]], known: Iterable[Range]
) -> Recovered:
    """Return a tree with these faults recovered.

    Args:
        root: The validated tree.
        faults: The faults of the validation.
        validate: The same validation, for the changed tree.
        known: The ranges of earlier diagnostics, which get no further ones.
    """
    found: list[Diagnostic] = []
    changed = set(known)
    filled: set[tuple[Range, str]] = set()  # places of mappings, with the name of a field that was changed there
    for _ in range(MAX_ROUNDS):
        told = [fault for fault in faults if not _follows(root, fault, changed, filled)]
        found += [fault.diagnostic for fault in told]
        if len(faults) > MAX_GUESSES or any(not fault.path for fault in faults):
            break
        changed |= {fault.diagnostic.range for fault in faults}
        changed |= {root.find(fault.path).range for fault in faults if not fault.is_missing}
        filled |= {(root.find(fault.path[:-1]).range, str(fault.path[-1])) for fault in faults}
        root = _Repair(faults).copy(root)
        result = validate(root)
        if not isinstance(result, list):
            return Recovered(root, result, found, tuple(changed))
        faults = result
    return Recovered(root, None, found, tuple(changed))


def _follows(root: Node, fault: Fault, changed: set[Range], filled: set[tuple[Range, str]]) -> bool:
    """Return whether a fault follows from an earlier change, or from a mistyped key."""
    parent = root.find(fault.path[:-1])
    if not fault.is_missing:
        places = (fault.diagnostic.range, root.find(fault.path).range)
        # The kind of a value that has lost a part, such as the verb of a step, is unknown.
        later = bool(filled)
        return any(place in changed or (later and _holds(place, each)) for place in places for each in changed)
    return (parent.range, str(fault.path[-1])) in filled


def _holds(outer: Range, inner: Range) -> bool:
    return outer.filename == inner.filename and outer.start <= inner.start and inner.end <= outer.end


class _Repair:
    """Copies a tree with a change for each fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = {fault.path: fault for fault in faults}
        wrong = [path for path, fault in self.faults.items() if path in TOGETHER and not _is_word(fault)]
        self.dropped = {TOGETHER[path] for path in wrong}
        self.on_the_way = {path[:end] for path in (*self.faults, *self.dropped) for end in range(len(path))}
        self.missing: dict[Path, list[Fault]] = {}
        for fault in self.faults.values():
            if fault.is_missing:
                self.missing.setdefault(fault.path[:-1], []).append(fault)

    def copy(self, node: Node, path: Path = ()) -> Node:
        """Return a node with the changes below it."""
        if path not in self.on_the_way:
            return node
        if isinstance(node.value, list):
            items = [self._changed(child, (*path, index)) for index, child in enumerate(node.value)]
            return replace(node, value=[child for child in items if child is not None])
        fields: dict[str, Node] = {}
        for name, child in node.fields.items():
            kept = self._changed(child, (*path, name))
            right = _name(name, child, self.faults.get((*path, name)), node.fields)
            if kept is not None and right:
                fields[right] = kept
        for fault in self.missing.get(path, ()):
            filler = FILLERS.get(fault.path, fault.filler)
            fields.setdefault(str(fault.path[-1]), Node(filler, fault.diagnostic.range))
        return replace(node, value=fields)

    def _changed(self, node: Node, path: Path) -> Node | None:
        fault = self.faults.get(path)
        if path in self.dropped:
            return None
        if fault is None or fault.is_missing:
            return self.copy(node, path)
        return _corrected(node, fault)


def _corrected(node: Node, fault: Fault) -> Node | None:
    """Return a node with the suggested word, None if it is removed."""
    fix = fault.diagnostic.fix
    if fix is None or not _is_word(fault):
        return None
    if fix.range == node.key:
        return node
    if fix.range not in (node.range, node.part()):
        return _with_key(node, fault)
    text = fix.text.strip("\"'")
    return replace(node, value=CONSTANTS.get(fix.text, text))


def _with_key(node: Node, fault: Fault) -> Node | None:
    """Return a mapping with one of its keys corrected, such as the verb of a step; None without a suggestion."""
    fix = fault.diagnostic.fix
    wrong = next((name for name, child in node.fields.items() if fix and child.key == fix.range), None)
    if wrong is None or fix is None or fix.text in node.fields:
        return None
    return replace(node, value={fix.text if name == wrong else name: child for name, child in node.fields.items()})


def _name(name: str, node: Node, fault: Fault | None, siblings: dict[str, Node]) -> str:
    """Return the name of a field, corrected if it was mistyped; empty if the right one exists already."""
    fix = fault.diagnostic.fix if fault else None
    if fix is None or fix.range != node.key:
        return name
    return "" if fix.text in siblings else fix.text


def _is_word(fault: Fault) -> bool:
    """Return whether a fault has an edit that replaces one word by another."""
    fix = fault.diagnostic.fix
    return fix is not None and fix.text.strip("\"'").replace("-", "").replace("_", "").replace("/", "").isalnum()
