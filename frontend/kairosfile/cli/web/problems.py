"""Error responses: problem documents of RFC 9457, and the statuses that the OpenAPI description lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from kairosfile import language
from kairosfile.cli.errors import CliError
from kairosfile.cli.jobs.queue import QueueFullError
from kairosfile.cli.web import texts
from kairosfile.cli.web.projects import ChangedError, PathError
from kairosfile.cli.web.refusals import EntitlementError, NoBuildxError, NoRoomError, RefusedBuildError
from kairosfile.cli.web.workers import BusyError, SlowError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI, Request

MEDIA = "application/problem+json"
_REASONS = {
    400: "A path or a header is invalid",
    401: "No valid token or session cookie, or a wrong code",
    403: "A cross-site request, a change without an Origin, or a path outside the project",
    404: "There is no such project, file, build or artifact",
    409: "The current state does not allow it; `detail` gives the reason",
    410: "It was removed",
    412: "The file on disk has changed; `text` is its current text",
    413: "The content is too large",
    415: "The body is not application/json, or application/octet-stream for a file",
    421: "The server does not accept this host name",
    422: "Invalid fields, or a text with errors, which are in `diagnostics`",
    428: "If-Match or If-None-Match is missing",
    429: "Too many wrong codes or tokens, open streams or queued builds",
    503: "Too little disk space, no buildx, or the server is busy",
}
# The statuses of the guard, for any request, and of the framework, for an invalid body.
GENERAL = (400, 401, 403, 413, 415, 421, 422, 429, 503)


class Problem(BaseModel):
    """A problem document; some have additional members."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(Exception):
    """An error response; `more` is added to the problem document."""

    def __init__(self, status: int, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.more = more


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"model": Problem, "description": _REASONS[status], "content": {MEDIA: {"schema": schema}}}
        for status in statuses
    }


def problem(status: int, detail: str, **more: object) -> JSONResponse:
    """Return a problem document."""
    body = {"type": "about:blank", "title": detail.partition(";")[0], "status": status, "detail": detail, **more}
    return JSONResponse(body, status, media_type=MEDIA)


def answer_errors(app: FastAPI) -> None:
    """Convert errors into problem documents; errors of a file include its diagnostics."""

    def on(kind: type[Exception], answer: Callable[[Any], JSONResponse]) -> None:
        async def handler(_: Request, error: Exception) -> JSONResponse:
            return answer(error)

        app.add_exception_handler(kind, handler)

    on(ProblemError, lambda error: problem(error.status, str(error), **error.more))
    on(HTTPException, lambda error: problem(error.status_code, str(error.detail)))
    on(PathError, lambda error: problem(error.status, str(error)))
    for unavailable in (NoRoomError, NoBuildxError, BusyError):
        on(unavailable, lambda error: problem(503, str(error)))
    on(EntitlementError, lambda error: problem(403, str(error)))
    on(RecursionError, lambda _: problem(422, "the JSON is nested too deeply"))
    on(QueueFullError, lambda error: problem(429, str(error)))
    for kind in (CliError, RefusedBuildError, texts.TargetError, texts.InexpressibleError, SlowError):
        on(kind, lambda error: problem(422, str(error)))
    on(RequestValidationError, lambda error: problem(422, "the request has invalid fields", errors=_locations(error)))
    on(texts.EditError, lambda error: problem(409, str(error), range=texts.range_data(error.range)))
    on(ChangedError, lambda error: problem(412, str(error), text=_text(error.text)))
    on(language.KairosfileError, lambda error: problem(422, str(error), diagnostics=_diagnostics(error)))


def _locations(error: RequestValidationError) -> list[str]:
    return [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def _diagnostics(error: language.KairosfileError) -> list[dict[str, Any]]:
    return [
        {"rule": one.rule.id, "message": one.message, "hint": one.hint, "range": texts.range_data(one.range)}
        for one in error.diagnostics
    ]
