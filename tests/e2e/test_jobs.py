"""Builds as jobs on a real engine: recorded, shown step by step, canceled, and not lost when a server is killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.jobs import folder
from tests.e2e.conftest import NEWEST
from tests.support.web_client import until
from tests.support.web_process import COMMAND, WebProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.engine import DockerEngine, Engine, Registry

PLATFORM = "linux/amd64"
PATIENCE = 300  # seconds for a build on a busy machine
# Edits of the file below, each after the one before it. None restores a text that was built: the job reports the cost
# after the last build, and the engine may have the steps of older ones too.
EDITS = (
    ("version: v1.0.0", "version: v1.0.1"),
    ("run: echo one", "run: echo another"),
    ("labels: {a: b}", "labels: {a: c}"),
    ("name: first", "name: renamed"),
    ("model: generic", "model: generic  # a comment"),
    ("model: generic", "provider: {name: k3s, version: v1.33.1+k3s1}\nmodel: generic"),
    ("v1.33.1+k3s1", "v1.33.2+k3s1"),
    ("run: echo two", "run: echo two\n      env: {A: b}"),
    ("    - name: second", "    - name: added\n      run: echo added\n    - name: second"),
    ("    - name: second\n      run: echo two\n      env: {A: b}\n", ""),
    ("hooks:", "cloud_config: [{name: 90_a.yaml, content: '#cloud-config'}]\nhooks:"),
    ("version: v1.0.1\nprovider", "annotations: {a: b}\nversion: v1.0.1\nprovider"),
)


class Server:
    """A server of one project, and builds of its Kairosfile."""

    def __init__(self, engine: DockerEngine, project: Project, state: Path, *more: str) -> None:
        self.file = project.folder / "Kairosfile"
        self.engine = engine
        self.state = state
        self.process = WebProcess(project.folder, state, engine.env(), *more)
        self.project = self.get("/projects")[0]["id"]

    def get(self, path: str) -> Any:
        answer = self.process.ask("GET", path)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.process.ask("POST", path, body)
        assert answer.ok, answer.text
        return answer.json()

    def start(self, **more: Any) -> str:
        """Queue a build that is written as an archive, or to the artifacts, and return its id."""
        tag = hashlib.sha256(self.file.read_bytes()).hexdigest()
        body = {"project": self.project, "sha256": tag, "platforms": [PLATFORM], "tags": ["jobs:1"], **more}
        return str(self.post("/builds", **body)["id"])

    def job(self, build: str) -> folder.Job:
        return folder.Job(self.state / "jobs" / build)

    def ended(self, build: str) -> dict[str, Any]:
        until(lambda: self.job(build).state() in folder.ENDED, PATIENCE)
        return dict(self.get(f"/builds/{build}"))

    def says(self, build: str, text: str) -> bool:
        events = self.job(build).events
        return events.exists() and text in events.read_text()

    def rows(self, build: str, **query_args: str) -> list[str]:
        query = "&".join(f"{name}={value}" for name, value in query_args.items())
        return [row["x"] for row in self.get(f"/builds/{build}/log?count=10000&{query}")["rows"]]


@contextmanager
def serving(engine: DockerEngine, project: Project, state: Path, *more: str) -> Iterator[Server]:
    server = Server(engine, project, state, *more)
    try:
        yield server
    finally:
        for job in folder.all_jobs(state):
            job.cancel()
        until(lambda: all(job.state() in folder.ENDED for job in folder.all_jobs(state)))
        server.process.end()
        engine.run(["docker", "image", "rm", "--force", "jobs:1"])


@pytest.fixture
def example_project(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Project:
    project.write(
        f"base: {base}\nversion: v1.0.0\nmodel: generic\nlabels: {{a: b}}\n"
        f"kairos_init: {{version: {NEWEST}, image: {kairos_init(NEWEST)}}}\n"
        f"hooks:\n  before_install: [{{run: echo {nonce}}}]\n"
        f"  after_install:\n    - name: first\n      run: echo one {nonce}\n"
        f"    - name: second\n      run: echo two\n"
    )
    return project


@pytest.fixture
def slow(example_project: Project, nonce: str) -> Project:
    """A project whose build prints twenty lines, one after the other."""
    loop = f"for i in $(seq 20); do echo line $i {nonce}; sleep 0.3; done"
    file = example_project.folder / "Kairosfile"
    file.write_text(file.read_text().replace("run: echo two", f"run: {loop}"))
    return example_project


def test_a_build_is_shown_step_by_step_and_a_second_one_is_cached(
    engine: DockerEngine, example_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(engine, example_project, tmp_path_factory.mktemp("state")) as server:
        first = server.ended(server.start())
        assert first["state"] == "done", server.rows(first["id"])
        states = {step["id"]: step["state"] for step in first["steps"]}
        assert set(states.values()) <= {"done", "cached"}, states
        assert {"install", "init"} <= states.keys()
        lines = example_project.folder.joinpath("Kairosfile").read_text().splitlines()
        second = next(step for step in first["steps"] if "second" in step["name"])
        assert any("second" in lines[number - 1] or "echo two" in lines[number - 1] for number in second["lines"])
        assert "two" in server.rows(first["id"], step=second["id"])
        assert engine.run(["docker", "image", "inspect", "jobs:1"]).returncode == 0

        again = server.ended(server.post(f"/builds/{first['id']}/again")["id"])
        assert {step["state"] for step in again["steps"]} == {"cached"}


def test_what_is_predicted_is_what_runs(
    docker28: Engine, example_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(docker28, example_project, tmp_path_factory.mktemp("state")) as server:
        assert server.ended(server.start())["state"] == "done"
        assert len(EDITS) == 12
        for old, new in EDITS:
            text = server.file.read_text()
            assert old in text, old
            server.file.write_text(text.replace(old, new))
            content = {"project": server.project, "text": server.file.read_text(), "platforms": [PLATFORM]}
            (cost,) = server.post("/plan", **content, against="last")["cost"]
            done = server.ended(server.start())

            assert done["state"] == "done", server.rows(done["id"])
            predicted = {step["id"]: step["runs"] for step in cost["steps"]}
            ran = {step["id"]: step["state"] == "done" for step in done["steps"] if step["id"] in predicted}
            assert ran == {name: predicted[name] for name in ran}, (old, new)
            assert ran.keys() >= {"install", "init"}


@pytest.mark.docker26_is_long
def test_a_build_outlives_its_server_and_its_log_has_each_line_once(
    engine: DockerEngine, slow: Project, tmp_path_factory: pytest.TempPathFactory, nonce: str
) -> None:
    state = tmp_path_factory.mktemp("state")
    server = Server(engine, slow, state)
    build = server.start()
    until(lambda: server.says(build, f"line 2 {nonce}"))
    server.process.end(kill=True)
    assert server.job(build).state() == "running"

    with serving(engine, slow, state) as later:
        assert later.get(f"/builds/{build}")["state"] in {"running", "done"}
        assert later.ended(build)["state"] == "done"
        messages = [row for row in later.rows(build) if row.startswith("line ")]
        assert messages == [f"line {number} {nonce}" for number in range(1, 21)]
        stream = later.process.ask("GET", f"/builds/{build}/events").text
        batches = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: [")]
        streamed = [event["x"] for batch in batches for event in batch if event["k"] == "log"]
        assert [text for text in streamed if text.startswith("line ")] == messages


def test_a_job_that_is_killed_is_interrupted_and_can_be_built_again(
    docker28: Engine, slow: Project, tmp_path_factory: pytest.TempPathFactory, nonce: str
) -> None:
    with serving(docker28, slow, tmp_path_factory.mktemp("state")) as server:
        build = server.start()
        until(lambda: server.says(build, f"line 2 {nonce}"))
        job = int((server.job(build).folder / "pid").read_text())
        (buildx,) = children(job)
        os.kill(job, signal.SIGKILL)
        os.killpg(buildx, signal.SIGKILL)  # which nothing but the job would have ended

        assert server.ended(build)["state"] == "interrupted"
        again = server.post(f"/builds/{build}/again")["id"]
        assert server.ended(again)["state"] == "done"


def test_a_canceled_build_leaves_no_process(
    engine: DockerEngine, slow: Project, tmp_path_factory: pytest.TempPathFactory, nonce: str
) -> None:
    slow.folder.joinpath("Kairosfile").write_text(
        slow.folder.joinpath("Kairosfile").read_text().replace("sleep 0.3", "sleep 3")
    )
    with serving(engine, slow, tmp_path_factory.mktemp("state")) as server:
        build = server.start()
        until(lambda: server.says(build, f"line 2 {nonce}"))
        job = int((server.job(build).folder / "pid").read_text())
        (buildx,) = children(job)
        server.post(f"/builds/{build}/cancel")

        assert server.ended(build)["state"] == "canceled"
        assert f"line 2 {nonce}" in server.rows(build)
        until(lambda: not group_lives(buildx))
        assert not server.says(build, f"line 20 {nonce}")


def test_an_iso_is_downloaded_whole_and_in_parts(
    docker28: Engine, project: Project, system: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    project.write(system("  name: my-os\n"))
    with serving(docker28, project, tmp_path_factory.mktemp("state")) as server:
        done = server.ended(server.start(target="iso", output="local", tags=[]))
        assert done["state"] == "done", server.rows(done["id"])
        listed = server.get(f"/builds/{done['id']}/artifacts")
        iso = next(one for one in listed if one["name"].endswith(".iso"))
        path = f"/builds/{done['id']}/artifacts/{iso['number']}"
        whole = server.process.ask("GET", path).content
        part = server.process.ask("GET", path, headers={"range": "bytes=100-199"})

        assert (len(whole), hashlib.sha256(whole).hexdigest()) == (iso["size"], iso["sha256"])
        assert (part.status_code, part.content) == (206, whole[100:200])


def test_an_image_is_pushed_with_its_cache_and_has_the_digest_of_the_registry(
    docker28: Engine, registry: Registry, example_project: Project, tmp_path_factory: pytest.TempPathFactory, nonce: str
) -> None:
    place = f"{registry.address}/web-{nonce}"
    words = ["--push", place, "--cache", f"{place}/cache:1"]
    with serving(docker28, example_project, tmp_path_factory.mktemp("state"), *words) as server:
        done = server.ended(server.start(output="push", tags=[f"{place}/os:v1"]))
        assert done["state"] == "done", server.rows(done["id"])
        tag = hashlib.sha256(server.file.read_bytes()).hexdigest()
        body = {"project": server.project, "sha256": tag, "output": "push", "tags": [f"{registry.address}/other:v1"]}
        assert server.process.ask("POST", "/builds", body).status_code == 422

    accept = {"Accept": "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"}
    status, headers = registry.request("HEAD", f"/v2/web-{nonce}/os/manifests/v1", headers=accept)
    assert (status, headers["Docker-Content-Digest"]) == (200, done["digest"])
    assert registry.request("HEAD", f"/v2/web-{nonce}/cache/manifests/1", headers=accept)[0] == 200
    assert registry.request("HEAD", "/v2/other/manifests/v1", headers=accept)[0] == 404
    inspection = docker28.run(["docker", "buildx", "imagetools", "inspect", f"{place}/os:v1"])
    assert done["digest"] in inspection.stdout


@pytest.mark.docker26_is_long
def test_a_build_of_the_terminal_is_shown_too(
    engine: DockerEngine, example_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    environment = {**engine.env(), "XDG_STATE_HOME": str(home)}
    words = [COMMAND, "build", "--progress", "json", "--platform", PLATFORM, "--output", "type=cacheonly"]
    done = engine.run(words, cwd=example_project.folder, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr

    with serving(engine, example_project, home / "kairosfile") as server:
        (build,) = server.get("/builds")
        assert (build["origin"], build["state"], build["failed"]) == ("terminal", "done", 0)
        shown = server.get(f"/builds/{build['id']}")
        assert {step["state"] for step in shown["steps"]} <= {"done", "cached"}
        assert "two" in server.rows(build["id"])
        assert server.process.ask("POST", f"/builds/{build['id']}/again").status_code == 409


def children(process: int) -> list[int]:
    """Return the processes that a process has started."""
    with open(f"/proc/{process}/task/{process}/children") as file:  # noqa: PTH123 - of the kernel
        return [int(word) for word in file.read().split()]


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
