"""Results of subrequests: questions about a file that are answered without building it (`--check`, `--call`).

Docker defined the format (buildkit frontend/subrequests): a result without a ref, whose metadata contain JSON for
programs and text for people. buildx parses the JSON of the ids that it supports and prints it itself; for other ids and
newer versions, it prints the text.

    frontend.subrequests.describe   the subrequests that this frontend answers
    frontend.lint                   the diagnostics of a file
    frontend.outline                the build args, secrets and SSH sockets of a target
    frontend.targets                the values of `--target`
    frontend.convertllb             the build graph op by op: ops and the source map in protobuf's JSON, metadata by
                                    the names of their fields
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import gateway as pb
from kairosfile.pb import ops
from kairosfile.pb.json import to_dict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.llb import Location, SourceMap
    from kairosfile.llb.marshal import Definition
    from kairosfile.pb.gateway import Result

_METADATA = {
    "result.json": "the answer as JSON",
    "result.txt": "the answer as text",
    "version": "the version of the answer's form",
}
_STATUS = {"result.statuscode": "0, or 1 when there is something to report"}


def result(subrequest: Subrequest, answer: object, text: str, status: int | None = None) -> pb.Result:
    """Return the result of a subrequest.

    Args:
        subrequest: Id and version.
        answer: JSON for programs.
        text: Text for people.
        status: Exit status of buildx, None for 0.
    """
    metadata = {"result.json": json.dumps(answer, indent=2), "result.txt": text, "version": subrequest.version}
    if status is not None:
        metadata["result.statuscode"] = str(status)
    return pb.Result(metadata={key: value.encode() for key, value in metadata.items()})


def sources_of(source: SourceMap, locations: Iterable[Location | None]) -> list[SourceMap]:
    """Return the entry file and every other file that a location is in, each once."""
    return list(dict.fromkeys([source, *(location.source_map for location in locations if location)]))


def encoded(source: SourceMap) -> str:
    """Return the content of a file in the encoding of the answers."""
    return b2a_base64(source.data, newline=False).decode()


def location_fields(location: Location | None, sources: Sequence[SourceMap]) -> dict[str, Any]:
    """Return a location as a member of an answer, empty for None; `sources` are the files that the answer lists."""
    if location is None:
        return {}
    ranges = [
        {
            "start": without_empty(line=range_.start_line, character=range_.start_character),
            "end": without_empty(line=range_.end_line, character=range_.end_character),
        }
        for range_ in location.ranges
    ]
    return {"location": without_empty(sourceIndex=sources.index(location.source_map), ranges=ranges)}


def without_empty(**members: object) -> dict[str, object]:
    """Return the members that are not empty: Docker's format omits zeros, empty texts and false."""
    return {name: value for name, value in members.items() if value}


def table(*rows: Sequence[str]) -> str:
    """Return rows of equal length as lines whose columns begin below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def describe(answered: Sequence[Subrequest] | None = None) -> Result:
    """Return the subrequests that a frontend answers, by default those of this module."""
    listed = KNOWN if answered is None else answered
    rows = [(known.id.removeprefix("frontend."), known.version, known.description) for known in listed]
    return result(DESCRIBE, [_entry(known) for known in listed], table(("NAME", "VERSION", "DESCRIPTION"), *rows))


def _entry(known: Subrequest) -> dict[str, object]:
    metadata = _METADATA | (_STATUS if known is LINT else {})
    return {
        "name": known.id,
        "version": known.version,
        "type": "rpc",
        "description": known.description,
        "opts": None,
        "inputs": None,
        "metadata": [{"name": name, "description": text} for name, text in metadata.items()],
        "refs": None,
    }


def convert_llb(definition: Definition) -> Result:
    """Return a definition as JSON, op by op; the text is the same JSON."""
    encoded_ops = zip(definition.digests, definition.ops, strict=True)
    metadata = sorted(definition.metadata.items())
    answer = {
        "def": {digest: to_dict(ops.Op.decode(op)) for digest, op in encoded_ops},
        "metadata": {digest: to_dict(item, proto_names=True) for digest, item in metadata},
        "source": to_dict(definition.source or ops.Source()),
    }
    return result(CONVERT_LLB, answer, json.dumps(answer, indent=2) + "\n")


class Finding(NamedTuple):
    """One finding: the rule's name, its description and URL, the message, and the location."""

    rule: str
    description: str
    url: str
    detail: str
    location: Location


class BuildError(NamedTuple):
    """The reason why the file cannot be built, and its locations."""

    message: str
    location: Location


def lint(source: SourceMap, warnings: Sequence[Finding], error: BuildError | None = None) -> Result:
    """Return the warnings about a file and the files that it includes; status 1 if there are any."""
    locations = [warning.location for warning in warnings] + ([error.location] if error else [])
    sources = sources_of(source, locations)
    answer: dict[str, Any] = {
        "warnings": [_warning(warning, sources) for warning in warnings],
        "sources": [_source(listed) for listed in sources],
    }
    if error:
        answer["buildError"] = {"message": error.message, **location_fields(error.location, sources)}
    return result(LINT, answer, _lint_text(warnings, error), status=1 if locations else 0)


