"""Records a build of the command line in a job folder, so that the page shows it.

A build never fails because it cannot be recorded: errors of writing the folder are ignored.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kairosfile.cli.build.buildx import looks_secret
from kairosfile.cli.jobs import built_files, folder
from kairosfile.cli.jobs.events import Events, StepName, line_of
from kairosfile.cli.jobs.plan_steps import step_names
from kairosfile.cli.jobs.secret_values import secret_values
from kairosfile.plan.narrowing import IMAGE
from kairosfile.plan.targets import select
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.cli.jobs.events import Event
    from kairosfile.cli.jobs.folder import Job
    from kairosfile.cli.load import Loaded
    from kairosfile.language import Source
    from kairosfile.sections import Document

KEEP, KEEP_DAYS = 20, 30.0


class Recording:
    """Receives the lines of one build."""

    def __init__(self, events: Events, job: Job | None) -> None:
        self._events = events
        self._job = job

    def feed(self, line: str) -> None:
        """Record a line of buildx's standard error, JSON or not."""
        self._events.feed(line)

    def end(self, status: int) -> None:
        """Record the exit status of buildx."""
        state: folder.State = "failed" if status else "done"
        self._events.end(status, state)
        if self._job:
            times = self._events.times()
            self._job.finish(state, status=status, artifacts=[], **self._events.counts(), times=times)


@contextmanager
def recording(
    argv: Sequence[str], shown: str, images: Sequence[Loaded], target: str = "", *, printed: bool = False
) -> Iterator[Recording]:
    """Record a build while it runs.

    Args:
        argv: The command line of buildx, of which only the builder, the build args and the values of secrets are read.
        shown: The command line as it may be shown.
        images: What is built: the file on each platform.
        target: Its target, the image for an empty one.
        printed: Whether the events also go to standard error, one a line.
    """
    steps = step_names([select(image.plan, target or IMAGE) for image in images])
    request = {
        **request_of(images[0].document.source, steps, shown),
        "target": target,
        "platforms": [image.plan.platform for image in images],
        "builder": builder_of(argv),
        "build_args": dict(arg.split("=", 1) for arg in values_of(argv, "--build-arg") if not looks_secret(arg)),
    }
    job = _create(request, images[0].document)
    with _held(job) as log:

        def tell(event: Event) -> None:
            line = line_of(event)
            if printed:
                sys.stderr.write(printable_json(event, None))
            if log:
                log.write(line)

        yield Recording(Events(tell, steps, secret_values(argv)), job)
    if job:
        folder.prune(folder.state_root(), KEEP, KEEP_DAYS)


@contextmanager
def _held(job: Job | None) -> Iterator[Any]:
    """Hold the lock of a job, and yield its file of events; None without a job."""
    if job is None:
        yield None
        return
    with job.lock(folder.PATIENCE), job.events.open("a", encoding="utf-8", errors="replace", buffering=1) as log:
        job.begin()
        yield log


def request_of(source: Source, steps: Sequence[StepName], shown: str) -> dict[str, Any]:
    """Return the request of a build as it is recorded."""
    path = Path(source.filename).absolute()
    return {
        "file": str(path),
        "folder": str(path.parent),
        "sha256": hashlib.sha256(source.text.encode()).hexdigest(),
        "steps": [step.to_data() for step in steps],
        "command": shown,
    }


def builder_of(argv: Sequence[str]) -> str:
    """Return the builder that a command line of buildx names, or the environment; nothing for the default."""
    named = values_of(argv, "--builder")
    return named[-1] if named else os.environ.get("BUILDX_BUILDER", "")


def values_of(argv: Sequence[str], flag: str) -> list[str]:
    """Return the values of an option, written as one word or as two."""
    whole = [word.removeprefix(f"{flag}=") for word in argv if word.startswith(f"{flag}=")]
    return whole + [word for before, word in pairwise(argv) if before == flag]


def _create(request: Mapping[str, Any], document: Document) -> Job | None:
    files = built_files.of_document(document).to_data()
    try:
        return folder.create(folder.state_root(), {**request, "origin": "terminal"}, document.source.text, files=files)
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None
