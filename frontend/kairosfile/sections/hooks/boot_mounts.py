"""Checks for files at paths that a booted machine hides by a mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.mounts import hidden
from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Path
    from kairosfile.sections.hooks.step import StepContext

# Paths that a shell text writes below `/usr/local` or `/oem`, except temporary ones: by a redirection, as the output of
# a download, or as the last argument of a command that copies.

_PATH = r"/(?:usr/local|oem)/[\w./@+-]{1,200}"
_PLACE = compile_later(_PATH)
_WRITES = compile_later(rf"(?:>>?[ \t]*|(?:\s-o|\s-O|--output|--output-document)[ =])[\"']?({_PATH})")
_COMMANDS = compile_later(r"[\n;&|]+")
_COPIES = frozenset({"cp", "mv", "install", "ln", "tee"})
_BEFORE_COMMANDS = frozenset({"then", "else", "do", "sudo", "{", "("})
_REPORTED = 20  # of one step
_REMOVES = compile_later(r"\brm\b[^\n;&|]{0,300}")


def hidden_at_boot(context: StepContext, path: Path, target: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a file at a path that a booted machine hides by a mount."""
    # KF302 reports /tmp if init follows, which empties it.
    mount = hidden(target, trusted_boot=context.trusted_boot)
    if mount and (mount[0] != "/tmp" or context.hook == "after_init"):  # noqa: S108 - a path of the image
        yield context.diagnostic(rules.HIDDEN_AT_BOOT, path, _message(target, mount), mount[2])


def written_where_hidden(context: StepContext, path: Path, script: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each file that a shell text writes to a path that a booted machine hides."""
    targets = list(dict.fromkeys((*_WRITES.findall(script), *_copied(script))))[:_REPORTED]
    removed = " ".join(_REMOVES.findall(script)) if targets else ""
    for target in targets:
        mount = hidden(target, trusted_boot=False)
        if mount and target not in removed:
            range_ = context.locate(path, target)
            yield Diagnostic(rules.HIDDEN_AT_BOOT, range_, _message(target, mount), mount[2])


def _copied(text: str) -> Iterator[str]:
    """Yield the last arguments of commands that copy, if they are in one of the folders."""
    for command in _COMMANDS.split(text.replace("\\\n", " ")):
        words = command.split()
        while words and words[0] in _BEFORE_COMMANDS:
            del words[0]
        last = words[-1].strip("\"'") if words and words[0] in _COPIES else ""
        if _PLACE.fullmatch(last):
            yield last


def _message(target: str, mount: tuple[str, str, str]) -> str:
    return f"{target} is hidden on an installed machine: {mount[1]} is mounted over {mount[0]}"
