"""The inputs of a request as its build context and the source of its entry file.

They are named `context` and `dockerfile`; another frontend, or a client, passes them on. The options do not say whether
there are any. Other inputs are the values of named contexts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway.contexts import CONTEXT, DOCKERFILE
from kairosfile.gateway.options import CONTEXT_SUBDIR
from kairosfile.gateway.request import RemoteContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.gateway.grpc import Deferred
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import Request
    from kairosfile.pb import ops


def start_inputs(request: Request) -> Deferred[RemoteContext]:
    """Start to request the inputs; waiting for the context that they are raises RpcError."""
    return request.bridge.inputs().map(lambda inputs: _of_inputs(request.options, inputs))


def _of_inputs(options: Options, inputs: Mapping[str, ops.Definition]) -> RemoteContext:
    states = {name: llb.from_definition(inputs[name]) for name in (CONTEXT, DOCKERFILE) if name in inputs}
    context = scoped(states[CONTEXT], options) if CONTEXT in states else None
    return RemoteContext(context, states.get(DOCKERFILE), "the files that came with the request")


def scoped(state: llb.State, options: Options) -> llb.State:
    """Return a context with one of its folders as the root."""
    subdir = options.raw_options.get(CONTEXT_SUBDIR)
    if not subdir:
        return state
    inside = llb.copy(state, f"/{subdir.strip('/')}", "/", copy_dir_contents_only=True)
    return llb.scratch().file(inside, constraints=llb.Constraints(custom_name=f"[internal] take {subdir} of context"))
