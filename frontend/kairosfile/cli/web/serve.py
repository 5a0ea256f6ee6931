"""Starts the server: its folders, its state, its credentials, and the address that it prints."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.utilities import LocalProtocolError

from kairosfile.cli.web import app, page
from kairosfile.cli.web.builds import Allowed, Builds
from kairosfile.cli.web.guard import Credentials, Guard
from kairosfile.cli.web.language_server import LONGEST_MESSAGE
from kairosfile.cli.web.projects import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HOST = "127.0.0.1"
ANYBODY = (
    "kairosfile: warning: whoever reaches {address} can ask this server, and reads what is sent: publish the port to "
    "127.0.0.1 alone, or put a proxy with TLS before it\n"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says of a server.

    Attributes:
        folders: The projects.
        state: The state folder.
        port: The port; 0 for any that is free.
        builder: The builder of buildx; its default for an empty name.
        secrets: By their id, as buildx has them.
        parallel: How many builds run at a time.
        keep: How many builds of each file stay.
        keep_days: For how long.
        listen: The address that it listens on.
        token_file: Where the token is, or is put; in the state folder without one.
        entitlements: What steps may ask for.
        registry: Where images are pushed to; nowhere for an empty one.
        origins: More origins that pages have, behind a proxy.
    """

    folders: Sequence[Path]
    state: Path
    port: int = 8080
    builder: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    parallel: int = 1
    keep: int = 20
    keep_days: float = 30
    listen: str = HOST
    token_file: Path | None = None
    origins: Sequence[str] = ()
    entitlements: Sequence[str] = ()
    registry: str = ""


class Connection(WSProtocol):
    """A WebSocket that can be shut down at any time."""

    def shutdown(self) -> None:
        """Close it. uvicorn 0.51 sends a second close where the first has no answer yet, and raises for it."""
        with suppress(LocalProtocolError):
            super().shutdown()
        self.transport.close()


class Server:
    """A server that listens; `run` answers until it is told to stop. Raises OSError for a port in use."""

    def __init__(self, settings: Settings) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.socket.bind((settings.listen, settings.port))
        except OSError:
            self.socket.close()
            raise
        self.port = self.socket.getsockname()[1]
        self.state = settings.state
        self.token_file = settings.token_file or settings.state / "token"
        self.credentials = Credentials(self.token_file, is_given=settings.token_file is not None)
        folders = [Project(folder.resolve()) for folder in settings.folders]
        allowed = Allowed(settings.builder, settings.secrets, settings.entitlements, settings.registry)
        self._made = made = Builds(settings.state, allowed, settings.parallel, settings.keep, settings.keep_days)
        routes = app.make(folders, made, self.credentials, f"kairosfile_{self.port}")
        guard = Guard(routes, self.credentials, self.port, settings.origins)
        config = uvicorn.Config(
            guard,
            log_level="warning",
            ws=Connection,
            ws_max_size=LONGEST_MESSAGE,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def run(self) -> None:
        """Answer until SIGINT or SIGTERM."""
        try:
            self.server.run(sockets=[self.socket])
        finally:
            self._made.close()


def serve(settings: Settings) -> None:
    """Serve until Ctrl-C, which leaves builds alone. Raises OSError."""
    server = Server(settings)
    if settings.listen != HOST:
        sys.stderr.write(ANYBODY.format(address=f"{settings.listen}:{server.port}"))
    sys.stdout.write(f"{server.address}/?code={server.credentials.code}  token: {server.token_file}\n")
    sys.stdout.flush()
    if not page.is_built():
        sys.stderr.write(f"kairosfile: {page.NOT_BUILT}\n")
    server.run()
