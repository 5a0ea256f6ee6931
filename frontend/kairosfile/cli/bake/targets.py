"""The targets that build the images of a matrix, by their names, and the groups that they are in.

A target is called after its image, without the version, so that CI can name it for good. Releases of the provider are
in the names where there are several of one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.naming import named
from kairosfile.cli.stop import StopError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.cli.bake.images import Image
    from kairosfile.kairos.naming import Named

DEFAULT = "default"

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")


class Target(NamedTuple):
    """An image with its parts of the name, and the name of its target."""

    name: str
    image: Image
    parts: Named

    @property
    def start(self) -> tuple[str, str]:
        """What the steps before install depend on: the base and the platform."""
        document = self.image.document
        return document.model.base, document.platform


def targets_of(images: Iterable[Image]) -> list[Target]:
    """Return the targets of images; raises StopError where one has no name, or two have the same."""
    parts = [(image, named(image.document, image.document.platform)) for image in images]
    releases = {(one.provider, one.provider_version) for _, one in parts}
    providers = [name for name, _ in releases]
    found: dict[str, Target] = {}
    for image, own in parts:
        target = Target(_name(own, with_release=providers.count(own.provider) > 1), image, own)
        first = found.setdefault(target.name, target)
        if first is not target:
            bases = f"{first.start[0]} and {target.start[0]}"
            raise StopError(f"{bases} would both be called {own.image('published')}; leave one of them out")
    return list(found.values())


def groups_of(targets: Sequence[Target]) -> dict[str, list[str]]:
    """Return the group of all targets, and one for each word that divides them: `ubuntu`, `core`, `rpi4`, ..."""
    groups: dict[str, list[str]] = {}
    for target in targets:
        for word in _words(target.parts):
            groups.setdefault(word, []).append(target.name)
    dividing = {word: names for word, names in sorted(groups.items()) if len(names) < len(targets)}
    dividing.pop(DEFAULT, None)
    return {DEFAULT: [target.name for target in targets], **dividing}


def _words(one: Named) -> set[str]:
    flavor = one.flavor.repository
    words = (flavor, f"{flavor}-{one.flavor.release}", one.variant, one.architecture, one.model, one.provider)
    return {_plain(word) for word in words if word}


def _name(one: Named, *, with_release: bool) -> str:
    flavor = one.flavor
    parts = [flavor.repository, flavor.release, one.variant, one.architecture, one.model, one.provider]
    return _plain("-".join(part for part in [*parts, one.provider_version if with_release else ""] if part))


def _plain(text: str) -> str:
    return _NOT_IN_A_NAME.sub("-", text)
