"""Convert any exception to the google.rpc.Status that Return carries.

BuildKit attaches details to a status as JSON under its own type URLs (util/grpcerrors, solver/errdefs); a `Source`
detail makes buildx print `FILE:LINE` and the marked lines. A code other than Unknown is shown as a prefix of the text,
and Internal makes buildx exit with 100: right for a crash, not for a user's mistake. The daemon's own status of a
failed call is passed on unchanged.

A source is sent as an excerpt, so that an error does not carry the whole file. buildx prints the marked lines with at
most four around them (buildkit solver/errdefs/source.go). All other lines are sent empty, so the lines keep their
numbers.
"""

from __future__ import annotations

from binascii import b2a_base64  # `base64` imports `re`, and each build with a warning would wait for it
from typing import TYPE_CHECKING

from kairosfile.gateway.crash import describe
from kairosfile.gateway.errors import Code, GatewayError, RpcError
from kairosfile.gateway.rare_errors import SourceError, SubrequestError
from kairosfile.json_text import to_json
from kairosfile.llb import Location, Range
from kairosfile.pb.google import Any, Status
from kairosfile.pb.wire import DecodeError
from kairosfile.untrusted import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile.llb import SourceMap


_ERRDEFS = "github.com/moby/buildkit/errdefs."
_SOURCE = f"{_ERRDEFS}Source+json"
_SOURCE_NAME = "errdefs.Source"  # under whatever URL a daemon sends it
_SUBREQUEST = f"{_ERRDEFS}Subrequest+json"
_FIRST_LINE = Range(1, 0, 1, 0)

# A daemon up to 0.13 and its client take messages of 4 MiB, and gRPC copies a status into headers: well below that.
MAX_MESSAGE = 128 << 10
MAX_SOURCES = 512 << 10

AROUND = 4
MAX_LINES = 50  # marked lines of one range
MAX_LINE = 1000  # bytes of a line
SMALL_FILE = 8 << 10  # bytes: a file that is sent whole


def to_status(error: BaseException, entry: SourceMap | None = None) -> Status:
    """Return the status for an error, code never 0.

    Args:
        error: Any exception. A crash of the frontend is reported as the last line of its traceback.
        entry: The entry file if it is known; a crash is located at its start.
    """
    match error:
        case RpcError():
            return _of_rpc(error)
        case SourceError():
            own = reversed(list(_sources(error.locations)))  # buildx prints the last one first
            others = [detail for detail in _of_cause(error) if _SOURCE_NAME not in detail.type_url]
            return Status(code=Code.UNKNOWN, message=_text(error), details=[*own, *others])
        case SubrequestError():
            detail = _detail(_SUBREQUEST, {"name": error.name})
            return Status(code=Code.UNKNOWN, message=str(error), details=[detail])
        case GatewayError():
            return Status(code=Code.UNKNOWN, message=_text(error), details=_of_cause(error))
        case KeyboardInterrupt():
            return Status(code=Code.CANCELED, message="the frontend was interrupted")
    details = list(_sources([Location(entry, (_FIRST_LINE,))] if entry else []))
    return Status(code=Code.INTERNAL, message=_bounded(describe(error)), details=details)


def _text(error: GatewayError) -> str:
    return _bounded(str(error))


def _bounded(message: str) -> str:
    return lines(message, limit=MAX_MESSAGE // 8)[:MAX_MESSAGE]


def _of_rpc(error: RpcError) -> Status:
    return _status_of(error).replace(code=error.code or Code.UNKNOWN, message=error.message)


def _status_of(error: RpcError) -> Status:
    """Return the status that came with an error, an empty one where none did."""
    try:
        return Status.decode(error.details())
    except DecodeError:
        return Status()


def _of_cause(error: BaseException) -> list[Any]:
    """Return the details of the daemon's status, if a failed call caused `error`."""
    cause = error.__cause__
    return list(_status_of(cause).details) if isinstance(cause, RpcError) else []


def _sources(locations: Iterable[Location]) -> Iterator[Any]:
    """Yield the locations as details with the lines to print, as many as fit."""
    room = MAX_SOURCES
    for location in locations:
        detail = _source(excerpt(location))
        room -= len(detail.value)
        if room < 0:
            return
        yield detail


def _source(location: Location) -> Any:
    file = location.source_map
    info = {"filename": file.filename, "language": file.language, "data": b2a_base64(file.data, newline=False).decode()}
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
    return Any(type_url=type_url, value=to_json(value, compact=True).encode())


def excerpt(location: Location) -> Location:
    """Return a location in a copy of its file with only the lines around its ranges; a small file stays complete."""
    file = location.source_map
    if len(file.data) <= SMALL_FILE:
        return location
    ranges = tuple(_clipped(range_) for range_ in location.ranges)
    data = _blanked(file.data, ranges)
    return location._replace(source_map=file._replace(data=data), ranges=ranges)


def _clipped(range_: Range) -> Range:
    last = range_.start_line + MAX_LINES - 1
    return range_ if range_.end_line <= last else range_._replace(end_line=last, end_character=0)


def _blanked(data: bytes, ranges: tuple[Range, ...]) -> bytes:
    lines = data.split(b"\n")
    shown: dict[int, bytes] = {}
    for range_ in ranges:
        for number in range(max(1, range_.start_line - AROUND), min(len(lines), range_.end_line + AROUND) + 1):
            line = lines[number - 1]
            shown[number] = line if len(line) <= MAX_LINE else line[:MAX_LINE] + b"..."
    return b"\n".join(shown.get(number, b"") for number in range(1, max(shown, default=0) + 1))
