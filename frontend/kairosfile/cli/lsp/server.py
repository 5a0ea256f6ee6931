"""The server on standard input and output: which message is answered by what."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types as lsp

from kairosfile.cli.lsp import completion, definition, hover, messages, symbols
from kairosfile.cli.lsp.outline import Outline
from kairosfile.cli.lsp.session import PAUSE, Session
from kairosfile.cli.stop import StopError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.cli.checking import Wishes

    Answer = TypeVar("Answer")

# Behind these an editor asks by itself what may follow.
TRIGGERS = ["{", ":", " ", "-", "/"]


def serve(wishes: Wishes) -> None:
    """Answer the editor at the other end of standard input and output until it leaves.

    Raises StopError where a person has started it.
    """
    if sys.stdin.isatty():
        raise StopError("an editor starts the language server; docs/editors.md says how to set it up")
    gc.enable()  # the other commands do without, this one stays
    make(wishes).start_io()


def make(wishes: Wishes) -> Session:
    """Return a server that knows what to answer."""
    server = Session(wishes)
    _follow_texts(server)
    _answer(server)
    return server


def _follow_texts(server: Session) -> None:
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    def typed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri, PAUSE)

    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(server.guarded(opened))
    server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(server.guarded(typed))
    server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)(server.guarded(saved))
    server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)(server.guarded(closed))


def _answer(server: Session) -> None:
    def about(handler: Callable[[Any], Answer]) -> Callable[[Any], Answer | None]:
        """Return a handler that answers about Kairosfiles alone."""

        def answer(params: Any) -> Answer | None:  # noqa: ANN401 - each question has its own
            return handler(params) if server.knows(params.text_document.uri) else None

        return server.guarded(answer)

    def complete(params: lsp.CompletionParams) -> lsp.CompletionList:
        uri = params.text_document.uri
        columns = server.columns(uri)
        proposals = completion.propose(columns.lines, columns.place(params.position), server.files(uri))
        return messages.completion(proposals, columns)

    def explain(params: lsp.HoverParams) -> lsp.Hover | None:
        columns = server.columns(params.text_document.uri)
        said = hover.explain(columns.lines, Outline(columns.lines), columns.place(params.position))
        return lsp.Hover(messages.markdown(said.markdown), columns.range(said.place)) if said else None

    def define(params: lsp.DefinitionParams) -> lsp.Location | None:
        uri = params.text_document.uri
        columns = server.columns(uri)
        target = definition.find(columns.lines, columns.place(params.position), server.files(uri))
        return server.location(uri, target) if target else None

    def fix(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return server.actions(params.text_document.uri, params.range)

    def outline(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        columns = server.columns(params.text_document.uri)
        return [messages.symbol(part, columns) for part in symbols.symbols_of(columns.lines)]

    quick = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    triggers = lsp.CompletionOptions(trigger_characters=TRIGGERS)
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION, triggers)(about(complete))
    server.feature(lsp.TEXT_DOCUMENT_HOVER)(about(explain))
    server.feature(lsp.TEXT_DOCUMENT_DEFINITION)(about(define))
    server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, quick)(about(fix))
    server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(about(outline))
