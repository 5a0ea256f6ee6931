"""The API description: schemathesis sends the requests that it describes, and each response matches it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.commands import doctor
from tests.support.web_client import TEXT, build, ended

if TYPE_CHECKING:
    from tests.support.web_client import Client

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
ENDLESS = "/api/v1/events"
SECONDS = 540


def description(client: Client) -> dict[str, Any]:
    """Return the description with names that exist as parameters, so that requests pass the first check."""
    job = ended(client, build(client, output="local", tags=[]).json()["id"])["id"]
    there = {
        "project": [client.project],
        "build": [job],
        "path": ["Kairosfile", "missing"],
        "step": ["install", "init"],
        "text": [TEXT, TEXT + "hooks: {after_install: [{run: a}]}\n", "base: [", "\u0000", ""],
    }

    def named(data: Any) -> Any:
        if isinstance(data, list):
            return [named(item) for item in data]
        if not isinstance(data, dict):
            return data
        result = {name: named(member) for name, member in data.items()}
        if result.get("in") == "path" and result["name"] in there:
            result["schema"] = {"type": "string", "enum": there[result["name"]]}
        for name in there.keys() & result.get("properties", {}).keys():
            if result["properties"][name].get("type") == "string":
                result["properties"][name] = {"type": "string", "enum": there[name]}
        return result

    return dict(named(client.get("/openapi.json")))


def refused(client: Client, phase: str, examples: int) -> str:
    """Return schemathesis' report of failures, or an empty text if there are no failures."""
    file = client.root.parent / "openapi.json"
    file.write_text(json.dumps(description(client)))
    program = str(Path(sys.executable).with_name("schemathesis"))
    words = [program, "run", str(file), "--url", client.server.address, "--checks", ",".join(CHECKS), "--no-color"]
    words += ["--header", f"Authorization: Bearer {client.server.credentials.token}", "--exclude-path", ENDLESS]
    words += ["--phases", phase, "--max-examples", str(examples), "--generation-deterministic", "--warnings", "off"]
    words += ["--suppress-health-check", "all", "--request-timeout", "60", "--exclude-method", "DELETE"]
    done = subprocess.run(words, cwd=file.parent, capture_output=True, text=True, check=False, timeout=SECONDS)
    return done.stdout[-6000:] + done.stderr[-2000:] if done.returncode else ""


def test_the_description_is_valid_openapi_3_1(client: Client, tmp_path: Path) -> None:
    """openapi-spec-validator accepts it by its meta-schema, and rejects two faulty descriptions."""
    described = client.get("/openapi.json")
    program = str(Path(sys.executable).with_name("openapi-spec-validator"))

    def verdict(data: dict[str, Any]) -> str:
        file = tmp_path / "openapi.json"
        file.write_text(json.dumps(data))
        words = [program, "--schema", "3.1", str(file)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
        return "valid" if done.returncode == 0 else done.stdout + done.stderr

    assert verdict(described) == "valid"
    assert described["openapi"].startswith("3.1.")
    assert "Validation Error" in verdict({**described, "paths": {"no-slash": {}}})
    assert "Validation Error" in verdict({**described, "paths": {"/a": {"get": {"responses": {"200": {}}}}}})


@pytest.fixture(autouse=True)
def no_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevent the doctor's requests to the engine and to registries."""
    monkeypatch.setattr(doctor, "CHECKS", ())


@pytest.mark.long
@pytest.mark.parametrize(("phase", "examples"), [("coverage", 1), ("fuzzing", 100)])
def test_no_request_of_many_has_an_answer_that_is_not_described(client: Client, phase: str, examples: int) -> None:
    assert not refused(client, phase, examples)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"text": "", "changes": [{"op": "set", "path": ["a"], "value": ' + b"[" * 5000 + b"]" * 5000 + b"}]}",
        b'{"text": "\\ud800", "changes": []}',
        b'{"text": "", "changes": [{"op": "set", "path": ["\\udfff"]}]}',
        b"\xff",
        b"{" + b" " * (8 * 1024 * 1024) + b"}",
    ],
)
def test_an_unusable_json_body_is_refused(client: Client, body: bytes) -> None:
    def parts() -> Any:
        yield from (body[at : at + 65536] for at in range(0, len(body), 65536))

    for data in (body, parts()):
        answer = client.ask("POST", "/edits", data=data, headers={"content-type": "application/json"})
        assert answer.status_code in {400, 409, 413, 422}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_each_route_says_what_refuses_it(client: Client) -> None:
    for path, methods in client.get("/openapi.json")["paths"].items():
        for method, route in methods.items():
            assert {"401", "403", "415", "421", "422"} <= route["responses"].keys(), (method, path)
            if "{" in path:
                assert "404" in route["responses"], (method, path)
