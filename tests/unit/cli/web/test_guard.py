"""Access control: a table of headers for every route of the description, and the limit on wrong tokens."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests

from kairosfile.cli.web import app, failures
from kairosfile.cli.web.builds import Allowed, Builds
from kairosfile.cli.web.guard import Credentials, Guard
from kairosfile.cli.web.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.web_client import Client

Headers = dict[str, str | None]

HOST, ORIGIN, COOKIE = "127.0.0.1:8080", "http://127.0.0.1:8080", "kairosfile_8080"
PASSES = 200
# The headers of the page, which sends its cookie, and of a program, which sends the token.
PAGE: Headers = {"host": HOST, "origin": ORIGIN, "sec-fetch-site": "same-origin", "cookie": "OWNER"}
PROGRAM: Headers = {"host": HOST, "authorization": "TOKEN"}
NOBODY: Headers = {"host": HOST, "origin": ORIGIN, "sec-fetch-site": "same-origin"}
JSON: Headers = {"content-length": "2", "content-type": "application/json"}


class Row(NamedTuple):
    """A request, and its status at a route that reads, at one that changes, and at one that needs no session."""

    name: str
    headers: Headers
    reads: int
    changes: int
    without: int
    is_reader: bool = False


TABLE = [
    Row("the page", PAGE, PASSES, PASSES, PASSES),
    Row("a program", PROGRAM, PASSES, PASSES, PASSES),
    Row("a program with a body", PROGRAM | JSON, PASSES, PASSES, PASSES),
    Row("bytes", PROGRAM | JSON | {"content-type": "application/octet-stream"}, PASSES, PASSES, PASSES),
    Row("another name of ours", PROGRAM | {"host": "localhost:8080"}, PASSES, PASSES, PASSES),
    Row("an address typed", PAGE | {"origin": None, "sec-fetch-site": "none"}, PASSES, 403, PASSES),
    Row("a cookie without an Origin", PAGE | {"origin": None}, PASSES, 403, PASSES),
    Row("nobody", NOBODY, 401, 401, PASSES),
    Row("a wrong token", PROGRAM | {"authorization": "Bearer x"}, 401, 401, PASSES),
    Row("another scheme", PROGRAM | {"authorization": "BASIC"}, 401, 401, PASSES),
    Row("a wrong cookie", PAGE | {"cookie": f"{COOKIE}=x"}, 401, 401, PASSES),
    Row("the cookie of another port", PAGE | {"cookie": "OTHER"}, 401, 401, PASSES),
    Row("a reader", PROGRAM | {"authorization": "READER"}, PASSES, 403, PASSES, True),
    Row("a reader's page", PAGE | {"cookie": "READ"}, PASSES, 403, PASSES, True),
    Row("another host", PAGE | {"host": "evil.example"}, 421, 421, 421),
    Row("no host", PAGE | {"host": None}, 421, 421, 421),
    Row("our host as a prefix", PROGRAM | {"host": f"{HOST}.evil.example"}, 421, 421, 421),
    Row("another port", PROGRAM | {"host": "127.0.0.1:8081"}, 421, 421, 421),
    Row("another origin", PAGE | {"origin": "http://evil.example"}, 403, 403, 403),
    Row("no origin at all", PAGE | {"origin": "null"}, 403, 403, 403),
    Row("the origin of another port", PROGRAM | {"origin": "http://127.0.0.1:8081"}, 403, 403, 403),
    Row("the origin of TLS", PAGE | {"origin": "https://127.0.0.1:8080"}, 403, 403, 403),
    Row("another site", PAGE | {"sec-fetch-site": "cross-site"}, 403, 403, 403),
    Row("another site with the token", PROGRAM | {"sec-fetch-site": "cross-site"}, 403, 403, 403),
    Row("another name of our site", PAGE | {"sec-fetch-site": "same-site"}, 403, 403, 403),
    Row("a link of another site", PAGE | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403, 403, 403),
    Row("a form", PROGRAM | JSON | {"content-type": "application/x-www-form-urlencoded"}, 415, 415, 415),
    Row("a text", PAGE | JSON | {"content-type": "text/plain"}, 415, 415, 415),
    Row("a body in parts", PAGE | {"transfer-encoding": "chunked"}, 415, 415, 415),
    Row("a huge body", PROGRAM | JSON | {"content-length": str(1 << 30)}, 413, 413, 413),
    Row("no number", PROGRAM | JSON | {"content-length": "-1"}, 413, 413, 413),
]
OPEN = {"/api/v1/health", "/api/v1/session"}
# POST routes that change nothing: the response depends only on the request's text.
_PURE = ("check", "edits", "plan", "graph.svg", "eject", "names", "explain/{step}", "new", "adopt", "import")
PURE = {f"/api/v1/{name}" for name in _PURE}


class Site:
    """A guard before an application that accepts every request, and the routes of the real application."""

    def __init__(self, root: Path) -> None:
        reader = Credentials(root / "token.read-only")
        self.credentials = Credentials(root / "token", reader=reader)
        self.guard = Guard(_answer, self.credentials, COOKIE, [ORIGIN, "http://localhost:8080"])
        builds = Builds(root, Allowed(), 1, 1, 1)
        self.paths: dict[str, Any] = app.make([Project(root)], builds, self.credentials, COOKIE).openapi()["paths"]
        builds.close()
        self.words = {
            "TOKEN": f"Bearer {self.credentials.token}",
            "BASIC": f"Basic {self.credentials.token}",
            "READER": f"bearer {reader.token}",
            "OWNER": f"a=b; {COOKIE}={self.credentials.cookie}",
            "OTHER": f"kairosfile_8081={self.credentials.cookie}",
            "READ": f"{COOKIE}={reader.cookie}",
        }

    def status(self, method: str, path: str, headers: Headers, address: str = "127.0.0.1") -> tuple[int, str]:
        sent: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        words = {name: self.words.get(value, value) for name, value in headers.items() if value is not None}
        encoded = [(name.encode(), value.encode()) for name, value in words.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": encoded, "client": (address, 1)}
        if method == "CONNECT":
            scope = {**scope, "type": "websocket"}
            del scope["method"]
        asyncio.run(self.guard(scope, receive, send))
        if method == "CONNECT":
            return (403 if sent[0]["type"] == "websocket.close" else PASSES), ""
        assert dict(sent[0]["headers"])[b"x-content-type-options"] == b"nosniff"
        body = sent[1]["body"]
        return sent[0]["status"], json.loads(body)["detail"] if body else ""


async def _answer(scope: Any, _: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": PASSES, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_each_route_is_answered_as_the_table_says(site: Site, row: Row) -> None:
    actual, expected = {}, {}
    for path, methods in site.paths.items():
        for method in map(str.upper, methods):
            site.credentials.failures = failures.Failures()
            actual[f"{method} {path}"], _ = site.status(method, path.replace("{step}", "init"), row.headers)
            reads = method == "GET" or (row.is_reader and path in PURE)
            expected[f"{method} {path}"] = row.without if path in OPEN else row.reads if reads else row.changes

    assert len(actual) > 30
    assert actual == expected


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_a_socket_needs_what_a_change_needs(site: Site, row: Row) -> None:
    status, _ = site.status("CONNECT", "/api/v1/lsp", row.headers)

    assert status == (PASSES if row.is_reader or row.changes == PASSES else 403)


@pytest.mark.parametrize("wrong", [{"authorization": "Bearer x"}, {"cookie": f"{COOKIE}=x"}], ids=["token", "cookie"])
def test_ten_wrong_tokens_within_a_minute_are_the_last_of_an_address(
    site: Site, wrong: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(headers: Headers, address: str = "127.0.0.1", path: str = "/api/v1/projects") -> int:
        return site.status("GET", path, {"host": HOST, **headers}, address)[0]

    assert [ask({}) for _ in range(20)] == [401] * 20, "who sends no token guesses none"
    assert [ask(wrong) for _ in range(12)] == [401] * 10 + [429] * 2
    assert ask({}) == 429
    assert ask(wrong, "127.0.0.2") == 401, "another address has failed less"
    assert ask({"authorization": "TOKEN"}) == PASSES, "nobody shuts out the owner"
    assert ask({"cookie": "OWNER"}) == PASSES
    assert site.status("POST", "/api/v1/session", PROGRAM)[0] == PASSES, "a new code opens a session"
    assert ask({}, path="/api/v1/health") == ask({}, path="/") == PASSES
    assert site.status("CONNECT", "/api/v1/lsp", {"host": HOST, **wrong})[0] == 403
    detail = site.status("GET", "/api/v1/projects", {"host": HOST, **wrong})[1]
    assert detail == "too many wrong tokens; wait a minute, or open the address that `kairosfile web` printed"
    later = time.monotonic() + failures.SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert ask(wrong) == 401


def test_wrong_codes_count_for_their_address_alone(site: Site) -> None:
    for _ in range(failures.MOST):
        assert not site.credentials.exchange("wrong", "127.0.0.2")

    answers = {address: site.status("POST", "/api/v1/session", PROGRAM, address)[0] for address in ("127.0.0.2", "::1")}
    assert answers == {"127.0.0.2": 429, "::1": PASSES}
    assert site.status("GET", "/api/v1/health", PROGRAM, "127.0.0.2")[0] == PASSES


def test_the_addresses_that_are_remembered_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_ADDRESSES", 3)
    noted = failures.Failures()
    for number in range(5):
        for _ in range(failures.MOST):
            noted.note("token", f"127.0.0.{number}")

    assert [noted.are_many("token", f"127.0.0.{number}") for number in range(5)] == [False, False, True, True, True]


def test_without_a_proxy_forwarded_addresses_are_ignored(client: Client) -> None:
    def ask(number: int) -> int:
        headers = {"authorization": "Bearer x", "x-forwarded-for": f"10.0.0.{number}"}
        return requests.get(client.url("/projects"), headers=headers, timeout=60).status_code

    assert [ask(number) for number in range(11)] == [401] * 10 + [429]
