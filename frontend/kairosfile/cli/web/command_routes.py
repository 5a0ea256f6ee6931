"""Routes that run a command: drawings, names, explanations, new and adopted texts, and this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response

from kairosfile import __version__
from kairosfile.cli.web import answers, auroraboot, builder
from kairosfile.cli.web.bodies import Dockerfile, Export, NamesBody, NewImage, OpenText, PlanBody
from kairosfile.cli.web.problems import responses
from kairosfile.cli.web.projects import Project, find
from kairosfile.cli.web.texts import Text

if TYPE_CHECKING:
    from kairosfile.cli.web.builds import Builds
    from kairosfile.cli.web.workers import Workers

Opened = Callable[[OpenText], Text]
Before = Callable[[Text, PlanBody], Text | None]


def add(app: FastAPI, folders: Sequence[Project], store: Builds, opened: Opened, before: Before) -> None:
    """Add the routes."""
    _of_a_text(app, store.workers, opened, before)
    _new_texts(app, store.workers)
    _of_this_machine(app, folders, store)


class Svg(Response):
    """A drawing."""

    media_type = "image/svg+xml"


def _of_a_text(app: FastAPI, workers: Workers, opened: Opened, before: Before) -> None:
    @app.post("/api/v1/graph.svg", response_class=Svg, responses=responses(404))
    def picture(body: PlanBody) -> Svg:
        """Draw the steps of a text, or the cost of the change from an earlier text."""
        text = opened(body)
        return Svg(workers.run(answers.picture, text, body.target, before(text, body)))

    @app.post("/api/v1/names", responses=responses(404))
    def names(body: NamesBody) -> dict[str, Any]:
        """Return the names of the images and artifacts by Kairos' conventions, as `kairosfile name --format json`."""
        return workers.run(answers.names, opened(body), body.registry)

    @app.post("/api/v1/explain/{step}", responses=responses(404))
    def explain(step: str, body: OpenText) -> dict[str, Any]:
        """Explain a step, as `kairosfile explain --format json`."""
        return workers.run(answers.explanation, opened(body), step)


def _new_texts(app: FastAPI, workers: Workers) -> None:
    @app.post("/api/v1/adopt")
    def adopt(body: Dockerfile) -> dict[str, Any]:
        """Return a Dockerfile as a Kairosfile, as `kairosfile adopt --format json`."""
        return workers.run(answers.adopt_text, body.text, body.build_args, body.target)

    @app.post("/api/v1/import")
    def import_(body: Export) -> dict[str, Any]:
        """Convert a build that AuroraBoot exported into a Kairosfile, with notes on fields that are not converted."""
        return workers.run(auroraboot.read_export, body.text)

    @app.post("/api/v1/new")
    def new(body: NewImage) -> dict[str, Any]:
        """Return the files that `kairosfile new` would write, without writing them."""
        return answers.new_files(body.model_dump())

    @app.get("/api/v1/language", responses={304: {"description": "The ETag is the one of If-None-Match"}})
    def language(request: Request, response: Response) -> Any:  # noqa: ANN401 - a mapping, or an answer without a body
        """Return the data of the forms: the schema, the choices of `new`, and the rules. Its ETag is the version."""
        tag = f'"{__version__}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        response.headers.update(headers)
        return answers.language_data()


def _of_this_machine(app: FastAPI, folders: Sequence[Project], store: Builds) -> None:
    @app.get("/api/v1/doctor", responses=responses(404))
    def doctor(project: str | None = None, path: str = "Kairosfile") -> dict[str, Any]:
        """Return the problems that prevent builds on this machine, optionally of one file, as `kairosfile doctor`."""
        file = None if project is None else str(find(folders, project).place(path))
        return answers.examine(file, ())

    @app.get("/api/v1/builder")
    def builder_(*, cache: bool = True) -> dict[str, Any]:
        """Return the builders, the size of their cache unless `cache` is false, and the limits of builds."""
        return builder.describe(store, cache=cache)
