"""`kairosfile web` over HTTP: access, reading and writing of a project's files, and builds that outlive the server."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import requests

from kairosfile.cli.commands.check import check_file
from kairosfile.cli.jobs.folder import prune
from kairosfile.cli.load import LoadOptions
from kairosfile.cli.web import backups, texts
from kairosfile.cli.web.failures import Failures
from kairosfile.cli.web.serve import Server, Settings
from kairosfile.language import parser
from kairosfile.language.renderers import render_json
from tests.conformance import cases
from tests.support.web_client import TEXT, Client, build, ended, serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with serving(tmp_path, monkeypatch) as server:
        yield server


def routes(client: Client) -> list[tuple[str, str]]:
    """Return every route of the OpenAPI description, so that the test covers all."""
    paths = client.get("/openapi.json")["paths"]
    actual = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    return [(method, path.replace("{path}", "Kairosfile").replace("{number}", "0")) for method, path in actual]


def test_every_route_is_guarded(client: Client) -> None:
    port, open_to_all = client.server.port, {"/api/v1/health", "/api/v1/session"}
    listed = routes(client)
    assert len(listed) > 15
    for method, path in listed:
        address = f"{client.server.address}{path}"

        def status(address: str = address, method: str = method, **headers: str) -> int:
            return requests.request(method, address, headers=headers, timeout=60).status_code

        assert status(Host="evil.example") == 421
        assert status(Host=f"localhost.evil.example:{port}") == 421
        token = {"Authorization": f"Bearer {client.server.credentials.token}"}
        assert status(**token, **{"Sec-Fetch-Site": "cross-site"}) == 403
        assert status(**token, Origin="http://evil.example") == 403
        if path not in open_to_all:
            client.server.credentials.failures = Failures()  # more than ten wrong tokens cause a different error
            assert status() == 401
            assert status(Authorization="Bearer x") == 401
            cookie = f"kairosfile_{port}={client.server.credentials.cookie}"
            if method not in {"GET", "HEAD"}:
                assert status(Cookie=cookie) == 403, "a change with a cookie needs our Origin"
                form = {"Content-Type": "application/x-www-form-urlencoded"}
                sent = requests.request(method, address, data="a=b", headers={**token, **form}, timeout=60)
                assert sent.status_code == 415


def test_the_code_is_good_for_one_session_and_guessing_ends(client: Client) -> None:
    def exchange(code: str) -> requests.Response:
        return requests.post(client.url("/session"), json={"code": code}, timeout=60)

    code = client.server.credentials.code
    assert exchange("wrong").status_code == 401
    answer = exchange(code)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    held = {"cookie": cookie.partition(";")[0]}
    assert requests.get(client.url("/projects"), headers=held, timeout=60).status_code == 200
    statuses = [exchange(code).status_code for _ in range(12)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert requests.get(client.url("/projects"), headers=held, timeout=60).status_code == 200


def test_the_token_is_for_its_owner_alone_and_no_answer_may_be_framed_or_kept(client: Client) -> None:
    assert client.server.token_file.stat().st_mode & 0o777 == 0o600
    headers = client.ask("GET", "/health").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert "access-control-allow-origin" not in headers


def test_projects_list_the_kairosfiles_below_them(client: Client) -> None:
    for name in ("edge/Kairosfile.rpi", ".git/Kairosfile", "a/b/c/d/Kairosfile", "Kairosfile.lock"):
        (client.root / name).parent.mkdir(parents=True, exist_ok=True)
        (client.root / name).touch()
    (client.root / "Kairosfile.link").symlink_to("/etc/passwd")

    (project,) = client.get("/projects")
    assert project["files"] == ["Kairosfile", "edge/Kairosfile.rpi"]
    assert client.get(f"/projects/{project['id']}")["path"] == str(client.root)


LONGEST = "x" * 65_536


@pytest.mark.parametrize(
    "path",
    ["../secret", "%2e%2e/secret", "/etc/passwd", "%2Fetc%2Fpasswd", "a%00b", "link", "out/secret", ".git/config",
     "x" * 5000, LONGEST, "a//b", "..%5Csecret", "sub/../Kairosfile", "missing", "sub"],
)  # fmt: skip
def test_no_path_leads_out_of_the_project(client: Client, path: str) -> None:
    (client.root.parent / "secret").write_text("canary")
    (client.root / "link").symlink_to("../secret")
    (client.root / "out").symlink_to("..")
    (client.root / "sub").mkdir()
    url = requests.Request("GET", client.url(f"/projects/{client.project}/files/")).prepare().url or ""
    for method in ("GET", "PUT"):
        prepared = client.session.prepare_request(requests.Request(method, url, data=b"x" if method == "PUT" else None))
        prepared.url = url + path
        prepared.headers.update({"content-type": "application/octet-stream", "if-none-match": "*"})
        try:
            answer = client.session.send(prepared, timeout=60)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            assert path == LONGEST  # the server closes the connection before it reads the whole request
            continue
        result = method == "PUT" and path == "missing"
        assert (answer.status_code == 200) if result else (400 <= answer.status_code < 500), (method, answer.text)
        assert "canary" not in answer.text
    assert (client.root.parent / "secret").read_text() == "canary"
    assert not (client.root / ".git").exists()


def test_a_file_is_replaced_only_with_the_digest_of_its_current_content(client: Client) -> None:
    path = f"/projects/{client.project}/files/Kairosfile"
    (client.root / "Kairosfile").chmod(0o640)
    read = client.ask("GET", path)
    tag = read.headers["etag"]
    assert (read.text, tag) == (TEXT, f'"{hashlib.sha256(TEXT.encode()).hexdigest()}"')

    def put(text: str, **headers: str) -> requests.Response:
        bytes_ = {
            "content-type": "application/octet-stream",
            **{name.replace("_", "-"): it for name, it in headers.items()},
        }
        return client.ask("PUT", path, data=text.encode(), headers=bytes_)

    assert put("x").status_code == 428
    assert put("x", if_none_match="*").status_code == 412
    assert put(TEXT + "fips: true\n", if_match=tag).status_code == 200
    refused = put("mine", if_match=tag)
    assert (refused.status_code, refused.json()["text"]) == (412, TEXT + "fips: true\n")
    assert (client.root / "Kairosfile").read_text() == TEXT + "fips: true\n"
    assert (client.root / "Kairosfile").stat().st_mode & 0o777 == 0o640
    assert put("x" * (1 << 20) + "x", if_match=tag).status_code == 413
    assert sorted(entry.name for entry in client.root.iterdir()) == ["Kairosfile"]


def test_the_last_texts_of_a_file_are_kept_where_its_owner_alone_reads_them(client: Client) -> None:
    path, content = f"/projects/{client.project}/files/Kairosfile", TEXT
    for number in range(backups.COUNT + 3):
        tag = hashlib.sha256(content.encode()).hexdigest()
        content = f"# {number}\n"
        headers = {"content-type": "application/octet-stream", "if-match": f'"{tag}"'}
        assert client.ask("PUT", path, data=content, headers=headers).status_code == 200

    (folder,) = (client.server.state / backups.NAME).iterdir()
    remaining = sorted(folder.iterdir())
    expected = [f"# {number}\n" for number in range(2, backups.COUNT + 2)]
    assert [place.read_text() for place in remaining] == expected, "the text that is there now needs no backup"
    assert {place.stat().st_mode & 0o777 for place in remaining} == {0o600}


def test_the_artifacts_of_a_build_go_before_its_log(client: Client) -> None:
    old, new = (ended(client, build(client, output="local", tags=[name]).json()["id"])["id"] for name in ("a", "b"))
    assert client.get(f"/builds/{old}")["bytes"] == 6
    prune(client.server.state, keep=1, days=30)

    assert client.ask("GET", f"/builds/{new}/artifacts/0").status_code == 200
    assert client.ask("GET", f"/builds/{old}/artifacts/0").status_code == 410
    answer = client.get(f"/builds/{old}")
    assert (answer["bytes"], answer["artifacts"][0]["there"], answer["text"]) == (0, False, TEXT)
    assert client.get(f"/builds/{old}/log")["total"] == 1
    assert {one["id"]: one["bytes"] for one in client.get("/builds")} == {old: 0, new: 6}


def test_a_check_finds_what_the_command_finds(client: Client) -> None:
    """Compare all conformance cases with their build args, platforms, context and lock file; every tenth over HTTP."""
    compared, project = 0, client.project
    for case in cases.find():
        try:
            text = case.read_bytes().decode()
        except UnicodeDecodeError:
            continue  # a page sends only valid text
        inputs = cases.expectation(case)
        place = client.root / f"case{compared}"
        copy_case(case, place)
        platforms, args = [inputs.get("platform", "linux/amd64")], inputs.get("build_args", {})
        actual = texts.check(texts.Text(place / "Kairosfile", text, platforms, args))
        if compared % 10 == 0:
            request = {"project": project, "path": f"{place.name}/Kairosfile", "text": text}
            body = {**request, "platforms": platforms, "build_args": args}
            assert client.ask("POST", "/check", json=body).json() == actual
        expected = check_file(str(place / "Kairosfile"), LoadOptions(args, platforms))
        data = json.loads(render_json([expected]).replace(f"{place}/", ""))
        assert actual["diagnostics"] == data["diagnostics"], case
        compared += 1
    assert compared > 500


def copy_case(case: Path, place: Path) -> None:
    """Copy a case with its build context and its lock file."""
    if (context := case.with_suffix(cases.CONTEXT)).is_dir():
        shutil.copytree(context, place, symlinks=True)
    else:
        place.mkdir()
    if (lock := case.with_suffix(".lock")).exists():
        shutil.copy(lock, place / "Kairosfile.lock")
    (place / "Kairosfile").write_bytes(case.read_bytes())


def test_a_finding_names_the_file_and_not_where_it_is(client: Client) -> None:
    data = client.post("/check", project=client.project, text="base: debian:13\n").json()

    assert (data["files"], {one["file"] for one in data["diagnostics"]}) == (["Kairosfile"], {"Kairosfile"})


def test_a_diagnostic_of_the_lock_file_has_its_name_whatever_the_folder(client: Client) -> None:
    folder = client.root / "Kairosfile.lock is here"
    folder.mkdir()
    (folder / "Kairosfile.lock").write_text("version: 1\nimages: {a: b}\n")
    text = f"base: debian:13  # {folder}/\nversion: v1\nlabels: {{a: {folder}/x}}\n"
    body = {"project": client.project, "path": f"{folder.name}/Kairosfile", "text": text}
    data = client.ask("POST", "/check", json=body).json()

    assert {one["file"] for one in data["diagnostics"]} == {"Kairosfile.lock"}
    assert str(client.root) not in json.dumps(data["diagnostics"])
    assert data["values"]["/labels/a"]["value"] == f"{folder}/x", "a text keeps its words, also the name of its folder"


def test_a_text_is_parsed_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def noted(builder: Any) -> Any:
        parsed.append(builder.source.text)
        return build_tree(builder)

    build_tree = parser._Builder.build
    monkeypatch.setattr(parser._Builder, "build", noted)
    texts.check(texts.Text(client.root / "Kairosfile", TEXT, ["linux/amd64"]))

    assert parsed == [TEXT]


def test_values_have_ranges_and_say_what_cannot_be_edited(client: Client) -> None:
    text = "base: &b debian:${V}\nversion: v1\nmodel: *b\nhooks: {after_init: [{run: a}]}\n"
    values = client.post("/check", project=client.project, text=text).json()["values"]

    assert values["/version"]["editable"] is True
    assert values["/version"]["range"] == {"start": {"line": 2, "column": 10}, "end": {"line": 2, "column": 12}}
    assert values["/hooks/after_init/0/run"]["value"] == "a"
    assert (values["/base"]["source"], values["/model"]["source"]) == ("arg", "alias")
    assert values["/model"]["why"] == "it is an alias of another value"
    assert client.post("/check", project=client.project, text="a: [").json()["values"] == {}


def test_edits_touch_their_line_alone_and_new_fields_go_where_the_reference_has_them(client: Client) -> None:
    def edit(*changes: dict[str, Any]) -> requests.Response:
        return client.post("/edits", text=TEXT, changes=list(changes))

    answer = edit({"op": "set", "path": ["version"], "value": "v2"}, {"op": "set", "path": ["model"], "value": "rpi4"})
    assert answer.json()["text"] == TEXT.replace("QA\n", "QA\nmodel: rpi4\n").replace("v1.0.0", "v2")
    assert answer.json()["edits"][0] == [
        {"range": {"start": {"line": 3, "column": 10}, "end": {"line": 3, "column": 16}}, "text": "v2"}
    ]
    number = edit({"op": "insert", "path": ["labels", "a.b"], "value": 1.5})
    assert number.json()["text"] == TEXT + "labels:\n  a.b: 1.5\n"
    refused = edit({"op": "remove", "path": ["fips"]})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "the file has no fips and cannot take it; edit the text",
    )
    assert client.post("/edits", text="a: [", changes=[{"op": "remove", "path": ["a"]}]).status_code == 422


def test_the_plan_of_a_text_has_its_cost_after_what_is_saved(client: Client) -> None:
    text = TEXT.replace("v1.0.0", "v1.0.1")
    body = {"project": client.project, "text": text, "platforms": ["linux/amd64"]}
    answer = client.post("/plan", **body, against="saved").json()

    (cost,) = answer["cost"]
    runs = {step["id"]: step["runs"] for step in cost["steps"]}
    assert (runs["install"], runs["init"], cost["runs"], cost["of"]) == (False, True, sum(runs.values()), len(runs))
    assert answer["plans"][0]["schema"] == "kairosfile.plan/1"
    assert client.post("/plan", **body, against="last").json()["cost"] is None
    faulty = client.post("/plan", **{**body, "text": "base: debian:13\n"})
    assert (faulty.status_code, faulty.json()["diagnostics"][0]["rule"]) == (422, "KF005")
    assert client.post("/plan", **body, target="nothing").status_code == 422


def test_a_dockerfile_is_ejected(client: Client) -> None:
    answer = client.post("/eject", project=client.project, text=TEXT, platforms=["linux/amd64"])

    assert "FROM" in answer.text
    assert "#| base: mirror/debian:13  # pinned by QA" in answer.text


def test_a_build_streams_its_events_and_serves_its_artifacts_in_ranges(client: Client) -> None:
    started = build(client, secrets=["token"], output="local")
    assert started.status_code == 201, started.text
    done = ended(client, started.json()["id"])

    assert (done["state"], done["text"], done["steps"][0]["id"]) == ("done", TEXT, "install")
    digest = hashlib.sha256(b"abcdef").hexdigest()
    assert done["artifacts"] == [{"number": 0, "name": "a.iso", "size": 6, "sha256": digest, "there": True}]
    path = f"/builds/{done['id']}/artifacts/0"
    whole, part = client.ask("GET", path), client.ask("GET", path, headers={"range": "bytes=2-3"})
    assert (whole.content, whole.headers["etag"]) == (b"abcdef", f'"{digest}"')
    assert "attachment" in whole.headers["content-disposition"]
    assert whole.headers["content-type"] == "application/octet-stream"
    assert (part.status_code, part.content) == (206, b"cd")
    assert client.ask("GET", f"/builds/{done['id']}/artifacts/1").status_code == 404

    stream = client.ask("GET", f"/builds/{done['id']}/events").text
    assert stream.endswith('event: end\ndata: {"state": "done"}\n\n')
    first, *_ = [line for line in stream.split("\n") if line.startswith("data: [")]
    data = json.loads(first.removeprefix("data: "))
    assert [event["k"] for event in data] == ["text", "end"]
    offset = next(line for line in stream.split("\n") if line.startswith("id: "))[4:]
    again = client.ask("GET", f"/builds/{done['id']}/events", headers={"last-event-id": offset}).text
    assert "batch" not in again
    answer = client.get(f"/builds/{done['id']}/log?q=output")
    assert (answer["total"], answer["hits"], answer["rows"][0]["line"]) == (1, [0], 0)


def test_a_secret_is_in_no_file_of_the_state_and_in_no_answer(client: Client, tmp_path: Path) -> None:
    job = build(client, secrets=["token"]).json()["id"]
    done = ended(client, job)

    answers = [
        json.dumps(done),
        client.ask("GET", f"/builds/{job}/events").text,
        json.dumps(client.get("/openapi.json")),
    ]
    content = [path.read_bytes().decode("latin-1") for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert "***" in answers[1]
    assert all("canary-0123456789" not in text for text in [*answers, *content])


def test_a_build_with_forbidden_options_is_refused(client: Client) -> None:
    def refusal(**more: Any) -> tuple[int, str]:
        answer = build(client, **more)
        return answer.status_code, answer.json()["detail"]

    assert refusal(secrets=["other"])[0] == 422
    assert refusal(build_args={"API_TOKEN": "x"})[1].startswith("the build arg API_TOKEN looks like a secret")
    assert refusal(tags=["--push"]) == (422, "a tag or target must not begin with -")
    assert refusal(tags=[]) == (422, "the output load needs a tag")
    assert refusal(output="push")[1].startswith("pushing images is disabled")
    assert refusal(target="nothing")[0] == 422
    assert refusal(sha256="0" * 64)[0] == 412
    assert build(client, more=["--allow"]).status_code == 422
    (client.root / "Kairosfile").write_text("base: debian:13\n")
    assert refusal()[0] == 422
    assert client.get("/builds") == []


def test_a_build_has_the_entitlements_and_the_registry_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = {"entitlements": ["security.insecure"], "registry": "localhost:1/acme"}
    with serving(tmp_path, monkeypatch, **declared) as client:
        for tag in ("localhost:1/acme-evil/a:1", "localhost:1/other/a:1", "a:1"):
            refused = build(client, output="push", tags=[tag])
            assert (refused.status_code, "can only be pushed" in refused.json()["detail"]) == (422, True)
        pushed = ended(client, build(client, output="push", tags=["localhost:1/acme/a:1"]).json()["id"])
        packed = ended(client, build(client, output="oci").json()["id"])

        assert "--allow=security.insecure --push" in pushed["command"]
        assert (pushed["digest"], packed["digest"]) == ("sha256:0123", None)
        assert "--output=type=oci,dest=artifacts/image.tar" in packed["command"]
        assert client.get("/builder")["registry"] == "localhost:1/acme"


def test_a_build_that_runs_is_canceled_and_one_that_has_ended_is_removed(client: Client) -> None:
    job = build(client, build_args={"SLEEP": "1"}).json()["id"]
    until(lambda: client.get(f"/builds/{job}")["state"] == "running")
    assert client.ask("DELETE", f"/builds/{job}").status_code == 409
    assert client.post(f"/builds/{job}/cancel").status_code == 202

    assert ended(client, job)["state"] == "canceled"
    assert client.post(f"/builds/{job}/cancel").status_code == 409
    assert client.ask("PATCH", f"/builds/{job}", json={"keep": True}).json()["kept"] is True
    assert client.ask("DELETE", f"/builds/{job}").status_code == 204
    assert client.ask("GET", f"/builds/{job}").status_code == 404


def test_the_description_is_of_openapi_3_1(client: Client) -> None:
    description = client.get("/openapi.json")

    assert description["openapi"].startswith("3.1")
    assert all(
        method["summary"] and method.get("description")
        for path in description["paths"].values()
        for method in path.values()
    )


def test_a_port_in_use_is_reported(client: Client, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        Server(Settings([client.root], tmp_path / "other", port=client.server.port))
