"""Where files come from: the entry file and the main build context, as `docker buildx` sends them.

Names, hints and progress texts of the local sources are those of the Dockerfile frontend
(frontend/dockerui/config.go), so that its users find what they know and the daemon reuses what it has
already transferred. Other kinds of context are told apart, and refused, in one place: `require_supported`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway import ignorefile
from kairosfile.gateway.errors import GatewayError, MissingFileError, RpcError, UnsupportedError
from kairosfile.gateway.options import SOURCE
from kairosfile.gateway.request import EntryFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.gateway.calls import Answer
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.ref import Ref
    from kairosfile.gateway.request import Request

_CONTEXT = "context"
_DOCKERFILE = "dockerfile"
_IGNORE_FILE = ".dockerignore"
_CONVENTIONAL_NAME = "Dockerfile"

_FOLDER = 1 << 31  # of Go's fs.FileMode, which the daemon sends

_TARBALL = "http://buildkit-session/"  # what buildx makes of `docker buildx build - < archive.tar`
_GIT = re.compile(r"^(git://|ssh://|github\.com/|[\w.-]+@[\w.-]+:|https?://[^?#]+\.git/?($|[?#]))")
_HTTP = re.compile(r"^https?://")


def start_entry_file(request: Request, language: str = "") -> Answer[EntryFile]:
    """Start to load the file that `-f` names; `language` is what error snippets are labelled with.

    The daemon transfers it while the caller still imports what parses it. Waiting for the answer also notes
    the file as `request.entry`. Raises UnsupportedError for contexts of another kind, GatewayError when there
    is no such file.
    """
    options = request.options
    require_supported(options)
    state = _entry_source(options)
    definition = llb.marshal(state, platform=options.native_platform)
    solved = request.bridge.solve(definition, evaluate=True)

    def read(ref: Ref) -> EntryFile:
        source_map = llb.SourceMap(options.filename, _read_entry(ref, options.filename), language, state)
        request.entry = EntryFile(source_map, definition.head, ref)
        return request.entry

    return solved.then(read)


def main_context(request: Request, paths: Iterable[str]) -> llb.State:
    """Return the build context as a source of which only `paths` (files, folders, patterns) are transferred.

    The root among the paths means the whole context. What `.dockerignore` excludes stays out; one that goes by
    the entry file's name is only seen once that file has been loaded.
    """
    options = request.options
    return llb.local(
        _CONTEXT,
        session_id=options.local_session_id(_CONTEXT),
        exclude_patterns=_excluded(request),
        follow_paths=_follow(paths),
        shared_key_hint=_CONTEXT,
        constraints=llb.Constraints(custom_name="[internal] load build context"),
    )


class ContextFiles:
    """Files of the main build context, read before anything is built. Paths are relative to its root.

    Nothing is transferred until somebody asks; all that is asked for together costs one round trip.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._refs: dict[str, Ref] = {}

    def load(self, paths: Iterable[str]) -> None:
        """Transfer files and folders; those that do not exist are no error. Raises RpcError."""
        new = [path for path in paths if path not in self._refs]
        if new:
            state = main_context(self._request, new)
            definition = llb.marshal(state, platform=self._request.options.native_platform)
            ref = self._request.bridge.solve(definition, evaluate=True).wait()
            self._refs |= dict.fromkeys(new, ref)

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None where there is none. Raises RpcError."""
        try:
            return _read_if_there(self._ref(path), posixpath.normpath(path))
        except RpcError as error:
            if "is a directory" in error.message:
                return None
            raise

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None where there is none. Raises RpcError."""
        try:
            entries = self._ref(path).read_dir(posixpath.normpath(path))
        except MissingFileError:
            return None
        return sorted(entry.path for entry in entries if not entry.mode & _FOLDER)

    def _ref(self, path: str) -> Ref:
        found = next((ref for loaded, ref in self._refs.items() if _holds(loaded, path)), None)
        if found is None:
            self.load([path])
        return found or self._refs[path]


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def require_supported(options: Options) -> None:
    """Raise UnsupportedError, naming it, for a context that is not a local directory."""
    where = options.context or ""
    if where.startswith(_TARBALL):
        raise _unsupported("a tarball on stdin", "unpack it and give the directory")
    if _GIT.match(where):
        raise _unsupported(f"the git repository {where}", "clone it and give the directory")
    if _HTTP.match(where):
        raise _unsupported(f"the URL {where}", "fetch it and give the directory")
    for name in options.named_contexts:
        if not _is_frontend(name, options):
            raise _unsupported(f'the named context "{name}"', f"drop --build-context {name}=")


def _unsupported(what: str, instead: str) -> UnsupportedError:
    return UnsupportedError(f"{what} is not supported as a build context yet: {instead}")


def _is_frontend(name: str, options: Options) -> bool:
    """Tell whether a named context replaced the frontend's own image: the daemon has seen to that one."""
    return name.partition("::")[0] == options.raw.get(SOURCE, "").removesuffix(":latest")


def _entry_source(options: Options) -> llb.State:
    name = options.dockerfile_key or _DOCKERFILE
    return llb.local(
        name,
        session_id=options.local_session_id(name),
        follow_paths=_entry_paths(options.filename),
        shared_key_hint=name,
        differ=llb.Differ("none"),
        constraints=llb.Constraints(
            custom_name=f"[internal] load build definition from {options.filename}",
        ),
    )


def _entry_paths(filename: str) -> list[str]:
    paths = [filename, filename + _IGNORE_FILE]
    if posixpath.basename(filename) == _CONVENTIONAL_NAME:
        paths.append(_lower_case(filename))
    return paths


def _read_entry(ref: Ref, filename: str) -> bytes:
    for candidate in _entry_paths(filename):
        if candidate.endswith(_IGNORE_FILE):
            continue
        content = _read_if_there(ref, candidate)
        if content is not None:
            return content
    raise GatewayError(
        f'there is no file "{filename}" in the directory that was sent: '
        "name the build definition with -f, as in docker buildx build -f FILE ."
    )


def _lower_case(filename: str) -> str:
    return posixpath.join(posixpath.dirname(filename), _CONVENTIONAL_NAME.lower())


def _read_if_there(ref: Ref, path: str) -> bytes | None:
    try:
        return ref.read_file(path)
    except MissingFileError:
        return None


def _excluded(request: Request) -> list[str]:
    """Return the patterns of the ignore file, which is loaded once."""
    if request.excluded is None:
        entry = request.entry
        own = _read_if_there(entry.ref, entry.source_map.filename + _IGNORE_FILE) if entry else None
        request.excluded = ignorefile.patterns(own or _read_ignore_file(request))
    return request.excluded


def _read_ignore_file(request: Request) -> bytes:
    state = llb.local(
        _CONTEXT,
        session_id=request.options.local_session_id(_CONTEXT),
        follow_paths=[_IGNORE_FILE],
        shared_key_hint=f"{_CONTEXT}-{_IGNORE_FILE}",
        differ=llb.Differ("none"),
        constraints=llb.Constraints(custom_name=f"[internal] load {_IGNORE_FILE}"),
    )
    definition = llb.marshal(state, platform=request.options.native_platform)
    return _read_if_there(request.bridge.solve(definition).wait(), _IGNORE_FILE) or b""


def _follow(paths: Iterable[str]) -> list[str]:
    """Return the paths relative to the context, sorted; none when one of them is the whole context."""
    relative = {posixpath.normpath("./" + path.lstrip("/")) for path in paths}
    return [] if "." in relative else sorted(relative)
