"""Builds of the server: their command lines, states, events and artifacts."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kairosfile.cli.build.buildx import looks_secret, shown
from kairosfile.cli.jobs import built_files, folder
from kairosfile.cli.jobs.events import steps_of
from kairosfile.cli.jobs.folder import ENDED, Job
from kairosfile.cli.jobs.queue import Queue
from kairosfile.cli.syntax_line import with_frontend
from kairosfile.cli.web import answers, docker
from kairosfile.cli.web.index import Index
from kairosfile.cli.web.projects import ChangedError, tag_of
from kairosfile.cli.web.refusals import EntitlementError, NoRoomError, RefusedBuildError
from kairosfile.cli.web.step_times import StepCost, Times, expectation, no_times
from kairosfile.cli.web.texts import Text
from kairosfile.cli.web.workers import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from kairosfile.cli.web.answers import BuildPlan

CHUNK = 64 * 1024
PAUSE = 0.2  # seconds between two polls of a running build
ADVANCE = 0.5  # seconds between two polls of the queue
MOST_ROWS = 10_000
OUTPUTS = {
    "load": "--load",
    "push": "--push",
    "local": f"--output=type=local,dest={folder.ARTIFACTS}",
    "oci": f"--output=type=oci,dest={folder.ARTIFACTS}/image.tar",
}
IMAGE = "image"  # the default target
LEAST_FREE = 2 << 30  # bytes; enough for what most builds write to the state folder


@dataclass(frozen=True, slots=True)
class Allowed:
    """Resources that builds may use. They are declared when the server starts; a request cannot add any.

    Attributes:
        builder: The builder of buildx; its default for an empty name.
        secrets: By their id, each as buildx has it: `id=token,src=token.txt`.
        entitlements: Entitlements of steps, such as `security.insecure`.
        registry: The registry and organisation that images are pushed to; none for an empty one.
        caches: References of registry caches that builds read and write.
    """

    builder: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    entitlements: Sequence[str] = ()
    registry: str = ""
    caches: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """The options of a requested build; `output` is `load`, `local`, `oci` or `push`."""

    target: str = ""
    output: str = "load"
    tags: Sequence[str] = ()
    secrets: Sequence[str] = ()
    no_cache: bool = False
    key: str = ""
    builder: str = ""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A query for log lines: the first line, the number of lines, the step, and a text to search for."""

    start: int = 0
    count: int = MOST_ROWS
    step: str = ""
    query: str = ""


