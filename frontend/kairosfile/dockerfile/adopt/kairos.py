"""The calls of kairos-init as fields of a Kairosfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt import command_line
from kairosfile.kairos.commands import DIALECTS
from kairosfile.kairos.environment import STAGE_EXTENSIONS, variable
from kairosfile.kairos.releases import KAIROS_INIT, Release, Tool, is_official, release, release_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.dockerfile.adopt.found import Data, Found
    from kairosfile.dockerfile.adopt.scope import Scope

PROGRAM = "/kairos-init"
TRUE = ("true", "1")
STAGES = ("install", "init", command_line.VALIDATE)


class KairosInit:
    """The image of kairos-init that a Dockerfile uses, and the release whose words are spoken to it."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.version: str | None = None

    @property
    def release(self) -> Release:
        """The release whose words are spoken."""
        return release(self.version) if self.version else release_of(self.image)

    def hear(self, words: Sequence[str]) -> None:
        """Learn from a call which release is spoken to, where the name of the image does not tell."""
        if command_line.speaks(self.release, words):
            return
        firsts = [str(row.first) for row in reversed(DIALECTS) if command_line.speaks(row.first, words)]
        if firsts and not is_official(self.image):
            self.version = firsts[0]

    def field(self) -> str | Data:
        """Return the field `kairos_init`."""
        return tool_field(self.image, self.version)


def tool_field(image: str, version: str | None, tool: Tool = KAIROS_INIT) -> str | Data:
    """Return the field of a tool: its release alone where that names the image, with the image where that does not."""
    if version:
        return {"version": version, "image": image}
    name, _, tag = image.rpartition(":")
    official = is_official(image, tool) and "@" not in image and Release.parse(tag) is not None
    return tag if official and name else image


def stages(line: command_line.CommandLine) -> tuple[str, ...]:
    """Return the stages that a call runs."""
    return ("install", "init") if line.stage == command_line.ALL else (line.stage,)


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that kairos-init reads."""
    return {name: text for name, text in env.items() if variable(name) is not None}


def context_path(mounts: Sequence[Mapping[str, str]], target: str) -> str | None:
    """Return the path of the build context that is mounted at a target."""
    return next(
        (
            mount.get("source", "").strip("/") or "."
            for mount in mounts
            if mount["type"] == "bind" and not mount.get("from") and mount.get("target") == target
        ),
        None,
    )


def extensions_folder(env: Mapping[str, str]) -> str:
    """Return the folder in which stage extensions are looked for."""
    return env.get(STAGE_EXTENSIONS, "/etc/kairos-init/stage-extensions")


def fields(found: Found, scope: Scope, kairos_init: KairosInit) -> Iterator[tuple[str, object]]:
    """Yield the fields that the calls mean, in the order of a Kairosfile."""
    told = {**found.stages.get("init", {}), **found.stages.get("install", {})}
    init = found.stages.get("init", {})
    variant = told.get("variant")
    if variant == "standard" and "provider.name" not in told:
        yield "variant", variant
    yield "model", scope.field(told.get("model", "generic"))
    if variant != "core" and told.get("provider.name"):
        yield "provider", _provider(told, scope)
    if init.get("version"):
        yield "version", scope.field(init["version"])
    yield "kairos_init", kairos_init.field()
    if told.get("log_level", "info") != "info":
        yield "log_level", scope.field(told["log_level"])
    skipped = [name for stage in found.stages.values() for name in stage.get("skip_steps", "").split(",") if name]
    if skipped:
        yield "skip_steps", list(dict.fromkeys(skipped))
    if told.get("stage_extensions.path"):
        yield "stage_extensions", told["stage_extensions.path"]
    framework = {name: told[f"framework.{name}"] for name in ("version", "registry") if told.get(f"framework.{name}")}
    if framework:
        yield "framework", framework
    if told.get("trusted", "").lower() in TRUE:
        yield "trusted_boot", True
    if told.get("fips", "").lower() in TRUE:
        yield "fips", True


def _provider(told: Mapping[str, str], scope: Scope) -> str | Data:
    names = {"name": "provider.name", "version": "provider.version", "config": "provider.config.path"}
    given = {name: scope.field(told[setting]) for name, setting in names.items() if told.get(setting)}
    return given["name"] if len(given) == 1 else given
