"""`kairosfile name`: the conventional names of what a Kairosfile makes, one set for each platform."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from kairosfile import spec
from kairosfile.cli.checking import FAULTY, Wishes
from kairosfile.cli.loading import Loaded, load_all, tell_faults
from kairosfile.cli.stop import StopError
from kairosfile.kairos.names import UNPINNED
from kairosfile.kairos.naming import LONGEST_TAG, Named, Spelling, flavor_of
from kairosfile.plan.kairos_steps import variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = "kairosfile.name/1"
SPELLINGS: tuple[Spelling, ...] = ("published", "sdk")


def show(file: str, wishes: Wishes, registry: str, form: str) -> int:
    """Print the names; errors of the file go to standard error. Returns the exit status; raises StopError."""
    try:
        names = names_of(load_all(file, wishes))
    except spec.KairosfileError as error:
        tell_faults(error)
        return FAULTY
    sys.stdout.write(_json(names, registry) if form == "json" else _text(names, registry))
    return 0


def names_of(images: Iterable[Loaded]) -> dict[str, Named]:
    """Return what the image of each platform is called; raises StopError where one has no name."""
    return {image.plan.platform: named(image.document, image.plan.platform) for image in images}


def named(document: spec.Document, platform: str) -> Named:
    """Return the parts of an image's name; raises StopError where one of them is not known before the build."""
    model = document.model
    flavor = flavor_of(model.base)
    if flavor is None:
        raise StopError(f"the base {model.base} does not say its release, which is part of the name; write it as a tag")
    provider, release = _provider(document)
    architecture = platform.split("/")[1]
    parts = (flavor, variant(model), architecture, model.model, model.version, provider, release, model.trusted_boot)
    made = Named(*parts, file_name=(model.artifacts and model.artifacts.name) or "")
    if len(made.tag("published")) > LONGEST_TAG:
        raise StopError(f"the tag {made.tag('published')} has more than {LONGEST_TAG} characters; shorten the version")
    return made


def _provider(document: spec.Document) -> tuple[str, str]:
    provider = document.model.provider
    if provider is None:
        return "", ""
    if provider.version in {None, UNPINNED}:
        why = f"the provider {provider.name} has no version, which is part of the name"
        raise StopError(f"{why}; pin it: `provider: {{name: {provider.name}, version: ...}}`")
    return provider.name, provider.version or ""


def _json(names: Mapping[str, Named], registry: str) -> str:
    platforms = [
        {
            "platform": platform,
            "images": {spelling: one.image(spelling, registry) for spelling in SPELLINGS},
            "tags": {spelling: one.tag(spelling) for spelling in SPELLINGS},
            "files": list(one.files()),
        }
        for platform, one in names.items()
    ]
    return json.dumps({"schema": SCHEMA, "platforms": platforms}, indent=2) + "\n"


def _text(names: Mapping[str, Named], registry: str) -> str:
    return "\n".join(_block(platform, one, registry) for platform, one in names.items())


def _block(platform: str, one: Named, registry: str) -> str:
    published, sdk = (one.image(spelling, registry) for spelling in SPELLINGS)
    rows = [platform, f"  image      {published}"]
    rows += [f"  image, sdk {sdk}"] if sdk != published else []
    rows += [f"  artifact   {name}" for name in one.files()]
    return "\n".join(rows) + "\n"
