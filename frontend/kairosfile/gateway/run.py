"""Run the build and report every outcome, crashes included, through the gateway's Return call.

A frontend's stderr only reaches the daemon's log, never the user. So every build ends in a Return with a result or an
error. Stderr is used only if the daemon is gone or refuses the error.

Exit status: 0 after a result, as the daemon demands. 1 after an error: the error given to Return takes precedence over
the status, and if it was lost, a status other than 0 still cannot pass for success.
"""

from __future__ import annotations

import posix
import sys
from typing import TYPE_CHECKING

from kairosfile.gateway.bridge import Bridge
from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.http2 import Http2Transport
from kairosfile.gateway.options import Options
from kairosfile.gateway.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from typing import NoReturn

    from kairosfile.gateway.grpc import Transport
    from kairosfile.pb.gateway import Result
    from kairosfile.pb.google import Status

SUCCESS, FAILURE = 0, 1


def run_frontend(
    build: Callable[[Request], Result],
    pipes: tuple[int, int],
    *,
    default_filename: str = "Dockerfile",
    subrequests: Container[str] = (),
    at_exit: Callable[[], None] | None = None,
) -> NoReturn:
    """Run the one request on the daemon's pipes and leave the process.

    It exits by _exit: the daemon has its answer, and every build would have to wait for an orderly shutdown of the
    interpreter.

    Args:
        build: Returns the result; may raise anything.
        pipes: The pipes to the daemon (`stdio.claim()`).
        default_filename: Name of the entry file if the user names none.
        subrequests: Ids of the subrequests that `build` answers. Any other (`--check`, `--call`) is refused: the client
            would take the result of a build for its answer.
        at_exit: Called just before the process ends, when the daemon already has its answer.
    """
    try:
        transport = Http2Transport(*pipes)
        status = run_build(build, transport, _environment(), default_filename=default_filename, subrequests=subrequests)
        if at_exit:
            at_exit()
    except BaseException as error:  # noqa: BLE001 - nothing may leave here but an exit status
        _log("no error could be reported to the user", error)
        status = FAILURE
    try:  # noqa: SIM105 - a build does without contextlib
        sys.stderr.flush()
    except OSError:
        pass
    posix._exit(status)  # noqa: SLF001 - the name that `os` has too


def _environment() -> dict[str, str]:
    """Return the variables as `os.environ` has them; `os` is not imported in a plain build."""
    encoding = sys.getfilesystemencoding()
    return {
        name.decode(encoding, "surrogateescape"): value.decode(encoding, "surrogateescape")
        for name, value in posix.environ.items()
    }


def run_build(
    build: Callable[[Request], Result],
    transport: Transport,
    environ: Mapping[str, str],
    *,
    default_filename: str = "Dockerfile",
    subrequests: Container[str] = (),
) -> int:
    """Run `build` and return its result or its error through the gateway.

    Args:
        build: Returns the result; may raise anything.
        transport: The connection to the daemon.
        environ: Environment of the frontend's container, which holds the options.
        default_filename: Name of the entry file if the user names none.
        subrequests: Ids of the subrequests that `build` answers.

    Returns:
        The exit status of the process.
    """
    bridge = Bridge(transport)
    request: Request | None = None
    try:
        request = Request(bridge, Options.from_environ(environ, default_filename))
        request_id = request.options.request_id
        if request_id and request_id not in subrequests:
            from kairosfile.gateway.rare_errors import SubrequestError  # noqa: PLC0415

            raise SubrequestError(request_id)  # noqa: TRY301 - reported as every other end
        bridge.return_result(build(request))
    except BaseException as error:  # noqa: BLE001 - a crash, an exit and an interrupt are answers too
        _report(bridge, error, request)
        return FAILURE
    return SUCCESS


def _report(bridge: Bridge, error: BaseException, request: Request | None) -> None:
    from kairosfile.gateway.rare_errors import ConnectionLostError  # noqa: PLC0415

    if isinstance(error, ConnectionLostError):
        _log("the build was given up", error)
        return
    try:
        if not isinstance(error, GatewayError):
            _log("the frontend failed unexpectedly", error)
        bridge.return_error(_status(error, request))
    except BaseException as second:  # noqa: BLE001 - the last chance to report anything
        _log("the build failed", error)
        _log("and its error could not be reported to the user", second)


def _status(error: BaseException, request: Request | None) -> Status:
    from kairosfile.gateway.status import to_status  # noqa: PLC0415 - only a failed build needs it

    entry = request.entry if request else None
    return to_status(error, entry.source_map if entry else None)


def _log(headline: str, error: BaseException) -> None:
    """Write to the daemon's log: one line for an expected error, the traceback for an unexpected one."""
    from contextlib import suppress  # noqa: PLC0415 - only a failed build needs it

    with suppress(OSError):  # a closed log must not change the exit status
        if isinstance(error, GatewayError):
            sys.stderr.write(f"{headline}: {error}\n")
            return
        import traceback  # noqa: PLC0415 - only a crash needs it

        sys.stderr.write(f"{headline}:\n")
        traceback.print_exception(error)
