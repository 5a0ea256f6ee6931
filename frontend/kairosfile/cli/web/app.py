"""The routes of `/api/v1`; `texts`, `projects` and `builds` do the work, and `guard` authorizes the requests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Header, Query, Request, Response, WebSocket
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse

from kairosfile import __version__
from kairosfile.cli.jobs import folder
from kairosfile.cli.jobs.folder import State
from kairosfile.cli.load import LoadOptions
from kairosfile.cli.web import (
    answers,
    builds,
    command_routes,
    language_server,
    page,
    projects,
    revision,
    texts,
    watch,
)
from kairosfile.cli.web.bodies import BuildBody, BuildChange, Changes, Code, OpenText, PlanBody
from kairosfile.cli.web.builds import BuildRequest, Builds
from kairosfile.cli.web.guard import READER
from kairosfile.cli.web.overview import Overviews
from kairosfile.cli.web.problems import GENERAL, ProblemError, answer_errors, responses
from kairosfile.cli.web.projects import ChangedError, Project
from kairosfile.cli.web.streams import EVENTS, EventStream, Streams
from kairosfile.language.parser import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from kairosfile.cli.jobs.folder import Job
    from kairosfile.cli.web.guard import Credentials

# The largest offset and line number that SQLite, seek and JSON all support.
LARGEST = 2**53


def make(folders: Sequence[Project], store: Builds, credentials: Credentials, cookie: str) -> FastAPI:
    """Return the application, unguarded.

    Args:
        folders: The projects.
        made: The builds.
        credentials: The token, the code and the cookie of this server process.
        cookie: The name of the session's cookie.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(store.run())
        start = asyncio.create_task(asyncio.to_thread(store.workers.start))
        try:
            yield
        finally:
            task.cancel()
            await start
            with suppress(asyncio.CancelledError):
                await task

    app = FastAPI(
        title="kairosfile web",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        responses=responses(*GENERAL),
    )
    answer_errors(app)
    _session(app, credentials, cookie, store)
    _files(app, folders, store)
    _texts(app, folders, store)
    _builds(app, folders, store)
    streams = Streams()
    _one_build(app, store, streams)
    _live(app, folders, store, streams)
    page.add(app)
    return app


def _session(app: FastAPI, credentials: Credentials, cookie: str, store: Builds) -> None:
    @app.get("/api/v1/health")
    def health() -> dict[str, str]:
        """Return the status and the version of the server."""
        return {"status": "ok", "version": __version__}

    @app.post("/api/v1/session", status_code=204)
    def session(request: Request, body: Code) -> Response:
        """Exchange the one-time code of the printed address for the cookie of a session."""
        value = credentials.exchange(body.code, request.client.host if request.client else "")
        if not value:
            raise ProblemError(
                401, "the code is wrong, used or older than ten minutes; restart the server for a new one"
            )
        response = Response(status_code=204)
        is_secure = request.url.scheme == "https"
        response.set_cookie(cookie, value, httponly=True, samesite="strict", path="/", secure=is_secure)
        return response

    @app.get("/api/v1/access")
    def access(request: Request) -> dict[str, Any]:
        """Return whether this session may save and build, and which secrets and registry builds may use."""
        allowed = store.allowed
        may_use = {"secrets": sorted(allowed.secrets), "registry": allowed.registry or None}
        return {"changes": not request.scope[READER], **may_use}


