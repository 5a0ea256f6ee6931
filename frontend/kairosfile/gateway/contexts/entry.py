"""Load the entry file, which `-f` names, from the client or a remote context (BuildKit's ReadEntrypoint)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway.contexts import DOCKERFILE, IGNORE_FILE
from kairosfile.gateway.contexts.inputs import start_inputs
from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.grpc import Deferred
from kairosfile.gateway.request import EntryFile
from kairosfile.named_tuple import NamedTuple
from kairosfile.paths import basename, dirname, join
from kairosfile.untrusted import MAX_COMPANION, MAX_KAIROSFILE

if TYPE_CHECKING:
    from kairosfile.gateway.bridge import Ref
    from kairosfile.gateway.request import RemoteContext, Request

_CONVENTIONAL_NAME = "Dockerfile"


class _EntryRequest(NamedTuple):
    """The caller's options: the language for error snippets, and the suffix of a second file; both may be empty."""

    language: str
    companion: str


class _EntryLocation(NamedTuple):
    """The location of the file: the source, its name there, and descriptions of both for messages."""

    state: llb.State
    filename: str
    title: str
    description: str


def start_entry_file(request: Request, language: str = "", companion: str = "") -> Deferred[EntryFile]:
    """Start to load the entry file. The daemon transfers it while the caller still imports what parses it.

    Args:
        request: The request; waiting for the file sets its `entry`.
        language: Name of the language, for error snippets; may be empty.
        companion: Suffix of a second file, empty for none. Both are transferred and read together, so that a missing
            companion costs no round trip.

    Returns:
        The file; waiting for it raises GatewayError if it does not exist, and FileRefusedError.
    """
    remote = _detect_remote_context(request)
    entry = _EntryRequest(language, companion)
    if request.options.dockerfile_key:
        return _start(request, _local(request, entry), entry)
    if request.options.context is None:
        return _start_local_or_input(request, remote, entry)
    return _start(request, _remote(request, remote.wait()) or _local(request, entry), entry)


def _detect_remote_context(request: Request) -> Deferred[RemoteContext]:
    """Start to detect a remote context; without the option `context`, only an input can be one."""
    if request.options.context is not None:
        from kairosfile.gateway.contexts.main import detect_remote_context  # noqa: PLC0415 - few builds have a URL

        return detect_remote_context(request)
    if request.remote is None:
        request.remote = start_inputs(request)
    return request.remote


def _start_local_or_input(
    request: Request, remote: Deferred[RemoteContext], entry: _EntryRequest
) -> Deferred[EntryFile]:
    """Request the local file and the inputs in one round trip: a graph without a reader is not run."""
    local = _EntryLoad(request, _local(request, entry), entry)
    elsewhere = _remote(request, remote.wait())
    return _start(request, elsewhere, entry) if elsewhere else local.start()


def _start(request: Request, location: _EntryLocation, entry: _EntryRequest) -> Deferred[EntryFile]:
    return _EntryLoad(request, location, entry).start()


class _EntryLoad:
    """An entry file that is being loaded."""

    def __init__(self, request: Request, location: _EntryLocation, entry: _EntryRequest) -> None:
        self._request, self._location, self._entry = request, location, entry
        self._definition = llb.marshal(location.state, platform=request.options.build_platform)
        self._solved = request.bridge.solve(self._definition)

    def start(self) -> Deferred[EntryFile]:
        """Make the daemon transfer the file, by a first read."""
        ref = self._solved.wait()
        name = self._location.filename
        companion = {name + self._entry.companion: MAX_COMPANION} if self._entry.companion else {}
        reading = ref.start_reading({name: MAX_KAIROSFILE, **companion})
        return Deferred(lambda: self._finish(ref, reading))

    def _finish(self, ref: Ref, reading: Deferred[dict[str, bytes | None]]) -> EntryFile:
        location = self._location
        contents = reading.wait()
        content, companion = contents[location.filename], contents.get(location.filename + self._entry.companion)
        if content is None and basename(location.filename) == _CONVENTIONAL_NAME:
            content = ref.read_if_there(_lower_case(location.filename), MAX_KAIROSFILE)
        if content is None:
            raise GatewayError(
                f'there is no file "{location.filename}" in {location.description}: '
                "name the build definition with -f, as in docker buildx build -f FILE ."
            )
        source_map = llb.SourceMap(location.title, content, self._entry.language, location.state)
        companion = companion if self._entry.companion else None
        self._request.entry = EntryFile(source_map, self._definition, ref, companion)
        return self._request.entry


def _local(request: Request, entry: _EntryRequest) -> _EntryLocation:
    options, filename = request.options, request.options.filename
    name = options.dockerfile_key or DOCKERFILE
    paths = [filename, filename + IGNORE_FILE]
    if entry.companion:
        paths.append(filename + entry.companion)
    if basename(filename) == _CONVENTIONAL_NAME:
        paths.append(_lower_case(filename))
    state = llb.local(
        name,
        session_id=options.local_session_id(name),
        follow_paths=paths,
        shared_key_hint=name,
        differ=llb.Differ("none"),
        constraints=llb.Constraints(custom_name=f"[internal] load build definition from {filename}"),
    )
    return _EntryLocation(state, filename, filename, "the directory that was sent")


def _remote(request: Request, remote: RemoteContext) -> _EntryLocation | None:
    if remote.entry is None:
        return None
    filename = remote.filename or request.options.filename
    return _EntryLocation(remote.entry, filename, remote.title or filename, remote.location)


def _lower_case(filename: str) -> str:
    return join(dirname(filename), _CONVENTIONAL_NAME.lower())