def _warning(warning: Finding, sources: list[SourceMap]) -> dict[str, Any]:
    return {
        "ruleName": warning.rule,
        "description": warning.description,
        "url": warning.url,
        "detail": warning.detail,
        **location_fields(warning.location, sources),
    }


def _source(source: SourceMap) -> dict[str, Any]:
    return {"filename": source.filename, "language": source.language or "", "data": encoded(source)}


def _lint_text(warnings: Iterable[Finding], error: BuildError | None) -> str:
    rows = [
        f"{warning.location.source_map.filename}:{warning.location.ranges[0].start_line}: {warning.rule}: "
        f"{warning.detail} ({warning.url})\n"
        for warning in warnings
    ]
    return "".join([*rows, f"{error.message}\n"] if error else rows)


class Arg(NamedTuple):
    """A build arg with its value in this build; `location` is None if the file does not mention it."""

    name: str
    value: str
    description: str = ""
    location: Location | None = None


class Need(NamedTuple):
    """A build secret or an SSH agent of the client, by its id."""

    name: str
    required: bool
    location: Location


class Cache(NamedTuple):
    """A directory that the builder keeps."""

    id: str
    location: Location


class Outline(NamedTuple):
    """The parameters of a target; `name` and `description` are those of the target."""

    name: str
    description: str = ""
    args: Sequence[Arg] = ()
    secrets: Sequence[Need] = ()
    ssh: Sequence[Need] = ()
    caches: Sequence[Cache] = ()


def outline(source: SourceMap, content: Outline) -> Result:
    """Return the parameters of a target."""
    needed = (*(arg.location for arg in content.args), *(need.location for need in (*content.secrets, *content.ssh)))
    sources = sources_of(source, [*needed, *(cache.location for cache in content.caches)])
    answer = without_empty(
        name=content.name,
        description=content.description,
        args=[_arg(arg, sources) for arg in content.args],
        secrets=[_need(secret, sources) for secret in content.secrets],
        ssh=[_need(agent, sources) for agent in content.ssh],
        cache=[{"ID": cache.id, **location_fields(cache.location, sources)} for cache in content.caches],
        sources=[encoded(listed) for listed in sources],
    )
    return result(OUTLINE, answer, _outline_text(content))


def _arg(arg: Arg, sources: Sequence[SourceMap]) -> dict[str, Any]:
    return without_empty(name=arg.name, description=arg.description, value=arg.value) | location_fields(
        arg.location, sources
    )


def _need(need: Need, sources: Sequence[SourceMap]) -> dict[str, Any]:
    return without_empty(name=need.name, required=need.required) | location_fields(need.location, sources)


def _outline_text(content: Outline) -> str:
    """The text for a buildx that supports only older versions of the answer."""
    parts = [f"TARGET: {content.name}\n"]
    if content.args:
        rows = ((arg.name, arg.value, arg.description) for arg in content.args)
        parts.append(table(("BUILD ARG", "VALUE", "DESCRIPTION"), *rows))
    for heading, needs in (("SECRET", content.secrets), ("SSH", content.ssh)):
        if needs:
            parts.append(table((heading, "REQUIRED"), *((it.name, "true" if it.required else "") for it in needs)))
    if content.caches:
        parts.append(table(("CACHE",), *((cache.id,) for cache in content.caches)))
    return "\n".join(parts)


class Listed(NamedTuple):
    """A target: its name, description, base and location; `default` marks the target without `--target`."""

    name: str
    description: str
    base: str
    platform: str
    location: Location
    default: bool = False


def targets(source: SourceMap, entries: Sequence[Listed]) -> Result:
    """Return the targets of a file."""
    sources = sources_of(source, [target.location for target in entries])
    listed = [
        without_empty(
            name=target.name,
            default=target.default,
            description=target.description,
            base=target.base,
            platform=target.platform,
        )
        | location_fields(target.location, sources)
        for target in entries
    ]
    rows = ((f"{it.name} (default)" if it.default else it.name, it.description) for it in entries)
    text = table(("TARGET", "DESCRIPTION"), *rows)
    return result(TARGETS, {"targets": listed, "sources": [encoded(file) for file in sources]}, text)


class Subrequest(NamedTuple):
    """A subrequest: its id (`requestid`), the version of the answer's format, and its purpose."""

    id: str
    version: str
    description: str


LINT = Subrequest("frontend.lint", "1.0.0", "Check the file and list warnings and errors, without building")
OUTLINE = Subrequest("frontend.outline", "1.0.0", "List all parameters that the target takes")
TARGETS = Subrequest("frontend.targets", "1.0.0", "List all targets of the file")
CONVERT_LLB = Subrequest("frontend.convertllb", "0.1.0", "Show the build graph of the target")
DESCRIBE = Subrequest("frontend.subrequests.describe", "1.0.0", "List the subrequests that this frontend answers")

KNOWN = (OUTLINE, TARGETS, LINT, CONVERT_LLB, DESCRIBE)
