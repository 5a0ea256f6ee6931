"""The frontend: one build request, from the options of a container to the result in BuildKit's hands.

The file is asked for before anything heavy is imported, so that the daemon fetches it while Python still loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kairosfile import trace
from kairosfile.gateway.contexts.entry import start_entry_file
from kairosfile.gateway.serve import serve

if TYPE_CHECKING:
    from kairosfile.gateway.request import Request
    from kairosfile.pb.gateway_pb2 import Result

FILENAME = "Kairosfile"
LANGUAGE = "YAML"
LOCK_SUFFIX = ".lock"  # of spec.lock, which is not imported yet


def main(pipes: tuple[int, int]) -> NoReturn:
    """Answer the request on the daemon's pipes and leave the process."""
    serve(build, pipes, default_filename=FILENAME, at_exit=trace.write)


def build(request: Request) -> Result:
    """Load the Kairosfile and build what it describes, or answer what is asked of it."""
    trace.enable(request.options.build_args)
    loading = start_entry_file(request, LANGUAGE, LOCK_SUFFIX)
    trace.mark("asked for the file")
    from kairosfile import pipeline  # noqa: PLC0415 - the model is imported while the daemon loads the file

    trace.mark("imported")
    entry = loading.wait()
    trace.mark("loaded")
    if request.options.request_id:
        from kairosfile.answers import answer  # noqa: PLC0415 - most requests are builds

        return answer(request, entry)
    return pipeline.build(request, entry)
