"""Subrequests: questions about a file that are answered without building it (`--check`, `--call`).

Docker gave the answers their shape (buildkit frontend/subrequests): a result without a ref, whose metadata hold JSON
for programs, text for people and an exit status. buildx parses the JSON of the ids it knows and prints it itself.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from kairosfile.pb import gateway_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.llb import Location, SourceMap

LINT = "frontend.lint"
DESCRIBE = "frontend.subrequests.describe"
VERSION = "1.0.0"

_RESULT_METADATA = [
    {"name": "result.json", "description": "the answer as JSON"},
    {"name": "result.txt", "description": "the answer as text"},
    {"name": "result.statuscode", "description": "0, or 1 when there is something to report"},
]
_DESCRIPTIONS = {
    LINT: "Check the file and list warnings and errors, without building",
    DESCRIBE: "List the subrequests that this frontend answers",
}


class Finding(NamedTuple):
    """One finding: the rule's name, what it asks for, the address of its page, what is wrong, and where."""

    rule: str
    description: str
    url: str
    detail: str
    location: Location


class BuildError(NamedTuple):
    """Why the file cannot be built, and the places of it that are at fault."""

    message: str
    location: Location


def describe() -> pb.Result:
    """Answer which subrequests there are."""
    listed = [
        {
            "name": name,
            "version": VERSION,
            "type": "rpc",
            "description": text,
            "opts": None,
            "inputs": None,
            "metadata": _RESULT_METADATA,
            "refs": None,
        }
        for name, text in _DESCRIPTIONS.items()
    ]
    rows = [f"{name} {VERSION}\n  {text}\n" for name, text in _DESCRIPTIONS.items()]
    return _result(listed, "".join(rows), status=0)


def lint(source: SourceMap, warnings: Sequence[Finding], error: BuildError | None = None) -> pb.Result:
    """Answer what was found in a file and the files that it includes; status 1 where that is anything."""
    locations = [warning.location for warning in warnings] + ([error.location] if error else [])
    sources = list(dict.fromkeys([source, *(location.source_map for location in locations)]))
    answer: dict[str, Any] = {
        "warnings": [_warning(warning, sources) for warning in warnings],
        "sources": [_source(listed) for listed in sources],
    }
    if error:
        answer["buildError"] = {"message": error.message, "location": _location(error.location, sources)}
    text = _text(warnings, error)
    return _result(answer, text, status=1 if locations else 0)


def _warning(warning: Finding, sources: list[SourceMap]) -> dict[str, Any]:
    return {
        "ruleName": warning.rule,
        "description": warning.description,
        "url": warning.url,
        "detail": warning.detail,
        "location": _location(warning.location, sources),
    }


def _source(source: SourceMap) -> dict[str, Any]:
    data = base64.b64encode(source.data).decode()
    return {"filename": source.filename, "language": source.language or "", "data": data}


def _location(location: Location, sources: list[SourceMap]) -> dict[str, Any]:
    ranges = [
        {
            "start": _without_zeros(line=place.start_line, character=place.start_character),
            "end": _without_zeros(line=place.end_line, character=place.end_character),
        }
        for place in location.ranges
    ]
    return _without_zeros(sourceIndex=sources.index(location.source_map), ranges=ranges)


def _without_zeros(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value}


def _text(warnings: Iterable[Finding], error: BuildError | None) -> str:
    rows = [
        f"{warning.location.source_map.filename}:{warning.location.ranges[0].start_line}: {warning.rule}: "
        f"{warning.detail} ({warning.url})\n"
        for warning in warnings
    ]
    return "".join([*rows, f"{error.message}\n"] if error else rows)


def _result(answer: object, text: str, status: int) -> pb.Result:
    result = pb.Result()
    result.metadata["result.json"] = json.dumps(answer).encode()
    result.metadata["result.txt"] = text.encode()
    result.metadata["result.statuscode"] = str(status).encode()
    result.metadata["version"] = VERSION.encode()
    return result
