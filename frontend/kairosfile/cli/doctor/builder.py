"""buildx and the BuildKit that it builds with: their versions, what follows from them, and what can be run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.cli.buildx.client import FIRST_WITH_RAW_JSON
from kairosfile.cli.doctor.finding import Finding
from kairosfile.cli.stop import StopError
from kairosfile.oci import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.cli.doctor.surroundings import Surroundings

Version = tuple[int, ...]

# The oldest BuildKit in each major version of the engine; distributions build engines that do not know its number.
IN_ENGINE: dict[int, Version] = {23: (0, 10), 24: (0, 11), 25: (0, 12), 26: (0, 13), 27: (0, 14), 28: (0, 20)}
START = "start it: docker buildx inspect --bootstrap"
OLDEST: Version = (0, 13)

# What an older BuildKit lacks that people will miss, by the first release that has it.
CAPABILITIES: tuple[tuple[Version, str], ...] = (
    ((0, 14), "`docker buildx build --check`"),
    ((0, 14), "messages of more than 4 MiB"),
)


def buildx(surroundings: Surroundings) -> Iterator[Finding]:
    """There is a buildx, and one that tells its progress as JSON."""
    found = surroundings.buildx
    if isinstance(found, StopError):
        advice = "install it: the package is docker-buildx-plugin or docker-buildx"
        yield Finding("buildx", "error", str(found).partition("\n")[0], advice)
    elif found.has_raw_json:
        yield Finding("buildx", "ok", found.text)
    else:
        first = _text(FIRST_WITH_RAW_JSON)
        message = f"{found.text} cannot tell its progress to `kairosfile build`"
        yield Finding("buildx", "warning", message, f"upgrade it to {first} or newer")


def buildkit(surroundings: Surroundings) -> Iterator[Finding]:
    """The BuildKit in use is one that was tried."""
    builder = surroundings.builder
    if isinstance(surroundings.buildx, StopError):
        return
    fault = builder.fault or builder.fields.get("Error", "")
    if fault:
        advice = "choose another: docker buildx ls, docker buildx use NAME"
        yield Finding("buildkit", "error", f"the builder in use does not work: {fault}", advice)
        return
    version, name = _version(surroundings)
    where = f"{name} of the builder {builder.fields.get('Name', '')} (driver {builder.driver})"
    if not version:
        yield Finding("buildkit", "unknown", f"{where} does not tell its version", START)
    elif version < OLDEST:
        yield Finding("buildkit", "warning", f"{where} is older than {_text(OLDEST)}", "upgrade it")
    else:
        lacks = [what for first, what in CAPABILITIES if version < first]
        yield Finding("buildkit", "ok", where + (f"; it lacks {', '.join(lacks)}" if lacks else ""))


def platforms(surroundings: Surroundings) -> Iterator[Finding]:
    """The builder can run the programs of each platform asked for."""
    known = {_normal(name) for name in surroundings.builder.platforms}
    if not known:
        if surroundings.platforms and not surroundings.builder.fault:
            message = "what the builder can run is not known before it is started"
            yield Finding("platform", "unknown", message, START)
        return
    for wanted in surroundings.platforms:
        yield _platform(wanted, can_run=_normal(wanted) in known)


def _platform(wanted: str, *, can_run: bool) -> Finding:
    if can_run:
        return Finding("platform", "ok", f"{wanted} can be built")
    advice = (
        "install emulation: qemu-user-static and binfmt-support of the distribution, or docker run --privileged --rm "
        f"tonistiigi/binfmt --install {wanted.split('/')[1]}; or add a native node: docker buildx create --append"
    )
    return Finding("platform", "error", f"{wanted} cannot be run by this builder", advice)


def _version(surroundings: Surroundings) -> tuple[Version, str]:
    """Return the version of BuildKit, empty where nobody knows it, and its name."""
    fields, engine = surroundings.builder.fields, surroundings.engine
    told = fields.get("BuildKit version") or fields.get("BuildKit") or fields.get("Buildkit") or ""
    match = re.match(r"v?(\d+)\.(\d+)", told)
    number = tuple(map(int, match.groups())) if match else ()
    if any(number):
        return number, f"BuildKit {told}"
    if isinstance(engine, str) or not surroundings.builder.is_engine:
        return (), "BuildKit"
    known = [major for major in IN_ENGINE if major <= engine.major]
    return (IN_ENGINE[max(known)] if known else ()), f"the BuildKit in Docker {engine.version}"


def _normal(platform: str) -> Platform | str:
    try:
        return Platform.parse(platform).normalized()
    except ValueError:
        return platform


def _text(version: Version) -> str:
    return ".".join(map(str, version))
