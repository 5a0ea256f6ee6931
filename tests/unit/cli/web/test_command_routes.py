"""Routes that return the same as a command, compared with the command's output."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.commands import doctor
from tests.support.web_client import TEXT
from tests.unit.cli.test_command import COMMAND

if TYPE_CHECKING:
    from tests.support.web_client import Client

PLATFORM = "linux/amd64"


def command(client: Client, *words: str, stdin: str | None = None) -> str:
    done = subprocess.run(
        [COMMAND, *words], cwd=client.root, capture_output=True, text=True, check=True, input=stdin, timeout=120
    )
    return done.stdout


def plan_body(client: Client, **more: Any) -> dict[str, Any]:
    return {"project": client.project, "text": TEXT, "platforms": [PLATFORM], **more}


def test_pictures_names_and_reasons_are_those_of_the_commands(client: Client) -> None:
    on = ("--platform", PLATFORM)
    picture = client.post("/graph.svg", **plan_body(client))
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text == command(client, "graph", "--format", "svg", *on)
    assert client.post("/names", **plan_body(client), registry="quay.io/acme").json() == json.loads(
        command(client, "name", "--format", "json", "--registry", "quay.io/acme", *on)
    )
    assert client.post("/explain/install", **plan_body(client)).json() == json.loads(
        command(client, "explain", "--format", "json", *on, "install")
    )
    unknown = client.post("/explain/nothing", **plan_body(client))
    assert (unknown.status_code, "nothing" in unknown.json()["detail"]) == (422, True)


def test_a_plan_has_the_difference_and_the_graph_of_the_commands(client: Client) -> None:
    (client.root / "new").write_text(TEXT.replace("v1.0.0", "v1.0.1"))
    text = TEXT.replace("v1.0.0", "v1.0.1")
    answer = client.post("/plan", **{**plan_body(client), "text": text, "against": "saved"}).json()

    words = ("--format", "json", "--platform", PLATFORM, "Kairosfile", "new")
    expected = json.loads(
        command(client, "diff", *words).replace('"new:', '"Kairosfile:').replace('"new"', '"Kairosfile"', 1)
    )
    (difference,) = answer["diffs"]
    assert difference["steps"] == expected["steps"]
    (graph,) = answer["graphs"]
    drawn = json.loads(command(client, "graph", *words))
    assert (graph["nodes"], graph["edges"]) == (drawn["nodes"], drawn["edges"])
    assert client.post("/plan", **plan_body(client)).json()["diffs"] is None


def test_a_plan_is_compared_with_a_revision_without_running_a_program_of_the_repository(client: Client) -> None:
    def git(*words: str) -> None:
        identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(
            ["git", *words], cwd=client.root, check=True, capture_output=True, env={**os.environ, **identity}
        )

    git("init", "--initial-branch=trunk")
    git("add", "Kairosfile")
    git("commit", "--message", "first")
    canary = client.root.parent / "canary"
    program = f"touch {canary}"
    for setting in ("core.fsmonitor", "core.pager", "diff.external", "filter.x.smudge", "diff.x.textconv"):
        git("config", setting, program)
    (client.root / ".gitattributes").write_text("Kairosfile filter=x diff=x\n")
    text = TEXT.replace("v1.0.0", "v1.0.1")

    answer = client.post("/plan", **{**plan_body(client), "text": text, "against": "git:HEAD"}).json()
    assert answer["cost"][0]["runs"] > 0
    assert client.post("/plan", **plan_body(client), against="git:HEAD").json()["cost"][0]["runs"] == 0
    assert client.post("/plan", **plan_body(client), against="git:missing").status_code == 422
    assert client.post("/plan", **plan_body(client), against="git:--help").status_code == 422
    assert client.get(f"/projects/{client.project}")["branch"] == "trunk"
    assert not canary.exists()


def test_new_gives_what_the_command_writes_and_writes_nothing(client: Client) -> None:
    folder = client.root / "made"
    command(client, "new", "--no-ask", "--distro", "alpine", "--provider", "k3s", "--ci", "gitlab", str(folder))
    before = sorted(client.root.rglob("*"))
    answer = client.post("/new", distro="alpine", provider="k3s", ci="gitlab").json()

    assert answer["files"] == {str(it.relative_to(folder)): it.read_text() for it in folder.rglob("*") if it.is_file()}
    assert answer["text"] == answer["files"]["Kairosfile"]
    assert sorted(client.root.rglob("*")) == before
    refused = client.post("/new", distro="ubunto")
    assert (refused.status_code, 'did you mean "ubuntu"' in refused.json()["detail"]) == (422, True)


DOCKERFILE = """FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init
FROM ubuntu:24.04
COPY --from=kairos-init /kairos-init /kairos-init
RUN /kairos-init -l debug -s install --version v1.0.0
RUN /kairos-init -l debug -s init --version v1.0.0
"""


def test_a_dockerfile_is_adopted_as_by_the_command(client: Client) -> None:
    answer = client.post("/adopt", text=DOCKERFILE)
    expected = json.loads(command(client, "adopt", "--format", "json", "-", stdin=DOCKERFILE))
    expected["kairosfile"] = expected["kairosfile"].replace("<stdin>", "Dockerfile")

    assert answer.json() == expected
    assert client.post("/adopt", text="FROM scratch\n").status_code == 422


def test_the_language_has_what_forms_offer_and_is_read_once(client: Client) -> None:
    answer = client.ask("GET", "/language")
    data = answer.json()

    assert "properties" in json.dumps(data["schema"])
    assert data["new"]["models"]["rpi4"][0] == "ubuntu"
    assert {"id": "KF004", "name": "unknown-key", "summary": "Unknown key", "severity": "error"} in data["rules"]
    again = client.ask("GET", "/language", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("docker", ["#!/bin/sh\nexit 1\n", None])
def test_a_machine_without_an_engine_is_described(client: Client, docker: str | None) -> None:
    program = client.root.parent / "bin" / "docker"
    program.write_text(
        docker or '#!/bin/sh\necho \'{"Name":"a","Driver":"docker","Current":true,"Nodes":[{"Status":"running"}]}\'\n'
    )
    data = client.get("/builder")

    actual = None if docker else [{"name": "a", "driver": "docker", "current": True, "status": "running"}]
    assert data["builders"] == (actual and [{**actual[0], "version": None, "platforms": None, "error": None}])
    assert (data["secrets"], data["jobs"], data["keep"]) == (["token"], 1, 20)


# What buildx 0.29.1 prints without a daemon, with exit code 0, and a node that has an error.
NO_DAEMON = {"Current": True, "Driver": "", "Err": "Cannot connect", "Name": "default", "Nodes": [{"Name": ""}]}
BAD_NODE = {"Name": "two", "Driver": "remote", "Nodes": [{"Status": "running"}, {"Status": "error", "Err": "refused"}]}


def test_the_errors_of_builders_are_described(client: Client) -> None:
    lines = "\n".join(json.dumps(one) for one in (NO_DAEMON, BAD_NODE, {"Name": "odd", "Nodes": [1, None]}))
    calls = client.root.parent / "calls"
    program = client.root.parent / "bin" / "docker"
    program.write_text(f"#!/bin/sh\necho \"$*\" >> {calls}\ncat <<'END'\n{lines}\nEND\n")
    data = client.get("/builder?cache=false")

    assert {one["name"]: one["error"] for one in data["builders"]} == {
        "default": "Cannot connect",
        "two": "refused",
        "odd": None,
    }
    assert (data["cache"], calls.read_text()) == (None, "buildx ls --format json\n"), "nothing else is run"


def test_the_doctor_looks_at_a_file(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", ())  # engine and registries: tests/unit/cli/test_doctor.py
    (client.root / "Kairosfile").write_text("base: debian:13\n")
    report = client.get(f"/doctor?project={client.project}")

    assert report["schema"] == "kairosfile.doctor/1"
    assert [it["status"] for it in report["findings"] if it["check"] == "kairosfile"] == ["error"]
    assert client.ask("GET", f"/doctor?project={client.project}&path=../a").status_code == 403
