"""The language server over a WebSocket: one session of `kairosfile lsp` for each connection.

A page names files as `kairosfile://PROJECT/PATH`, which hides their location on this machine; other addresses are
refused. So are messages that are not on the list: an editor on this machine may use more methods than a page.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from pygls import uris
from starlette.websockets import WebSocket, WebSocketDisconnect

from kairosfile.cli.load import LoadOptions
from kairosfile.cli.lsp.server import make
from kairosfile.cli.web.projects import PathError, find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.cli.web.projects import Project

PATH = "/api/v1/lsp"
SCHEME = "kairosfile://"
PAUSE = 0.05  # seconds without a keystroke before a text is checked
MOST_SESSIONS = 20
UNSUPPORTED, TOO_LARGE, TRY_LATER = 1003, 1009, 1013
LONGEST_MESSAGE = 4 * 1024 * 1024
METHOD_NOT_FOUND, INVALID_PARAMS = -32601, -32602
METHODS = frozenset(
    {
        "initialize",
        "initialized",
        "shutdown",
        "$/cancelRequest",
        "$/setTrace",
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didSave",
        "textDocument/didClose",
        "textDocument/completion",
        "textDocument/hover",
        "textDocument/definition",
        "textDocument/codeAction",
        "textDocument/documentSymbol",
    }
)
# What `initialize` may say of the machine of an editor.
_OF_MACHINE = ("processId", "rootUri", "rootPath", "workspaceFolders")


class Sessions:
    """The connections of all pages.

    Args:
        folders: The projects.
    """

    def __init__(self, folders: Sequence[Project]) -> None:
        self.folders = folders
        self._open = 0

    async def serve(self, socket: WebSocket) -> None:
        """Serve one page until it disconnects."""
        await socket.accept()
        if self._open >= MOST_SESSIONS:
            await socket.close(TRY_LATER, "too many pages are open")
            return
        self._open += 1
        try:
            await _Session(self.folders, socket).run()
        finally:
            self._open -= 1


class _Session:
    """One connection, which translates between the addresses of the page and those of this machine."""

    def __init__(self, folders: Sequence[Project], socket: WebSocket) -> None:
        self.socket = socket
        self.addresses = Addresses(folders)
        self.server = make(LoadOptions(), PAUSE)
        self.server.protocol.set_writer(_Writer(self), include_headers=False)
        self._answers: asyncio.Queue[str] = asyncio.Queue()

    def say(self, data: bytes) -> None:
        """Forward a message of the language server to the page."""
        self._answers.put_nowait(json.dumps(self.addresses.outward(json.loads(data))))

    async def run(self) -> None:
        """Forward messages until the page disconnects."""
        sender = asyncio.create_task(self._send())
        try:
            while True:
                await self._take(await self.socket.receive_text())
        except (WebSocketDisconnect, KeyError):  # KeyError: a message of bytes has no text
            return
        finally:
            sender.cancel()
            self.server.shutdown()  # type: ignore[no-untyped-call]

    async def _send(self) -> None:
        while True:
            await self.socket.send_text(await self._answers.get())

    async def _take(self, text: str) -> None:
        if len(text) > LONGEST_MESSAGE:
            await self.socket.close(TOO_LARGE, "a message is too large")
            raise WebSocketDisconnect
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            await self.socket.close(UNSUPPORTED, "a message is a JSON object")
            raise WebSocketDisconnect
        self._handle(message)

    def _handle(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is not None and method not in METHODS:
            self._refuse(message, METHOD_NOT_FOUND, "this method is not allowed for a page")
            return
        try:
            inward = self.addresses.inward(message)
        except PathError as error:
            self._refuse(message, INVALID_PARAMS, str(error))
            return
        if method == "initialize" and isinstance(inward.get("params"), dict):
            inward["params"] |= dict.fromkeys(_OF_MACHINE)
        protocol = self.server.protocol
        try:
            structured = protocol.structure_message(inward)
        except Exception:  # noqa: BLE001 - whatever the library stumbles over, the page sent it
            self._refuse(message, INVALID_PARAMS, "the message has wrong members")
            return
        protocol.handle_message(structured)

    def _refuse(self, message: dict[str, Any], code: int, reason: str) -> None:
        if "id" in message:
            error = {"code": code, "message": reason}
            self._answers.put_nowait(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}))


class _Writer:
    """The output stream of the language server."""

    def __init__(self, session: _Session) -> None:
        self.session = session

    def write(self, data: bytes) -> None:
        """Forward a message to the session."""
        self.session.say(data)

    def close(self) -> None:
        """Do nothing: the code that opened the socket closes it."""


class Addresses:
    """Translates between the page's addresses of files and their paths.

    Args:
        folders: The projects.
    """

    def __init__(self, folders: Sequence[Project]) -> None:
        self.folders = folders
        self._addresses: dict[str, str] = {}

    def inward(self, message: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return a message with the addresses of this machine; raises PathError for any other address."""
        if isinstance(message, dict):
            return {
                name: self._place(value) if name in {"uri", "targetUri"} else self.inward(value)
                for name, value in message.items()
            }
        return [self.inward(item) for item in message] if isinstance(message, list) else message

    def outward(self, message: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return a message with the addresses of the page."""
        if isinstance(message, dict):
            return {self._name(name): self.outward(value) for name, value in message.items()}
        if isinstance(message, list):
            return [self.outward(item) for item in message]
        return self._name(message) if isinstance(message, str) else message

    def _place(self, address: object) -> str:
        if not isinstance(address, str) or not address.startswith(SCHEME):
            raise PathError(400, f"files are named {SCHEME}PROJECT/PATH")
        project, _, path = address.removeprefix(SCHEME).partition("/")
        place = find(self.folders, project).place(unquote(path))
        uri = str(uris.from_fs_path(str(place)))
        self._addresses[uri] = address
        return uri

    def _name(self, text: str) -> str:
        if not text.startswith("file:"):
            return text
        if text in self._addresses:
            return self._addresses[text]
        place = Path(uris.to_fs_path(text) or "/")
        for project in self.folders:
            if place.is_relative_to(project.root):
                return f"{SCHEME}{project.id}/{quote(str(place.relative_to(project.root)))}"
        return f"{SCHEME}elsewhere/{quote(place.name)}"
