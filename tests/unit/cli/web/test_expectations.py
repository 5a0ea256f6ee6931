"""The expected steps and duration of a build, from earlier builds on the same builder."""

from __future__ import annotations

import hashlib
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.jobs import folder
from kairosfile.cli.jobs.events import line_of
from kairosfile.cli.jobs.queue import MOST_WAITING
from kairosfile.cli.web import builds
from kairosfile.cli.web.step_times import StepCost, expectation
from tests.support.web_client import TEXT, build, ended

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kairosfile.cli.jobs.folder import Job
    from tests.support.web_client import Client

EDITED = TEXT.replace("v1.0.0", "v1.0.1")
PLATFORM = "linux/amd64"
LISTED = '{"Name": "near", "Driver": "docker-container", "Current": true}\n{"Name": "far", "Driver": "remote"}\n'


def times(result: dict[str, float]) -> Any:
    def known(keys: Iterable[str]) -> dict[str, float]:
        return {key: result[key] for key in keys if key in result}

    return known


def test_what_runs_is_summed_up_and_what_is_cached_is_saved() -> None:
    steps = [
        StepCost(False, ["a"]),
        StepCost(True, ["b", "old-b"]),
        StepCost(True, ["c", "old-c"]),
        StepCost(True, ["d"]),
    ]
    actual = expectation(steps, times({"a": 190.0, "old-b": 2.5, "c": 1.0, "old-c": 9.0}))

    assert actual.to_data() == {"expected_seconds": 3.5, "saved_seconds": 190.0, "unknown_steps": 1}
    assert actual.steps == (190.0, 2.5, 1.0, None), "its own time, else that of its counterpart"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], (0, 0, 0)),
        ([StepCost(True, ["x"])], (None, 0, 1)),
        ([StepCost(False, ["x"])], (0, None, 0)),
    ],
)
def test_nothing_is_expected_where_nothing_is_known(steps: list[StepCost], expected: tuple[float | None, ...]) -> None:
    actual = expectation(steps, times({}))

    assert (actual.expected, actual.saved, actual.unknown) == expected


def built(client: Client, text: str = TEXT, builder: str = "", seconds: float = 10, **more: Any) -> Job:
    """Return a finished build, each of whose steps took `seconds`."""
    (client.root / "Kairosfile").write_text(text)
    done = ended(client, build(client, builder=builder, **more).json()["id"])
    job = folder.Job(client.server.state / "jobs" / done["id"])
    reserved = {step["key"]: seconds for step in job.request["steps"]}
    job.finish("done", **_result(job, reserved))
    client.get("/builds")
    return job


def _result(job: Job, reserved: dict[str, float]) -> dict[str, Any]:
    return {name: value for name, value in job.result.items() if name not in {"state", "ended"}} | {"times": reserved}


def planned(client: Client, text: str, **more: Any) -> dict[str, Any]:
    body = {"project": client.project, "text": text, "platforms": [PLATFORM], "target": "image", "against": "last"}
    return dict(client.post("/plan", **{**body, **more}).json())


def test_a_cost_has_the_time_that_the_steps_took_on_this_builder(client: Client) -> None:
    assert planned(client, TEXT)["expected_seconds"] is None
    assert planned(client, TEXT)["unknown_steps"] == len(planned(client, TEXT)["plans"][0]["steps"])
    built(client)

    answer = planned(client, EDITED)
    (cost,) = answer["cost"]
    runs = sum(step["runs"] for step in cost["steps"])
    assert 0 < runs < cost["of"]
    assert cost["expected_seconds"] == answer["expected_seconds"] == 10 * runs
    assert cost["saved_seconds"] == 10 * (cost["of"] - runs)
    assert {step["seconds"] for step in cost["steps"]} == {10}
    fresh = planned(client, EDITED, against=None)
    assert 0 < fresh["unknown_steps"] < cost["of"], "a step that has not changed is known by its own key"
    assert fresh["expected_seconds"] == 10 * (cost["of"] - fresh["unknown_steps"])
    assert planned(client, TEXT)["expected_seconds"] == 0


def test_a_new_step_has_no_time_yet(client: Client) -> None:
    built(client)
    (cost,) = planned(client, TEXT + "hooks: {after_install: [{run: a}]}\n")["cost"]

    (new,) = [step for step in cost["steps"] if step["seconds"] is None]
    assert (new["runs"], cost["unknown_steps"]) == (True, 1)
    assert cost["expected_seconds"] == 10 * (cost["runs"] - 1)


