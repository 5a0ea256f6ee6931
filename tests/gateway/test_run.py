"""Every outcome of a build reaches the user, or at least the daemon's log."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import llb
from kairosfile.gateway.contexts import entry
from kairosfile.gateway.errors import Code, RpcError
from kairosfile.gateway.rare_errors import SourceError
from kairosfile.gateway.run import run_build
from kairosfile.pb.gateway import Ref, Result
from tests.gateway.conftest import KAIROSFILE
from tests.support.gateway.fake_bridge import FakeBridge, Run, environment
from tests.support.gateway.strict import RefusalError
from tests.support.protobuf import gateway_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kairosfile.gateway.http2 import Http2Transport
    from kairosfile.gateway.request import Request
    from tests.support.gateway.relay import Relay

_OPTIONS = {"filename": "Kairosfile"}


def _run(fake: FakeBridge, name: str, options: Mapping[str, str] = _OPTIONS) -> Run:
    command = [sys.executable, "-m", "tests.support.gateway.frontends", name]
    return fake.run(command, options=options, env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})


def _details(status: Any) -> list[tuple[str, Any]]:
    return [(detail.type_url, json.loads(detail.value)) for detail in status.details]


def _answer(build: Callable[[Request], Result], transport: Http2Transport, **options: str) -> int:
    return run_build(build, transport, environment({**_OPTIONS, **options}))


def _fail_with(error: BaseException) -> Callable[[Request], Result]:
    def build(request: Request) -> Result:
        entry.start_entry_file(request).wait()
        raise error

    return build


@pytest.mark.parametrize("value", ["a", "", "köln", b"\xff=\xc3".decode(errors="surrogateescape")])
def test_the_environment_is_that_of_os(value: str) -> None:
    program = "import os; from kairosfile.gateway.run import _environment; print(_environment() == dict(os.environ))"
    environ = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "BUILDKIT_FRONTEND_OPT_0": value}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"


def test_build_returns_its_result_and_exits_with_0(fake: FakeBridge) -> None:
    run = _run(fake, "succeed")

    assert (run.exit_status, run.error, run.stderr) == (0, None, "")
    assert run.result
    assert run.result.ref.id
    assert json.loads(run.result.metadata["containerimage.config"])["os"] == "linux"


def test_build_for_several_platforms_returns_a_ref_for_each(fake: FakeBridge) -> None:
    run = _run(fake, "succeed", {**_OPTIONS, "platform": "linux/amd64,linux/arm64"})

    assert run.result
    assert sorted(run.result.refs.refs) == ["linux/amd64", "linux/arm64"]
    assert json.loads(run.result.metadata["containerimage.config/linux/arm64"])["architecture"] == "arm64"


def test_nothing_but_http2_reaches_the_daemon(fake: FakeBridge) -> None:
    run = _run(fake, "chatter")

    assert (run.exit_status, run.error) == (0, None)
    assert sorted(run.stderr.splitlines()) == [
        "echoed by a child",
        "printed by a library",
        "stdin says b'' and ''",
        "written to descriptor 1",
        "written to the first stdout",
    ]


def test_children_do_not_inherit_the_daemons_pipes(fake: FakeBridge) -> None:
    assert "inheritable: [False, False]" in _run(fake, "inherit").stderr


def test_crash_is_an_error_with_its_last_line_and_the_entry_file(fake: FakeBridge) -> None:
    run = _run(fake, "crash")

    assert run.exit_status == 1
    assert run.error
    assert run.error.code == Code.INTERNAL
    assert run.error.message.startswith("the frontend crashed, please report it: AttributeError: 'NoneType'")
    assert re.search(r" \(frontends\.py:\d+\)$", run.error.message)
    assert "kairosfile/llb/marshal.py" in run.stderr
    ((url, source),) = _details(run.error)
    assert url == "github.com/moby/buildkit/errdefs.Source+json"
    assert source["info"]["filename"] == "Kairosfile"
    assert b64decode(source["info"]["data"]) == KAIROSFILE
    assert source["ranges"] == [{"start": {"line": 1}, "end": {"line": 1}}]
    assert "Traceback (most recent call last)" in run.stderr


def test_process_that_leaves_in_the_middle_still_answers(fake: FakeBridge) -> None:
    run = _run(fake, "leave")

    assert run.error
    assert "SystemExit: gave up (frontends.py:" in run.error.message


@pytest.mark.parametrize("request_id", ["frontend.lint", "frontend.subrequests.describe"])
def test_subrequest_that_the_frontend_does_not_answer_is_refused_before_it_runs(
    fake: FakeBridge, transport: Http2Transport, request_id: str
) -> None:
    assert _answer(_fail_with(AssertionError()), transport, requestid=request_id) == 1
    assert fake.error
    assert fake.error.message == f"unsupported request {request_id}"
    assert _details(fake.error) == [("github.com/moby/buildkit/errdefs.Subrequest+json", {"name": request_id})]
    assert not fake.requests("Solve")


def test_subrequest_that_the_frontend_answers_reaches_it(fake: FakeBridge, transport: Http2Transport) -> None:
    def build(request: Request) -> Result:
        return Result(metadata={"asked": request.options.request_id.encode()})

    options = environment({**_OPTIONS, "requestid": "frontend.lint"})

    assert run_build(build, transport, options, subrequests=["frontend.lint"]) == 0
    assert fake.result
    assert fake.result.metadata["asked"] == b"frontend.lint"


def test_failure_to_report_ends_in_the_log_with_both_errors(fake: FakeBridge) -> None:
    def refuse(_: object, __: object) -> None:
        raise RefusalError("the daemon is out of memory")

    fake.on("Return", refuse)
    run = _run(fake, "crash")

    assert run.exit_status == 1
    assert "AttributeError" in run.stderr
    assert "and its error could not be reported to the user: the daemon is out of memory" in run.stderr
    assert run.error
    assert run.error.message == "exit code: 1"


def test_result_that_the_daemon_refuses_becomes_an_error(fake: FakeBridge, transport: Http2Transport) -> None:
    def build(_: Request) -> Result:
        return Result(ref=Ref(id="invented"), metadata={"refs.platforms": b"{}"})

    assert _answer(build, transport) == 1
    assert fake.error
    assert fake.error.message == "return reference invented was not found"


def test_an_error_in_the_users_file_is_quoted_at_its_range(fake: FakeBridge, transport: Http2Transport) -> None:
    file = llb.SourceMap("Kairosfile", KAIROSFILE, "YAML")
    locations = [
        llb.Location(file, (llb.Range(1, 6, 1, 18), llb.Range(2, 0, 2, 0))),
        llb.Location(file, (llb.Range(2, 7, 2, 14),)),
    ]

    assert _answer(_fail_with(SourceError('unknown model "generic"', locations)), transport) == 1
    assert fake.error
    assert (fake.error.code, fake.error.message) == (Code.UNKNOWN, 'unknown model "generic"')
    second, first = (detail for _, detail in _details(fake.error))  # buildx prints the last one first
    assert first["ranges"] == [
        {"start": {"line": 1, "character": 6}, "end": {"line": 1, "character": 18}},
        {"start": {"line": 2}, "end": {"line": 2}},
    ]
    assert second["info"]["language"] == "YAML"


def test_an_error_of_the_daemon_is_passed_on_with_its_details(fake: FakeBridge, transport: Http2Transport) -> None:
    from google.protobuf.any_pb2 import Any as AnyMessage  # noqa: PLC0415

    details = [
        AnyMessage(type_url="github.com/moby/buildkit/errdefs.Source+json", value=b'{"info":{}}'),
        AnyMessage(type_url="github.com/moby/buildkit/stack.Stack+json", value=b"{}"),
    ]

    def refuse(_: object, __: object) -> None:
        raise RefusalError("process did not complete successfully: exit code: 3", details=details)

    fake.on("Solve", refuse)

    assert _answer(_fail_with(AssertionError()), transport) == 1
    assert fake.error
    assert fake.error.message == "process did not complete successfully: exit code: 3"
    assert list(fake.error.details) == details


def test_malformed_option_is_named(fake: FakeBridge, transport: Http2Transport) -> None:
    assert _answer(_fail_with(AssertionError()), transport, platform="linux") == 1
    assert fake.error
    assert fake.error.message.startswith("--platform: ")


class _UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("cannot be printed either")


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (KeyError("model"), Code.INTERNAL, "KeyError: 'model' (test_run.py:"),
        (MemoryError(), Code.INTERNAL, "MemoryError (test_run.py:"),
        (_UnprintableError(), Code.INTERNAL, "_UnprintableError: (without a text) (test_run.py:"),
        (KeyboardInterrupt(), Code.CANCELED, "the frontend was interrupted"),
        (RpcError("Solve", 0, "status 0 is invalid"), Code.UNKNOWN, "status 0 is invalid"),
    ],
)
def test_whatever_is_raised_becomes_an_error(
    fake: FakeBridge, transport: Http2Transport, error: BaseException, code: int, text: str
) -> None:
    assert _answer(_fail_with(error), transport) == 1
    assert fake.error
    assert fake.error.code == code
    assert text in fake.error.message


def test_daemon_that_goes_away_leaves_a_line_in_the_log(
    fake: FakeBridge, relay: Relay, transport: Http2Transport, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(_: object, __: object) -> pb.ReadFileResponse:
        relay.cut()
        return pb.ReadFileResponse()

    fake.on("ReadFile", cut)

    assert _answer(_fail_with(AssertionError()), transport) == 1
    expected = "the build was given up: the BuildKit daemon closed the connection before answering ReadFile\n"
    assert capsys.readouterr().err == expected


def test_error_text_goes_to_the_log_without_a_traceback_when_it_is_expected(
    fake: FakeBridge, transport: Http2Transport, capsys: pytest.CaptureFixture[str]
) -> None:
    _answer(_fail_with(SourceError("wrong", ())), transport)

    assert fake.error
    assert capsys.readouterr().err == ""
