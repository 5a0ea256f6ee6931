"""Starts the server: its folders, its state, its credentials, and the address that it prints."""

from __future__ import annotations

import errno
import socket
import ssl
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

import uvicorn
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.utilities import LocalProtocolError

from kairosfile.cli.jobs import folder
from kairosfile.cli.web import app, page
from kairosfile.cli.web.addresses import LONGEST_MESSAGE
from kairosfile.cli.web.builds import Allowed, Builds
from kairosfile.cli.web.desktop import show
from kairosfile.cli.web.guard import Credentials, Guard
from kairosfile.cli.web.projects import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HOST = "127.0.0.1"
SECOND_THOUGHT = 3  # seconds
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - requested by --listen
ANYBODY = "kairosfile: warning: anybody who reaches {address} can use this server{reads}\n"
READS = ", and reads what is sent: publish the port to 127.0.0.1 alone, or use TLS, here or in a proxy before it"


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of the server from the command line.

    Attributes:
        folders: The projects.
        state: The state folder.
        port: The port; 0 for any that is free.
        builder: The builder of buildx; its default for an empty name.
        secrets: By their id, as buildx has them.
        parallel: How many builds run at a time.
        keep: How many builds of each file stay.
        keep_days: The number of days to keep them.
        listen: The address that it listens on.
        token_file: Where the token is, or is put; in the state folder without one.
        entitlements: What steps may ask for.
        registry: Where images are pushed to; nowhere for an empty one.
        origins: More origins that pages have, behind a proxy.
        caches: References of registry caches that builds read and write.
        has_reader: Whether there is a second token, for those who may read alone.
        certificate: The files of a certificate and of its key; no TLS without them.
        opens: Whether a browser is started.
        opened: The file whose page the printed address opens; the list of all without one.
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
    caches: Sequence[str] = ()
    has_reader: bool = False
    certificate: tuple[Path, Path] | None = None
    opens: bool = False
    opened: Path | None = None


class Connection(WSProtocol):
    """A WebSocket that can be shut down at any time."""

    def shutdown(self) -> None:
        """Close it. uvicorn 0.51 sends a second close where the first has no answer yet, and raises for it."""
        with suppress(LocalProtocolError):
            super().shutdown()
        self.transport.close()


class Server:
    """A listening server; `run` serves until a signal stops it. Raises OSError for a port in use."""

    def __init__(self, settings: Settings) -> None:
        _check_certificate(settings.certificate)
        self.socket = _bound(settings.listen, settings.port)
        self.port = self.socket.getsockname()[1]
        self.state = settings.state
        self.credentials = _credentials(settings)
        self.token_file = self.credentials.file
        self.scheme = "https" if settings.certificate else "http"
        self.host = HOST if settings.listen == ANY_ADDRESS else settings.listen
        folders = [Project(folder.resolve()) for folder in settings.folders]
        self.path = _address_of(settings.opened, folders)
        allowed = Allowed(settings.builder, settings.secrets, settings.entitlements, settings.registry, settings.caches)
        self.store = store = Builds(settings.state, allowed, settings.parallel, settings.keep, settings.keep_days)
        cookie = f"kairosfile_{self.port}"
        routes = app.make(folders, store, self.credentials, cookie)
        guard = Guard(routes, self.credentials, cookie, [*self._origins(), *settings.origins])
        self.server = uvicorn.Server(_config(guard, settings))

    @property
    def address(self) -> str:
        """The address of the server."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def _origins(self) -> list[str]:
        hosts = dict.fromkeys((self.host, HOST, "localhost", "[::1]"))
        return [f"{self.scheme}://{host}:{self.port}" for host in hosts]

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        try:
            self.server.run(sockets=[self.socket])
        finally:
            self.store.close()


def _credentials(settings: Settings) -> Credentials:
    file = settings.token_file or settings.state / "token"
    reader = Credentials(file.with_name(f"{file.name}.read-only")) if settings.has_reader else None
    return Credentials(file, is_given=settings.token_file is not None, reader=reader)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _check_certificate(files: tuple[Path, Path] | None) -> None:
    """Raise OSError unless the two files are a certificate and its key."""
    for file in dict.fromkeys(files or ()):
        if not file.is_file():
            raise OSError(errno.EINVAL, f"there is no file {file}")
    if files is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files, password=lambda: b"")
    except ssl.SSLError as error:
        reason = f"{files[0]} and {files[1]} are not a certificate and its key in PEM without a password"
        raise OSError(errno.EINVAL, reason) from error


def _config(guard: Guard, settings: Settings) -> uvicorn.Config:
    chain, key = settings.certificate or (None, None)
    return uvicorn.Config(
        guard,
        log_level="warning",
        ws=Connection,
        ws_max_size=LONGEST_MESSAGE,
        server_header=False,
        proxy_headers=bool(settings.origins),  # else anybody on this machine could send any address as its own
        timeout_graceful_shutdown=1,
        ssl_certfile=chain,
        ssl_keyfile=key,
    )


def _address_of(file: Path | None, folders: Sequence[Project]) -> str:
    """Return the address of a file's page, or of the list of files."""
    if file is None:
        return "/"
    place = file.parent.resolve() / file.name
    project = next(one for one in folders if place.is_relative_to(one.root))
    return f"/p/{project.id}/{quote(str(place.relative_to(project.root)))}"


def serve(settings: Settings) -> None:
    """Serve until Ctrl-C, which leaves builds alone. Raises OSError."""
    server = Server(settings)
    if settings.listen != HOST:
        reads = "" if settings.certificate else READS
        sys.stderr.write(ANYBODY.format(address=f"{settings.listen}:{server.port}", reads=reads))
    own = server.credentials
    for one, note in ((own, ""), *([(own.reader, ", to read alone")] if own.reader else [])):
        sys.stdout.write(f"{server.address}{server.path}?code={one.code}  token: {one.file}{note}\n")
    sys.stdout.flush()
    if not page.is_built():
        sys.stderr.write(f"kairosfile: {page.NOT_BUILT}\n")
    if settings.opens:
        show(f"{server.address}{server.path}?code={own.code}", settings.state)
    try:
        server.run()
    except KeyboardInterrupt:
        _leave(settings.state)


def _leave(state: Path) -> None:
    """Print that builds continue, and stop them if Ctrl-C is pressed again."""
    running = [job for job in folder.all_jobs(state) if job.is_of_server and job.state() == "running"]
    if not running:
        return
    count = "1 build goes" if len(running) == 1 else f"{len(running)} builds go"
    sys.stderr.write(
        f"kairosfile: {count} on, and the next start follows; Ctrl-C again within {SECOND_THOUGHT} seconds cancels\n"
    )
    try:
        time.sleep(SECOND_THOUGHT)
    except KeyboardInterrupt:
        for job in running:
            job.cancel()
