"""The typed client of moby.buildkit.v1.frontend.LLBBridge, the one service a frontend has.

Every question returns an `Answer` at once, and the daemon works while nobody waits yet: ask for all that
can be foreseen, then wait. Solving is lazy on the daemon's side: success says that a graph is well formed,
reading from its `Ref` (or `evaluate`) makes it run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway import assumed
from kairosfile.gateway.calls import Answer, Calls
from kairosfile.gateway.errors import RpcError
from kairosfile.gateway.images import Image, ImageResolver
from kairosfile.gateway.ref import Ref
from kairosfile.llb import Capabilities
from kairosfile.pb import gateway_pb2 as pb
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from google.rpc.status_pb2 import Status

    from kairosfile.gateway.images import Layout
    from kairosfile.gateway.options import CacheImport
    from kairosfile.gateway.transport import Transport
    from kairosfile.llb import Definition, Location, Platform
    from kairosfile.pb.caps_pb2 import APICap
    from kairosfile.pb.worker_pb2 import WorkerRecord

CAP_META_RESOLVER = "source.metaresolver"
CAP_WARNINGS = "gateway.warnings"


class Bridge:
    """One build's client. Making it sends Ping; whoever first asks for a capability waits for the answer."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)
        self._pong = self._calls.start("Ping", pb.PingRequest(), pb.PongResponse)
        self._images = ImageResolver(self._calls)
        self._inputs: Answer[dict[str, ops_pb2.Definition]] | None = None
        self._warnings: list[Answer[pb.WarnResponse]] = []

    @property
    def llb_capabilities(self) -> Capabilities:
        """What ops may say."""
        return Capabilities(_enabled(self._pong.wait().LLBCaps, assumed.LLB))

    @property
    def frontend_capabilities(self) -> Capabilities:
        """What calls may be made, and which fields they may use."""
        return Capabilities(_enabled(self._pong.wait().FrontendAPICaps, assumed.FRONTEND))

    @property
    def workers(self) -> Sequence[WorkerRecord]:
        """The daemon's workers, the default one first."""
        return self._pong.wait().Workers

    def solve(
        self, definition: Definition, *, cache_imports: Iterable[CacheImport] = (), evaluate: bool = False
    ) -> Answer[Ref]:
        """Start to solve a graph; `evaluate` runs it too, so that the answer waits for its steps.

        A daemon that does not know `evaluate` runs the graph when it is first read from.
        """
        request = pb.SolveRequest(
            Definition=definition.to_proto(),
            allowResultReturn=True,
            allowResultArrayRef=True,
            CacheImports=[pb.CacheOptionsEntry(Type=entry.type, Attrs=entry.attrs) for entry in cache_imports],
            Evaluate=evaluate,
        )
        response = self._calls.start("Solve", request, pb.SolveResponse)
        return response.then(lambda solved: Ref(self._calls, solved.result.ref.id))

    def resolve_image(
        self, reference: str, platform: Platform, mode: str = "default", label: str = "internal"
    ) -> Answer[Image]:
        """Start to ask what an image reference means, unless that has been asked before.

        `mode` is the option image-resolve-mode; `label` says in the progress what asks. Raises ValueError for a
        malformed reference; a source policy that turns the image into something else gives UnsupportedError.
        """
        by_source = self.frontend_capabilities.supports(CAP_META_RESOLVER)
        return self._images.resolve(reference, platform, mode, label, by_source=by_source)

    def resolve_layout(self, layout: Layout, platform: Platform, log_name: str) -> Answer[Image]:
        """Start to ask for an image in an OCI layout of the client, unless that has been asked before."""
        by_source = self.frontend_capabilities.supports(CAP_META_RESOLVER)
        return self._images.resolve_layout(layout, platform, log_name, by_source=by_source)

    def inputs(self) -> Answer[dict[str, ops_pb2.Definition]]:
        """Ask, once, for the graphs that came with the request (bake's `target:` contexts), by name."""
        if self._inputs is None:
            response = self._calls.start("Inputs", pb.InputsRequest(), pb.InputsResponse)
            self._inputs = response.then(lambda inputs: dict(inputs.Definitions))
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
        """Show one line to the user at the end of the build; does nothing on a daemon without warnings.

        `vertex` is the digest of an op the user's client knows, else plain progress does not show it.
        """
        if not self.frontend_capabilities.supports(CAP_WARNINGS):
            return
        request = pb.WarnRequest(
            digest=vertex,
            level=1,
            short=message.encode(),
            detail=[line.encode() for line in detail],
            url=url,
        )
        if location:
            request.info.MergeFrom(_source_info(location))
            request.ranges.extend(_ranges(location))
        self._warnings.append(self._calls.start("Warn", request, pb.WarnResponse))

    def return_result(self, result: pb.Result) -> None:
        """Hand the result back; afterwards leave the process at once. Raises RpcError if it is refused."""
        self._settle_warnings()
        self._calls.start("Return", pb.ReturnRequest(result=result), pb.ReturnResponse).wait()

    def return_error(self, status: Status) -> None:
        """End the build with an error (code never 0); raises RpcError."""
        self._settle_warnings()
        self._calls.start("Return", pb.ReturnRequest(error=status), pb.ReturnResponse).wait()

    def _settle_warnings(self) -> None:
        for warning in self._warnings:
            try:
                warning.wait()
            except RpcError:  # a warning that cannot be shown is no reason to fail a build
                continue


def _enabled(caps: Iterable[APICap], assumed_ids: frozenset[str]) -> frozenset[str]:
    listed = list(caps)
    return frozenset(cap.ID for cap in listed if cap.Enabled) if listed else assumed_ids


def _source_info(location: Location) -> ops_pb2.SourceInfo:
    file = location.source_map
    return ops_pb2.SourceInfo(filename=file.filename, data=file.data, language=file.language or "")


def _ranges(location: Location) -> list[ops_pb2.Range]:
    return [
        ops_pb2.Range(
            start=ops_pb2.Position(line=range_.start_line, character=range_.start_character),
            end=ops_pb2.Position(line=range_.end_line, character=range_.end_character),
        )
        for range_ in location.ranges
    ]