def _files(app: FastAPI, folders: Sequence[Project], store: Builds) -> None:
    data = Overviews(store).of_project

    @app.get("/api/v1/projects")
    def all_projects(*, details: bool = True) -> list[dict[str, Any]]:
        """List the folders that the server serves, with the Kairosfiles in them; without `details`, no file is read."""
        return [data(project, details=details) for project in folders]

    @app.get("/api/v1/projects/{project}", responses=responses(404))
    def one_project(project: str) -> dict[str, Any]:
        """Describe one folder."""
        return data(projects.find(folders, project))

    @app.get(
        "/api/v1/projects/{project}/files/{path:path}", response_class=PlainTextResponse, responses=responses(404, 413)
    )
    def read(project: str, path: str) -> Response:
        """Return a file; its ETag is its SHA-256."""
        content = projects.find(folders, project).read(path)
        return Response(content, headers={"etag": f'"{projects.tag_of(content)}"'}, media_type="text/plain")

    @app.put(
        "/api/v1/projects/{project}/files/{path:path}",
        responses=responses(404, 412, 413, 428),
        openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
    )
    async def write(
        request: Request,
        project: str,
        path: str,
        if_match: Annotated[str | None, Header()] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> dict[str, str]:
        """Replace the file whose ETag If-Match gives, or create one with `If-None-Match: *`."""
        if (if_match is None) == (if_none_match is None) or if_none_match not in {None, "*"}:
            raise ProblemError(428, "send If-Match with the ETag of the file, or If-None-Match: * for a new one")
        content = b""
        async for chunk in request.stream():
            content += chunk
            if len(content) > MAX_BYTES:
                raise ProblemError(413, f"the file is larger than {MAX_BYTES} bytes")
        before = if_match.strip().strip('"') if if_match is not None else None
        folder_project = projects.find(folders, project)
        return {"sha256": await asyncio.to_thread(folder_project.write, path, content, before, store.root)}


def _texts(app: FastAPI, folders: Sequence[Project], store: Builds) -> None:
    run = store.workers.run

    def opened(body: OpenText) -> texts.Text:
        place = projects.find(folders, body.project).place(body.path)
        return texts.Text(place, body.text, LoadOptions.parse(None, body.platforms).platforms, body.build_args)

    def before(text: texts.Text, body: PlanBody) -> texts.Text | None:
        return _before(text, body, folders, store)

    @app.post("/api/v1/check", responses=responses(404))
    def check(body: OpenText) -> dict[str, Any]:
        """Return the diagnostics of a text, as `kairosfile check --format json`, and its values with their ranges."""
        return run(texts.check, opened(body))

    @app.post("/api/v1/edits", responses=responses(409))
    def edits(body: Changes) -> dict[str, Any]:
        """Return the smallest edits that make changes of values, and the text after them."""
        return run(texts.edit, body.text, [change.model_dump() for change in body.changes])

    @app.post("/api/v1/plan", responses=responses(404))
    def plan(body: PlanBody) -> dict[str, Any]:
        """Return the plans of a text with their graphs, and the cost of the change from an earlier text."""
        text = opened(body)
        planned = run(answers.plan, text, body.target, before(text, body))
        return answers.with_times(planned, store.times(body.builder))

    @app.post("/api/v1/eject", response_class=PlainTextResponse, responses=responses(404))
    def eject(body: OpenText) -> str:
        """Return the Dockerfile of a text."""
        return run(texts.dockerfile, opened(body))

    command_routes.add(app, folders, store, opened, before)


def _before(text: texts.Text, body: PlanBody, folders: Sequence[Project], store: Builds) -> texts.Text | None:
    """Return the text that the cost is computed from; None if none was requested, or none was built."""

    def of(content: str) -> texts.Text:
        return texts.Text(text.file, content, text.platforms, text.build_args)

    if body.against == "saved":
        data = projects.find(folders, body.project).read(body.path)
        return of(data.decode("utf-8", "replace"))
    if body.against == "last":
        return store.last(text, body.target, body.builder)
    return None if body.against is None else of(revision.read(text.file, body.against.removeprefix("git:")))


def _live(app: FastAPI, folders: Sequence[Project], store: Builds, streams: Streams) -> None:
    sessions = language_server.Sessions(folders, store.workers)

    @app.get("/api/v1/events", response_class=EventStream, responses=EVENTS)
    def changes() -> EventStream:
        """Stream changes of the projects' files and of the builds' states as server-sent events."""
        return streams.answer(watch.stream(folders, store))

    @app.websocket(language_server.PATH)
    async def speak(socket: WebSocket) -> None:
        await sessions.serve(socket)


def _find(store: Builds, build: str) -> Job:
    job = folder.find(store.root, build)
    if job is None:
        raise ProblemError(404, "there is no such build; GET /api/v1/builds lists them")
    return job


def _builds(app: FastAPI, folders: Sequence[Project], store: Builds) -> None:
    @app.post("/api/v1/builds", status_code=201, responses=responses(404, 412, 503))
    def start(body: BuildBody, idempotency_key: Annotated[str | None, Header(max_length=200)] = None) -> dict[str, Any]:
        """Queue a build of a file as it is on disk. For an Idempotency-Key that was used before, return that build."""
        if idempotency_key and (job := store.by_key(idempotency_key)):
            return builds.summary(job)
        project = projects.find(folders, body.project)
        data = project.read(body.path)
        if projects.tag_of(data) != body.sha256:
            raise ChangedError(data)
        platforms = LoadOptions.parse(None, body.platforms).platforms
        text = texts.Text(project.place(body.path), data.decode("utf-8", "replace"), platforms, body.build_args)
        request = BuildRequest(
            body.target, body.output, body.tags, body.secrets, body.no_cache, idempotency_key or "", body.builder
        )
        return builds.summary(store.submit(text, request))

    @app.get("/api/v1/builds", responses=responses(404))
    def list_builds(
        state: State | None = None,
        project: str | None = None,
        before: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[dict[str, Any]]:
        """List the builds of the page and the terminal, newest first; `before` is the last id of the previous page."""
        root = None if project is None else str(projects.find(folders, project).root)
        return store.list_builds(state=state, file=root, before=before, limit=limit)

    @app.get("/api/v1/builds/{build}/artifacts", responses=responses(404))
    def artifacts(build: str) -> list[dict[str, Any]]:
        """List the files that a build made, with their sizes and checksums."""
        return builds.artifacts(_find(store, build))

    @app.get("/api/v1/builds/{build}/artifacts/{number}", response_class=Artifact, responses=ARTIFACT_RESPONSES)
    def artifact(build: str, number: int) -> Artifact:
        """Return an artifact of a build, by its number in the list; range requests are supported."""
        job = _find(store, build)
        listed = job.result.get("artifacts", [])
        if not 0 <= number < len(listed):
            raise ProblemError(404, "there is no such artifact")
        path = job.folder / folder.ARTIFACTS / listed[number]["name"]
        if path.is_symlink() or not path.is_file():
            raise ProblemError(410, "the artifact was removed")
        etag = f'"{listed[number]["sha256"]}"'
        return Artifact(path, headers={"etag": etag}, filename=path.name, media_type=Artifact.media_type)


class Artifact(FileResponse):
    """A file to download, which a browser never displays."""

    media_type = "application/octet-stream"


ARTIFACT_RESPONSES: dict[int | str, dict[str, Any]] = {
    206: {"description": "The requested range"},
    416: {"description": "The range is outside the file"},
    **responses(400, 404, 410),
}


def _one_build(app: FastAPI, store: Builds, streams: Streams) -> None:
    @app.get("/api/v1/builds/{build}", responses=responses(404))
    def one_build(build: str) -> dict[str, Any]:
        """Describe a build with its steps, its artifacts and the file as built."""
        job = _find(store, build)
        return builds.details(job, store.times(job.request.get("builder") or ""))

    @app.get("/api/v1/builds/{build}/events", response_class=EventStream, responses={**EVENTS, **responses(404, 410)})
    def events(
        build: str,
        last_event_id: Annotated[int | None, Header(ge=0, le=LARGEST)] = None,
        start: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    ) -> EventStream:
        """Stream the events of a build as server-sent events, from the offset in Last-Event-ID or `start` on."""
        offset = start if last_event_id is None else last_event_id
        return streams.answer(builds.stream(_log_of(build), offset))

    @app.get("/api/v1/builds/{build}/log", responses=responses(404, 410))
    def log(
        build: str,
        start: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
        count: Annotated[int, Query(ge=0, le=builds.MOST_ROWS)] = 1000,
        step: Annotated[str, Query(max_length=200)] = "",
        q: Annotated[str, Query(max_length=200)] = "",
    ) -> dict[str, Any]:
        """Return lines of the log, of a step if one is named, and the numbers of those that hold `q`."""
        return builds.log(_log_of(build), builds.LogQuery(start, count, step, q))

    @app.get("/api/v1/builds/{build}/log.txt", response_class=PlainTextResponse, responses=responses(404, 410))
    def raw(build: str) -> StreamingResponse:
        """Return the whole log as a text to download."""
        name = {"content-disposition": f'attachment; filename="{build}.txt"'}
        return StreamingResponse(builds.raw_log(_log_of(build)), headers=name, media_type="text/plain")

    def _log_of(build: str) -> Job:
        job = _find(store, build)
        if job.state() in folder.ENDED and job.result.get("ran") is not None and not job.events.exists():
            raise ProblemError(410, "the log was removed")
        return job

    _change_a_build(app, store)


def _change_a_build(app: FastAPI, store: Builds) -> None:
    @app.post("/api/v1/builds/{build}/cancel", status_code=202, responses=responses(404, 409))
    def cancel(build: str) -> dict[str, Any]:
        """Stop a build that waits or runs."""
        job = _find(store, build)
        if not job.cancel():
            raise ProblemError(409, "the build has ended already")
        return builds.summary(job)

    @app.post("/api/v1/builds/{build}/again", status_code=201, responses=responses(404, 409, 412, 503))
    def again(build: str) -> dict[str, Any]:
        """Repeat a build of the server, if the file has not changed since."""
        job = store.again(_find(store, build))
        if job is None:
            raise ProblemError(
                409, "a build started in a terminal can only be repeated there: its command line is in `command`"
            )
        return builds.summary(job)

    @app.patch("/api/v1/builds/{build}", responses=responses(404))
    def change(build: str, body: BuildChange) -> dict[str, Any]:
        """Set whether a build is exempt from the retention, and its name; an empty one removes the name."""
        job = _find(store, build)
        if body.keep is not None:
            job.keep(enabled=body.keep)
        if body.name is not None:
            job.rename(body.name)
        return builds.summary(job)

    @app.delete("/api/v1/builds/{build}", status_code=204, responses=responses(404, 409))
    def remove(build: str) -> Response:
        """Remove a build that does not run, with its log and its artifacts."""
        if not _find(store, build).remove():
            raise ProblemError(409, "the build is running; cancel it first")
        return Response(status_code=204)
