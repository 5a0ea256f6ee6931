"""What the answers to subrequests have in common: places in files, tables, and the result that holds it all."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from kairosfile.pb import gateway_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.gateway.subrequests import Subrequest
    from kairosfile.llb import Location, SourceMap


def result(subrequest: Subrequest, answer: object, text: str, status: int | None = None) -> pb.Result:
    """Return what to hand back; `status` is what buildx exits with, 0 for None."""
    made = pb.Result()
    made.metadata["result.json"] = json.dumps(answer, indent=2).encode()
    made.metadata["result.txt"] = text.encode()
    made.metadata["version"] = subrequest.version.encode()
    if status is not None:
        made.metadata["result.statuscode"] = str(status).encode()
    return made


def sources_of(source: SourceMap, locations: Iterable[Location | None]) -> list[SourceMap]:
    """Return the entry file and every other file that a location is in, each once."""
    return list(dict.fromkeys([source, *(location.source_map for location in locations if location)]))


def encoded(source: SourceMap) -> str:
    """Return the content of a file as the answers carry it."""
    return base64.b64encode(source.data).decode()


def place(location: Location | None, sources: Sequence[SourceMap]) -> dict[str, Any]:
    """Return a location as a member of an answer, none for None; `sources` are the files that the answer lists."""
    if location is None:
        return {}
    ranges = [
        {
            "start": given(line=where.start_line, character=where.start_character),
            "end": given(line=where.end_line, character=where.end_character),
        }
        for where in location.ranges
    ]
    return {"location": given(sourceIndex=sources.index(location.source_map), ranges=ranges)}


def given(**members: object) -> dict[str, object]:
    """Return the members that are not empty: Docker's form leaves out zeros, empty texts and false."""
    return {name: value for name, value in members.items() if value}


def table(*rows: Sequence[str]) -> str:
    """Return rows of equal length as lines whose columns begin below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)
