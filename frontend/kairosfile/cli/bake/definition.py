"""The JSON that `docker buildx bake` reads. What all targets have in common is in one that they inherit, `_common`.

Each target writes a cache of its own, because two that wrote to one place would overwrite each other. It reads that
one, and the cache of the first target with its base and platform, whose steps before install are the same.

Bake reads strings as templates, also in JSON: what looks like one is escaped.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from kairosfile.cli.bake.targets import groups_of
from kairosfile.cli.checking import context_of
from kairosfile.cli.naming import SPELLINGS
from kairosfile.cli.stop import StopError
from kairosfile.cli.syntax_line import with_frontend
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kairosfile.cli.bake.targets import Target
    from kairosfile.cli.checking import Wishes
    from kairosfile.kairos.naming import Spelling

COMMON = "_common"
BOTH = "both"
TITLE, BASE_NAME = "org.opencontainers.image.title", "org.opencontainers.image.base.name"

_TEMPLATE = re.compile(r"([$%])(?=\{)")


class Goods(NamedTuple):
    """What is to come of all targets, as the options of the command say it."""

    registry: str
    spellings: Sequence[Spelling]
    cache: str
    labels: Mapping[str, str]

    @classmethod
    def of(cls, registry: str, spelling: str, cache: str, labels: Iterable[str]) -> Self:
        """Return what the options say; raises StopError."""
        wanted = [one for one in SPELLINGS if spelling in {one, BOTH}]
        return cls(registry, wanted, cache, dict(map(_label, labels)))


def render(file: str, targets: Sequence[Target], wishes: Wishes, goods: Goods) -> str:
    """Return the definition as text."""
    firsts: dict[tuple[str, str], Target] = {}
    made = {COMMON: _common(file, targets[0], wishes, goods)}
    for target in targets:
        made[target.name] = _target(target, firsts.setdefault(target.start, target), goods)
    groups = {name: {"targets": names} for name, names in groups_of(targets).items()}
    return json.dumps(_escaped({"group": groups, "target": made}), indent=2) + "\n"


def _common(file: str, target: Target, wishes: Wishes, goods: Goods) -> dict[str, Any]:
    context = context_of(file, wishes)
    return _given(
        {
            "context": context,
            "dockerfile": os.path.relpath(file, context),
            "args": with_frontend(target.image.document.source.text, wishes.build_args),
            "labels": dict(goods.labels),
        }
    )


def _target(target: Target, first: Target, goods: Goods) -> dict[str, Any]:
    caches = [_cache(goods.cache, name) for name in dict.fromkeys((target.name, first.name)) if goods.cache]
    return _given(
        {
            "inherits": [COMMON],
            "args": target.image.combination.build_args,
            "platforms": [target.image.document.platform],
            "tags": list(dict.fromkeys(target.parts.image(spelling, goods.registry) for spelling in goods.spellings)),
            "labels": _labels(target, goods),
            "cache-from": caches,
            "cache-to": [f"{cache},mode=max" for cache in caches[:1]],
        }
    )


def _labels(target: Target, goods: Goods) -> dict[str, str]:
    """Return the labels of one image; those of the file and of the command line outrank them."""
    model = target.image.document.model
    own = {TITLE: target.parts.image(SPELLINGS[0]), BASE_NAME: normalize_reference(model.base)}
    return {key: value for key, value in own.items() if key not in model.labels and key not in goods.labels}


def _cache(repository: str, name: str) -> str:
    return f"type=registry,ref={repository}:{name}"


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _escaped(value: Any) -> Any:  # noqa: ANN401 - JSON nests anything
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return _TEMPLATE.sub(r"\1\1", value)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise StopError(f'--label "{text}" is not KEY=VALUE')
    return key, value