class Builds:
    """The builds of a state folder.

    Args:
        root: The state folder.
        allowed: The resources that builds may use.
        parallel: The number of builds that run at a time.
        keep: The number of builds to keep of each file.
        keep_days: The number of days to keep them.
    """

    def __init__(self, root: Path, allowed: Allowed, parallel: int, keep: int, keep_days: float) -> None:
        self.root = root
        self.allowed = allowed
        self.keep = keep
        self.keep_days = keep_days
        self.parallel = parallel
        self.queue = Queue(root, parallel)
        self._index = Index(root, summary)
        self._running: set[str] = set()
        self.workers = Workers()

    async def run(self) -> None:
        """Start queued builds and remove old ones until the server ends."""
        await asyncio.to_thread(self._prune)
        while True:
            await asyncio.to_thread(self._advance)
            await asyncio.sleep(ADVANCE)

    def _advance(self) -> None:
        """Start the builds that may start; if a build has begun or ended since the last call, remove old ones."""
        started = self.queue.advance()
        running = {one["id"] for one in self.list_builds(state="running")}
        if started or self._running - running:
            self._prune()
        self._running = running

    def _prune(self) -> None:
        folder.prune(self.root, self.keep, self.keep_days)

    def close(self) -> None:
        """Close the index, and end the processes that check texts."""
        self._index.close()
        self.workers.close()

    def list_builds(
        self, *, state: str | None = None, file: str | None = None, before: str | None = None, limit: int = 1000
    ) -> list[dict[str, Any]]:
        """Return builds, newest first; queued ones have their position, which is 1 for the next one."""
        return self._index.list_builds(state=state, file=file, before=before, limit=limit)

    def by_key(self, key: str) -> Job | None:
        """Return the build that was requested with an idempotency key, or None."""
        return self._index.by_key(key)

    def last(self, text: Text, target: str, builder: str = "") -> Text | None:
        """Return the last successful build of a file, with its lock file and included files; None if there was none.

        It was of the same target, on the same builder, and for all of the requested platforms.
        """
        same_build = (target or IMAGE, builder or self.builder)
        for one in self._index.list_builds(state="done", file=str(text.file), before=None, limit=1000):
            is_same = (one["target"] or IMAGE, one["builder"] or "") == same_build
            if is_same and set(text.platforms) <= set(one["platforms"] or ()):
                job = Job(self.root / "jobs" / one["id"])
                return replace(built_text(job), built=built_files.from_data(job.files))
        return None

    @property
    def builder(self) -> str:
        """The builder of builds that name none; nothing for the default of buildx."""
        return self.allowed.builder or os.environ.get("BUILDX_BUILDER", "")

    def times(self, builder: str = "") -> Times:
        """Return what looks up how long steps took on a builder."""
        return partial(self._index.step_times, builder or self.builder)

    def again(self, job: Job) -> Job | None:
        """Queue the same build again; None if this server did not start it.

        Raises:
            ChangedError: The file has changed since.
            NoRoomError: Too little disk space is free.
            QueueFullError: Too many builds are queued.
        """
        argv = folder.read_json(job.folder / "argv.json").get("argv")
        if not argv:
            return None
        self._check_room()
        file = Path(job.request["file"])
        now = file.read_bytes() if file.is_file() else None
        if now is None or tag_of(now) != job.request["sha256"]:
            raise ChangedError(now)
        request = {name: value for name, value in job.request.items() if name not in {"asked", "key"}}
        options = BuildRequest(request["target"], builder=request.get("builder", ""), no_cache="--no-cache" in argv)
        planned = self._planned(built_text(job), options)
        request["predicted"] = self._predicted(planned, options.builder)
        return self.queue.submit(request, job.text, argv, planned.files)

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.root).free
        if free < LEAST_FREE:
            raise NoRoomError(
                f"not enough disk space: {free >> 20} MiB are free in {self.root}, "
                f"and a build needs {LEAST_FREE >> 30} GiB"
            )

    def submit(self, text: Text, request: BuildRequest) -> Job:
        """Queue a build of a file and return its job.

        Raises:
            NoRoomError: Too little disk space is free.
            NoBuildxError: There is no docker, or it does not list its builders.
            RefusedBuildError: It uses a resource that was not declared.
            EntitlementError: A step needs an entitlement that was not declared.
            KairosfileError: The text has errors.
            TargetError: There is no such target.
            QueueFullError: Too many builds are queued.
        """
        self._check_room()
        self._check(text, request)
        planned = self._planned(text, request)
        self._check_entitlements(planned)
        argv = self._argv(text, request, planned.platforms)
        args = sorted(f"{name}={value}" for name, value in text.build_args.items())
        record = {
            "file": str(text.file),
            "folder": str(text.file.parent),
            "sha256": tag_of(text.text.encode()),
            "target": request.target,
            "builder": request.builder or self.builder,
            "build_args": dict(text.build_args),
            "platforms": planned.platforms,
            "options": [request.output, *request.tags, *request.secrets, *args, request.no_cache],
            "steps": planned.steps,
            "ranges": planned.ranges,
            "predicted": self._predicted(planned, request.builder),
            "command": shown(argv),
            "origin": "page",
            "key": request.key,
        }
        return self.queue.submit(record, text.text, argv, planned.files)

    def _planned(self, text: Text, request: BuildRequest) -> BuildPlan:
        before = None if request.no_cache else self.last(text, request.target, request.builder)
        return self.workers.run(answers.build_plan, text, request.target or IMAGE, before)

    def _predicted(self, planned: BuildPlan, builder: str) -> dict[str, Any]:
        """Return which steps are expected to run, in the order of the record's, and for how long."""
        steps = [one.runs for one in planned.costs]
        runs = {"runs": sum(steps), "of": len(steps), "steps": steps}
        return {**runs, **expectation(planned.costs, self.times(builder)).to_data()}

    def _check(self, text: Text, request: BuildRequest) -> None:
        for name, value in text.build_args.items():
            if looks_secret(f"{name}={value}"):
                raise RefusedBuildError(f"the build arg {name} looks like a secret: declare one with --secret instead")
        for secret in request.secrets:
            if secret not in self.allowed.secrets:
                raise RefusedBuildError(f"the secret {secret} was not declared: start the server with --secret id=...")
        if request.output in {"load", "push"} and not request.tags:
            raise RefusedBuildError(f"the output {request.output} needs a tag")
        if request.output == "push":
            self._check_push(request.tags)
        if any(tag.startswith("-") for tag in request.tags) or request.target.startswith("-"):
            raise RefusedBuildError("a tag or target must not begin with -")
        docker.check(request.builder)

    def _check_entitlements(self, planned: BuildPlan) -> None:
        if lacking := sorted(set(planned.entitlements) - set(self.allowed.entitlements)):
            raise EntitlementError(f"this build needs {lacking[0]}: start the server with --allow {lacking[0]}")

    def _check_push(self, tags: Sequence[str]) -> None:
        if not self.allowed.registry:
            raise RefusedBuildError("pushing images is disabled: start the server with --push HOST/ORG")
        for tag in tags:
            if not tag.startswith(f"{self.allowed.registry}/"):
                raise RefusedBuildError(f"images can only be pushed to {self.allowed.registry}, not to {tag}")

    def _argv(self, text: Text, request: BuildRequest, platforms: Sequence[str]) -> list[str]:
        """Return the argv; an option and its value are one argument, so that no value is parsed as an option."""
        words = [
            "docker",
            "buildx",
            "build",
            "--progress=rawjson",
            f"--metadata-file={folder.METADATA}",
            f"--file={text.file}",
        ]
        words += [f"--platform={','.join(platforms)}", *(f"--tag={tag}" for tag in request.tags)]
        words += [f"--target={request.target}"] if request.target else []
        chosen = request.builder or self.allowed.builder
        words += [f"--builder={chosen}"] if chosen else []
        args = with_frontend(text.text, text.build_args)
        words += [f"--build-arg={name}={value}" for name, value in args.items()]
        words += [f"--secret={self.allowed.secrets[name]}" for name in request.secrets]
        words += ["--no-cache"] if request.no_cache else []
        words += [f"--allow={name}" for name in self.allowed.entitlements]
        caches = [f"type=registry,ref={ref}" for ref in self.allowed.caches]
        words += [f"--cache-from={cache}" for cache in caches]
        words += [f"--cache-to={cache},mode=max" for cache in caches]
        words += [OUTPUTS[request.output]]
        return [*words, str(text.file.parent)]


