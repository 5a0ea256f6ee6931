"""`frontend.lint`: what is wrong with a file, and what could be better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kairosfile.gateway.subrequests import LINT
from kairosfile.gateway.subrequests.parts import encoded, place, result, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.llb import Location, SourceMap
    from kairosfile.pb.gateway_pb2 import Result


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


def lint(source: SourceMap, warnings: Sequence[Finding], error: BuildError | None = None) -> Result:
    """Answer what was found in a file and the files that it includes; status 1 where that is anything."""
    locations = [warning.location for warning in warnings] + ([error.location] if error else [])
    sources = sources_of(source, locations)
    answer: dict[str, Any] = {
        "warnings": [_warning(warning, sources) for warning in warnings],
        "sources": [_source(listed) for listed in sources],
    }
    if error:
        answer["buildError"] = {"message": error.message, **place(error.location, sources)}
    return result(LINT, answer, _text(warnings, error), status=1 if locations else 0)


def _warning(warning: Finding, sources: list[SourceMap]) -> dict[str, Any]:
    return {
        "ruleName": warning.rule,
        "description": warning.description,
        "url": warning.url,
        "detail": warning.detail,
        **place(warning.location, sources),
    }


def _source(source: SourceMap) -> dict[str, Any]:
    return {"filename": source.filename, "language": source.language or "", "data": encoded(source)}


def _text(warnings: Iterable[Finding], error: BuildError | None) -> str:
    rows = [
        f"{warning.location.source_map.filename}:{warning.location.ranges[0].start_line}: {warning.rule}: "
        f"{warning.detail} ({warning.url})\n"
        for warning in warnings
    ]
    return "".join([*rows, f"{error.message}\n"] if error else rows)
