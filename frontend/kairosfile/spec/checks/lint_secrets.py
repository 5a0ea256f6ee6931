"""Secrets that stand in a file: whoever can read the repository or the image's cloud-config has them.

Looks for the forms that are unmistakable (private keys, tokens of well-known services), and for plain values under
keys that name a password. The message never repeats the value.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic
from kairosfile.spec.source import Position, Range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Node

PRIVATE_KEY = r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"
_KINDS = (
    ("a private key", re.compile(PRIVATE_KEY)),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20,64}\b")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,250}")),
    ("a Google API key", re.compile(r"\bAIza[\w-]{35}\b")),
    ("a password in an address", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@$]{1,64}:[^\s/:@$]{1,128}@")),
)
# Keys of cloud-config and of environments that hold a password or a token in the clear.
_KEY = re.compile(r"(?:.{0,40}[_-])?(?:passwd|password|token|api_?key|access_?key)|.{1,40}[_-]secret", re.IGNORECASE)
_LINE = re.compile(r"[ \t]*(?:-[ \t]+|export[ \t]+)?([\w-]{1,60})[ \t]*[:=][ \t]*[\"']?([^\s\"'#]+)")
# No secret: hashes as in /etc/shadow, locked accounts, what is filled in later, constants.
_HARMLESS = re.compile(r"[$!*<{].*|/.*|true|false|null|~|\|.*|>.*|x+|changeme", re.IGNORECASE)


HINT = "revoke it if the file was shared, and hand it over at build time as a secret mount, or at boot time"


def pasted(document: Document) -> Iterator[Diagnostic]:
    """No secret stands in the file."""
    seen: set[int] = set()
    yield from _walk(document, document.root, "", seen)


def is_secret(key: str, text: str) -> bool:
    """Tell whether a value holds what should not be shown; `key` is the name that it goes by."""
    return any(True for _ in _secrets(text, key))


def _walk(document: Document, node: Node, key: str, seen: set[int]) -> Iterator[Diagnostic]:
    if id(node.value) in seen and not isinstance(node.value, str):
        return  # an alias: its anchor has been looked at
    seen.add(id(node.value))
    if isinstance(node.value, str):
        yield from _text(document, node, node.value, key)
    for name, child in node.fields.items():
        yield from _walk(document, child, name, seen)
    for child in node.items:
        yield from _walk(document, child, key, seen)


def _text(document: Document, node: Node, text: str, key: str) -> Iterator[Diagnostic]:
    for kind, secret in _secrets(text, key):
        # What does not stand in the file came from a build arg.
        if place := find_in(document, node, secret):
            message = f"this looks like {kind}, readable for whoever has this file"
            yield Diagnostic(rules.SECRET, place, message, HINT)


def _secrets(text: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield what a secret is and the secret, at most one for each line."""
    if _is_secret(key, text):
        yield f"a value of {key}", text
        return
    for line in text.splitlines():
        match = _LINE.match(line)
        found = next(((kind, hit[0]) for kind, pattern in _KINDS if (hit := pattern.search(line))), None)
        if found:
            yield found
        elif match and _is_secret(match[1], match[2]):
            yield f"a value of {match[1]}", match[2]


def _is_secret(key: str, value: str) -> bool:
    return "\n" not in value and bool(_KEY.fullmatch(key)) and not _HARMLESS.fullmatch(value)


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Return the lines of a text; every finding of a file asks for them again."""
    return text.split("\n")


def find_in(document: Document, node: Node, text: str) -> Range | None:
    """Return where in the lines of a value a text stands; None where it does not stand there as it is."""
    source = node.range.source or document.source
    lines = _lines(source.text)
    for number in range(node.range.start.line, min(node.range.last_line, len(lines)) + 1):
        column = lines[number - 1].find(text)
        if column >= 0:
            start = Position(number, column + 1)
            return Range(start, Position(number, column + 1 + len(text)), node.range.source)
    return None
