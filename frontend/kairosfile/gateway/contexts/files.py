"""Files of the main build context, for a language that reads some before anything is built."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway.contexts.main import main_context, start_remote
from kairosfile.gateway.errors import MissingFileError, RpcError
from kairosfile.pb.stat_pb2 import Stat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile.gateway.ref import Ref
    from kairosfile.gateway.request import Request

_FOLDER = 1 << 31  # of Go's fs.FileMode, which the daemon sends
# Where a daemon puts what it was told of files without their content (tonistiigi/fsutil, receive.go).
_METADATA = ".fsutil-metadata"
_SIZE_BYTES = 4


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
            self._refs |= dict.fromkeys(new, self._solve(new))

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None where there is none. Raises RpcError."""
        try:
            return self._ref(path).read_if_there(posixpath.normpath(path))
        except RpcError as error:
            if "is a directory" in error.message:
                return None
            raise

    def names(self, path: str) -> list[str] | None:
        """Return what `list` does, of a directory of the client without any content; None for an older daemon.

        Raises RpcError.
        """
        if start_remote(self._request).wait().context is not None:
            return self.list(path)
        if not self._request.bridge.llb_capabilities.supports(llb.caps.SOURCE_LOCAL_METADATA_TRANSFER):
            return None
        ref, folder = self._solve([path], metadata_only=True), posixpath.normpath(path)
        found = [stat for stat in _stats(ref.read_if_there(_METADATA) or b"") if not stat.mode & _FOLDER]
        return sorted(posixpath.basename(it.path) for it in found if posixpath.dirname(it.path) == folder)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None where there is none. Raises RpcError."""
        return _listed(self._ref(path), path)

    def below(self, path: str) -> Sequence[str]:  # noqa: ARG002 - as the language's Files has it
        """Return nothing: to look would be one more request in each build."""
        return ()

    def _ref(self, path: str) -> Ref:
        found = next((ref for loaded, ref in self._refs.items() if _holds(loaded, path)), None)
        if found is None:
            self.load([path])
        return found or self._refs[path]

    def _solve(self, paths: Iterable[str], *, metadata_only: bool = False) -> Ref:
        state = main_context(self._request, paths, metadata_only=metadata_only)
        definition = llb.marshal(state, platform=self._request.options.native_platform)
        return self._request.bridge.solve(definition, evaluate=True).wait()


def _stats(data: bytes) -> Iterator[Stat]:
    """Yield the records of a file, each with its size before it, little-endian."""
    place = 0
    while place < len(data):
        start = place + _SIZE_BYTES
        place = start + int.from_bytes(data[place:start], "little")
        yield Stat.FromString(data[start:place])


def _listed(ref: Ref, path: str) -> list[str] | None:
    try:
        entries = ref.read_dir(posixpath.normpath(path))
    except MissingFileError:
        return None
    return sorted(entry.path for entry in entries if not entry.mode & _FOLDER)


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
