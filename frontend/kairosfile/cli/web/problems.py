"""Answers that are no success: problem documents of RFC 9457, and the statuses that the description lists."""

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
from kairosfile.cli.web.builds import NoRoomError, RefusedBuildError
from kairosfile.cli.web.projects import ChangedError, PathError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI, Request

MEDIA = "application/problem+json"
_REASONS = {
    400: "A path or a header that cannot be read",
    401: "No token and no cookie of a session, or a wrong code",
    403: "Another site asks, a change has no Origin, or the path leads out of the project",
    404: "There is no such project, file, build or artifact",
    409: "It cannot be done as things are; `detail` says why",
    410: "It was removed",
    412: "The file on disk is another one by now; `text` is what is there",
    413: "The content is too large",
    415: "A body of another type than application/json, or application/octet-stream for a file",
    421: "The server is not known by that name",
    422: "Wrong fields, or a text with errors: `diagnostics` has them",
    428: "If-Match or If-None-Match is missing",
    429: "Too many wrong codes, streams, or builds that wait",
    503: "There is no room, or no buildx",
}
# What the guard says to any request, and what the framework says of a request's form.
GENERAL = (400, 401, 403, 413, 415, 421, 422, 429)


class Problem(BaseModel):
    """A problem document; some have more members."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(Exception):
    """An answer that is no success; `more` is added to the problem document."""

    def __init__(self, status: int, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.more = more


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the description says of these statuses."""
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
    """Turn errors into problem documents; those of a file have its diagnostics."""

    def on(kind: type[Exception], answer: Callable[[Any], JSONResponse]) -> None:
        async def handler(_: Request, error: Exception) -> JSONResponse:
            return answer(error)

        app.add_exception_handler(kind, handler)

    on(ProblemError, lambda error: problem(error.status, str(error), **error.more))
    on(HTTPException, lambda error: problem(error.status_code, str(error.detail)))
    on(PathError, lambda error: problem(error.status, str(error)))
    on(NoRoomError, lambda error: problem(503, str(error)))
    on(RecursionError, lambda _: problem(422, "the JSON is too deep"))
    on(QueueFullError, lambda error: problem(429, str(error)))
    for kind in (CliError, RefusedBuildError, texts.TargetError, texts.InexpressibleError):
        on(kind, lambda error: problem(422, str(error)))
    on(RequestValidationError, lambda error: problem(422, "the request has wrong fields", errors=_where(error)))
    on(texts.EditError, lambda error: problem(409, str(error), range=texts.range_data(error.range)))
    on(ChangedError, lambda error: problem(412, str(error), text=_text(error.text)))
    on(language.KairosfileError, lambda error: problem(422, str(error), diagnostics=_diagnostics(error)))


def _where(error: RequestValidationError) -> list[str]:
    return [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def _diagnostics(error: language.KairosfileError) -> list[dict[str, Any]]:
    return [
        {"rule": one.rule.id, "message": one.message, "hint": one.hint, "range": texts.range_data(one.range)}
        for one in error.diagnostics
    ]
