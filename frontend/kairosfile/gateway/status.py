"""Errors on their way to the user: any exception as the google.rpc.Status that `Return` carries.

BuildKit attaches details to a status as JSON under type URLs of its own (util/grpcerrors, solver/errdefs);
a `Source` detail is what makes buildx print `FILE:LINE` and the marked lines. A code other than Unknown is
shown as a prefix of the text, and Internal makes buildx exit with 100: right for a crash, not for a user's
mistake. What the daemon itself said about a failed call goes on unchanged.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

from google.protobuf.any_pb2 import Any
from google.rpc.status_pb2 import Status

from kairosfile.gateway import crash
from kairosfile.gateway.errors import Code, GatewayError, RpcError, SourceError, SubrequestError
from kairosfile.llb import Location, Range

if TYPE_CHECKING:
    from kairosfile.llb import SourceMap

_ERRDEFS = "github.com/moby/buildkit/errdefs."
_SOURCE = f"{_ERRDEFS}Source+json"
_SOURCE_NAME = "errdefs.Source"  # under whatever URL a daemon sends it
_SUBREQUEST = f"{_ERRDEFS}Subrequest+json"
_FIRST_LINE = Range(1, 0, 1, 0)


def to_status(error: BaseException, entry: SourceMap | None = None) -> Status:
    """Return what to hand back for `error`, code never 0.

    A crash of the frontend is told as the last line of its traceback, at the start of the entry file if that
    is known.
    """
    match error:
        case RpcError():
            return _of_rpc(error)
        case SourceError():
            own = [_source(location) for location in reversed(error.locations)]  # buildx prints the last one first
            others = [detail for detail in _of_cause(error) if _SOURCE_NAME not in detail.type_url]
            return Status(code=Code.UNKNOWN, message=str(error), details=[*own, *others])
        case SubrequestError():
            detail = _detail(_SUBREQUEST, {"name": error.name})
            return Status(code=Code.UNKNOWN, message=str(error), details=[detail])
        case GatewayError():
            return Status(code=Code.UNKNOWN, message=str(error), details=_of_cause(error))
        case KeyboardInterrupt():
            return Status(code=Code.CANCELED, message="the frontend was interrupted")
    details = [_source(Location(entry, (_FIRST_LINE,)))] if entry else []
    return Status(code=Code.INTERNAL, message=crash.describe(error), details=details)


def _of_rpc(error: RpcError) -> Status:
    status = Status.FromString(error.details)
    status.code = error.code or Code.UNKNOWN
    status.message = error.message
    return status


def _of_cause(error: BaseException) -> list[Any]:
    """Return what the daemon said beside the text when a failed call led to `error`."""
    cause = error.__cause__
    return list(Status.FromString(cause.details).details) if isinstance(cause, RpcError) else []


def _source(location: Location) -> Any:
    file = location.source_map
    info = {"filename": file.filename, "language": file.language, "data": b64encode(file.data).decode()}
    ranges = [
        {
            "start": _position(range_.start_line, range_.start_character),
            "end": _position(range_.end_line, range_.end_character),
        }
        for range_ in location.ranges
    ]
    return _detail(_SOURCE, {"info": {key: value for key, value in info.items() if value}, "ranges": ranges})


def _position(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character} if character else {"line": line}


def _detail(type_url: str, value: object) -> Any:
    return Any(type_url=type_url, value=json.dumps(value, separators=(",", ":")).encode())
