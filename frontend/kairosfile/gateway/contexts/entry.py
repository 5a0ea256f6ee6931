"""The entry file: what `-f` names, wherever it is."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb
from kairosfile.gateway.contexts.ignored import IGNORE_FILE
from kairosfile.gateway.contexts.main import DOCKERFILE, start_remote
from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.request import EntryFile

if TYPE_CHECKING:
    from kairosfile.gateway.calls import Answer
    from kairosfile.gateway.contexts.main import Remote
    from kairosfile.gateway.ref import Ref
    from kairosfile.gateway.request import Request

_CONVENTIONAL_NAME = "Dockerfile"


class _Wish(NamedTuple):
    """What the caller wants: a label for error snippets, and the suffix of a second file; both may be empty."""

    language: str
    beside: str


class _Place(NamedTuple):
    """Where the file is looked for: the files, its name among them, what to call it, and them, in messages."""

    state: llb.State
    filename: str
    title: str
    description: str


def start_entry_file(request: Request, language: str = "", beside: str = "") -> Answer[EntryFile]:
    """Start to load the file that `-f` names; `language` is what error snippets are labelled with.

    `beside` asks for a second file, whose name is that of the first with this suffix: both are transferred and read
    together, so that asking for one that is not there costs no round trip.

    The daemon transfers them while the caller still imports what parses them. Waiting for the answer also notes the
    file as `request.entry`. Raises GatewayError when there is no such file.
    """
    remote = start_remote(request)
    wish = _Wish(language, beside)
    if request.options.dockerfile_key:
        return _start(request, _local(request, wish), wish)
    if request.options.context is None:
        return _start_local_or_input(request, remote, wish)
    return _start(request, _remote(request, remote.wait()) or _local(request, wish), wish)


def _start_local_or_input(request: Request, remote: Answer[Remote], wish: _Wish) -> Answer[EntryFile]:
    """Ask for the local file and for the inputs in one round trip: a graph that nobody reads from is not run."""
    local = _Loading(request, _local(request, wish), wish)
    elsewhere = _remote(request, remote.wait())
    return _start(request, elsewhere, wish) if elsewhere else local.start()


def _start(request: Request, place: _Place, wish: _Wish) -> Answer[EntryFile]:
    return _Loading(request, place, wish).start()


class _Loading:
    """An entry file on its way."""

    def __init__(self, request: Request, place: _Place, wish: _Wish) -> None:
        self._request, self._place, self._wish = request, place, wish
        self._definition = llb.marshal(place.state, platform=request.options.native_platform)
        self._solved = request.bridge.solve(self._definition)

    def start(self) -> Answer[EntryFile]:
        """Have the daemon transfer the file, which the first look into it does."""
        ref = self._solved.wait()
        beside = ref.start_read_if_there(self._place.filename + self._wish.beside) if self._wish.beside else None
        entry = ref.start_read_if_there(self._place.filename)
        return entry.then(lambda content: self._finish(ref, content, beside.wait() if beside else None))

    def _finish(self, ref: Ref, content: bytes | None, beside: bytes | None) -> EntryFile:
        place = self._place
        if content is None and posixpath.basename(place.filename) == _CONVENTIONAL_NAME:
            content = ref.read_if_there(_lower_case(place.filename))
        if content is None:
            raise GatewayError(
                f'there is no file "{place.filename}" in {place.description}: '
                "name the build definition with -f, as in docker buildx build -f FILE ."
            )
        source_map = llb.SourceMap(place.title, content, self._wish.language, place.state)
        self._request.entry = EntryFile(source_map, self._definition.head, ref, beside)
        return self._request.entry


def _local(request: Request, wish: _Wish) -> _Place:
    options, filename = request.options, request.options.filename
    name = options.dockerfile_key or DOCKERFILE
    paths = [filename, filename + IGNORE_FILE]
    if wish.beside:
        paths.append(filename + wish.beside)
    if posixpath.basename(filename) == _CONVENTIONAL_NAME:
        paths.append(_lower_case(filename))
    state = llb.local(
        name,
        session_id=options.local_session_id(name),
        follow_paths=paths,
        shared_key_hint=name,
        differ=llb.Differ("none"),
        constraints=llb.Constraints(custom_name=f"[internal] load build definition from {filename}"),
    )
    return _Place(state, filename, filename, "the directory that was sent")


def _remote(request: Request, remote: Remote) -> _Place | None:
    if remote.entry is None:
        return None
    filename = remote.filename or request.options.filename
    return _Place(remote.entry, filename, remote.title or filename, remote.place)


def _lower_case(filename: str) -> str:
    return posixpath.join(posixpath.dirname(filename), _CONVENTIONAL_NAME.lower())
