"""The language server: the open files of one editor, and the handlers of its messages.

Texts are synchronised whole: a Kairosfile is small, and line breaks that YAML does not know can then move nothing. A
change is checked once the typing pauses. Failures are written to the client's log, and the server continues.

The server reads standard input and writes standard output.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import traceback
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer

from kairosfile import __version__
from kairosfile.cli.errors import CliError
from kairosfile.cli.lsp import completion, hover, messages
from kairosfile.cli.lsp.checks import Checks, check_text, is_kairosfile
from kairosfile.cli.lsp.syntax_tree import Outline, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.cli.load import LoadOptions
    from kairosfile.cli.lsp.checks import BufferFiles, Checked
    from kairosfile.cli.lsp.hover import Target

    Answer = TypeVar("Answer")


PAUSE = 0.1  # seconds without a key before a text is checked

# Behind these an editor asks by itself what may follow.
TRIGGERS = ["{", ":", " ", "-", "/"]


class Session(LanguageServer):
    """The open files of one editor, and their findings; `expected` are errors whose message says all."""

    expected: tuple[type[Exception], ...] = (CliError,)

    def __init__(self, load_options: LoadOptions) -> None:
        super().__init__("kairosfile", __version__, lsp.TextDocumentSyncKind.Full)
        self.checks = Checks(load_options)
        self.waiting: dict[str, asyncio.TimerHandle] = {}

    def changed(self, uri: str, pause: float = 0) -> None:
        """Check a file, and those that name it, after a pause without another change."""
        if handle := self.waiting.pop(uri, None):
            handle.cancel()
        self.waiting[uri] = asyncio.get_running_loop().call_later(pause, self.guarded(self._check), uri)

    def closed(self, uri: str) -> None:
        """Forget a file that is no longer open."""
        if handle := self.waiting.pop(uri, None):
            handle.cancel()
        self._publish(self.checks.forget(path_of(uri)))
        for entry in self.checks.depending_on(path_of(uri)):
            self.changed(self._uri(entry))

    def knows(self, uri: str) -> bool:
        """Return whether a file is an open Kairosfile, or requested by one; an editor may ask about any YAML."""
        return self.is_open(uri) or bool(self.checks.depending_on(path_of(uri)))

    def columns(self, uri: str) -> messages.Columns:
        """Return the positions of an open text."""
        return messages.Columns(lines_of(self._text(uri)), self.workspace.position_codec)

    def files(self, uri: str) -> BufferFiles:
        """Return the build context of an open file."""
        return self.checks.files(path_of(uri), self._buffers(), self._root())

    def guarded(self, handler: Callable[[Any], Answer]) -> Callable[[Any], Answer | None]:
        """Return a handler whose failure goes to the client's log."""

        @wraps(handler)
        def call(params: Any) -> Answer | None:  # noqa: ANN401 - each message has its own
            try:
                return handler(params)
            except Exception as error:  # noqa: BLE001 - whatever it is, the editor must go on
                self.report(error)
            return None

        return call

    def location(self, uri: str, target: Target) -> lsp.Location:
        """Return the location of a definition in a text."""
        columns = messages.Columns(target.lines, self.workspace.position_codec)
        return lsp.Location(self._uri(target.file) if target.file else uri, columns.range(target.range))

    def actions(self, uri: str, range_: lsp.Range) -> list[lsp.CodeAction]:
        """Return the edits that fix the findings in a range of a file."""
        codec = self.workspace.position_codec
        actions = [messages.action(finding, uri, codec) for finding in self.checks.of(path_of(uri))]
        return [action for action in actions if action and messages.touches(action, range_)]

    def report(self, error: Exception) -> None:
        """Write an error to the client's log, with its traceback unless it is one of `expected`."""
        if isinstance(error, self.expected):
            self.log(lsp.MessageType.Warning, str(error))
        else:
            self.log(lsp.MessageType.Error, "".join(traceback.format_exception(error)))

    def log(self, kind: lsp.MessageType, message: str) -> None:
        """Write a line to the client's log."""
        self.window_log_message(lsp.LogMessageParams(kind, f"kairosfile: {message}"))

    def _check(self, uri: str) -> None:
        self.waiting.pop(uri, None)
        affected = self.checks.depending_on(path_of(uri))
        if self.is_open(uri):
            affected.append(path_of(uri))
        for file in dict.fromkeys(affected):
            self.check_file(file)

    def check_file(self, file: Path) -> None:
        """Check an open file and publish its findings."""
        self.publish(file, check_text(*self.inputs(file)))

    def inputs(self, file: Path) -> tuple[Path, str, BufferFiles, LoadOptions]:
        """Return what the check of an open file depends on."""
        text = self._text(self._uri(file))
        return file, text, self.checks.files(file, self._buffers(), self._root()), self.checks.load_options

    def publish(self, file: Path, checked: Checked) -> None:
        """Store the check of a file, and send the findings that may have changed."""
        self._publish(self.checks.store(file, checked))

    def has_open(self, file: Path) -> bool:
        """Return whether a file is an open Kairosfile."""
        return self.is_open(self._uri(file))

    def is_open(self, uri: str) -> bool:
        """Return whether a URI is that of an open Kairosfile."""
        document = self.workspace.text_documents.get(uri)
        return document is not None and is_kairosfile(path_of(uri), document.language_id or "")

    def _publish(self, files: set[Path]) -> None:
        codec = self.workspace.position_codec
        for file in sorted(files):
            diagnostics = [messages.diagnostic(finding, codec) for finding in self.checks.of(file)]
            document = self.workspace.text_documents.get(uri := self._uri(file))
            version = document.version if document else None
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, diagnostics, version))

    def _text(self, uri: str) -> str:
        return self.workspace.get_text_document(uri).source

    def _buffers(self) -> dict[Path, str]:
        return {path_of(uri): document.source for uri, document in self.workspace.text_documents.items()}

    def _uri(self, file: Path) -> str:
        """Return the URI of a file, in the client's spelling if the file is open."""
        opened = (uri for uri in self.workspace.text_documents if path_of(uri) == file)
        return next(opened, None) or str(uris.from_fs_path(str(file)))

    def _root(self) -> Path:
        return Path(self.workspace.root_path or ".").absolute()