def test_a_build_is_recorded_with_what_was_expected(client: Client) -> None:
    first = built(client)
    assert first.request["predicted"]["expected_seconds"] is None
    assert first.request["predicted"]["runs"] == first.request["predicted"]["of"] > 2
    second = built(client, EDITED, seconds=20)
    again = ended(client, client.post(f"/builds/{second.id}/again").json()["id"])
    whole = built(client, EDITED, no_cache=True)

    of = first.request["predicted"]["of"]
    answer = client.get(f"/builds/{second.id}")["predicted"]
    assert (answer["runs"] * 10, answer["of"]) == (answer["expected_seconds"], of)
    assert 0 < answer["runs"] < of
    assert (again["predicted"]["runs"], again["predicted"]["expected_seconds"]) == (0, 0)
    assert (whole.request["predicted"]["runs"], whole.request["predicted"]["expected_seconds"]) == (of, 20 * of)


def test_a_step_that_is_cached_has_the_time_that_it_saves(client: Client) -> None:
    job = built(client)
    result = zip(job.request["steps"], ("cached", "done"), strict=False)
    events = [
        line_of({"t": 0, "k": "vertex", "v": 1, "step": step["id"], "platform": PLATFORM, "state": state})
        for step, state in result
    ]
    job.events.write_text("".join(events))

    answer = client.get(f"/builds/{job.id}")
    assert answer["saved_seconds"] == 10
    assert {step["usual_seconds"] for step in answer["steps"]} == {10}


def test_the_baseline_is_a_build_of_the_same_target_and_builder_with_its_build_args(client: Client) -> None:
    with_builders(client)
    text = TEXT.replace("v1.0.0", "${V}") + "args: {V: v1}\n"
    built(client, text, "far", build_args={"V": "v2"})

    assert planned(client, text)["cost"] is None
    assert planned(client, text, builder="near")["cost"] is None
    assert planned(client, text, builder="far", target="install")["cost"] is None
    assert planned(client, text, builder="far", platforms=["linux/arm64"])["cost"] is None
    (cost,) = planned(client, text, builder="far")["cost"]
    assert 0 < cost["runs"] < cost["of"]
    assert cost["expected_seconds"] == 10 * cost["runs"]
    assert planned(client, text, builder="far", build_args={"V": "v2"})["cost"][0]["runs"] == 0


INCLUDING = "extends: part.yaml\nbase: debian:13\n"
LOCK = f"version: 1\nimages:\n  docker.io/library/debian:13: sha256:{'a' * 64}\n"


def test_a_baseline_has_the_included_files_and_the_lock_file_of_its_build(client: Client) -> None:
    part, lock = client.root / "part.yaml", client.root / "Kairosfile.lock"
    part.write_text("version: v1\n")
    job = built(client, INCLUDING)
    assert job.files == {"lock": None, "included": {"part.yaml": "version: v1\n"}}
    assert planned(client, INCLUDING)["cost"][0]["runs"] == 0

    part.write_text("version: v2\n")
    (cost,) = planned(client, INCLUDING)["cost"]
    assert next(step["fields"] for step in cost["steps"] if step["runs"]) == ["version"]
    again = built(client, INCLUDING)
    assert again.request["predicted"]["runs"] == cost["runs"], "it was predicted from the build before"
    assert planned(client, INCLUDING)["cost"][0]["runs"] == 0
    lock.write_text(LOCK)
    (cost,) = planned(client, INCLUDING)["cost"]
    assert cost["runs"] == cost["of"]
    locked = built(client, INCLUDING)
    assert planned(client, INCLUDING)["cost"][0]["runs"] == 0
    lock.unlink()
    assert planned(client, INCLUDING)["cost"][0]["runs"] == cost["of"]
    lock.write_text(locked.files["lock"])
    assert planned(client, INCLUDING)["cost"][0]["runs"] == 0


def test_a_repeated_build_has_the_files_of_its_own_time(client: Client) -> None:
    part = client.root / "part.yaml"
    part.write_text("version: v1\n")
    first = built(client, INCLUDING)
    part.write_text("version: v2\n")
    again = ended(client, client.post(f"/builds/{first.id}/again").json()["id"])

    repeated = folder.Job(client.server.state / "jobs" / again["id"])
    assert repeated.files["included"] == {"part.yaml": "version: v2\n"}
    assert 0 < again["predicted"]["runs"] < again["predicted"]["of"]


def test_a_build_of_an_older_release_has_the_files_of_today(client: Client) -> None:
    part = client.root / "part.yaml"
    part.write_text("version: v1\n")
    job = built(client, INCLUDING)
    (job.folder / "files.json").unlink()
    part.write_text("version: v2\n")

    assert planned(client, INCLUDING)["cost"][0]["runs"] == 0
    part.unlink()
    assert planned(client, TEXT)["cost"] is None


