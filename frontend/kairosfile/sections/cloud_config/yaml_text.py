"""Write values of a Kairosfile as YAML, for programs that read YAML 1.1: what was unquoted stays so, 0644 a number.

Only the emitter of PyYAML is imported. The rest of the package, which would decide what needs quotes, takes more
instructions than a whole plain build.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from yaml.emitter import Emitter
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import Event

    from kairosfile.language.nodes import Node

_TEXT, _MAPPING, _SEQUENCE = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))
_WIDTH = 1000  # long lines are not folded

# What YAML 1.1 reads as something else than text: constants, numbers, times (https://yaml.org/type/).
_WORDS = ("yes", "no", "true", "false", "on", "off", "null")
_CONSTANTS = frozenset(
    (*_WORDS, *(word.title() for word in _WORDS), *(word.upper() for word in _WORDS), "", "~", "<<", "=")
)
_NUMBER = compile_later(
    r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*(?::[0-5]?[0-9])*"
    r"|[0-9][0-9_]*(?:\.[0-9_]*(?:[eE][-+][0-9]+)?|(?::[0-5]?[0-9])+\.[0-9_]*)|\.(?:inf|Inf|INF))"
    r"|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|\.(?:nan|NaN|NAN)"
)
_TIME = compile_later(
    r"[0-9]{4}-(?:[0-9]{2}-[0-9]{2}"
    r"|[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)"
)


def write(node: Node) -> str:
    """Return a value as a YAML document."""
    stream = StringIO()
    emitter = Emitter(stream, allow_unicode=True, width=_WIDTH)
    for event in (StreamStartEvent(), DocumentStartEvent(), *_events(node), DocumentEndEvent(), StreamEndEvent()):
        emitter.emit(event)
    return stream.getvalue()


def is_text(value: str) -> bool:
    """Return whether YAML 1.1 reads a value without quotes as text."""
    return value not in _CONSTANTS and not _NUMBER.fullmatch(value) and not _TIME.fullmatch(value)


def _events(node: Node) -> Iterator[Event]:
    if isinstance(node.value, dict):
        yield MappingStartEvent(None, _MAPPING, implicit=True, flow_style=False)
        for key, child in node.value.items():
            yield _scalar(key, quoted=True)
            yield from _events(child)
        yield MappingEndEvent()
    elif isinstance(node.value, list):
        yield SequenceStartEvent(None, _SEQUENCE, implicit=True, flow_style=False)
        for child in node.value:
            yield from _events(child)
        yield SequenceEndEvent()
    elif isinstance(node.value, str):
        yield _scalar(node.value, quoted=node.quoted, style="|" if "\n" in node.value else None)
    else:
        yield _scalar("null" if node.value is None else str(node.value).lower(), quoted=False)


def _scalar(value: str, *, quoted: bool, style: str | None = None) -> ScalarEvent:
    """Return the event of a scalar, which needs quotes if it was quoted and is no text without them."""
    return ScalarEvent(None, _TEXT, (not quoted or is_text(value), True), value, style=style)