def built_text(job: Job) -> Text:
    """Return what a job builds, or has built."""
    request = job.request
    return Text(Path(request["file"]), job.text, request.get("platforms") or (), request.get("build_args") or {})


def summary(job: Job) -> dict[str, Any]:
    """Return the data of a build for a list."""
    request, result = job.request, job.result
    request_keys = ("file", "target", "platforms", "builder", "predicted", "origin", "asked", "sha256", "command")
    result_keys = ("ended", "status", "ran", "cached", "failed", "digest")
    return {
        "id": job.id,
        "state": job.state(),
        "kept": job.is_kept,
        "name": job.name,
        **{name: request.get(name) for name in request_keys},
        **{name: result.get(name) for name in result_keys},
        "bytes": sum(one["size"] for one in artifacts(job) if one["there"]),
    }


def details(job: Job, times: Times = no_times) -> dict[str, Any]:
    """Return a build with its steps, its artifacts and the file as built, and the time that cached steps saved."""
    request = job.request
    lines = {entry["id"]: entry["lines"] for entry in request.get("ranges", ())}
    listed = steps_of(request)
    usual = times(step.key for step in listed)
    predicted = (request.get("predicted") or {}).get("steps") or [None] * len(listed)
    steps = [
        {"id": step.id, "name": step.vertex, "platform": step.platform, "state": "waiting", "predicted": runs}
        | {"lines": lines.get(step.id, []), "usual_seconds": usual.get(step.key)}
        for step, runs in zip(listed, predicted, strict=True)
    ]
    by_step = {(step["id"], step["platform"]): step for step in steps}
    for event in events(job):
        if event["k"] == "vertex" and (step := by_step.get((event.get("step"), event.get("platform")))):
            step |= {name: event[name] for name in ("state", "seconds", "error", "v") if name in event}
    cached = [StepCost(step["state"] != "cached", [one.key]) for one, step in zip(listed, steps, strict=True)]
    if job.state() == "done":  # steps that were not built are those of artifacts that were not requested
        steps = [step for step in steps if step["state"] != "waiting"] or steps
    saved = expectation(cached, times).saved
    return {**summary(job), "steps": steps, "artifacts": artifacts(job), "text": job.text, "saved_seconds": saved}


