"""Authorizes requests: every request passes here before any route gets it.

The person who started the server is trusted, with the rights of their docker socket. Another page in the same browser,
and another user of the machine, are not.

- A Host that is not ours is refused (421): no DNS name can be bound to this server.
- A request that another site causes is refused (403), and so is a change with a cookie but without our Origin.
- Everything but the page's own files, the health check, and the exchange of the one-time code needs the cookie or the
  token (401).
- The token and the cookie of a reader, where there is one, reach what changes nothing (403 for all else).
- Bodies are JSON, or bytes of a file: no form of another site can send either (415).
"""

from __future__ import annotations

import errno
import hmac
import json
import os
import re
import secrets
import time
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from kairosfile.cli.web import page
from kairosfile.cli.web.failures import Failures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = ("GET", "HEAD", "OPTIONS")
BODIES = ("application/json", "application/octet-stream")
HEALTH, SESSION = "/api/v1/health", "/api/v1/session"
# Requests of a reader besides GET: they process a text in the request, write nothing and build nothing.
PURE = re.compile(r"/api/v1/(check|edits|plan|graph\.svg|eject|names|explain/[^/]+|new|adopt|import)")
# The key of the ASGI scope for whether the request is read-only.
READER = "kairosfile.reader"
CODE_SECONDS = 600
LARGEST_BODY = 8 * 1024 * 1024
TOO_LARGE = "the request body is larger than 8 MiB"
SHORTEST = 32  # characters of a token
HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Credentials:
    """The token of one server process, in a file that only its owner can read, and a one-time code.

    Args:
        file: The file from which programs read the token.
        is_given: Whether to use the token of an existing file instead of a new one.
        reader: The read-only credentials, if there are any.

    Raises:
        OSError: The file cannot be read or written, or contains no token.
    """

    def __init__(self, file: Path, *, is_given: bool = False, reader: Credentials | None = None) -> None:
        token = file.read_text().strip() if is_given and file.exists() else ""
        if token and (len(token) < SHORTEST or not token.isprintable() or not token.isascii()):
            raise OSError(errno.EINVAL, f"{file} has no token: it is one line of {SHORTEST} characters or more")
        self.token = token or secrets.token_urlsafe(32)
        self.file = file
        self.reader = reader
        self.cookie = secrets.token_urlsafe(32)
        self.code = secrets.token_urlsafe(16)
        self._created_at = time.monotonic()
        self.failures = Failures()
        if token:
            return
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(self.token + "\n")

    def exchange(self, code: str, address: str) -> str:
        """Return the value of the cookie for a code, which is then invalid; nothing for a wrong or expired code."""
        for one in self._roles():
            if one.code and _same(code, one.code) and time.monotonic() - self._created_at <= CODE_SECONDS:
                one.code = ""
                return one.cookie
        self.failures.note("code", address)
        return ""

    def by_token(self, headers: Mapping[str, str]) -> Credentials | None:
        """Return the credentials whose token the request has; None if it has no valid token."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return next(
            (one for one in self._roles() if scheme.lower() == "bearer" and _same(token.strip(), one.token)), None
        )

    def by_cookie(self, headers: Mapping[str, str], name: str) -> Credentials | None:
        """Return the credentials whose cookie the request has; None if it has no valid cookie."""
        held = _cookie(headers.get("cookie", ""), name)
        return next((one for one in self._roles() if _same(held, one.cookie)), None)

    def _roles(self) -> list[Credentials]:
        return [self, self.reader] if self.reader else [self]


@dataclass(frozen=True, slots=True)
class _Request:
    """What decides whether a request may pass; the method of a WebSocket is CONNECT, since it is a change."""

    method: str
    path: str
    headers: dict[str, str]
    address: str

    @property
    def is_public(self) -> bool:
        """Whether the path is one of the page."""
        return page.is_public(self.path)


def _request(scope: Scope) -> _Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    address, _ = scope.get("client") or ("", 0)
    return _Request(scope.get("method", "CONNECT"), scope["path"], headers, address)


class Guard:
    """An ASGI middleware that forwards authorized requests and adds the security headers to every response.

    Args:
        app: What is guarded.
        credentials: The token, the code and the cookie of this server process.
        cookie: The name of the session's cookie.
        origins: The origins that it has.
    """

    def __init__(self, app: ASGIApp, credentials: Credentials, cookie: str, origins: Sequence[str]) -> None:
        self.app = app
        self.credentials = credentials
        self.cookie_name = cookie
        self.origins = frozenset(origins)
        self.hosts = frozenset(origin.partition("://")[2] for origin in self.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or forward it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request = _request(scope)
        refused = self._refuse(request)
        if scope["type"] == "websocket":
            # Before it is accepted, 1008 is a 403.
            await (send({"type": "websocket.close", "code": 1008}) if refused else self.app(scope, receive, send))
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                more = ((name.encode(), value.encode()) for name, value in HEADERS.items())
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in names)]
            await send(message)

        if refused:
            await _problem(answer, *refused)
        else:
            await self.app({**scope, READER: self._is_reader(request.headers)}, _bounded(receive), answer)

    def _is_reader(self, headers: dict[str, str]) -> bool:
        own = self.credentials
        return (own.by_token(headers) or own.by_cookie(headers, self.cookie_name)) is not own

    def _refuse(self, request: _Request) -> tuple[int, str] | None:
        """Return the status and the reason of a refusal; None for a request that may pass."""
        headers = request.headers
        if headers.get("host", "") not in self.hosts:
            return 421, "the server does not accept this host name"
        # A link of another site may open a page, as a typed address does; the page itself requests everything else.
        is_link = headers.get("sec-fetch-mode") == "navigate" and request.method == "GET" and request.is_public
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"} and not is_link:
            return 403, "cross-site requests are not allowed"
        origin = headers.get("origin")
        if origin is not None and origin not in self.origins:
            return 403, "cross-origin requests are not allowed"
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if has_body and headers.get("content-type", "").partition(";")[0].strip().lower() not in BODIES:
            return 415, "unsupported content type; use application/json, or application/octet-stream for a file"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return 413, TOO_LARGE
        return self._unauthorized(request)

    def _unauthorized(self, request: _Request) -> tuple[int, str] | None:
        if request.path == HEALTH or (request.is_public and request.method in SAFE):
            return None
        if request.path == SESSION:
            guesses = self.credentials.failures.are_many("code", request.address)
            return (429, "too many wrong codes; wait a minute") if guesses else None
        session = self.credentials.by_token(request.headers)
        if session is None:
            session = self.credentials.by_cookie(request.headers, self.cookie_name)
            if session is None:
                return self._unknown(request)
            if request.method not in SAFE and "origin" not in request.headers:
                return 403, "a change needs the Origin header of the page"
        if session is not self.credentials and not is_reading(request.method, request.path):
            return 403, "this session is read-only: it cannot save files or start builds"
        return None

    def _unknown(self, request: _Request) -> tuple[int, str]:
        """Return the refusal of a request without a valid token or cookie; a wrong one is a failure of its address."""
        failures = self.credentials.failures
        if failures.are_many("token", request.address):
            return 429, "too many wrong tokens; wait a minute, or open the address that `kairosfile web` printed"
        if "authorization" in request.headers or _cookie(request.headers.get("cookie", ""), self.cookie_name):
            failures.note("token", request.address)
        return 401, "open the address that `kairosfile web` printed, or send the token in its token file"


def is_reading(method: str, path: str) -> bool:
    """Return whether a request changes nothing, so that a reader may send it. Sockets are for the language server."""
    if method in SAFE or method == "CONNECT":
        return True
    return method == "POST" and PURE.fullmatch(path) is not None


def _bounded(receive: Receive) -> Receive:
    """Return a receiver that limits the size of a chunked body, whose length no header gives."""
    remaining = LARGEST_BODY

    async def receive_within() -> Message:
        nonlocal remaining
        message = await receive()
        remaining -= len(message.get("body", b""))
        if remaining < 0:
            raise HTTPException(413, TOO_LARGE)
        return message

    return receive_within


def _same(value: str, expected: str) -> bool:
    return hmac.compare_digest(value.encode(), expected.encode())


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


async def _problem(send: Send, status: int, detail: str) -> None:
    body = json.dumps({"type": "about:blank", "title": detail, "status": status, "detail": detail}).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
