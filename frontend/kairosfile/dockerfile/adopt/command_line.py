"""What a written command line of kairos-init says: its stage, and the settings that the plan makes one of.

Every spelling counts here that a release takes, not only those that a plan uses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.kairos.commands import dialect_of
from kairosfile.kairos.releases import Release, release

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NEW_SYNTAX = release("v0.5.0-rc1")
ALL = "all"
VALIDATE = "validate"

_SHARED = {"l": "log_level", "s": "stage", "m": "model", "t": "trusted", "k": "provider.name"}
_SHARED |= {"k8sversion": "provider.version", "version": "version"}
OLD = _SHARED | {"v": "variant", "f": "framework.version", "r": "framework.registry"}
NEW = _SHARED | {"level": "log_level", "stage": "stage", "model": "model", "trusted": "trusted", "v": "version"}
NEW |= {"kubernetes-provider": "provider.name", "p": "provider.name", "provider": "provider.name"}
NEW |= {"skip-step": "skip_steps"}
SWITCHES = {"fips": "fips", "stage-extensions": "stage_extensions", "x": "stage_extensions", "validate": VALIDATE}
_PROVIDER = re.compile(r"provider-(\w+)-(version|config)")


class CommandLine(NamedTuple):
    """A stage with its settings by the names of the command table; and the words that no release takes."""

    stage: str
    settings: dict[str, str]
    unknown: tuple[str, ...]


def read(words: Sequence[str], spoken: Release) -> CommandLine:
    """Return what the words after the program's name say to a release."""
    settings: dict[str, str] = {}
    unknown: list[str] = []
    for name, value in _pairs(words, OLD if spoken < NEW_SYNTAX else NEW):
        if value is None:
            unknown.append(name)
        elif value:
            settings[name] = value
    stage = VALIDATE if settings.pop(VALIDATE, "") else settings.pop("stage", ALL)
    return CommandLine(stage, settings, tuple(unknown))


def _pairs(words: Sequence[str], names: dict[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield settings with their values, and words that are not understood with None."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.lstrip("-").partition("=")
        provider = _PROVIDER.fullmatch(name)
        if not word:
            continue
        if word == VALIDATE:
            yield VALIDATE, "true"
        elif word.startswith("-") and name in SWITCHES:
            yield SWITCHES[name], value if equals else "true"
        elif word.startswith("-") and (name in names or provider) and (equals or rest):
            setting = f"provider.{provider[2]}" if provider else names[name]
            yield setting, value if equals else rest.pop(0)
        else:
            yield word, None


def speaks(spoken: Release, words: Sequence[str]) -> bool:
    """Tell whether a release could be told these words of a stage: by the flags that only some dialects have."""
    dialect = dialect_of(spoken)
    known = {word for flag in (*dialect.flags, *dialect.validate) for word in flag.words if word.startswith("-")}
    providers = {word.replace("{provider}", name) for word in known for name in dialect.providers}
    flags = {word for word in words if word.startswith("-")}
    return flags <= known | providers and not (spoken < NEW_SYNTAX and VALIDATE in words)
