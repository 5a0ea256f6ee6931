"""The page's TypeScript types match the server's description and its responses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import ROOT
from tests.support.web_client import TEXT, build, ended

if TYPE_CHECKING:
    from tests.support.web_client import Client

SOURCE = (ROOT / "frontend" / "web" / "src" / "api.ts").read_text()
INTERFACE = re.compile(r"export interface (\w+)(?: extends (\w+))? \{(.*?)\}(?=\nexport|\n\n|\n/|\nconst)", re.DOTALL)


def interfaces() -> dict[str, dict[str, bool]]:
    """Return the members of each interface, and whether each one is required."""
    actual: dict[str, dict[str, bool]] = {}
    for name, base, body in INTERFACE.findall(SOURCE):
        flat = re.sub(r"\{[^{}]*\}", "", body)
        members = re.findall(r"(?:^|[;\n])\s*(\w+)(\??):", flat)
        actual[name] = {**actual.get(base, {}), **{member: not optional for member, optional in members}}
    return actual


@pytest.mark.parametrize(("name", "schema"), [("OpenText", "OpenText"), ("BuildRequest", "BuildBody")])
def test_what_the_page_sends_is_described(client: Client, name: str, schema: str) -> None:
    described = client.get("/openapi.json")["components"]["schemas"][schema]

    assert interfaces()[name].keys() <= described["properties"].keys()
    assert set(described["required"]) <= interfaces()[name].keys()


def test_what_the_page_reads_is_answered(client: Client) -> None:
    done = ended(client, build(client, output="local", target="").json()["id"])
    body = {"project": client.project, "text": TEXT.replace("version", "varsion"), "platforms": ["linux/amd64"]}
    checked = client.post("/check", **body).json()
    planned = client.post("/plan", **{**body, "text": TEXT}, against="saved").json()
    answers: dict[str, Any] = {
        "Project": client.get("/projects")[0],
        "FileDetails": client.get("/projects")[0]["details"]["Kairosfile"],
        "Access": client.get("/access"),
        "Build": client.get("/builds")[0],
        "BuildDetails": done,
        "BuildStep": done["steps"][0],
        "Artifact": done["artifacts"][0],
        "CheckResult": checked,
        "Diagnostic": checked["diagnostics"][0],
        "Value": next(iter(checked["values"].values())),
        "PlanResult": planned,
        "Plan": planned["plans"][0],
        "PlanStep": planned["plans"][0]["steps"][0],
        "Cost": planned["cost"][0],
        "CostStep": planned["cost"][0]["steps"][0],
        "Edits": client.post("/edits", text=TEXT, changes=[]).json(),
    }
    known = interfaces()
    missing = {
        name: expected
        for name, answer in answers.items()
        if (expected := {member for member, always in known[name].items() if always} - answer.keys())
    }

    assert missing == {}
    assert all(known[name] for name in answers)
