"""What stays out of the client's directories: `<entry file>.dockerignore` or else `.dockerignore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway.contexts import ignorefile

if TYPE_CHECKING:
    from kairosfile.gateway.calls import Answer
    from kairosfile.gateway.request import Request

CONTEXT = "context"
IGNORE_FILE = ".dockerignore"


def excluded(request: Request) -> list[str]:
    """Return the patterns of the main context's ignore file, which is loaded once."""
    if request.excluded is None:
        entry = request.entry
        own = entry.ref.read_if_there(entry.source_map.filename + IGNORE_FILE) if entry else None
        found = ignorefile.patterns(own) if own else start_patterns(request, CONTEXT, CONTEXT, "[internal]").wait()
        request.excluded = found
    return request.excluded


def start_patterns(request: Request, local: str, hint: str, label: str) -> Answer[list[str]]:
    """Start to load the ignore file at the root of a directory of the client.

    `hint` tells the daemon which directory it is, `label` stands before what is shown.
    """
    state = llb.local(
        local,
        session_id=request.options.local_session_id(local),
        follow_paths=[IGNORE_FILE],
        shared_key_hint=f"{hint}-{IGNORE_FILE}",
        differ=llb.Differ("none"),
        constraints=llb.Constraints(custom_name=f"{label} load {IGNORE_FILE}"),
    )
    definition = llb.marshal(state, platform=request.options.native_platform)
    solved = request.bridge.solve(definition, evaluate=True)
    return solved.then(lambda ref: ignorefile.patterns(ref.read_if_there(IGNORE_FILE) or b""))
