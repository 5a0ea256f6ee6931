"""A WebSocket connection whose server shuts down before the close handshake ends."""

from __future__ import annotations

import asyncio

import uvicorn
from uvicorn.server import ServerState
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request

from kairosfile.cli.web.serve import Connection


class Transport(asyncio.Transport):
    """Records whether it is closed."""

    is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send nothing."""

    def close(self) -> None:
        self.is_closed = True


async def app(_scope: object, _receive: object, _send: object) -> None:
    """Send no response."""


def test_it_is_shut_down_while_its_close_has_no_answer() -> None:
    async def shut_down() -> Transport:
        config = uvicorn.Config(app, log_config=None)
        config.load()
        connection, transport = Connection(config, ServerState(), {}), Transport()
        connection.connection_made(transport)
        connection.conn.receive_data(WSConnection(ConnectionType.CLIENT).send(Request(host="a", target="/")))
        list(connection.conn.events())
        connection.conn.send(AcceptConnection())
        connection.handshake_complete = True
        connection.conn.send(CloseConnection(code=1003))
        connection.shutdown()
        return transport

    assert asyncio.run(shut_down()).is_closed
