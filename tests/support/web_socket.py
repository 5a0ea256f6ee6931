"""A WebSocket client for tests: a connection that a server accepts or refuses, and messages of the language server."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any, Self

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, RejectConnection, Request, TextMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECONDS = 60


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The server did not accept; `status` is that of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Closed(Exception):  # noqa: N818
    """The server closed; `code` is its reason."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WebSocket:
    """A connection to a port of the loopback address; raises Refused."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._connection = WSConnection(ConnectionType.CLIENT)
        host = headers.get("Host", f"127.0.0.1:{port}")
        more = [(name.encode(), value.encode()) for name, value in headers.items() if name != "Host"]
        self._number = 0
        self._parts: list[str] = []
        self._send(Request(host=host, target=path, extra_headers=more))
        answer = self._event()
        if isinstance(answer, RejectConnection):
            self._socket.close()
            raise Refused(answer.status_code)
        assert isinstance(answer, AcceptConnection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, text: str) -> None:
        """Send a text."""
        self._send(TextMessage(data=text))

    def notify(self, method: str, **params: Any) -> None:
        """Send a notification."""
        self.say(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and return its answer."""
        self._number += 1
        number = self._number
        self.say(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        return self.until(lambda message: message.get("id") == number)

    def until(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first matching message."""
        while True:
            message = self.receive()
            if is_wanted(message):
                return message

    def receive(self) -> dict[str, Any]:
        """Return the next message; raises Closed, and TimeoutError although the server sends pings."""
        end = time.monotonic() + SECONDS
        while True:
            event = self._event()
            if time.monotonic() > end:
                raise TimeoutError(f"no message came within {SECONDS} seconds")
            if isinstance(event, CloseConnection):
                while self._socket.recv(65536):  # the tests do not cover a server that stops before it has closed
                    pass
                raise Closed(event.code)
            if isinstance(event, Ping):
                self._send(event.response())
            elif isinstance(event, TextMessage):
                self._parts.append(event.data)
                if event.message_finished:
                    text = "".join(self._parts)
                    self._parts = []
                    return dict(json.loads(text))

    def _send(self, event: Any) -> None:
        self._socket.sendall(self._connection.send(event))

    def _event(self) -> Any:
        """Return the next event of the connection."""
        while True:
            for event in self._connection.events():
                return event
            self._connection.receive_data(self._socket.recv(65536) or None)
