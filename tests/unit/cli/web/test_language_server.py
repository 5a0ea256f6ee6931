"""The language server over a WebSocket: access, permitted files and responses."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.web.addresses import SCHEME
from kairosfile.cli.web.language_server import MOST_SESSIONS, PATH
from tests.support.web_client import TEXT
from tests.support.web_socket import Closed, Refused, WebSocket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.web_client import Client


def connect(client: Client, **more: str) -> WebSocket:
    headers = {"Authorization": f"Bearer {client.server.credentials.token}", **more}
    return WebSocket(client.server.port, PATH, headers)


@pytest.fixture
def page(client: Client) -> Iterator[WebSocket]:
    with connect(client) as socket:
        socket.ask("initialize", processId=1, rootUri="file:///", capabilities={})
        socket.notify("initialized")
        yield socket


def opened(client: Client, page: WebSocket, text: str, path: str = "Kairosfile") -> str:
    uri = f"{SCHEME}{client.project}/{path}"
    page.notify(
        "textDocument/didOpen", textDocument={"uri": uri, "languageId": "kairosfile", "version": 1, "text": text}
    )
    return uri


def diagnostics(page: WebSocket, uri: str) -> list[dict[str, Any]]:
    message = page.until(lambda it: it.get("method") == "textDocument/publishDiagnostics")
    assert message["params"]["uri"] == uri
    return list(message["params"]["diagnostics"])


def test_a_page_gets_diagnostics_hover_completion_and_fixes(client: Client, page: WebSocket) -> None:
    uri = opened(client, page, TEXT + "varient: core\n")
    (fault,) = (it for it in diagnostics(page, uri) if it["severity"] == 1)
    assert 'unknown key "varient"' in fault["message"]

    document, place = {"uri": uri}, {"line": 1, "character": 2}
    assert "base" in str(page.ask("textDocument/hover", textDocument=document, position=place)["result"])
    labels = str(page.ask("textDocument/completion", textDocument=document, position={"line": 4, "character": 0}))
    assert "provider" in labels
    actions = page.ask(
        "textDocument/codeAction", textDocument=document, range=fault["range"], context={"diagnostics": []}
    )
    assert uri in actions["result"][0]["edit"]["changes"]
    page.notify("textDocument/didChange", textDocument={**document, "version": 2}, contentChanges=[{"text": TEXT}])
    assert [it for it in diagnostics(page, uri) if it["severity"] == 1] == []


def test_a_slow_text_is_refused_and_delays_no_other_request(client: Client, page: WebSocket) -> None:
    client.server.store.workers.seconds = 0.001
    slow = TEXT + "hooks:\n  after_install:\n    - run: " + "apt-get install -y a && " * 30_000 + "true\n"
    uri = opened(client, page, slow)
    with connect(client) as other:
        assert other.ask("initialize", processId=1, capabilities={})["result"]
    message = page.until(lambda it: it.get("method") == "window/logMessage")
    assert "longer than 0.001 seconds" in message["params"]["message"]
    client.server.store.workers.seconds = 60
    changes = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": TEXT + "varient: core\n"}]}
    page.notify("textDocument/didChange", **changes)
    assert any("varient" in one["message"] for one in diagnostics(page, uri))


def test_a_page_learns_no_path_of_this_machine(client: Client, page: WebSocket) -> None:
    (client.root / "base.yaml").write_text("varient: core\n")
    uri = opened(client, page, "extends: base.yaml\nbase: debian:13\nversion: v1.0.0\n")
    message = page.until(lambda it: "base.yaml" in str(it))

    assert message["params"]["uri"] == uri.replace("Kairosfile", "base.yaml")
    assert str(client.root) not in str(message)


@pytest.mark.parametrize(
    "uri",
    ["file:///etc/passwd", "kairosfile://other/Kairosfile", "{project}/../secret", "{project}/%2e%2e/secret",
     "{project}//etc/passwd", "{project}/link", "http://a/Kairosfile", "{project}/a%00b", "{project}/.git/config"],
)  # fmt: skip
def test_no_address_leads_out_of_the_projects(client: Client, page: WebSocket, uri: str) -> None:
    (client.root.parent / "secret").write_text("canary")
    (client.root / "link").symlink_to("../secret")
    named = uri.replace("{project}", SCHEME + client.project)
    answer = page.ask("textDocument/hover", textDocument={"uri": named}, position={"line": 0, "character": 0})

    assert answer["error"]["code"] == -32602
    assert "canary" not in str(answer)


@pytest.mark.parametrize("method", ["exit", "workspace/executeCommand", "workspace/didChangeConfiguration", "x"])
def test_a_page_cannot_end_the_server_or_ask_for_more(client: Client, page: WebSocket, method: str) -> None:
    page.notify(method)
    assert page.ask(method)["error"]["code"] == -32601
    assert client.get("/health")["status"] == "ok"


@pytest.mark.parametrize("text", ["{", "[]", "1", "[" * 50_000])
def test_an_invalid_message_ends_the_connection(page: WebSocket, text: str) -> None:
    page.say(text)
    with pytest.raises(Closed) as closed:
        page.receive()
    assert closed.value.code == 1003


def test_a_message_with_wrong_members_is_refused_and_the_session_goes_on(client: Client, page: WebSocket) -> None:
    answer = page.ask("textDocument/hover", textDocument=3)
    assert "error" in answer
    assert diagnostics(page, opened(client, page, TEXT)) is not None


def test_a_socket_is_guarded_as_a_change_is(client: Client) -> None:
    port = client.server.port
    cookie = f"kairosfile_{port}={client.server.credentials.cookie}"
    own = f"http://127.0.0.1:{port}"
    refused = [
        {},
        {"Cookie": cookie},
        {"Cookie": cookie, "Origin": "http://evil.example"},
        {"Cookie": "kairosfile=x", "Origin": own},
        {"Authorization": "Bearer x"},
        {"Cookie": cookie, "Origin": own, "Host": "evil.example"},
        {"Cookie": cookie, "Origin": own, "Sec-Fetch-Site": "cross-site"},
    ]
    for headers in refused:
        with pytest.raises(Refused) as answer:
            WebSocket(port, PATH, headers)
        assert answer.value.status == 403
    with WebSocket(port, PATH, {"Cookie": cookie, "Origin": own}) as socket:
        assert "capabilities" in socket.ask("initialize", capabilities={})["result"]


def test_sessions_over_the_limit_are_closed_with_1013(client: Client) -> None:
    sockets = [connect(client) for _ in range(MOST_SESSIONS)]
    threads = threading.active_count()
    with connect(client) as one_more, pytest.raises(Closed) as closed:
        one_more.receive()
    assert closed.value.code == 1013
    assert threading.active_count() <= threads
    for socket in sockets:
        with socket:
            pass
