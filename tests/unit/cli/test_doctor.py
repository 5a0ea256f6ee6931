"""`kairosfile doctor` with faulty environments and without an engine; its registries are real HTTP servers."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from datetime import timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli import doctor
from kairosfile.cli.build.buildx import Buildx
from kairosfile.cli.doctor import Builder, Engine, Environment, read_fields
from tests.support.servers import running
from tests.unit.cli.test_command import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = {"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]], "DockerRootDir": "/", "Name": "elsewhere"}
INSPECT = """\
Name:          default
Driver:        docker
Last Activity: 2026-11-22 06:07:14 +0000 UTC

Nodes:
Name:             default
Endpoint:         default
Status:           running
BuildKit version: v0.25.1
Platforms:        linux/amd64*, linux/amd64/v2, linux/arm64
Labels:
 org.mobyproject.buildkit.worker.executor: containerd
"""


def environment(
    *, version: str = "28.5.2", info: dict[str, Any] | None = None, fields: dict[str, str] | None = None, **more: Any
) -> Environment:
    """Return an environment without faults, with the overrides."""
    result = Environment(**more)
    result.__dict__["engine"] = Engine("unix:///var/run/docker.sock", INFO | (info or {}), version)
    result.__dict__["buildx"] = Buildx((0, 29, 1), "buildx v0.29.1")
    result.__dict__["builder"] = Builder(read_fields(INSPECT) | (fields or {}))
    return result


def statuses(check: Any, around: Environment) -> list[tuple[str, bool]]:
    """Return the status of each result, and whether it includes advice."""
    return [(one.status, bool(one.advice)) for one in check(around)]


OK = [("ok", False)]


@pytest.mark.parametrize(
    "check", [doctor.answers, doctor.image_store, doctor.buildx, doctor.buildkit], ids=lambda check: check.__name__
)
def test_a_passed_check_has_no_advice(check: Any) -> None:
    assert statuses(check, environment()) == OK


def test_an_old_engine_is_a_warning_and_a_silent_one_an_error() -> None:
    silent = Environment()
    silent.__dict__["engine"] = "connection refused"

    assert statuses(doctor.answers, environment(version="24.0.7")) == [("warning", True)]
    assert statuses(doctor.answers, silent) == [("error", True)]


def test_the_engine_without_the_image_store_can_only_use_another_builder() -> None:
    without = {"DriverStatus": [["Backing Filesystem", "extfs"]]}

    assert statuses(doctor.image_store, environment(info=without)) == [("error", True)]
    apart = environment(info=without, fields={"Driver": "docker-container"})
    assert statuses(doctor.image_store, apart) == [("warning", True)]


@pytest.mark.parametrize(
    ("message", "version", "driver", "status", "words"),
    [
        ("v0.25.1", "28.5.2", "docker", "ok", "BuildKit v0.25.1"),
        ("v0.13.2", "26.1.5", "docker", "ok", "it lacks `docker buildx build --check`"),
        ("v0.12.5", "25.0.0", "docker-container", "warning", "is older than 0.13"),
        ("v0.0.0+unknown", "28.5.2+dfsg4", "docker", "ok", "the BuildKit in Docker 28.5.2+dfsg4"),
        ("v0.0.0+unknown", "24.0.7", "docker", "warning", "is older than 0.13"),
        ("", "28.5.2", "docker-container", "unknown", "does not report its version"),
    ],
)
def test_buildkit_is_judged_by_its_number_or_by_its_engine(
    message: str, version: str, driver: str, status: str, words: str
) -> None:
    around = environment(version=version, fields={"BuildKit version": message, "Driver": driver})

    (finding,) = doctor.buildkit(around)

    assert finding.status == status
    assert words in finding.message


def test_a_builder_in_error_is_an_error() -> None:
    assert statuses(doctor.buildkit, environment(fields={"Error": "connection refused"})) == [("error", True)]


def test_a_platform_needs_native_or_emulated_programs() -> None:
    around = environment(platforms=["linux/amd64", "linux/aarch64", "linux/riscv64"])

    assert statuses(doctor.platforms, around) == [*OK, *OK, ("error", True)]
    assert "binfmt --install riscv64" in list(doctor.platforms(around))[2].advice


def test_a_builder_that_was_never_started_does_not_know_its_platforms() -> None:
    stopped = environment(platforms=["linux/amd64"], fields={"Platforms": "", "BuildKit version": "", "Driver": "x"})

    assert statuses(doctor.platforms, stopped) == [("unknown", True)]
    assert statuses(doctor.buildkit, stopped) == [("unknown", True)]


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, "ok"), (-10, "ok"), (120, "warning"), (-120, "warning"), (3600, "error")]
)
def test_clocks_may_differ_a_little(seconds: int, status: str) -> None:
    (finding,) = doctor.skew("its clock", timedelta(seconds=seconds))

    assert finding.status == status
    if seconds == -120:
        assert "120 seconds behind" in finding.message


def test_a_disk_of_another_machine_is_unknown() -> None:
    assert statuses(doctor.disk, environment()) == [("unknown", True)]


class Registry(BaseHTTPRequestHandler):
    """A registry with a configurable status and clock."""

    status, offset = 401, 0.0

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/v2/" else 404)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
        import time  # noqa: PLC0415

        return formatdate(time.time() + self.offset, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def registry(**behaviour: float) -> Iterator[str]:
    """Run a local registry; yield its address."""
    server = HTTPServer(("127.0.0.1", 0), type("Chosen", (Registry,), behaviour))
    with running(server) as address:
        yield address


def run_doctor(
    folder: Path, *arguments: str, path: str | None = None, config: dict[str, Any] | None = None
) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Run the command without an engine; return its exit status and its results by check."""
    (folder / "docker").mkdir(exist_ok=True)
    (folder / "docker" / "config.json").write_text(json.dumps(config or {}))
    environment = {
        **os.environ,
        "DOCKER_CONFIG": str(folder / "docker"),
        "DOCKER_HOST": "unix:///nowhere.sock",
        "PATH": path or str(folder),
        "NO_PROXY": "127.0.0.1",
    }
    command = [COMMAND, "doctor", *arguments, "--format", "json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    data = json.loads(done.stdout)
    assert data["schema"] == "kairosfile.doctor/1"
    by_check: dict[str, list[dict[str, str]]] = {}
    for finding in data["findings"]:
        assert finding.keys() == {"check", "status", "message", "advice"}
        by_check.setdefault(finding["check"], []).append(finding)
    return done.returncode, by_check


@contextmanager
def project(folder: Path, **behaviour: float) -> Iterator[str]:
    """Write a Kairosfile whose images are all in one local registry."""
    with registry(**behaviour) as host:
        (folder / "Kairosfile").write_text(
            f"# syntax={host}/frontend:1\nbase: {host}/debian:13\nversion: v1.0.0\nkairos_init: {host}/init:v0.17.3\n"
        )
        yield host


def test_without_engine_and_docker_both_are_errors_with_advice(tmp_path: Path) -> None:
    with project(tmp_path) as host:
        status, findings = run_doctor(tmp_path)

    assert status == 1
    for check in ("engine", "buildx"):
        assert [one["status"] for one in findings[check]] == ["error"]
        assert all(one["advice"] for one in findings[check])
    assert [(one["status"], one["message"]) for one in findings["registry"]] == [("ok", f"{host} answers")]
    assert [one["status"] for one in findings["clock"]] == ["ok"]
    assert "disk" not in findings


def test_an_invalid_registry_and_an_unreachable_one_are_errors(tmp_path: Path) -> None:
    with project(tmp_path, status=503) as host:
        _, findings = run_doctor(tmp_path)
    assert findings["registry"][0]["message"] == f"{host} answers 503, not as a registry"

    _, findings = run_doctor(tmp_path)
    assert findings["registry"][0]["message"] == f"{host} cannot be reached from here: the connection is refused"
    assert findings["registry"][0]["advice"]


def test_a_wrong_clock_of_a_registry_is_seen(tmp_path: Path) -> None:
    with project(tmp_path, offset=-7200.0):
        _, findings = run_doctor(tmp_path)

    assert findings["clock"][0]["status"] == "error"
    assert "behind this machine's" in findings["clock"][0]["message"]


def test_credentials_are_reported_by_their_location_and_never_shown(tmp_path: Path) -> None:
    with project(tmp_path) as host:
        secret = {"auths": {host: {"auth": "bWU6aHVudGVyMg=="}}}  # me:hunter2
        _, findings = run_doctor(tmp_path, config=secret)
        assert findings["credentials"][0]["message"] == f"for {host} from docker's config.json"
        assert not {"hunter2", "bWU6aHVudGVyMg=="} & set(json.dumps(findings).split('"'))
        assert "hunter2" not in json.dumps(findings)

        _, findings = run_doctor(tmp_path, config={"credHelpers": {host: "missing"}})
        assert findings["credentials"][0]["status"] == "error"
        assert "docker-credential-missing" in findings["credentials"][0]["message"]

        _, findings = run_doctor(tmp_path, "--registry", f"{host}/acme")
        assert (findings["credentials"][0]["status"], findings["credentials"][0]["advice"]) == (
            "warning",
            f"docker login {host}",
        )


def test_an_invalid_file_is_a_finding_and_an_unreadable_one_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("base: 127.0.0.1:1/debian:13\n")

    status, findings = run_doctor(tmp_path, "broken")
    assert status == 1
    assert findings["kairosfile"][0]["advice"] == "kairosfile check broken"
    done = subprocess.run([COMMAND, "doctor", "nowhere"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
