"""Secrets in a file: everyone who can read the repository or the image's cloud-config can read them.

Searches for unmistakable forms (private keys, tokens of well-known services), and for plain values under keys that name
a password. The message never repeats the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic
from kairosfile.language.nodes import Position, Range, lines_of
from kairosfile.patterns import IGNORECASE, compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Node, Source
    from kairosfile.sections.document import Document

PRIVATE_KEY = compile_later(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----", needs=("PRIVATE KEY",))
_KINDS = (
    ("a private key", PRIVATE_KEY),
    ("an AWS access key", compile_later(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", needs=("AKIA", "ASIA"))),
    (
        "a GitHub token",
        compile_later(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b",
            needs=("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        ),
    ),
    ("a GitLab token", compile_later(r"\bglpat-[\w-]{20,64}\b", needs=("glpat-",))),
    ("a Slack token", compile_later(r"\bxox[abprs]-[A-Za-z0-9-]{10,250}", needs=("xox",))),
    ("a Google API key", compile_later(r"\bAIza[\w-]{35}\b", needs=("AIza",))),
    (
        "a password in an address",
        compile_later(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@$]{1,64}:[^\s/:@$]{1,128}@", needs=("://",)),
    ),
)
# Each secret of these kinds has one of these texts, as nearly no text has.
_MARKS = (
    *("PRIVATE KEY", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "AIza"),
    "://",
)
# Keys of cloud-config and of environments whose values are passwords or tokens in plain text.
_KEY_WORDS = ("passw", "token", "key", "secret")
_KEY = compile_later(
    r"(?:.{0,40}[_-])?(?:passwd|password|token|api_?key|access_?key)|.{1,40}[_-]secret",
    IGNORECASE,
    needs=_KEY_WORDS,
)
_LINE = compile_later(r"[ \t]*(?:-[ \t]+|export[ \t]+)?([\w-]{1,60})[ \t]*[:=][ \t]*[\"']?([^\s\"'#]+)")
# Not secrets: hashes as in /etc/shadow, locked accounts, placeholders, constants.
_HARMLESS = compile_later(r"[$!*<{].*|\[\[\[.*|/.*|true|false|null|~|\|.*|>.*|x+|changeme", IGNORECASE)


HINT = "revoke it if the file was shared, and pass it at build time as a secret mount, or at boot time"


def pasted(document: Document) -> Iterator[Diagnostic]:
    """The file contains no secret."""
    visited: set[int] = set()
    yield from _walk(document, document.root, "", visited)


def secrets_of_text(source: Source) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each secret in a text file."""
    for number, line in enumerate(lines_of(source.text), 1):
        for kind, secret, before in _secrets(line, ""):
            message = f"this looks like {kind}, readable for everyone with this file or its image"
            yield Diagnostic(rules.SECRET, Range.of(number, len(before) + 1, len(secret)), message, HINT)


def is_secret(key: str, text: str) -> bool:
    """Return whether a value contains a possible secret; `key` is its name."""
    return any(True for _ in _secrets(text, key))


def masked(text: str, mask: str) -> str:
    """Return a text with each secret of a known form replaced by `mask`."""
    for _, pattern in _KINDS:
        text = pattern.sub(mask, text)
    return text


def _walk(document: Document, node: Node, key: str, visited: set[int]) -> Iterator[Diagnostic]:
    if id(node.value) in visited and not isinstance(node.value, str):
        return  # an alias: its anchor has been looked at
    visited.add(id(node.value))
    if isinstance(node.value, str):
        yield from _text(document, node, node.value, key)
    for name, child in node.fields.items():
        yield from _walk(document, child, name, visited)
    for child in node.items:
        yield from _walk(document, child, key, visited)


def _text(document: Document, node: Node, text: str, key: str) -> Iterator[Diagnostic]:
    line = 0
    for kind, secret, before in _secrets(text, key):
        # The same word is often there more than once: `name: admin` and, below it, `passwd: admin`.
        range_ = find_in(document, node, secret, after=before.lstrip(), line=line) or find_in(document, node, secret)
        if range_:  # a text that is not in the file came from a build arg
            line = range_.start.line + 1
            message = f"this looks like {kind}, readable for everyone with this file"
            yield Diagnostic(rules.SECRET, range_, message, HINT)


def _secrets(text: str, key: str) -> Iterator[tuple[str, str, str]]:
    """Yield the kind of a secret, the secret, and what its line has before it; at most one for each line."""
    if _is_secret(key, text):
        yield f"a value of {key}", text, ""
        return
    if not _has_any(text, _MARKS) and not _has_any(text.casefold(), _KEY_WORDS):
        return
    for line in text.splitlines():
        match = _LINE.match(line) if _has_any(line.casefold(), _KEY_WORDS) else None
        secret = next(
            ((kind, hit[0], line[: hit.start()]) for kind, pattern in _KINDS if (hit := pattern.search(line))), None
        )
        if secret:
            yield secret
        elif match and _is_secret(match[1], match[2]):
            yield f"a value of {match[1]}", match[2], line[: match.start(2)]


def _has_any(text: str, words: tuple[str, ...]) -> bool:
    return any(map(text.__contains__, words))


def _is_secret(key: str, value: str) -> bool:
    return "\n" not in value and bool(_KEY.fullmatch(key)) and not _HARMLESS.fullmatch(value)


def find_in(document: Document, node: Node, text: str, *, after: str = "", line: int = 0) -> Range | None:
    """Return the range of a text in the lines of a value; None if it is not literally there.

    Args:
        document: The document of the value.
        node: The value.
        text: The text to find.
        after: What stands directly before it, which is not part of the range.
        line: The first line to search, counted from 1; 0 for the whole value.
    """
    source = node.range.source or document.source
    lines = lines_of(source.text)
    for number in range(max(line, node.range.start.line), min(node.range.last_line, len(lines)) + 1):
        column = lines[number - 1].find(after + text)
        if column >= 0:
            start = Position(number, column + len(after) + 1)
            return Range(start, Position(number, start.column + len(text)), node.range.source)
    return None