def test_a_baseline_with_errors_is_not_used(client: Client) -> None:
    (client.root / "part.yaml").write_text("version: v1\n")
    (client.root / "cloud.yaml").write_text("#cloud-config\n")
    text = INCLUDING + "cloud_config: [{name: 90_a.yaml, from: cloud.yaml}]\n"
    built(client, text)
    (client.root / "part.yaml").unlink()
    assert planned(client, TEXT)["cost"], "an included file is one of the build"

    (client.root / "Kairosfile").write_text(text)
    assert client.post("/plan", project=client.project, text=TEXT, against="saved").json()["cost"] is None
    (client.root / "cloud.yaml").unlink()
    assert planned(client, TEXT)["cost"] is None, "any other file is that of today"


def with_builders(client: Client) -> None:
    """Let the stand-in for docker list two builders."""
    program = client.root.parent / "bin" / "docker"
    listing = f"[ \"$1 $2\" = 'buildx ls' ] && {{ printf '%s' '{LISTED}'; exit; }}\n"
    program.write_text(program.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{listing}"))


def test_a_builder_is_one_that_buildx_lists(client: Client) -> None:
    with_builders(client)
    job = built(client, builder="far")
    assert "--builder=far" in job.request["command"]
    assert client.get(f"/builds/{job.id}")["builder"] == "far"
    assert client.get("/builds")[0]["builder"] == "far"
    refused = build(client, builder="other")
    assert refused.status_code == 422
    assert refused.json()["detail"] == "buildx has no builder other; docker buildx ls lists near, far"
    for name in ("--push", "a b", "a\nb", "é"):
        assert build(client, builder=name).status_code == 422
    other = build(client, builder="near").json()["id"]
    assert other != build(client, builder="far").json()["id"], "another builder is another build"


def test_without_docker_nothing_is_built_and_a_text_is_still_checked_and_planned(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tag = hashlib.sha256(TEXT.encode()).hexdigest()
    body = {"project": client.project, "sha256": tag, "tags": ["a:1"], "platforms": [PLATFORM]}
    program = client.root.parent / "bin" / "docker"
    program.write_text("#!/bin/sh\nexit 1\n")
    silent = client.post("/builds", **body, builder="far")
    assert (silent.status_code, "is not responding" in silent.json()["detail"]) == (503, True)
    monkeypatch.setenv("PATH", str(tmp_path))

    refused = client.post("/builds", **body)
    assert (refused.status_code, "docker is not installed" in refused.json()["detail"]) == (503, True)
    assert client.get("/builds") == []
    assert client.post("/check", project=client.project, text=TEXT).status_code == 200
    assert planned(client, TEXT)["cost"] is None


def test_a_build_starts_only_where_what_it_writes_has_room(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert builds.LEAST_FREE == 2 << 30
    first = ended(client, build(client).json()["id"])["id"]
    free = builds.LEAST_FREE - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    for answer in (build(client), client.post(f"/builds/{first}/again")):
        assert answer.status_code == 503
        assert answer.json()["detail"].startswith("not enough disk space: 2047 MiB are free in ")
    assert len(client.get("/builds")) == 1


def test_a_full_queue_is_reported(client: Client) -> None:
    client.server.store.queue.parallel = 0
    answers = [build(client, tags=[f"a:{number}"]).status_code for number in range(MOST_WAITING + 1)]

    assert answers == [201] * MOST_WAITING + [429]
    assert [one["position"] for one in client.get("/builds")] == list(range(MOST_WAITING, 0, -1))


def test_a_build_whose_steps_need_more_than_the_server_gives_is_refused(client: Client) -> None:
    (client.root / "Kairosfile").write_text(TEXT + "artifacts: {raw: {formats: [efi]}}\n")
    refusal = build(client, target="raw", output="local", tags=[])

    assert refusal.status_code == 403
    assert refusal.json()["detail"] == (
        "this build needs security.insecure: start the server with --allow security.insecure"
    )
    assert client.get("/builds") == []
    assert build(client).status_code == 201, "its image needs nothing"


def test_a_build_has_the_name_that_the_user_gives_it(client: Client) -> None:
    job = ended(client, build(client).json()["id"])["id"]
    assert client.get(f"/builds/{job}")["name"] == ""
    change = client.ask("PATCH", f"/builds/{job}", json={"name": "caf\u00e9 <b>"}).json()

    assert (change["name"], change["kept"]) == ("caf\u00e9 <b>", False)
    assert client.get("/builds")[0]["name"] == "caf\u00e9 <b>"
    assert client.ask("PATCH", f"/builds/{job}", json={"name": ""}).json()["name"] == ""
    assert client.ask("PATCH", f"/builds/{job}", json={"name": "x" * 2000}).status_code == 422
    assert client.ask("PATCH", f"/builds/{job}", json={"keep": True}).json()["kept"] is True
