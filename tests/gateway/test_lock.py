"""The complete frontend, as a process, uses the lock file of a Kairosfile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import frontend
from kairosfile.language import lockfile
from tests.gateway.test_frontend import BASE, BASE_CONFIG, KAIROS_INIT, message_of, names, result_of, run
from tests.support.gateway.fake_bridge import FakeBridge, FakeImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.protobuf import gateway_pb2 as pb

TEXT = b"# syntax=kairos-frontend\nbase: mirror/debian:13\nversion: v1.0.0\n"
OLD, NEW = "sha256:" + "1" * 64, "sha256:" + "2" * 64
INIT = "sha256:" + "b" * 64
LOCK = lockfile.text("Kairosfile", {BASE: OLD, KAIROS_INIT: INIT}).encode()


def daemon(locked: bytes | None = LOCK, **more: Any) -> FakeBridge:
    """A daemon whose registry has moved the base's tag since the lock."""
    files = {"Kairosfile": TEXT} | ({} if locked is None else {"Kairosfile.lock": locked})
    images = {
        BASE: FakeImage(BASE_CONFIG, NEW),
        f"{BASE}@{OLD}": FakeImage(BASE_CONFIG, OLD),
        KAIROS_INIT: FakeImage(digest=INIT),
        f"{KAIROS_INIT}@{INIT}": FakeImage(digest=INIT),
        "docker.io/mirror/debian:12": FakeImage(BASE_CONFIG, NEW),
    }
    return FakeBridge(files={"dockerfile": files, "context": {}}, images=images, **more)


def requested_names(fake: FakeBridge) -> set[str]:
    return {request.Source.identifier.removeprefix("docker-image://") for request in fake.requests("ResolveSourceMeta")}


def warnings(fake: FakeBridge) -> list[str]:
    return [request.short.decode() for request in fake.requests("Warn")]


def graph(fake: FakeBridge) -> list[str]:
    return names(fake.requests("Solve")[-1])


def test_images_are_requested_by_the_locked_digest_without_warnings() -> None:
    with daemon() as fake:
        result_of(run(fake))

    assert requested_names(fake) == {f"{BASE}@{OLD}", f"{KAIROS_INIT}@{INIT}"}
    assert f"base {BASE}@{OLD}" in graph(fake)
    assert warnings(fake) == []


def test_without_a_lock_file_tags_are_looked_up() -> None:
    with daemon(None) as fake:
        result_of(run(fake))

    assert requested_names(fake) == {BASE, KAIROS_INIT}
    assert f"base {BASE}@{NEW}" in graph(fake)


def test_the_lock_file_costs_no_round_trip() -> None:
    """It is requested with the Kairosfile: the daemon answers neither request until both arrive."""
    barrier = threading.Barrier(2, timeout=30)

    def wait_for_both(request: pb.StatFileRequest, usual: Callable[[Any], Any]) -> Any:
        if request.Path in {"Kairosfile", "Kairosfile.lock"}:
            barrier.wait()
        return usual(request)

    with daemon() as fake:
        fake.on("StatFile", wait_for_both)
        result_of(run(fake))

    assert len(fake.requests("Solve")) == 3
    assert [request.FilePath for request in fake.requests("ReadFile")].count("Kairosfile.lock") == 1


def test_the_kairosfile_is_read_while_the_daemon_still_loads_the_lock_file() -> None:
    read = threading.Event()

    def wait_for_the_first(request: pb.StatFileRequest, usual: Callable[[Any], Any]) -> Any:
        if request.Path == "Kairosfile.lock":
            assert read.wait(30)
        return usual(request)

    def note(request: pb.ReadFileRequest, usual: Callable[[Any], Any]) -> Any:
        read.set()
        return usual(request)

    with daemon() as fake:
        fake.on("StatFile", wait_for_the_first)
        fake.on("ReadFile", note)
        result_of(run(fake))

    assert requested_names(fake) == {f"{BASE}@{OLD}", f"{KAIROS_INIT}@{INIT}"}


def test_the_suffix_of_the_early_request_is_that_of_lock_files() -> None:
    assert lockfile.SUFFIX == frontend.LOCK_SUFFIX


def test_a_base_from_a_build_arg_is_looked_up_as_usual_and_warned_of() -> None:
    with daemon() as fake:
        result_of(run(fake, {"build-arg:BASE_IMAGE": "mirror/debian:12"}))

    assert requested_names(fake) == {"docker.io/mirror/debian:12", f"{KAIROS_INIT}@{INIT}"}
    (warning,) = warnings(fake)
    assert warning.startswith("KF509: mirror/debian:12 is not in Kairosfile.lock")


def test_a_malformed_lock_file_stops_the_build_at_its_own_line() -> None:
    with daemon(LOCK.replace(b"version: 1", b"version: 7")) as fake:
        done = run(fake)

    message = message_of(done)
    assert message.startswith("Kairosfile.lock:2:10: ")
    assert "[KF411]" in message
    assert done.error is not None
    assert b'"Kairosfile.lock"' in done.error.details[0].value
    assert fake.requests("ResolveSourceMeta") == []


@pytest.mark.parametrize("key", ["base", "mirror/debian:13"])
def test_a_named_context_wins_over_the_lock_file(key: str) -> None:
    with daemon() as fake:
        result_of(run(fake, {f"context:{key}": "docker-image://mirror/debian:12"}))

    assert requested_names(fake) == {"docker.io/mirror/debian:12", f"{KAIROS_INIT}@{INIT}"}


def test_a_locked_image_that_is_gone_says_how_to_renew_it() -> None:
    gone = lockfile.text("Kairosfile", {BASE: "sha256:" + "9" * 64, KAIROS_INIT: INIT}).encode()

    with daemon(gone) as fake:
        message = message_of(run(fake))

    assert message.startswith("Kairosfile:2:1: cannot pull base image ")
    assert "`kairosfile lock --upgrade`" in message


def test_a_check_sees_the_lock_file() -> None:
    options = {"requestid": "frontend.lint", "frontend.caps": "moby.buildkit.frontend.subrequests"}

    other = lockfile.text("Kairosfile", {KAIROS_INIT: INIT}).encode()

    with daemon() as fake:
        locked = result_of(run(fake, options)).metadata["result.txt"]
    with daemon(other) as fake:
        unlocked = result_of(run(fake, options)).metadata["result.txt"]

    assert b"KF509" not in locked
    assert b"KF509" in unlocked
