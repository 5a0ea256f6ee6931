"""The calls of kairos-init as fields of a Kairosfile.

The words of a call are read as the parser of its release reads them: Go's `flag` up to v0.4, pflag from v0.5 on. Each
word gets a class; a setting that a stage does not read has no effect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt.account import Outcome, WordEntry
from kairosfile.dockerfile.adopt.values import Value
from kairosfile.kairos.commands import SCHEMAS, STAGE_EXTENSIONS, schema_for, steps_of, variable
from kairosfile.kairos.releases import KAIROS_INIT, Release, is_official, release, release_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.kairos.commands import CommandLineSchema

NEW_SYNTAX = Release(0, 5, 0, "rc", 1)
PLUGINS = Release(0, 6, 0, "rc", 1)
ALL, INSTALL, INIT, VALIDATE = "all", "install", "init", "validate"
EXTENSIONS_FOLDER = "/etc/kairos-init/stage-extensions"
TRUE = ("true", "1", "t")

# The settings of the command table by the flags that carry them.
_OLD = {"l": "log_level", "s": "stage", "m": "model", "v": "variant", "t": "trusted", "k": "provider.name"}
_OLD |= {"k8sversion": "provider.version", "f": "framework.version", "r": "framework.registry", "version": "version"}
_NEW = {"stage": "stage", "level": "log_level", "model": "model", "trusted": "trusted", "version": "version"}
_NEW |= {"skip-step": "skip_steps", "kubernetes-provider": "provider.name", "k8sversion": "provider.version"}
_NEW |= {"provider": "provider.name"}
_SHORT = {"s": "stage", "l": "level", "m": "model", "t": "trusted", "v": "version", "x": "stage-extensions"}
_SWITCHES = {"fips": "fips", "stage-extensions": "stage_extensions", "validate": VALIDATE}
_PROVIDER = re.compile(r"provider-([\w.-]+)-(version|config)")
_QUESTIONS = ("help", "version", "completion", "steps-info", "-h", "--help")

DEFAULTS = {"model": "generic", "trusted": "false", "fips": "false", "log_level": "info", "provider.version": "latest"}
DEFAULTS |= {"framework.registry": "quay.io/kairos", "stage_extensions": "false"}
FIELD_NAMES = {"trusted": "trusted_boot", "provider.name": "provider", "provider.version": "provider.version"}


@dataclass(slots=True)
class CommandLine:
    """A call: its stage, its settings by the names of the command table, and its arguments with their outcomes."""

    stage: str = ALL
    settings: dict[str, Value] = field(default_factory=dict)
    args: list[WordEntry] = field(default_factory=list)
    is_question: bool = False

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that it runs."""
        return () if self.is_question else (INSTALL, INIT) if self.stage == ALL else (self.stage,)


@dataclass(frozen=True, slots=True)
class _Flag:
    """A flag of an argument; `value` is None if the next argument is the value."""

    name: str
    value: Value | None


def read(args: Sequence[Value], cli: Release) -> CommandLine:
    """Parse the arguments of a call by the flags of a release."""
    return _Reader(list(args), cli).read()