def path_of(uri: str) -> Path:
    """Return the path of a URI; a text that is not a file gets a path that does not exist."""
    return Path(uris.to_fs_path(uri) or uri)


def serve(load_options: LoadOptions) -> None:
    """Serve the editor on standard input and output until it disconnects.

    Raises CliError if standard input is a terminal.
    """
    if sys.stdin.isatty():
        raise CliError("an editor starts the language server; docs/guides/editors.md says how to set it up")
    gc.enable()  # the other commands do without, this one stays
    prepare(Session(load_options)).start_io()


def prepare(server: Session, pause: float = PAUSE) -> Session:
    """Give a server its handlers; it checks a text after a pause of some seconds in the typing."""
    _follow_texts(server, pause)
    _answer(server)
    return server


def _follow_texts(server: Session, pause: float) -> None:
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    def typed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri, pause)

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
        proposals = completion.propose(columns.lines, columns.from_lsp(params.position), server.files(uri))
        return messages.completion(proposals, columns)

    def explain(params: lsp.HoverParams) -> lsp.Hover | None:
        columns = server.columns(params.text_document.uri)
        explanation = hover.explain(columns.lines, Outline(columns.lines), columns.from_lsp(params.position))
        return (
            lsp.Hover(messages.markdown(explanation.markdown), columns.range(explanation.range))
            if explanation
            else None
        )

    def define(params: lsp.DefinitionParams) -> lsp.Location | None:
        uri = params.text_document.uri
        columns = server.columns(uri)
        target = hover.find_definition(columns.lines, columns.from_lsp(params.position), server.files(uri))
        return server.location(uri, target) if target else None

    def fix(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return server.actions(params.text_document.uri, params.range)

    def outline(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        columns = server.columns(params.text_document.uri)
        return [messages.symbol(part, columns) for part in hover.symbols_of(columns.lines)]

    quick = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    triggers = lsp.CompletionOptions(trigger_characters=TRIGGERS)
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION, triggers)(about(complete))
    server.feature(lsp.TEXT_DOCUMENT_HOVER)(about(explain))
    server.feature(lsp.TEXT_DOCUMENT_DEFINITION)(about(define))
    server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, quick)(about(fix))
    server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(about(outline))
