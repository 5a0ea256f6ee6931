"""`adopt`: a Dockerfile that calls kairos-init as a Kairosfile.

Only the stages that the image is made of count, from the base to the last one, those that look at the image, and those
in which AuroraBoot makes something of it. Calls of kairos-init become fields,
what is between them becomes steps of the hook that is at that place. What has no word in a Kairosfile is a leftover
with its line; where the image would lack something without it, a step that fails holds its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from kairosfile.dockerfile.adopt import artifacts, kairos
from kairosfile.dockerfile.adopt.found import Commented, Data, Found, Leftover
from kairosfile.dockerfile.adopt.instructions import Adopter
from kairosfile.dockerfile.adopt.stages import Stages
from kairosfile.dockerfile.reader import parse
from kairosfile.plan.steps import describe
from kairosfile.spec.model import Hooks

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Adopted", "Commented", "Leftover", "NotKairosError", "adopt"]


class NotKairosError(ValueError):
    """A Dockerfile in which no call of kairos-init is found."""


class Adopted(NamedTuple):
    """The fields of a Kairosfile in their order, steps with their comments, and what is left over."""

    fields: Data
    leftovers: list[Leftover]


def adopt(text: str, build_args: Mapping[str, str]) -> Adopted:
    """Return what a Dockerfile says as a Kairosfile; raises NotKairosError."""
    stages = Stages(parse(text), build_args)
    adopter = Adopter(stages)
    for instruction in stages.chain:
        adopter.take(instruction)
    found = adopter.found
    if not {"install", "init"} <= found.stages.keys():
        lines = "".join(f"\n  line {line}: {said}: {reason}" for line, said, reason in found.leftovers)
        raise NotKairosError(f"no call of kairos-init for install and init was understood{lines}")
    return Adopted(_fields(adopter), found.leftovers)


def _fields(adopter: Adopter) -> Data:
    found, scope = adopter.found, adopter.scope
    fields: Data = {"base": scope.field(adopter.stages.base)}
    if "family" in found.fields:
        fields["family"] = found.fields["family"]
    fields |= dict(kairos.fields(found, scope, adopter.kairos_init))
    if "binaries" in found.fields:
        fields["binaries"] = found.fields["binaries"]
    if found.environment:
        fields["environment"] = found.environment
    hooks = {name: list(map(_named, steps)) for name, steps in found.hooks.items() if steps}
    fields |= {"hooks": hooks} if hooks else {}
    fields |= {"cloud_config": found.cloud_config} if found.cloud_config else {}
    fields |= {"tests": found.tests} if found.tests else {}
    made = artifacts.read(adopter)
    fields |= {"artifacts": made} if made else {}
    fields |= {"labels": found.labels} if found.labels else {}
    return fields | _args(found, fields)


def _named(item: Commented) -> Commented:
    """Leave out a name that the step would have by itself."""
    rest = {key: value for key, value in item.data.items() if key != "name"}
    try:
        (step,) = Hooks.model_validate({"after_init": [rest]}).after_init
    except ValidationError:
        return item  # the check of the whole file says what is wrong with it
    is_own = " ".join(describe(step).split()) != item.data.get("name")
    return item if is_own else item._replace(data=rest)


def _args(found: Found, fields: Data) -> Data:
    """Return the args; a field whose usual name a step mentions is that arg then."""
    named = {"VERSION": "version", "MODEL": "model", "BASE_IMAGE": "base"}
    for name, field in named.items():
        if name in found.args and fields.get(field) == found.args[name]:
            fields[field] = f"${{{name}}}"
    return {"args": found.args} if found.args else {}
