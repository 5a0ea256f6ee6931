"""Load the entry file, which `-f` names, from the client or a remote context (BuildKit's ReadEntrypoint).

The graph of a local file is that of the Dockerfile frontend, which read `# syntax` in it, to the byte: the daemon has
its result already, and the client does not transfer the file a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway.contexts import DOCKERFILE, IGNORE_FILE, client_files
from kairosfile.gateway.contexts.inputs import start_inputs
from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.request import EntryFile
from kairosfile.named_tuple import NamedTuple
from kairosfile.paths import basename, dirname, join
from kairosfile.untrusted import MAX_COMPANION, MAX_KAIROSFILE

if TYPE_CHECKING:
    from kairosfile.gateway.bridge import Reading, Ref
    from kairosfile.gateway.grpc import Deferred
    from kairosfile.gateway.request import RemoteContext, Request

_CONVENTIONAL_NAME = "Dockerfile"


class _EntryRequest(NamedTuple):
    """The caller's options: the language for error snippets, and the suffix of a second file; both may be empty."""

    language: str
    companion: str


class _EntryLocation(NamedTuple):
    """The location of the file: the source, its name there, and descriptions of both for messages.

    `companion` is the source of the second file, if it is not the same one.
    """

    state: llb.State
    filename: str
    title: str
    description: str
    companion: llb.State | None = None


def start_entry_file(request: Request, language: str = "", companion: str = "") -> EntryLoad:
    """Start to load the entry file. The daemon transfers it while the caller still imports what parses it.

    Args:
        request: The request; waiting for the file sets its `entry`.
        language: Name of the language, for error snippets; may be empty.
        companion: Suffix of a second file, empty for none. It is requested with the first one.

    Raises:
        GatewayError: The context is malformed, or the daemon failed.
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


def _start_local_or_input(request: Request, remote: Deferred[RemoteContext], entry: _EntryRequest) -> EntryLoad:
    """Request the local file and the inputs in one round trip: a graph without a reader is not run."""
    local = EntryLoad(request, _local(request, entry), entry)
    elsewhere = _remote(request, remote.wait())
    return _start(request, elsewhere, entry) if elsewhere else local.start()


def _start(request: Request, location: _EntryLocation, entry: _EntryRequest) -> EntryLoad:
    return EntryLoad(request, location, entry).start()


class EntryLoad:
    """An entry file that is being loaded. Creating it sends the graphs of the files, which run once they are read."""

    _ref: Ref
    _content: Reading
    _companion: Reading | None = None

    def __init__(self, request: Request, location: _EntryLocation, entry: _EntryRequest) -> None:
        self._request, self._location, self._entry = request, location, entry
        # The companion first, here and in `start`: the daemon does not have it yet.
        companion = self._solve(location.companion)[1] if location.companion else None
        self._definition, self._solved = self._solve(location.state)
        self._solved_companion = companion or self._solved

    def _solve(self, state: llb.State) -> tuple[llb.Definition, Deferred[Ref]]:
        definition = llb.marshal(state, platform=self._request.options.build_platform)
        return definition, self._request.bridge.solve(definition)

    def start(self) -> EntryLoad:
        """Make the daemon transfer the files, by a first read."""
        name, suffix = self._location.filename, self._entry.companion
        if suffix:
            self._companion = self._solved_companion.wait().start_reading(name + suffix, MAX_COMPANION)
        self._ref = self._solved.wait()
        self._content = self._ref.start_reading(name, MAX_KAIROSFILE)
        return self

    def advance(self) -> None:
        """Wait until the daemon has the file, and request its content; raises what `wait` raises."""
        self._content.advance()

    def wait(self) -> EntryFile:
        """Return the file, the request's `entry` from now on; its companion may come later.

        Raises:
            FileRefusedError: The file is too large, or no regular file; waiting for the companion may raise it too.
            GatewayError: There is no such file, or the daemon failed.
        """
        location, content = self._location, self._content.wait()
        if content is None and basename(location.filename) == _CONVENTIONAL_NAME:
            content = self._ref.read_if_there(_lower_case(location.filename), MAX_KAIROSFILE)
        if content is None:
            raise GatewayError(
                f'there is no file "{location.filename}" in {location.description}: '
                "name the build definition with -f, as in docker buildx build -f FILE ."
            )
        source_map = llb.SourceMap(location.title, content, self._entry.language, location.state)
        self._request.entry = EntryFile(source_map, self._definition, self._ref, self._companion)
        return self._request.entry


def _local(request: Request, entry: _EntryRequest) -> _EntryLocation:
    options, filename = request.options, request.options.filename
    name = options.dockerfile_key or DOCKERFILE
    paths = [filename, filename + IGNORE_FILE]
    if basename(filename) == _CONVENTIONAL_NAME:
        paths.append(_lower_case(filename))
    state = client_files(options, name, paths, name, f"[internal] load build definition from {filename}")
    companion = None
    if entry.companion:
        second = filename + entry.companion
        companion = client_files(options, name, [second], name + entry.companion, f"[internal] load {second}")
    return _EntryLocation(state, filename, filename, "the directory that was sent", companion)


def _remote(request: Request, remote: RemoteContext) -> _EntryLocation | None:
    if remote.entry is None:
        return None
    filename = remote.filename or request.options.filename
    return _EntryLocation(remote.entry, filename, remote.title or filename, remote.location)


def _lower_case(filename: str) -> str:
    return join(dirname(filename), _CONVENTIONAL_NAME.lower())
