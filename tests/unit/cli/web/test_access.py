"""Read-only access and encrypted transport: `--read-only` and TLS."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from kairosfile.cli.commands import doctor
from kairosfile.cli.web import language_server
from kairosfile.cli.web.guard import is_reading
from kairosfile.cli.web.serve import Server, Settings
from tests.support.web_client import Client, build, ended, serving
from tests.support.web_process import WebProcess
from tests.support.web_socket import WebSocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(doctor, "CHECKS", ())  # the doctor queries no engine and no registry
    with serving(tmp_path, monkeypatch, has_reader=True) as server:
        yield server


def reader_of(client: Client) -> dict[str, str]:
    reader = client.server.credentials.reader
    assert reader
    return {"authorization": f"Bearer {reader.token}"}


def test_a_reader_reaches_what_changes_nothing_and_no_other_route(client: Client) -> None:
    paths = client.get("/openapi.json")["paths"]
    refused: set[str] = set()
    let_through: set[str] = set()
    for path, methods in paths.items():
        for method in methods:
            address = client.server.address + re.sub(r"\{number\}", "0", path)
            if path.endswith("/events"):
                continue
            answer = requests.request(method, address, headers=reader_of(client), timeout=60)
            alone = answer.status_code == 403 and "this session is read-only" in answer.text
            (refused if alone else let_through).add(f"{method.upper()} {path.removeprefix('/api/v1')}")

    assert refused == {
        "PUT /projects/{project}/files/{path}",
        "POST /builds",
        "POST /builds/{build}/cancel",
        "POST /builds/{build}/again",
        "PATCH /builds/{build}",
        "DELETE /builds/{build}",
    }
    assert {"GET /projects", "POST /check", "POST /plan", "POST /explain/{step}", "GET /builds"} <= let_through


@pytest.mark.parametrize(
    "path",
    ["/api/v1/check/../builds", "//api/v1/check", "/api/v1/builds/check", "/api/v1/check/", "/api/v1/explain/a/b", ""],
)
def test_another_spelling_of_a_path_is_no_reading(path: str) -> None:
    assert not is_reading("POST", path)
    assert is_reading("POST", "/api/v1/explain/init")
    assert not is_reading("PUT", "/api/v1/check")


def test_a_reader_sees_a_build_and_neither_makes_nor_ends_one(client: Client) -> None:
    done = ended(client, build(client).json()["id"])
    before = (client.root / "Kairosfile").read_bytes()
    client.session.headers["authorization"] = reader_of(client)["authorization"]
    body = {"if-match": f'"{hashlib.sha256(before).hexdigest()}"', "content-type": "application/octet-stream"}

    assert client.get("/access") == {"changes": False, "secrets": ["token"], "registry": None}
    assert client.get(f"/builds/{done['id']}")["state"] == "done"
    assert client.post("/check", project=client.project, text="base: debian:13\n").json()["errors"] == 1
    assert build(client).status_code == 403
    assert client.post(f"/builds/{done['id']}/again").status_code == 403
    path = f"/projects/{client.project}/files/Kairosfile"
    assert client.ask("PUT", path, data=b"x", headers=body).status_code == 403
    assert (client.root / "Kairosfile").read_bytes() == before
    assert len(client.get("/builds")) == 1


def test_a_code_of_each_kind_opens_one_session_of_its_kind(client: Client) -> None:
    own = client.server.credentials
    assert own.reader
    actual = {}
    for kind, code in (("reader", own.reader.code), ("owner", own.code)):
        answer = requests.post(client.url("/session"), json={"code": code}, timeout=60)
        held = {"cookie": answer.headers["set-cookie"].partition(";")[0], "origin": client.server.address}
        assert requests.post(client.url("/session"), json={"code": code}, timeout=60).status_code == 401
        actual[kind] = requests.get(client.url("/access"), headers=held, timeout=60).json()["changes"]
        posted = requests.post(client.url("/builds"), json={}, headers=held, timeout=60).status_code
        assert posted == (403 if kind == "reader" else 422)

    assert actual == {"reader": False, "owner": True}
    assert own.reader.file.name == "token.read-only"
    assert own.reader.file.stat().st_mode & 0o777 == 0o600
    assert own.reader.token != own.token


def test_without_a_reader_token_no_client_has_its_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, monkeypatch) as client:
        assert client.get("/access")["changes"] is True
        assert not (client.server.state / "token.read-only").exists()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*words.split(), *names], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_with_a_certificate_only_https_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path]
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    words = ["--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1])]
    with WebProcess(tmp_path, tmp_path / "state", os.environ, *words) as server:
        own = server.address.removesuffix("/api/v1")
        code = re.findall(r"code=(\S+)", server.line)[0]
        plain = server.address.replace("https", "http")

        assert own.startswith("https://127.0.0.1:")
        assert server.ask("POST", "/check", {}, headers={"origin": own.replace("https", "http")}).status_code == 403
        answer = server.ask("POST", "/session", {"code": code}, headers={"origin": own})
        assert (answer.status_code, "Secure" in answer.headers["set-cookie"]) == (204, True)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{plain}/health", timeout=60)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{server.address}/health", timeout=60)


def test_invalid_certificates_are_reported(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(other)], check=True, capture_output=True)
    for key, why in ((other, "not a certificate and its key"), (tmp_path / "missing", "there is no file")):
        with pytest.raises(OSError, match=why):
            Server(Settings([tmp_path], tmp_path / "state", port=0, certificate=(certificate[0], key)))


def test_a_reader_may_ask_the_language_server(client: Client) -> None:
    headers = {"Authorization": reader_of(client)["authorization"]}

    with WebSocket(client.server.port, language_server.PATH, headers) as socket:
        assert "capabilities" in socket.ask("initialize", capabilities={})["result"]
