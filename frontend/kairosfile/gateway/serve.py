"""The guard around a build: whatever happens, the user hears of it through the gateway.

A frontend's stderr goes to the daemon's log, never to the user, and a frontend that just dies leaves a
riddle. So every end goes through one door: a result, or an error `Return`. Only when the daemon itself is
gone, or refuses the error, is stderr all that is left.

Exit status: 0 after a result, as the daemon demands. 1 after an error: the error given to Return outranks the
status, and should it have got lost, a status other than 0 still cannot pass for success.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from kairosfile.gateway.bridge import Bridge
from kairosfile.gateway.errors import ConnectionLostError, GatewayError
from kairosfile.gateway.http2 import Http2Transport
from kairosfile.gateway.options import Options
from kairosfile.gateway.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from google.rpc.status_pb2 import Status

    from kairosfile.gateway.transport import Transport
    from kairosfile.pb.gateway_pb2 import Result

SUCCESS, FAILURE = 0, 1


def serve(
    build: Callable[[Request], Result],
    pipes: tuple[int, int],
    *,
    default_filename: str = "Dockerfile",
    at_exit: Callable[[], None] | None = None,
) -> NoReturn:
    """Answer the one request on `pipes` (`stdio.claim()`) with what `build` returns, then leave the process.

    `build` may raise anything. It leaves by os._exit: the daemon has all it needs, and a tidy interpreter
    shutdown would be time that every build of every user waits for. `at_exit` is called just before that, when
    the daemon already has its answer.
    """
    try:
        status = run_build(build, Http2Transport(*pipes), os.environ, default_filename=default_filename)
        if at_exit:
            at_exit()
    except BaseException as error:  # noqa: BLE001 - nothing may leave here but an exit status
        _log("no error could be reported to the user", error)
        status = FAILURE
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(status)


def run_build(
    build: Callable[[Request], Result],
    transport: Transport,
    environ: Mapping[str, str],
    *,
    default_filename: str = "Dockerfile",
) -> int:
    """Run `build` and hand its result or its failure back; returns the exit status of the process."""
    bridge = Bridge(transport)
    request: Request | None = None
    try:
        request = Request(bridge, Options.from_environ(environ, default_filename))
        bridge.return_result(build(request))
    except ConnectionLostError as error:
        _log("the build was given up", error)
        return FAILURE
    except BaseException as error:  # noqa: BLE001 - a crash, an exit and an interrupt are answers too
        _report(bridge, error, request)
        return FAILURE
    return SUCCESS


def _report(bridge: Bridge, error: BaseException, request: Request | None) -> None:
    try:
        if not isinstance(error, GatewayError):
            _log("the frontend failed unexpectedly", error)
        bridge.return_error(_status(error, request))
    except BaseException as second:  # noqa: BLE001 - the last chance to say anything
        _log("the build failed", error)
        _log("and its error could not be reported to the user", second)


def _status(error: BaseException, request: Request | None) -> Status:
    from kairosfile.gateway.status import to_status  # noqa: PLC0415 - only a failed build needs it

    entry = request.entry if request else None
    return to_status(error, entry.source_map if entry else None)


def _log(headline: str, error: BaseException) -> None:
    """Write to the daemon's log: one line for what is expected, the traceback for what is not."""
    with suppress(OSError):  # a log that is gone is no reason to forget the exit status
        if isinstance(error, GatewayError):
            sys.stderr.write(f"{headline}: {error}\n")
            return
        import traceback  # noqa: PLC0415 - only a crash needs it

        sys.stderr.write(f"{headline}:\n")
        traceback.print_exception(error)
