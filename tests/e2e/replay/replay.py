"""A frontend that solves the definition that its entry file holds, as `buildctl build` does with its standard input."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kairosfile.gateway import stdio

PIPES = stdio.claim()

from kairosfile import llb  # noqa: E402 - nothing may come before the pipes are safe
from kairosfile.gateway import result  # noqa: E402
from kairosfile.gateway.contexts.entry import start_entry_file  # noqa: E402
from kairosfile.gateway.serve import serve  # noqa: E402
from kairosfile.pb import ops_pb2  # noqa: E402

if TYPE_CHECKING:
    from kairosfile.gateway.request import Request
    from kairosfile.pb import gateway_pb2 as pb

CONFIG = b'{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}'


def replay(request: Request) -> pb.Result:
    """Solve the definition as it is; every digest is computed anew, so a wrong one would name no operation."""
    message = ops_pb2.Definition.FromString(start_entry_file(request).wait().source_map.data)
    definition = llb.Definition(
        tuple(getattr(message, "def")),
        tuple(f"sha256:{sha256(op).hexdigest()}" for op in getattr(message, "def")),
        {digest: told.SerializeToString() for digest, told in message.metadata.items()},
        message.Source.SerializeToString(),
    )
    ref = request.bridge.solve(definition).wait()
    built = {request.options.platforms[0]: result.PlatformResult(ref, CONFIG)}
    return result.assemble(built, multi_platform=False)


serve(replay, PIPES)
