"""Small frontends to run as a process: `python -m tests.support.gateway.frontends NAME`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kairosfile.gateway import stdio

PIPES = stdio.claim()

from kairosfile import llb  # noqa: E402 - nothing may come before the pipes are safe
from kairosfile.gateway import result  # noqa: E402
from kairosfile.gateway.contexts.entry import start_entry_file  # noqa: E402
from kairosfile.gateway.run import run_frontend  # noqa: E402
from kairosfile.pb import gateway as pb  # noqa: E402

if TYPE_CHECKING:
    from kairosfile.gateway.request import Request


def succeed(request: Request) -> pb.Result:
    """Build an image for every platform out of the first line of the entry file."""
    entry = start_entry_file(request, "YAML").wait()
    reference = entry.source_map.data.decode().splitlines()[0].removeprefix("base: ")
    options = request.options
    images = {platform: request.bridge.resolve_image(reference, platform) for platform in options.platforms}
    built = {}
    for platform, image in images.items():
        definition = llb.marshal(llb.image(image.wait().reference), platform=platform)
        ref = request.bridge.solve(definition, cache_imports=options.cache_imports)
        built[platform] = result.PlatformResult(ref.wait(), image.wait().config)
    return result.assemble(built, multi_platform=options.multi_platform)


def chatter(request: Request) -> pb.Result:
    """Write to stdout in every way there is, and read from stdin, before each call."""
    print("printed by a library")
    os.write(1, b"written to descriptor 1\n")
    os.system("echo echoed by a child")  # noqa: S605
    if sys.__stdout__:
        sys.__stdout__.write("written to the first stdout\n")
        sys.__stdout__.flush()
    print("stdin says", repr(os.read(0, 10)), "and", repr(sys.stdin.read()))
    return succeed(request)


def crash(request: Request) -> pb.Result:
    """Fail in the product's own code, as a bug would."""
    start_entry_file(request).wait()
    llb.marshal(None, platform=request.options.build_platform)  # type: ignore[arg-type]
    return pb.Result()


def inherit(request: Request) -> pb.Result:
    """Return the daemon's file descriptors that a child would inherit."""
    print("inheritable:", [os.get_inheritable(descriptor) for descriptor in PIPES])
    return succeed(request)


def leave(_: Request) -> pb.Result:
    """End the process in the middle of the build."""
    sys.exit("gave up")


if __name__ == "__main__":
    run_frontend(globals()[sys.argv[1]], PIPES)
