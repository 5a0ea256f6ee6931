"""`--call convertllb`: the build graph of the target on the first platform asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import pipeline
from kairosfile.gateway.subrequests.convert_llb import convert_llb
from kairosfile.plan.compile import as_one
from kairosfile.plan.no_cache import steps_to_run

if TYPE_CHECKING:
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.pb.gateway_pb2 import Result


def graph_of(request: Request, entry: EntryFile) -> Result:
    """Return the graph that would be solved; raises GatewayError."""
    (platform, whole), *_ = pipeline.plan_all(request, entry).items()
    plans = pipeline.select_targets(request, entry, {platform: whole})
    resolved = pipeline.resolve_all(request, entry, plans)
    no_cache = {platform: steps_to_run(whole, request.options.no_cache)}
    (solves,) = pipeline.graphs(request, entry, resolved, no_cache)
    return convert_llb(pipeline.marshal(request, resolved[0], as_one(solves)))
