"""How the server delivers the page: access, content security policy, and the message of a checkout without a bundle."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from kairosfile.cli.web import page
from kairosfile.cli.web.serve import Server, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENT = '<meta name="csp-nonce" content="NONCE"><script type="module" src="/static/main-ABC.js"></script>'


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    monkeypatch.setattr(page, "STATIC", folder)
    return folder


@pytest.fixture
def bundle(static: Path) -> Path:
    """A small version of the output of `make page`."""
    (static / "index.html").write_text(DOCUMENT)
    (static / "main-ABC.js").write_text("document.title = 1")
    (static / "THIRD-PARTY.txt").write_text("MIT")
    return static


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    server = Server(Settings([tmp_path], tmp_path / "state", port=0))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.server.started:
        time.sleep(0.01)
    yield server.address
    server.server.should_exit = True
    thread.join()


def get(address: str, path: str, **headers: str) -> requests.Response:
    return requests.get(address + path, headers=headers, timeout=60, proxies={"http": ""})


@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize(
    "path", ["/", "/?code=x", "/p/0123/edge/Kairosfile", "/builds", "/builds/0123", "/new", "/reference"]
)
def test_each_address_of_the_page_has_the_document_before_anybody_signs_in(address: str, path: str) -> None:
    answer = get(address, path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "/static/main-ABC.js" in answer.text


@pytest.mark.usefixtures("bundle")
def test_only_own_scripts_run_and_only_styles_with_the_nonce_of_this_answer_are_added(address: str) -> None:
    first, second = get(address, "/"), get(address, "/")

    nonces = [re.findall(r'content="(\S{22})"', answer.text) for answer in (first, second)]
    policy = first.headers["content-security-policy"]
    assert nonces[0] != nonces[1]
    assert f"style-src 'self' 'nonce-{nonces[0][0]}';" in policy
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("bundle")
def test_a_file_of_the_bundle_is_kept_for_ever_as_its_name_has_its_hash(address: str) -> None:
    script, licences = get(address, "/static/main-ABC.js"), get(address, "/static/THIRD-PARTY.txt")

    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"].endswith("immutable")
    assert script.headers["x-content-type-options"] == "nosniff"
    assert licences.text == "MIT"
    assert licences.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["index.html", "other.js", "..%2fsecret.txt", "%2e%2e/secret.txt", "..%5csecret.txt"])
def test_nothing_else_is_served(address: str, bundle: Path, name: str) -> None:
    (bundle.parent / "secret.txt").write_text("secret")

    answer = get(address, f"/static/{name}")

    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.usefixtures("bundle")
def test_the_page_is_for_this_host_and_no_other_site(address: str) -> None:
    assert get(address, "/", host="evil.example").status_code == 421
    assert get(address, "/static/main-ABC.js", **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert get(address, "/api/v1/projects").status_code == 401


@pytest.mark.usefixtures("static")
def test_a_checkout_without_a_page_says_how_to_get_one(address: str) -> None:
    answer = get(address, "/")

    assert answer.status_code == 503
    assert "make page" in answer.text
    assert "pip install 'kairosfile[web]'" in answer.text
