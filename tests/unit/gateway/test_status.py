"""Errors as the status in the daemon's response."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.status_pb2 import Status

from kairosfile.gateway import crash
from kairosfile.gateway.errors import GatewayError, MissingFileError, RpcError
from kairosfile.gateway.rare_errors import ConnectionLostError, OptionError, SourceError, SubrequestError
from kairosfile.gateway.status import to_status
from kairosfile.llb import Location, Range, SourceMap

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = SourceMap("Kairosfile", b"base: x\n", "YAML")
PLACE = Location(FILE, (Range(1, 0, 1, 0),))
SOURCE = "github.com/moby/buildkit/errdefs.Source+json"
OLD_SOURCE = "type.googleapis.com/errdefs.Source"
VERTEX = "github.com/moby/buildkit/errdefs.Vertex+json"


def _caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def _daemon_error() -> RpcError:
    details = [AnyMessage(type_url=url, value=b"{}") for url in (SOURCE, OLD_SOURCE, VERTEX)]
    return RpcError("Solve", 5, "not found", Status(code=5, message="x", details=details).SerializeToString)


def _urls(status: Any) -> list[str]:
    return [detail.type_url for detail in status.details]


@pytest.mark.parametrize("error", [OptionError("platform", "is odd"), ConnectionLostError("gone"), GatewayError("x")])
def test_error_for_the_user_is_its_text_without_a_code_prefix(error: GatewayError) -> None:
    status = to_status(error, FILE)

    assert (status.code, status.message, list(status.details)) == (2, str(error), [])


def test_unknown_subrequest_is_the_error_that_buildx_knows() -> None:
    status = to_status(SubrequestError("frontend.lint"))
    (detail,) = status.details

    assert (status.code, status.message) == (2, "unsupported request frontend.lint")
    assert detail.type_url == "github.com/moby/buildkit/errdefs.Subrequest+json"
    assert json.loads(detail.value) == {"name": "frontend.lint"}


def test_source_has_start_and_end_and_leaves_out_what_is_zero() -> None:
    bare = Location(SourceMap("a", b""), (Range(3, 0, 4, 7),))
    (detail,) = to_status(SourceError("wrong", [bare])).details

    assert detail.type_url == SOURCE
    assert detail.value == (b'{"info":{"filename":"a"},"ranges":[{"start":{"line":3},"end":{"line":4,"character":7}}]}')


@pytest.mark.parametrize("error", [_daemon_error(), MissingFileError("x", _daemon_error())])
def test_daemons_error_goes_on_unchanged(error: RpcError) -> None:
    status = to_status(error, FILE)

    assert (status.code, status.message, _urls(status)) == (5, "not found", [SOURCE, OLD_SOURCE, VERTEX])


def test_details_that_are_no_status_leave_the_error_as_it_is() -> None:
    status = to_status(RpcError("Solve", 5, "not found", lambda: b"\x0b"), FILE)

    assert (status.code, status.message, _urls(status)) == (5, "not found", [])


def test_error_caused_by_the_daemons_keeps_its_details_but_not_its_places() -> None:
    located = to_status(_caused(SourceError("no such base", [PLACE]), _daemon_error()))
    unlocated = to_status(_caused(GatewayError("no such base"), _daemon_error()))

    assert _urls(located) == [SOURCE, VERTEX]
    assert _urls(unlocated) == [SOURCE, OLD_SOURCE, VERTEX]


def _crash(*places: str) -> ValueError:
    """Return an error raised through one function of each file, the outermost first."""
    call: Callable[[], object] = partial(int, "odd")
    for place in reversed(places):
        scope: dict[str, Any] = {"inner": call}
        exec(compile("def call():\n  inner()\n", place, "exec"), scope)  # noqa: S102 - frames with these names
        call = scope["call"]
    with pytest.raises(ValueError, match="odd") as raised:
        call()
    return raised.value.with_traceback(raised.tb.tb_next)


SITE = "/v/lib/python3.13/site-packages"
OWN = crash.__file__.removesuffix("gateway/crash.py")


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ([f"{OWN}gateway/run.py", f"{OWN}frontend.py", f"{OWN}llb/graph.py"], "kairosfile/llb/graph.py:2"),
        ([f"{OWN}gateway/run.py", f"{OWN}gateway/options.py"], "kairosfile/gateway/options.py:2"),
        ([f"{OWN}gateway/run.py", "/frontend.py", f"{OWN}llb/graph.py"], "frontend.py:2"),
        ([f"{OWN}gateway/run.py", "/frontend.py", "/usr/lib/python3.13/json/decoder.py"], "frontend.py:2"),
        ([f"{OWN}gateway/run.py", "/frontend.py", "/recipe/steps.py", "<string>"], "recipe/steps.py:2"),
        ([f"{OWN}gateway/run.py", "frontend.py", "/usr/lib/python3/dist-packages/yaml/__init__.py"], "frontend.py:2"),
        ([f"{OWN}gateway/run.py", f"{SITE}/recipe/run.py", f"{SITE}/recipe/a/b.py", f"{SITE}/yaml.py"], "a/b.py:2"),
    ],
)
def test_crash_names_the_innermost_line_of_the_frontend_not_of_its_libraries(places: list[str], named: str) -> None:
    assert to_status(_crash(*places)).message.endswith(f"'odd' ({named})")


def test_crash_names_no_path_of_this_machine() -> None:
    status = to_status(ValueError("odd"), FILE)

    assert status.code == 13
    assert status.message == "the frontend crashed, please report it: ValueError: odd (in no known line)"
    assert _urls(status) == [SOURCE]
    assert _urls(to_status(ValueError("odd"))) == []
