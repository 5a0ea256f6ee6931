"""The frontend: one build request, from the options of the container to the result for BuildKit.

The file is requested before anything heavy is imported, so that the daemon fetches it while Python still loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kairosfile import trace
from kairosfile.gateway.contexts.entry import start_entry_file
from kairosfile.gateway.run import run_frontend

if TYPE_CHECKING:
    from kairosfile.gateway.request import Request
    from kairosfile.pb.gateway import Result

FILENAME = "Kairosfile"
LANGUAGE = "YAML"
# The ids of gateway.subrequests, which a build does not import.
SUBREQUESTS = (
    "frontend.lint",
    "frontend.outline",
    "frontend.targets",
    "frontend.convertllb",
    "frontend.subrequests.describe",
)
LOCK_SUFFIX = ".lock"  # of language.lockfile, which is not imported yet


def main(pipes: tuple[int, int]) -> NoReturn:
    """Answer the request on the daemon's pipes and leave the process."""
    run_frontend(build, pipes, default_filename=FILENAME, subrequests=SUBREQUESTS, at_exit=trace.write)


def build(request: Request) -> Result:
    """Load the Kairosfile and build it, or answer a subrequest about it."""
    trace.enable(request.options.build_args)
    loading = start_entry_file(request, LANGUAGE, LOCK_SUFFIX)
    trace.mark("requested the file")
    from kairosfile import language  # noqa: F401, PLC0415 - the daemon opens the file meanwhile

    loading.advance()
    from kairosfile import build as pipeline  # noqa: PLC0415 - the daemon reads the file meanwhile

    trace.mark("imported")
    entry = loading.wait()
    trace.mark("loaded")
    if request.options.request_id:
        from kairosfile.subrequests import handle_subrequest  # noqa: PLC0415 - most requests are builds

        return handle_subrequest(request, entry)
    return pipeline.build(request, entry)
