"""What /etc/kairos-release inside an image says, against the image's labels, its platform and a Kairosfile at hand.

kairos-init writes the file, and an installed system goes by it; labels and provenance only tell of it from outside.
"""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from kairosfile.cli.doctor.finding import Finding
from kairosfile.cli.registry import RegistryError, repository
from kairosfile.cli.verify.layers import read_file
from kairosfile.cli.verify.manifests import UnreadableError, manifest_of, repository_of
from kairosfile.plan.kairos_steps import variant
from kairosfile.plan.resolve import VERSION_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kairosfile.cli.verify.checks import Local
    from kairosfile.cli.verify.evidence import Evidence, Pushed
    from kairosfile.spec.model import Kairosfile

PATH = "etc/kairos-release"
VERSION, VARIANT, MODEL, ARCH = "KAIROS_VERSION", "KAIROS_VARIANT", "KAIROS_MODEL", "KAIROS_ARCH"
NEEDED = (VERSION, VARIANT, MODEL, ARCH)
SHOWN = (*NEEDED, "KAIROS_FLAVOR", "KAIROS_FLAVOR_RELEASE", "KAIROS_SOFTWARE_VERSION", "KAIROS_INIT_VERSION")
CHECK = "release"
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?")


def expected(model: Kairosfile) -> dict[str, str]:
    """Return what the file is to say in the image of a Kairosfile."""
    return {VERSION: model.version, VARIANT: variant(model), MODEL: model.model}


def releases(image: str, pushed: Pushed, local: Mapping[str, Local]) -> Iterator[Finding]:
    """Read the file of each platform out of the image's layers; what keeps it from being read is a finding."""
    name = repository_of(image)
    for one in pushed.platforms:
        where = f"{one.platform}: /{PATH}"
        try:
            with repository(name) as client:
                content = read_file(client, manifest_of(client, pushed.digest, one.platform), PATH)
        except RegistryError as error:
            yield Finding(CHECK, "error", f"{where} cannot be read: {error}", error.advice)
        except UnreadableError as error:
            yield Finding(CHECK, "warning", f"{where} cannot be read: {error}")
        else:
            missing = Finding(CHECK, "warning", f"{where} is missing", "is it of Kairos? kairos-init writes the file")
            yield from [missing] if content is None else compared(parse(content), one, local.get(one.platform))


def parse(content: bytes) -> dict[str, str]:
    """Return the keys of the file with their values; lines that are no `KEY="value"` are left out."""
    values: dict[str, str] = {}
    for line in content.decode(errors="replace").splitlines():
        with suppress(ValueError):  # a quote without its end
            for word in shlex.split(line, comments=True)[:1]:
                key, equals, value = word.partition("=")
                values |= {key: "".join(it if it.isprintable() else "?" for it in value)} if equals else {}
    return values


def compared(values: Mapping[str, str], found: Evidence, local: Local | None) -> Iterator[Finding]:
    """Yield what the file says, then what contradicts it."""
    said = ", ".join(f"{key} {values[key]}" for key in SHOWN if values.get(key))
    yield Finding(CHECK, "ok", f"{found.platform}: {said or 'it says nothing'}")
    for key in NEEDED:
        if not values.get(key):
            yield Finding(CHECK, "warning", f"{found.platform}: /{PATH} has no {key}", "kairos-init writes it")
    yield from _differing(values, found.platform, {ARCH: found.platform.split("/")[1]}, "the image's platform")
    if label := found.labels.get(VERSION_LABEL):
        yield from _differing(values, found.platform, {VERSION: label}, f"the label {VERSION_LABEL}")
    if local:
        yield from _differing(values, found.platform, local.release, local.file)


def _differing(values: Mapping[str, str], platform: str, wanted: Mapping[str, str], by: str) -> Iterator[Finding]:
    for key, value in wanted.items():
        said = values.get(key)
        if said and not _agree(key, said, value, values):
            message = f"{platform}: {key} is {said} in the image, {by} says {value}"
            yield Finding(CHECK, "error", message, "an installed system goes by what is in the image: build it again")


def _agree(key: str, said: str, wanted: str, values: Mapping[str, str]) -> bool:
    if key != VERSION:
        return said == wanted
    # Up to v0.2.4 kairos-init wrote the framework's version there.
    of_framework = "KAIROS_REGISTRY_AND_ORG" in values and "KAIROS_FRAMEWORK_VERSION" not in values
    return of_framework or _normal(said) == _normal(wanted)


def _normal(version: str) -> tuple[object, ...]:
    """Return a version as kairos-init reads it: `v01.2` is `1.2.0`."""
    match = _VERSION.fullmatch(version)
    return (*(int(match[part] or 0) for part in (1, 2, 3)), match[4] or "") if match else (version,)
