"""Quick fixes of findings: the likely intended word, or the removal of an entry that is not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.language import KairosfileError, rules
from kairosfile.language.editing import Edit, EditError, Remove, dotted, edits_for
from kairosfile.language.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.cli.lsp.checks import Found
    from kairosfile.language import Range
    from kairosfile.language.nodes import Node, Path

# Rules whose finding stands at an entry that does nothing where it is.
_WITHOUT_EFFECT = (
    rules.UNKNOWN_KEY,
    rules.RELEASE_FEATURE,
    rules.AURORABOOT_FEATURE,
    rules.ENVIRONMENT,
    rules.NOT_CONVERTED,
)


class Solution(NamedTuple):
    """The title in a menu and the edits; `preferred` marks the most likely fix."""

    title: str
    edits: Sequence[Edit]
    preferred: bool


def solution(finding: Found) -> Solution | None:
    """Return the fix of a finding, None if it is unknown."""
    diagnostic = finding.diagnostic
    if fix := diagnostic.fix:
        return Solution(fix.title, [Edit(fix.range, fix.text)], preferred=True)
    return _removal(finding) if diagnostic.rule in _WITHOUT_EFFECT else None


def _removal(finding: Found) -> Solution | None:
    try:
        path = _path_of(parse(finding.source), finding.diagnostic.range)
        edits = edits_for(finding.source, Remove(path)) if path else ()
    except (KairosfileError, EditError):
        return None
    return Solution(f"Remove {dotted(path)}", edits, preferred=False) if edits else None


def _path_of(root: Node, where: Range) -> Path:
    """Return the path of the value that a range, or the one of its key, is; empty for a part of one."""
    return next((path for path, node in _paths(root) if where in {node.key, node.range}), ())


def _paths(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    members: list[tuple[str | int, Node]] = [*node.fields.items(), *enumerate(node.items)]
    for name, child in members:
        yield (*path, name), child
        yield from _paths(child, (*path, name))
