"""The typed client of moby.buildkit.v1.frontend.LLBBridge, the one service a frontend has.

Every call returns a `Deferred` immediately, and the daemon starts before anyone waits: start all foreseeable calls,
then wait. Solving is lazy on the daemon's side: success means that a graph is well formed; reading from its `Ref` (or
`evaluate`) runs it, so an error of a build step may appear there.

A daemon has no status code for a missing file: it answers Unknown with the operating system's message, from which
`MissingFileError` is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.errors import MissingFileError, RpcError
from kairosfile.gateway.grpc import Calls, Deferred
from kairosfile.gateway.images import Image, ImageResolver
from kairosfile.llb import Capabilities
from kairosfile.llb.graph import ranges_to_proto
from kairosfile.pb import gateway as pb
from kairosfile.pb import ops, stat
from kairosfile.untrusted import MAX_COMPANION, one_line, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from kairosfile.gateway.grpc import Transport
    from kairosfile.gateway.images import Layout
    from kairosfile.gateway.options import CacheImport
    from kairosfile.llb import Definition, Location, Platform, SourceMap
    from kairosfile.pb.caps import APICap
    from kairosfile.pb.google import Status
    from kairosfile.pb.stat import Stat
    from kairosfile.pb.worker import WorkerRecord

    T = TypeVar("T")


# The capabilities of a daemon whose answer to Ping lists none. BuildKit froze these lists when its daemons began to
# list capabilities (frontend/gateway/grpcclient/client.go).
DEFAULT_FRONTEND_CAPABILITIES = frozenset({"readfile", "resolveimage", "solve.base", "solve.inlinereturn"})
DEFAULT_LLB_CAPABILITIES = frozenset(
    {
        "constraints",
        "exec.meta.base",
        "exec.meta.proxyenv",
        "exec.mount.bind",
        "exec.mount.cache",
        "exec.mount.cache.sharing",
        "exec.mount.secret",
        "exec.mount.selector",
        "exec.mount.tmpfs",
        "meta.description",
        "meta.exportcache",
        "meta.ignorecache",
        "platform",
        "soruce.http.uidgid",
        "source.buildop.llbfilename",
        "source.git",
        "source.git.fullurl",
        "source.git.keepgitdir",
        "source.http",
        "source.http.checksum",
        "source.http.perm",
        "source.image",
        "source.local",
        "source.local.excludepatterns",
        "source.local.followpaths",
        "source.local.includepatterns",
        "source.local.sessionid",
        "source.local.sharedkeyhint",
        "source.local.unique",
    }
)


# Bits of Go's fs.FileMode for the kind of a file; a regular file has none of them.
FOLDER = 1 << 31
_KINDS = {
    FOLDER: "a folder",
    1 << 27: "a symbolic link",
    1 << 21: "a character device",
    1 << 26: "a device",
    1 << 25: "a named pipe",
    1 << 24: "a socket",
    1 << 19: "an irregular file",
}
CHUNK = 2 << 20  # bytes read at once: well below the message limit of any daemon and of any proxy between

CAP_META_RESOLVER = "source.metaresolver"
CAP_WARNINGS = "gateway.warnings"
MAX_WARNING_SOURCE = 64 << 10  # a client gets several warnings in one message


class Ref:
    """The result of one solve; `id` is empty for scratch, and lives as long as this process."""

    def __init__(self, calls: Calls, ref_id: str) -> None:
        self.id = ref_id
        self._calls = calls

    def read_file(self, path: str) -> bytes:
        """Return the whole content of a file of any size.

        Raises:
            MissingFileError: There is no such file.
            RpcError: The daemon failed, or a step that creates the file did.
        """
        return self._read_on(path, self._start_range(path, 0))

    def read_if_there(self, path: str, limit: int = MAX_COMPANION) -> bytes | None:
        """Return the whole content of a file, None for a missing file and for a folder.

        Args:
            path: Path in the result.
            limit: Maximum size of the file in bytes.

        Raises:
            FileRefusedError: The file is larger, or no regular file; it is not read.
            RpcError: The daemon failed.
        """
        return self.start_reading(path, limit).wait()

    def start_reading(self, path: str, limit: int) -> Reading:
        """Start to read a file of at most `limit` bytes."""
        stat = self._start_stat(path)
        opening = Deferred(lambda: self._start_range(path, 0) if self._is_readable(path, stat, limit) else None)
        return Reading(opening, lambda first: self._read_on(path, first))

    def _is_readable(self, path: str, response: Deferred[pb.StatFileResponse], limit: int) -> bool:
        try:
            entry = _take_stat(path, response)
        except MissingFileError:
            return False
        if entry.mode & FOLDER:
            return False
        kind = next((kind for bit, kind in _KINDS.items() if entry.mode & bit), "")
        if reason := f"is {kind}, not a regular file" if kind else too_large(entry.size, limit):
            from kairosfile.gateway.rare_errors import FileRefusedError  # noqa: PLC0415

            raise FileRefusedError(path, reason)
        return True

    def read_head(self, path: str, length: int) -> bytes:
        """Return the first bytes of a file, at most `length`.

        Raises:
            MissingFileError: There is no such file.
            RpcError: The daemon failed.
        """
        return self._take(path, self._start_range(path, 0, length))

    def read_dir(self, path: str, include: str = "") -> tuple[Stat, ...]:
        """Return the entries of a folder.

        Args:
            path: Path in the result.
            include: A pattern for their names, empty for all.

        Raises:
            MissingFileError: There is no such folder.
            RpcError: The daemon failed.
        """
        request = pb.ReadDirRequest(Ref=self.id, DirPath=path, IncludePattern=include)
        return tuple(_wait(path, self._calls.start("ReadDir", request, pb.ReadDirResponse)).entries)

    def stat_file(self, path: str) -> Stat:
        """Return the metadata of a file without reading it.

        Raises:
            MissingFileError: There is no such file.
            RpcError: The daemon failed.
        """
        return _take_stat(path, self._start_stat(path))

    def _start_stat(self, path: str) -> Deferred[pb.StatFileResponse]:
        return self._calls.start("StatFile", pb.StatFileRequest(Ref=self.id, Path=path), pb.StatFileResponse)

    def _read_on(self, path: str, chunk: Deferred[pb.ReadFileResponse]) -> bytes:
        content = bytearray()
        while True:
            data = self._take(path, chunk)
            content += data
            if len(data) < CHUNK:
                return bytes(content)
            chunk = self._start_range(path, len(content))

    def _start_range(self, path: str, offset: int, length: int = CHUNK) -> Deferred[pb.ReadFileResponse]:
        extent = pb.FileRange(Offset=offset, Length=length)
        request = pb.ReadFileRequest(Ref=self.id, FilePath=path, Range=extent)
        return self._calls.start("ReadFile", request, pb.ReadFileResponse)

    def _take(self, path: str, chunk: Deferred[pb.ReadFileResponse]) -> bytes:
        return _wait(path, chunk).Data


class Reading:
    """A file that is being read: the daemon returns its size, and then its content."""

    def __init__(
        self,
        opening: Deferred[Deferred[pb.ReadFileResponse] | None],
        read_on: Callable[[Deferred[pb.ReadFileResponse]], bytes],
    ) -> None:
        self._opening = opening
        self._read_on = read_on

    def advance(self) -> None:
        """Wait for the size and request the content; raises what `wait` raises."""
        self._opening.wait()

    def wait(self) -> bytes | None:
        """Return the whole content, None for a missing file and for a folder.

        Raises:
            FileRefusedError: The file is too large, or no regular file; it is not read.
            RpcError: The daemon failed.
        """
        first = self._opening.wait()
        return self._read_on(first) if first else None


def _take_stat(path: str, response: Deferred[pb.StatFileResponse]) -> Stat:
    return _wait(path, response).stat or stat.Stat()


def _wait(path: str, answer: Deferred[T]) -> T:
    """Return the answer to a request for a file; raises MissingFileError."""
    try:
        return answer.wait()
    except RpcError as error:
        if "no such file or directory" in error.message:
            raise MissingFileError(path, error) from error
        raise


class Bridge:
    """The client of one build. The constructor sends Ping; the first use of a capability waits for the answer."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)
        self._pong = self._calls.start("Ping", pb.PingRequest(), pb.PongResponse)
        self._of_ops = self._pong.map(lambda pong: _enabled(pong.LLBCaps, DEFAULT_LLB_CAPABILITIES))
        self._of_calls = self._pong.map(lambda pong: _enabled(pong.FrontendAPICaps, DEFAULT_FRONTEND_CAPABILITIES))
        self._images = ImageResolver(self._calls)
        self._inputs: Deferred[dict[str, ops.Definition]] | None = None
        self._warnings: list[Deferred[pb.WarnResponse]] = []

    @property
    def llb_capabilities(self) -> Capabilities:
        """Capabilities of ops (LLB)."""
        return self._of_ops.wait()

    @property
    def frontend_capabilities(self) -> Capabilities:
        """Capabilities of calls and their fields."""
        return self._of_calls.wait()

    def decode_capabilities(self) -> None:
        """Decode the answer to Ping, which every build needs: for a moment at which it has to wait anyway."""
        self._of_ops.wait()
        self._of_calls.wait()

    @property
    def workers(self) -> Sequence[WorkerRecord]:
        """The daemon's workers, the default one first."""
        return self._pong.wait().Workers

    def solve(
        self, definition: Definition, *, cache_imports: Iterable[CacheImport] = (), evaluate: bool = False
    ) -> Deferred[Ref]:
        """Start to solve a graph.

        Args:
            definition: The graph.
            cache_imports: Caches of the user to import.
            evaluate: Whether the graph is run, so that waiting includes its steps. A daemon that does not know this
                runs the graph when it is first read from.

        Returns:
            The result; waiting for it raises RpcError.
        """
        request = pb.SolveRequest(
            Definition=definition.to_proto(),
            allowResultReturn=True,
            allowResultArrayRef=True,
            CacheImports=[pb.CacheOptionsEntry(Type=entry.type, Attrs=entry.attrs) for entry in cache_imports],
            Evaluate=evaluate,
        )
        response = self._calls.start("Solve", request, pb.SolveResponse)
        return response.map(lambda solved: Ref(self._calls, _ref_id(solved)))

    def resolve_image(
        self, reference: str, platform: Platform, mode: str = "default", label: str = "internal"
    ) -> Deferred[Image]:
        """Start to resolve an image reference, unless it has been requested before.

        Args:
            reference: A reference as a user writes it.
            platform: The platform of the config.
            mode: The option image-resolve-mode: `default`, `pull` or `local`.
            label: Prefix, in brackets, of the vertex's name in the progress.

        Returns:
            The image; waiting for it raises RpcError, or UnsupportedError if a source policy replaces the image by
            something else.

        Raises:
            ValueError: The reference is malformed.
        """
        by_source = self.frontend_capabilities.supports(CAP_META_RESOLVER)
        return self._images.resolve(reference, platform, mode, label, by_source=by_source)

    def resolve_layout(self, layout: Layout, platform: Platform, log_name: str) -> Deferred[Image]:
        """Start to resolve an image in an OCI layout of the client, unless it has been requested before.

        Args:
            layout: The image and its store.
            platform: The platform of the config.
            log_name: Name of the vertex in the progress.
        """
        by_source = self.frontend_capabilities.supports(CAP_META_RESOLVER)
        return self._images.resolve_layout(layout, platform, log_name, by_source=by_source)

    def inputs(self) -> Deferred[dict[str, ops.Definition]]:
        """Request, once, the graphs that came with the request (bake's `target:` contexts), by name."""
        if self._inputs is None:
            response = self._calls.start("Inputs", pb.InputsRequest(), pb.InputsResponse)
            self._inputs = response.map(lambda inputs: dict(inputs.Definitions))
        return self._inputs

    def warn(
        self,
        vertex: str,
        message: str,
        *,
        detail: Sequence[str] = (),
        url: str = "",
        location: Location | None = None,
    ) -> None:
        """Show a warning at the end of the build; a daemon without warnings ignores it.

        Args:
            vertex: Digest of an op that the user's client knows; else plain progress does not show the warning.
            message: One line.
            detail: More lines.
            url: A page about it.
            location: The lines of a file that the warning is about.
        """
        if not self.frontend_capabilities.supports(CAP_WARNINGS):
            return
        if location:
            from kairosfile.gateway.status import excerpt  # noqa: PLC0415 - most builds have no warning

            location = excerpt(location)
        if location and len(location.source_map.data) > MAX_WARNING_SOURCE:
            location = None
        request = pb.WarnRequest(
            digest=vertex,
            level=1,
            short=one_line(message).encode(),
            detail=[one_line(line).encode() for line in detail],
            url=url,
            info=_source_info(location.source_map) if location else None,
            ranges=ranges_to_proto(location) if location else (),
        )
        self._warnings.append(self._calls.start("Warn", request, pb.WarnResponse))

    def return_result(self, result: pb.Result) -> None:
        """Return the result to the daemon; leave the process at once afterwards.

        Raises:
            RpcError: The daemon refuses the result.
        """
        self._settle_warnings()
        self._calls.start("Return", pb.ReturnRequest(result=result), pb.ReturnResponse).wait()

    def return_error(self, status: Status) -> None:
        """End the build with an error, whose code is never 0.

        Raises:
            RpcError: The daemon refuses the error.
        """
        self._settle_warnings()
        self._calls.start("Return", pb.ReturnRequest(error=status), pb.ReturnResponse).wait()

    def _settle_warnings(self) -> None:
        for warning in self._warnings:
            try:
                warning.wait()
            except RpcError:  # a warning that cannot be shown must not fail a build
                continue


def _enabled(caps: Iterable[APICap], assumed_ids: frozenset[str]) -> Capabilities:
    listed = list(caps)
    return Capabilities(frozenset(cap.ID for cap in listed if cap.Enabled) if listed else assumed_ids)


def _ref_id(solved: pb.SolveResponse) -> str:
    """Return the id of the one ref of an answer, empty for scratch."""
    return solved.result.ref.id if solved.result and solved.result.ref else ""


def _source_info(file: SourceMap) -> ops.SourceInfo:
    return ops.SourceInfo(filename=file.filename, data=file.data, language=file.language or "")