class _Reader:
    def __init__(self, args: list[Value], cli: Release) -> None:
        self.rest = list(reversed(args))
        self.cli = cli
        self.schema = schema_for(cli)
        self.is_new = cli >= NEW_SYNTAX
        self.line = CommandLine()

    def read(self) -> CommandLine:
        while self.rest:
            self._word()
        if VALIDATE in self.line.settings:
            is_validate = _is_true(self.line.settings.pop(VALIDATE))
            self.line.stage = VALIDATE if is_validate else self.line.stage
        if self.line.stage not in (ALL, INSTALL, INIT, VALIDATE):
            self._unknown_stage()
        return self.line

    def _unknown_stage(self) -> None:
        for word in self.line.args:
            if word.word == self.line.stage:
                word.outcome, word.reason = Outcome.LEFT_OVER, "kairos-init knows no such stage"
        self.line.stage = ALL

    def _word(self) -> None:
        value = self.rest.pop()
        text = value.text
        if not text and self.is_new:
            self._settle([value], Outcome.NO_EFFECT, "kairos-init ignores an empty word")
        elif text in _QUESTIONS and not self.line.args:
            self.line.is_question = True
            self._settle([value, *reversed(self.rest)], Outcome.NO_EFFECT, "kairos-init only answers")
            self.rest.clear()
        elif text == VALIDATE and self.is_new:
            self.line.stage = VALIDATE
            self._settle([value], Outcome.FIELD, "every build validates the image")
        elif not text.startswith("-") or text == "-":
            self._positional(value)
        else:
            self._flag(value)

    def _positional(self, value: Value) -> None:
        if self.is_new:
            self._settle([value], Outcome.LEFT_OVER, f"kairos-init {self.cli} does not know {value.text}")
            return
        ignored = [value, *reversed(self.rest)]
        self.rest.clear()
        self._settle(ignored, Outcome.NO_EFFECT, f"kairos-init {self.cli} reads no words from {value.text} on")

    def _flag(self, word: Value) -> None:
        flag = self._parsed(word)
        setting = self._setting(flag.name)
        if setting is None:
            self._settle([word], Outcome.LEFT_OVER, f"kairos-init {self.cli} does not know {word.text}")
            return
        if flag.name in _SWITCHES:
            self._take(setting, flag.value or Value("true"), [word])
        elif flag.value is not None:
            self._take(setting, flag.value, [word])
        elif self.rest:
            value = self.rest.pop()
            self._take(setting, value, [word, value])
        else:
            self._settle([word], Outcome.LEFT_OVER, f"{word.text} has no value")

    def _parsed(self, word: Value) -> _Flag:
        """Return the name and the value of a flag; a short one may have its value in the same word."""
        head = word.parts[0] if isinstance(word.parts[0], str) else ""
        is_long = head.startswith("--") or not self.is_new
        if is_long:
            name, equals, first = head.lstrip("-").partition("=")
            whole = equals or len(word.parts) == 1
            if not whole:  # an arg within the name of a flag
                name, equals, first = word.text.lstrip("-").partition("=")
                return _Flag(name, Value(first) if equals else None)
            return _Flag(name, Value(first, *word.parts[1:]) if equals else None)
        long = self._short().get(head[1:2], head[1:2])
        rest = head[2:]
        if long in _SWITCHES and rest and not rest.startswith("="):
            self.rest.append(Value(f"-{rest}", *word.parts[1:]))
            return _Flag(long, None)
        value = Value(rest.removeprefix("="), *word.parts[1:])
        return _Flag(long, value if rest or len(word.parts) > 1 else None)

    def _short(self) -> dict[str, str]:
        provider = {"p": "provider"} if self.cli >= PLUGINS else {"k": "kubernetes-provider"}
        return _SHORT | provider

    def _setting(self, name: str) -> str | None:
        """Return the setting of a flag, None if the release has no such flag."""
        if not self.is_new:
            setting = _OLD.get(name) or _SWITCHES.get(name)
            always = ("stage", VALIDATE)
            return setting if setting in always or (setting and self.schema.knows(setting)) else None
        provider = _PROVIDER.fullmatch(name)
        if provider is not None:
            return f"provider.{provider[2]} {provider[1]}" if self.cli >= PLUGINS else None
        removed = ("kubernetes-provider", "k8sversion") if self.cli >= PLUGINS else ("provider",)
        if name in removed or name == "validate":
            return None
        return _NEW.get(name) or _SWITCHES.get(name)

    def _take(self, setting: str, value: Value, args: list[Value]) -> None:
        name, _, provider = setting.partition(" ")
        if provider:
            known = self.line.settings.get("provider.name")
            own = known.text if known else next((text for text in self._names()), "")
            if provider != own:
                self._settle(args, Outcome.LEFT_OVER, f"the provider {provider} is not named by -p")
                return
        if name == "stage":
            self.line.stage = value.text
            self._settle(args, Outcome.FIELD, "every build runs install, then init")
            return
        if name == "provider.name" and not value.text:
            self._settle(args, Outcome.NO_EFFECT, "an empty provider means no provider")
            self.line.settings.setdefault(name, value)
            return
        other = self.line.settings.get(name)
        if name == "provider.name" and ("," in value.text or (other and other.text not in ("", value.text))):
            self._settle(args, Outcome.LEFT_OVER, "a Kairosfile has one provider")
            return
        self.line.settings[name] = value
        reason = FIELD_NAMES.get(name, name)
        if name == VALIDATE:
            reason = "every build validates the image"
        self._settle(args, Outcome.FIELD, reason)

    def _names(self) -> Iterator[str]:
        """Yield the providers that later arguments name."""
        args = [word.text for word in reversed(self.rest)]
        for index, word in enumerate(args):
            if word in ("-p", "--provider") and index + 1 < len(args):
                yield args[index + 1]
            elif word.startswith(("-p=", "--provider=")):
                yield word.partition("=")[2]

    def _settle(self, args: Sequence[Value], outcome: Outcome, reason: str) -> None:
        self.line.args += [WordEntry(word.text, outcome, reason) for word in args]


