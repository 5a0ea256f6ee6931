"""A test editor: the client of pygls, connected to the installed command by its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


COMMAND = str(Path(sys.executable).with_name("kairosfile"))
CURSOR = "^^"
LIMIT = 30.0  # seconds until a test fails; no operation takes nearly as long


class Editor:
    """One session in a folder; calls block until their response arrives."""

    def __init__(self, folder: Path, *options: str, capabilities: lsp.ClientCapabilities | None = None) -> None:
        self.folder = folder
        self.logged: list[lsp.LogMessageParams] = []
        self.published: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.versions: dict[str, int] = {}
        self.runner = asyncio.Runner()
        self.client = self.runner.run(self._start(options, capabilities or lsp.ClientCapabilities()))

    def close(self) -> int | None:
        """Shut down as an editor does; return the exit status of the server."""
        status = self.runner.run(self._stop())
        self.runner.close()
        return status

    def uri(self, name: str) -> str:
        """Return the URI of a file in the folder."""
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str, language: str = "yaml") -> None:
        """Open a text as a file that need not exist on disk."""
        self.versions[name] = 1
        item = lsp.TextDocumentItem(self.uri(name), language, 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str) -> None:
        """Replace the text of an open file without saving it."""
        self.versions[name] += 1
        document = lsp.VersionedTextDocumentIdentifier(version=self.versions[name], uri=self.uri(name))
        changes = [lsp.TextDocumentContentChangeWholeDocument(text)]
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, changes))

    def shut(self, name: str) -> None:
        """Close a file."""
        del self.versions[name]
        document = lsp.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(document))

    def diagnostics(self, name: str) -> list[lsp.Diagnostic]:
        """Return the diagnostics of a file after the check of its newest text."""
        version = self.versions.get(name)
        self.wait(lambda: name in self._diagnostics_by_name() and self._diagnostics_by_name()[name].version == version)
        return list(self._diagnostics_by_name()[name].diagnostics)

    def wait(self, until: Callable[[], bool]) -> None:
        """Process messages until a condition is true."""

        async def look() -> None:
            while not until():
                await asyncio.sleep(0.005)

        self._run(look())

    def complete(self, name: str, text: str) -> list[lsp.CompletionItem]:
        """Replace the file's text without the cursor mark, and return the completions at the mark."""
        place = self._place(name, text)
        actual = self._run(self.client.text_document_completion_async(lsp.CompletionParams(*place)))
        assert isinstance(actual, lsp.CompletionList)
        return list(actual.items)

    def hover(self, name: str, text: str) -> str:
        """Return the hover text at the mark, or an empty text if there is no response."""
        actual = self._run(self.client.text_document_hover_async(lsp.HoverParams(*self._place(name, text))))
        return actual.contents.value if actual else ""

    def definition(self, name: str, text: str) -> lsp.Location | None:
        """Return the definition of the symbol at the mark."""
        params = lsp.DefinitionParams(*self._place(name, text))
        actual = self._run(self.client.text_document_definition_async(params))
        assert actual is None or isinstance(actual, lsp.Location)
        return actual

    def actions(self, name: str, where: lsp.Range) -> list[lsp.CodeAction]:
        """Return the code actions for a range."""
        params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(self.uri(name)), where, lsp.CodeActionContext([]))
        actual = self._run(self.client.text_document_code_action_async(params))
        return list(actual or [])

    def symbols(self, name: str) -> list[lsp.DocumentSymbol]:
        """Return the outline of an open file."""
        params = lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier(self.uri(name)))
        return list(self._run(self.client.text_document_document_symbol_async(params)) or [])

    def _place(self, name: str, text: str) -> tuple[lsp.TextDocumentIdentifier, lsp.Position]:
        before, _, after = text.partition(CURSOR)
        self.type(name, before + after)
        line = before.rpartition("\n")[2]
        position = lsp.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)
        return lsp.TextDocumentIdentifier(self.uri(name)), position

    def _diagnostics_by_name(self) -> dict[str, lsp.PublishDiagnosticsParams]:
        return {uri.removeprefix(f"{self.folder.as_uri()}/"): shown for uri, shown in self.published.items()}

    def _run(self, answer: Awaitable[Any]) -> Any:
        async def soon() -> Any:
            return await asyncio.wait_for(answer, LIMIT)

        return self.runner.run(soon())

    async def _start(self, options: tuple[str, ...], capabilities: lsp.ClientCapabilities) -> LanguageClient:
        client = LanguageClient("test", "1")

        def publish(shown: lsp.PublishDiagnosticsParams) -> None:
            self.published[shown.uri] = shown

        def log(message: lsp.LogMessageParams) -> None:
            self.logged.append(message)

        client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(publish)
        client.feature(lsp.WINDOW_LOG_MESSAGE)(log)
        await client.start_io(COMMAND, "lsp", *options, cwd=self.folder)
        params = lsp.InitializeParams(capabilities, root_uri=self.folder.as_uri())
        self.capabilities = (await asyncio.wait_for(client.initialize_async(params), LIMIT)).capabilities
        client.initialized(lsp.InitializedParams())
        return client

    async def _stop(self) -> int | None:
        server = self.client._server
        assert server is not None
        await asyncio.wait_for(self.client.shutdown_async(None), LIMIT)
        self.client.exit(None)
        await asyncio.wait_for(server.wait(), LIMIT)
        with suppress(Exception):
            await self.client.stop()  # type: ignore[no-untyped-call]
        return server.returncode
