"""Questions that are answered without building, and the warnings of a build."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from kairosfile.gateway.subrequests import DESCRIBE, LINT
from tests.gateway.fake_bridge import V0_13
from tests.gateway.test_frontend import BOTH, KAIROSFILE, daemon, message_of, result_of, run

if TYPE_CHECKING:
    from kairosfile.pb import gateway_pb2 as pb

WITHOUT_FAULTS = b"base: debian:13@sha256:" + b"a" * 64 + b"\nversion: v1.0.0\n"


def ask(text: bytes, request_id: str = LINT, **options: str) -> tuple[pb.Result, list[str]]:
    """Return the answer to a subrequest, and the methods that the frontend called for it."""
    with daemon(text) as fake:
        done = run(fake, {"requestid": request_id, **options})
        called = [method for method in ("ResolveSourceMeta", "Warn") if fake.requests(method)]
    return result_of(done), called


def answer_of(result: pb.Result) -> Any:
    assert result.WhichOneof("result") is None
    assert result.metadata["version"] == b"1.0.0"
    return json.loads(result.metadata["result.json"])


def test_a_check_lists_every_finding_with_its_place_and_builds_nothing() -> None:
    result, called = ask(KAIROSFILE)

    answer = answer_of(result)
    assert called == []
    assert result.metadata["result.statuscode"] == b"1"
    assert [warning["ruleName"] for warning in answer["warnings"]] == [
        "KF501 base-not-pinned",
        "KF503 provider-not-pinned",
    ]
    first = answer["warnings"][0]
    assert first["url"].endswith("/KF501.md")
    assert first["location"] == {
        "ranges": [{"start": {"line": 2, "character": 6}, "end": {"line": 2, "character": 15}}]
    }
    assert [(source["filename"], base64.b64decode(source["data"])) for source in answer["sources"]] == [
        ("Kairosfile", KAIROSFILE)
    ]
    assert "Kairosfile:2: KF501" in result.metadata["result.txt"].decode()


def test_a_check_of_a_file_without_findings_is_a_success() -> None:
    result, _ = ask(WITHOUT_FAULTS)

    assert answer_of(result)["warnings"] == []
    assert "buildError" not in answer_of(result)
    assert result.metadata["result.statuscode"] == b"0"


def test_a_check_of_a_file_with_errors_answers_with_all_of_them() -> None:
    result, called = ask(b"base: debian:13\nvariant: x\nfips: 1\nversion: v1.0.0\n")

    error = answer_of(result)["buildError"]
    assert called == []
    assert error["message"].count("\n") == 1
    assert error["location"]["ranges"][0]["start"]["line"] == 2
    assert result.metadata["result.statuscode"] == b"1"


def test_a_check_finds_what_only_the_platform_shows() -> None:
    result, _ = ask(KAIROSFILE + b"model: rpi4\n", platform="linux/amd64")

    assert "needs linux/arm64" in answer_of(result)["buildError"]["message"]


def test_a_check_of_bytes_that_are_no_text_is_answered() -> None:
    result, _ = ask(b"base: \xff\n")

    assert "not UTF-8" in answer_of(result)["buildError"]["message"]


def test_the_frontend_says_which_subrequests_it_answers() -> None:
    result, _ = ask(KAIROSFILE, DESCRIBE)

    assert [(entry["name"], entry["version"], entry["type"]) for entry in answer_of(result)] == [
        (LINT, "1.0.0", "rpc"),
        (DESCRIBE, "1.0.0", "rpc"),
    ]


def test_a_subrequest_that_is_not_known_is_refused_by_name() -> None:
    with daemon() as fake:
        assert message_of(run(fake, {"requestid": "frontend.targets"})) == "unsupported request frontend.targets"


def test_a_build_shows_each_warning_once_whatever_the_platforms() -> None:
    with daemon(KAIROSFILE + b"# kairosfile: ignore KF501\nkairos_init: v0.17.3\n") as fake:
        result_of(run(fake, BOTH))

        shown = fake.requests("Warn")
        vertices = {digest for request in fake.requests("Solve") for digest in request.Definition.metadata}
    assert [warning.short.decode().split(": ")[0] for warning in shown] == ["KF501", "KF503"]
    assert shown[0].short.endswith(b"(line 2)")
    assert shown[0].url.endswith("/KF501.md")
    assert b"pin it" in shown[0].detail[0]
    assert (shown[0].info.filename, shown[0].ranges[0].start.line) == ("Kairosfile", 2)
    assert {warning.digest for warning in shown} <= vertices


def test_a_silenced_warning_is_not_shown() -> None:
    with daemon(KAIROSFILE + b"lint:\n  ignore: [KF501, provider-not-pinned]\n") as fake:
        result_of(run(fake))

        assert fake.requests("Warn") == []


def test_a_warning_that_the_file_raises_stops_the_build() -> None:
    with daemon(KAIROSFILE + b"lint:\n  error: [KF503]\n") as fake:
        assert "[KF503]" in message_of(run(fake))


def test_an_old_daemon_is_warned_too() -> None:
    with daemon(release=V0_13) as old:
        result_of(run(old))

        assert len(old.requests("Warn")) == 2
