"""What a written command line of AuroraBoot says: the table that a plan makes one of, read the other way round."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.kairos.auroraboot import AURORABOOT, COMMANDS, PROGRAM, SEES_BOOT, Flag
from kairosfile.kairos.releases import release_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.kairos.releases import Release

VALUE = "{value}"
Settings = dict[str, list[str]]


class CommandLine(NamedTuple):
    """What is made, and each setting with its values, of a switch one empty text."""

    kind: str
    settings: Settings


def called_with(words: Sequence[str]) -> Sequence[str]:
    """Return the words that AuroraBoot itself is run with, none where something else is run."""
    own = words[len(SEES_BOOT) :] if tuple(words[: len(SEES_BOOT)]) == SEES_BOOT else words
    return own if own and own[0] in (PROGRAM, PROGRAM.rpartition("/")[2]) else ()


def release_spoken(image: str, said: Iterable[Sequence[str]]) -> Release:
    """Return the release that is spoken to: that of the image's tag, else the newest that knows all the words."""
    lines = list(said)
    firsts = {flag.first for flags in COMMANDS.values() for flag in flags}
    own = release_of(image, AURORABOOT)
    known = (
        chosen for chosen in (own, *sorted(firsts, reverse=True)) if all(_is_known(each, chosen) for each in lines)
    )
    return next(known, own)


def read(words: Sequence[str], spoken: Release) -> CommandLine:
    """Return what words say to a release; raises ValueError where a plan would not say it in these words."""
    for kind, flags in COMMANDS.items():
        settings = _settings(words[1:], [flag for flag in flags if flag.is_in(spoken)])
        if settings is not None:
            return CommandLine(kind, settings)
    raise ValueError(f"a Kairosfile does not call AuroraBoot {spoken} like that: {shlex.join(words)}")


def _is_known(words: Sequence[str], spoken: Release) -> bool:
    try:
        read(words, spoken)
    except ValueError:
        return False
    return True


def _settings(words: Sequence[str], flags: Sequence[Flag]) -> Settings | None:
    """Return what flags say, None where a word is none of them or one is missing that is always there."""
    settings: Settings = {}
    missing = [flag for flag in flags if not flag.setting]
    rest = list(words)
    while rest:
        found = next(((flag, value) for flag in flags if (value := _value(flag, rest)) is not None), None)
        if found is None:
            return None
        flag, value = found
        del rest[: len(flag.words)]
        if flag in missing:
            missing.remove(flag)
        if flag.setting:
            settings.setdefault(flag.setting, []).append(value)
    return None if missing else settings


def _value(flag: Flag, words: Sequence[str]) -> str | None:
    """Return the value that words give a flag, empty for a switch, None where they are not that flag."""
    if len(words) < len(flag.words):
        return None
    value = ""
    for pattern, word in zip(flag.words, words, strict=False):
        before, is_open, after = pattern.partition(VALUE)
        if not is_open and word != pattern:
            return None
        if is_open:
            if not (word.startswith(before) and word.endswith(after) and len(word) >= len(before) + len(after)):
                return None
            value = word[len(before) : len(word) - len(after)]
    return value