def _is_true(value: Value) -> bool:
    return value.text.lower() in TRUE


def is_on(settings: Mapping[str, Value], name: str) -> bool:
    """Return whether a switch is on."""
    return name in settings and _is_true(settings[name])


class Tool:
    """The kairos-init image of a Dockerfile, and the release whose flags it has."""

    def __init__(self) -> None:
        self.image: Value | None = None
        self.version: str | None = None
        self.is_built_here = False

    @property
    def release(self) -> Release:
        """The release whose flags are read."""
        return release(self.version) if self.version else release_of(self.image.text if self.image else "")

    def learn(self, args: Sequence[Value]) -> None:
        """Select the newest release that has all flags of a call, unless the image's tag is the release."""
        image = self.image.text if self.image else ""
        tag = image.split("@", 1)[0].rsplit("/", 1)[-1].partition(":")[2]
        has_release = is_official(image) and Release.parse(tag) is not None
        if has_release or _is_understood(args, self.release):
            return
        firsts = [row.first for row in reversed(SCHEMAS) if _is_understood(args, row.first)]
        self.version = str(firsts[0]) if firsts else self.version

    def field(self, image: str) -> str | dict[str, str]:
        """Return the field `kairos_init` for an image reference."""
        if self.version:
            return {"version": self.version, "image": image}
        name, _, tag = image.rpartition(":")
        is_release = is_official(image) and "@" not in image and Release.parse(tag) is not None
        return tag if is_release and name == KAIROS_INIT.image else image


def _is_understood(args: Sequence[Value], cli: Release) -> bool:
    return all(word.outcome is not Outcome.LEFT_OVER for word in read(args, cli).args)


def stages_that_read(setting: str, schema: CommandLineSchema) -> frozenset[str]:
    """Return the stages that read a setting, of install and init."""
    name = setting.removesuffix(".path")
    flags = [flag for flag in schema.flags if flag.setting == name]
    return frozenset(stage for flag in flags for stage in flag.stages if stage in (INSTALL, INIT))


def effective(settings: Mapping[str, Value], stage: str, cli: Release) -> dict[str, str]:
    """Return the effective settings of a stage, without defaults and without those that the stage does not read."""
    schema = schema_for(cli)
    values = {name: value.text for name, value in settings.items()}
    if cli < NEW_SYNTAX and values.get("variant", "core") != "standard":
        values = {name: text for name, text in values.items() if not name.startswith("provider.")}
    elif cli < NEW_SYNTAX and schema.knows("provider.name"):
        values.setdefault("provider.name", "k3s")
    if values.get("variant") in ("core", ""):
        del values["variant"]
    for name in ("trusted", "fips", "stage_extensions"):
        if name in values:
            values[name] = "true" if values[name].lower() in TRUE else "false"
    if "skip_steps" in values:
        known = steps_of(cli)
        names = {name.strip() for name in values.pop("skip_steps").split(",")}
        own = sorted(name for name in names if known.get(name) == stage)
        values |= {"skip_steps": ",".join(own)} if own else {}
    reads = {name for name in values if name == "skip_steps" or stage in stages_that_read(name, schema)}
    if not values.get("provider.name"):
        reads -= {"provider.name", "provider.version", "provider.config"}
    ignored = {"log_level", "provider.config"} | {name for name in values if name.endswith(".path")}
    return {
        name: text
        for name, text in values.items()
        if name in reads and name not in ignored and text != DEFAULTS.get(name)
    }


def read_variables(env: Mapping[str, Value]) -> dict[str, Value]:
    """Return the variables that kairos-init reads."""
    return {name: value for name, value in env.items() if variable(name) is not None}


def extensions_folder(env: Mapping[str, Value]) -> str:
    """Return the folder of stage extensions."""
    folder = env.get(STAGE_EXTENSIONS)
    return folder.text if folder is not None else EXTENSIONS_FOLDER
