"""Stages that run AuroraBoot as the field `artifacts`.

What is made is told by the words of AuroraBoot, by what is mounted for it, and by the stages that are targets.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.dockerfile import shell
from kairosfile.dockerfile.adopt import auroraboot, kairos, mounts
from kairosfile.dockerfile.eject.lowering import COLLECTS
from kairosfile.kairos.auroraboot import AURORABOOT, ENROLLED, KEYS, NETBOOT, PRIVATE_KEYS, ROOTFS
from kairosfile.kairos.releases import release_of
from kairosfile.plan.artifacts import OVERLAY_ISO
from kairosfile.plan.collect import CONFIG, MADE, SECRET
from kairosfile.spec.model.artifacts import Iso, Raw, Uki

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.dockerfile.adopt.found import Data
    from kairosfile.dockerfile.adopt.instructions import Adopter
    from kairosfile.dockerfile.adopt.stages import Stage
    from kairosfile.dockerfile.reader import Instruction
    from kairosfile.spec.model.record import Record

KINDS = ("iso", "uki", "netboot", "raw")
_MODELS: dict[str, type[Record]] = {"iso": Iso, "uki": Uki, "raw": Raw}
_MEBIBYTES = ("efi_size_warn", "size", "state_size", "recovery_image_size")
_PATHS = ("overlay_rootfs", "overlay_iso", "splash", "cloud_config")
# One run makes one of them; the first is what is made where none is named.
_EACH = {"uki": ("output_type", "outputs", "iso"), "raw": ("format", "formats", "efi")}
_ALIASES = {"raw": "efi", "mbr": "bios"}


class _Call(NamedTuple):
    """A RUN with its words and the options of its mounts."""

    stage: Stage
    instruction: Instruction
    words: Sequence[str]
    mounts: Sequence[Mapping[str, str]]

    def context(self, target: str) -> str | None:
        """Return the path of the build context that is mounted at a target."""
        return kairos.context_path(self.mounts, target)

    def mounted(self, target: str) -> Mapping[str, str]:
        """Return the mount at a target, empty for none."""
        return next((mount for mount in self.mounts if mount.get("target") == target), {})


def read(adopter: Adopter) -> Data:
    """Return the field, empty where no stage makes anything of the image."""
    calls = list(_calls(adopter))
    own = [call._replace(words=words) for call in calls if (words := auroraboot.called_with(call.words))]
    named = [call for call in calls if tuple(call.words[:3]) == COLLECTS]
    image = adopter.scope.plain(next((image for call in own if (image := adopter.stages.image(call.stage.start))), ""))
    spoken = auroraboot.release_spoken(image, [call.words for call in own])
    made = _Made(adopter)
    for call in own:
        try:
            made.take(call, auroraboot.read(call.words, spoken))
        except ValueError as error:
            adopter.leave(call.instruction, str(error))
    made.add_secrets(named)
    if any(tuple(call.words) == NETBOOT for call in calls):
        made.data["netboot"] = {}
    asked = made.asked()
    version = None if spoken == release_of(image, AURORABOOT) else str(spoken)
    names = [name for call in named if (name := adopter.scope.field(call.words[3]))]
    tool: Data = {"auroraboot": kairos.tool_field(image, version, AURORABOOT)} if image else {}
    tool |= {"name": names[0]} if names else {}
    return tool | asked if asked else {}


def _calls(adopter: Adopter) -> Iterator[_Call]:
    """Yield the RUNs of stages that the image is not made of."""
    for stage in adopter.stages.stages:
        for each in stage.instructions if stage not in adopter.stages.lineage else ():
            if each.keyword == "RUN":
                shown = [mounts.options(text) for name, text in each.flags if name == "mount"]
                yield _Call(stage, each, _words(adopter, each), shown)


def _words(adopter: Adopter, instruction: Instruction) -> Sequence[str]:
    """Return the words that are executed; of a shell text those that AuroraBoot is called with, if it is."""
    written = instruction.exec_form
    if written is not None:
        return shell.without_env(written)[0]
    try:
        done = shell.follow(instruction.joined, adopter.scope.variables(), AURORABOOT.name.lower())
    except shell.UnknownShellError:
        return ()
    return next((shell.without_env(each.words)[0] for each in done if isinstance(each, shell.Call)), ())


class _Made:
    """What is made, by its kind, as it is put together."""

    def __init__(self, adopter: Adopter) -> None:
        self.field = adopter.scope.field
        self.stages = adopter.stages
        self.data: dict[str, Data] = {}
        self.kinds: dict[str, str] = {}

    def take(self, call: _Call, line: auroraboot.CommandLine) -> None:
        """Take one call of AuroraBoot; raises ValueError for one that is no artifact of the image."""
        if call.mounted(ROOTFS).get("from", "").lower() not in {stage.name.lower() for stage in self.stages.lineage}:
            raise ValueError(f"what is mounted at {ROOTFS} is not this image")
        self.kinds[call.stage.name.lower()] = line.kind
        data = self.data.setdefault(line.kind, {})
        if line.kind in _EACH:
            setting, name, default = _EACH[line.kind]
            wanted = line.settings.pop(setting, [default])
            data.setdefault(name, []).extend(_ALIASES.get(each, each) for each in wanted)
        for setting, values in line.settings.items():
            data |= self._setting(line.kind, setting, values, call)
        if line.kind == "uki":
            data["keys"] = self._keys(call)
        if config := call.context(f"{OVERLAY_ISO}/{CONFIG}"):
            data["cloud_config"] = self.field(config)

    def add_secrets(self, named: Sequence[_Call]) -> None:
        """Add the cloud-configs that are secrets, which are laid into a finished ISO."""
        for call in named:
            kind = self.kinds.get(call.mounted(MADE).get("from", "").lower())
            if kind and (secret := call.mounted(SECRET).get("id")):
                self.data[kind]["cloud_config"] = {"secret": self.field(secret)}

    def asked(self) -> Data:
        """Return what is a target by its name, or is told something: an ISO may be there for netboot files alone."""
        targets = {stage.name.lower() for stage in self.stages.stages} & set(KINDS) or set(self.data)
        for kind, (_, name, default) in _EACH.items():
            if self.data.get(kind, {}).get(name) == [default]:
                del self.data[kind][name]
        return {kind: data for kind in KINDS if (data := self.data.get(kind)) is not None and (data or kind in targets)}

    def _setting(self, kind: str, setting: str, values: list[str], call: _Call) -> Data:
        """Return a setting of AuroraBoot as a field, nothing for one that follows from others."""
        (first, *_) = values
        if setting == "no_default_cloud_config":
            return {"default_cloud_config": False}
        if setting in _PATHS:
            path = call.context(first)
            return {setting: self.field(path)} if path else {}
        if setting not in _MODELS[kind].model_fields:
            return {}
        if setting in _MEBIBYTES:
            return {setting: f"{first}m"}
        default = _MODELS[kind].model_fields[setting].default
        if isinstance(default, bool):
            return {setting: True}
        return {setting: [self.field(text) for text in values] if isinstance(default, tuple) else self.field(first)}

    def _keys(self, call: _Call) -> Data:
        public = call.context(f"{KEYS}/{ENROLLED[0]}")
        if public is None:
            raise ValueError(f"the public keys of a UKI are those of a folder of the build context, mounted in {KEYS}")
        ids = {name: call.mounted(f"{KEYS}/{file}").get("id", file) for name, file in PRIVATE_KEYS.items()}
        own = {name: self.field(found) for name, found in ids.items() if found != PRIVATE_KEYS[name]}
        return {"public_keys": self.field(posixpath.dirname(public) or "."), **own}
