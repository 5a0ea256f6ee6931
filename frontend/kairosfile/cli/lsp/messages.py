"""Conversions to types of the protocol, with the quick fix of each finding.

Columns are counted as the client does, in UTF-16 by default. A quick fix is the likely intended word, or the removal
of an entry that is not allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from kairosfile.cli.lsp.syntax_tree import lines_of
from kairosfile.language import KairosfileError, rules
from kairosfile.language.editing import Edit, EditError, Remove, dotted, edits_for
from kairosfile.language.nodes import Position, Range
from kairosfile.language.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pygls.workspace import PositionCodec

    from kairosfile.cli.lsp.checks import FileFinding
    from kairosfile.cli.lsp.completion import Proposal
    from kairosfile.cli.lsp.hover import Symbol
    from kairosfile.language import Range
    from kairosfile.language.nodes import Node, Path
    from kairosfile.language.rules import Severity


# Rules whose finding stands at an entry that does nothing where it is.
_WITHOUT_EFFECT = (
    rules.UNKNOWN_KEY,
    rules.RELEASE_FEATURE,
    rules.AURORABOOT_FEATURE,
    rules.ENVIRONMENT,
    rules.NOT_CONVERTED,
)

SOURCE = "kairosfile"
_SEVERITIES: dict[Severity, lsp.DiagnosticSeverity] = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Solution:
    """The title in a menu and the edits; `preferred` marks the most likely fix."""

    title: str
    edits: Sequence[Edit]
    preferred: bool


def solution(finding: FileFinding) -> Solution | None:
    """Return the fix of a finding, None if it is unknown."""
    diagnostic = finding.diagnostic
    if fix := diagnostic.fix:
        return Solution(fix.title, [Edit(fix.range, fix.text)], preferred=True)
    return _removal(finding) if diagnostic.rule in _WITHOUT_EFFECT else None


def _removal(finding: FileFinding) -> Solution | None:
    try:
        path = _path_of(parse(finding.source), finding.diagnostic.range)
        edits = edits_for(finding.source, Remove(path)) if path else ()
    except (KairosfileError, EditError):
        return None
    return Solution(f"Remove {dotted(path)}", edits, preferred=False) if edits else None


def _path_of(root: Node, range_: Range) -> Path:
    """Return the path of the value that a range, or the one of its key, is; empty for a part of one."""
    return next((path for path, node in _paths(root) if range_ in {node.key, node.range}), ())


def _paths(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    members: list[tuple[str | int, Node]] = [*node.fields.items(), *enumerate(node.items)]
    for name, child in members:
        yield (*path, name), child
        yield from _paths(child, (*path, name))


class Columns:
    """Converts positions of one text: here from 1 in characters, in the client from 0 in its units."""

    def __init__(self, lines: Sequence[str], codec: PositionCodec) -> None:
        self.lines = lines
        self.codec = codec

    def from_lsp(self, position: lsp.Position) -> Position:
        """Return a position of the client."""
        if position.line >= len(self.lines):
            return Position(len(self.lines), len(self.lines[-1]) + 1)
        converted = self.codec.position_from_client_units(self.lines, position)
        return Position(converted.line + 1, converted.character + 1)

    def position(self, position_: Position) -> lsp.Position:
        """Return a position in the client's units; one after the end of its line becomes that end."""
        line = self.lines[position_.line - 1] if position_.line <= len(self.lines) else ""
        return lsp.Position(position_.line - 1, self.codec.client_num_units(line[: position_.column - 1]))

    def range(self, range_: Range) -> lsp.Range:
        """Return a range in the client's units."""
        return lsp.Range(self.position(range_.start), self.position(range_.end))


def diagnostic(finding: FileFinding, codec: PositionCodec) -> lsp.Diagnostic:
    """Return a finding with the URL of its rule's page."""
    diagnostic = finding.diagnostic
    return lsp.Diagnostic(
        range=Columns(lines_of(finding.source.text), codec).range(diagnostic.range),
        message=diagnostic.sentence,
        severity=_SEVERITIES[diagnostic.severity],
        code=diagnostic.rule.id,
        code_description=lsp.CodeDescription(diagnostic.rule.url),
        source=SOURCE,
    )


def action(finding: FileFinding, uri: str, codec: PositionCodec) -> lsp.CodeAction | None:
    """Return the edits that fix a finding, None without any."""
    fix = solution(finding)
    if fix is None:
        return None
    columns = Columns(lines_of(finding.source.text), codec)
    edits = [lsp.TextEdit(columns.range(edit.range), edit.text) for edit in fix.edits]
    return lsp.CodeAction(
        title=fix.title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(finding, codec)],
        is_preferred=fix.preferred,
        edit=lsp.WorkspaceEdit(changes={uri: [*edits]}),
    )


def touches(action: lsp.CodeAction, range_: lsp.Range) -> bool:
    """Return whether the finding of an action is in a range, which may be empty."""
    return any(
        _order(diagnostic.range.start) <= _order(range_.end) and _order(range_.start) <= _order(diagnostic.range.end)
        for diagnostic in action.diagnostics or ()
    )


def _order(position: lsp.Position) -> tuple[int, int]:
    return position.line, position.character


def completion(proposals: Sequence[Proposal], columns: Columns) -> lsp.CompletionList:
    """Return items in their order; an editor would sort them alphabetically."""
    items = [_completion_item(number, proposal, columns) for number, proposal in enumerate(proposals)]
    return lsp.CompletionList(is_incomplete=False, items=items)


def _completion_item(number: int, proposal: Proposal, columns: Columns) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        label=proposal.label,
        kind=lsp.CompletionItemKind.Property if proposal.is_key else lsp.CompletionItemKind.Value,
        detail=proposal.detail or None,
        documentation=markdown(proposal.markdown) if proposal.markdown else None,
        sort_text=f"{number:04}",
        filter_text=proposal.text,
        text_edit=lsp.TextEdit(columns.range(proposal.range), proposal.text),
    )


def markdown(text: str) -> lsp.MarkupContent:
    """Return a text as Markdown."""
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)


def symbol(part: Symbol, columns: Columns) -> lsp.DocumentSymbol:
    """Return a symbol with the symbols below it."""
    return lsp.DocumentSymbol(
        name=part.name,
        detail=part.detail,
        kind=_symbol_kind(part),
        range=columns.range(part.key.to(part.end)),
        selection_range=columns.range(part.key),
        children=[symbol(child, columns) for child in part.children],
    )


def _symbol_kind(part: Symbol) -> lsp.SymbolKind:
    if part.is_item:
        return lsp.SymbolKind.Object if part.children else lsp.SymbolKind.String
    return lsp.SymbolKind.Namespace if part.children else lsp.SymbolKind.Property
