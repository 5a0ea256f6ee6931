"""A frontend that solves the definition that its entry file holds, as `buildctl build` does with its standard input."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kairosfile.gateway import stdio

PIPES = stdio.claim()

from kairosfile import llb  # noqa: E402 - nothing may come before the pipes are safe
from kairosfile.gateway import result  # noqa: E402
from kairosfile.gateway.contexts.entry import start_entry_file  # noqa: E402
from kairosfile.gateway.run import run_frontend  # noqa: E402
from kairosfile.pb import ops  # noqa: E402

if TYPE_CHECKING:
    from kairosfile.gateway.request import Request
    from kairosfile.pb import gateway as pb

CONFIG = b'{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}'


def replay(request: Request) -> pb.Result:
    """Solve the definition as it is; every digest is computed anew, so a wrong one would name no operation."""
    message = ops.Definition.decode(start_entry_file(request).wait().source_map.data)
    definition = llb.Definition(
        tuple(message.def_),
        tuple(f"sha256:{sha256(op).hexdigest()}" for op in message.def_),
        message.metadata,
        message.Source,
    )
    ref = request.bridge.solve(definition).wait()
    built = {request.options.platforms[0]: result.PlatformResult(ref, CONFIG)}
    return result.assemble(built, multi_platform=False)


run_frontend(replay, PIPES)