def events(job: Job) -> Iterator[dict[str, Any]]:
    """Yield the events recorded so far."""
    if not job.events.exists():
        return
    with job.events.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def artifacts(job: Job) -> list[dict[str, Any]]:
    """Return the artifacts of a build, each with its number, and whether it still exists."""
    root = job.folder / folder.ARTIFACTS
    listed = job.result.get("artifacts", [])
    return [{"number": number, **one, "there": (root / one["name"]).is_file()} for number, one in enumerate(listed)]


def log(job: Job, window: LogQuery) -> dict[str, Any]:
    """Return lines of the log, counted from 0, and the numbers of all lines that contain the searched text."""
    rows: list[dict[str, Any]] = []
    hits: list[int] = []
    total = 0
    query = window.query.lower()
    for event in _lines(job, window.step):
        if window.start <= total < window.start + window.count:
            rows.append({"line": total, "t": event["t"], "v": event.get("v"), "x": event["x"]})
        if query and query in event["x"].lower():
            hits.append(total)
        total += 1
    return {"total": total, "rows": rows, "hits": hits}


def raw_log(job: Job) -> Iterator[str]:
    """Yield the lines of the log as they are."""
    return (f"{event['x']}\n" for event in _lines(job, ""))


def _lines(job: Job, step: str) -> Iterator[dict[str, Any]]:
    """Yield the events that are lines of a step; without a step, those of all steps and of buildx itself."""
    vertices = set()
    for event in events(job):
        if event["k"] == "vertex" and event.get("step") == step:
            vertices.add(event["v"])
        if (event["k"] == "log" and (not step or event["v"] in vertices)) or (event["k"] == "text" and not step):
            yield event


async def stream(job: Job, offset: int) -> AsyncIterator[str]:
    """Yield the events of a build as they occur, from an offset in the events file on.

    A batch has the offset behind it as its id, so that a reader goes on exactly where it was. The last event is `end`.
    """
    offset = max(0, offset)
    while True:
        state = job.state()  # read before the events: a build that ends afterwards is noticed in the next round
        data = await asyncio.to_thread(_read, job, offset)
        if data:
            offset += len(data)
            # Only a line feed ends an event: a log may contain other line breaks of Unicode.
            events_json = ",".join(data.decode("utf-8", "replace").removesuffix("\n").split("\n"))
            yield f"id: {offset}\nevent: batch\ndata: [{events_json}]\n\n"
        elif state in ENDED:
            yield f"event: end\ndata: {json.dumps({'state': state})}\n\n"
            return
        else:
            await asyncio.sleep(PAUSE)


def _read(job: Job, offset: int) -> bytes:
    """Return complete lines from an offset on; nothing if there are none, or if the offset is past the end."""
    if not job.events.exists() or offset > job.events.stat().st_size:  # which a file system may not be able to seek
        return b""
    with job.events.open("rb") as file:
        file.seek(offset)
        data = file.read(CHUNK)
        while data and b"\n" not in data and (more := file.read(CHUNK)):
            data += more
    return data[: data.rfind(b"\n") + 1]
