"""`frontend.outline`: what a person can, or has to, hand to the build of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kairosfile.gateway.subrequests import OUTLINE
from kairosfile.gateway.subrequests.parts import encoded, given, place, result, sources_of, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb import Location, SourceMap
    from kairosfile.pb.gateway_pb2 import Result


class Arg(NamedTuple):
    """A build arg with its value in this build; `location` is None where the file says nothing of it."""

    name: str
    value: str
    description: str = ""
    location: Location | None = None


class Need(NamedTuple):
    """A secret or an SSH agent of who builds, by its id."""

    name: str
    required: bool
    location: Location


class Cache(NamedTuple):
    """A directory that the builder keeps."""

    id: str
    location: Location


class Outline(NamedTuple):
    """What a target takes; `name` and `description` are those of the target."""

    name: str
    description: str = ""
    args: Sequence[Arg] = ()
    secrets: Sequence[Need] = ()
    ssh: Sequence[Need] = ()
    caches: Sequence[Cache] = ()


def outline(source: SourceMap, found: Outline) -> Result:
    """Answer what a target takes."""
    places = (*(arg.location for arg in found.args), *(need.location for need in (*found.secrets, *found.ssh)))
    sources = sources_of(source, [*places, *(cache.location for cache in found.caches)])
    answer = given(
        name=found.name,
        description=found.description,
        args=[_arg(arg, sources) for arg in found.args],
        secrets=[_need(secret, sources) for secret in found.secrets],
        ssh=[_need(agent, sources) for agent in found.ssh],
        cache=[{"ID": cache.id, **place(cache.location, sources)} for cache in found.caches],
        sources=[encoded(listed) for listed in sources],
    )
    return result(OUTLINE, answer, _text(found))


def _arg(arg: Arg, sources: Sequence[SourceMap]) -> dict[str, Any]:
    return given(name=arg.name, description=arg.description, value=arg.value) | place(arg.location, sources)


def _need(need: Need, sources: Sequence[SourceMap]) -> dict[str, Any]:
    return given(name=need.name, required=need.required) | place(need.location, sources)


def _text(found: Outline) -> str:
    """What a buildx prints that knows only older forms of the answer."""
    parts = [f"TARGET: {found.name}\n"]
    if found.args:
        rows = ((arg.name, arg.value, arg.description) for arg in found.args)
        parts.append(table(("BUILD ARG", "VALUE", "DESCRIPTION"), *rows))
    for heading, needs in (("SECRET", found.secrets), ("SSH", found.ssh)):
        if needs:
            parts.append(table((heading, "REQUIRED"), *((it.name, "true" if it.required else "") for it in needs)))
    if found.caches:
        parts.append(table(("CACHE",), *((cache.id,) for cache in found.caches)))
    return "\n".join(parts)
