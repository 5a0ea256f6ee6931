"""`frontend.targets`: what `--target` can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.gateway.subrequests import TARGETS
from kairosfile.gateway.subrequests.parts import encoded, given, place, result, sources_of, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb import Location, SourceMap
    from kairosfile.pb.gateway_pb2 import Result


class Listed(NamedTuple):
    """A target: its name, what it is, what it starts from, and where it stands; `default` needs no `--target`."""

    name: str
    description: str
    base: str
    platform: str
    location: Location
    default: bool = False


def targets(source: SourceMap, found: Sequence[Listed]) -> Result:
    """Answer which targets there are."""
    sources = sources_of(source, [target.location for target in found])
    listed = [
        given(
            name=target.name,
            default=target.default,
            description=target.description,
            base=target.base,
            platform=target.platform,
        )
        | place(target.location, sources)
        for target in found
    ]
    rows = ((f"{it.name} (default)" if it.default else it.name, it.description) for it in found)
    text = table(("TARGET", "DESCRIPTION"), *rows)
    return result(TARGETS, {"targets": listed, "sources": [encoded(file) for file in sources]}, text)
