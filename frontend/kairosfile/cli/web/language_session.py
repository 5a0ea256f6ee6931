"""One session of the language server with a page: its messages, what of them is refused, and its checks.

It is imported with the first connection: the types of the protocol take a second to import, and 18 MB.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from kairosfile.cli.errors import CliError
from kairosfile.cli.load import LoadOptions
from kairosfile.cli.lsp.checks import check_text
from kairosfile.cli.lsp.server import Session, prepare
from kairosfile.cli.web.addresses import LONGEST_MESSAGE, Addresses
from kairosfile.cli.web.projects import PathError
from kairosfile.cli.web.workers import BusyError, SlowError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kairosfile.cli.web.projects import Project
    from kairosfile.cli.web.workers import Workers

PAUSE = 0.05  # seconds without a keystroke before a text is checked
UNSUPPORTED, TOO_LARGE = 1003, 1009
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


class _Server(Session):
    """A language server whose checks run in another process: all pages have one event loop."""

    expected = (CliError, SlowError, BusyError)

    def __init__(self, load_options: LoadOptions, workers: Workers) -> None:
        super().__init__(load_options)
        self._workers = workers
        self._tasks: set[asyncio.Task[None]] = set()

    def check_file(self, file: Path) -> None:
        """Check an open file, and publish its findings unless it has changed in the meantime."""
        task = asyncio.get_running_loop().create_task(self._check_elsewhere(file))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _check_elsewhere(self, file: Path) -> None:
        inputs = self.inputs(file)
        try:
            checked = await asyncio.to_thread(lambda: self._workers.run(check_text, *inputs))
        except Exception as error:  # noqa: BLE001 - whatever it is, the session must go on
            self.report(error)
            return
        if self.has_open(file) and inputs[1] == self.inputs(file)[1]:
            self.publish(file, checked)


class Page:
    """One connection, which translates between the addresses of the page and those of this machine."""

    def __init__(self, folders: Sequence[Project], workers: Workers, socket: WebSocket) -> None:
        self.socket = socket
        self.addresses = Addresses(folders)
        self.server = prepare(_Server(LoadOptions(), workers), PAUSE)
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

    def __init__(self, session: Page) -> None:
        self.session = session

    def write(self, data: bytes) -> None:
        """Forward a message to the session."""
        self.session.say(data)

    def close(self) -> None:
        """Do nothing: the code that opened the socket closes it."""
