"""Values as YAML text: in one line, as flow collections, or as lines of block style.

A text is written without quotes if the parser reads the same text back, so `no` needs no quotes and `true` does.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from kairosfile.language.diagnostics import KairosfileError
from kairosfile.language.parser import parse
from kairosfile.language.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.language.nodes import Plain

STEP = "  "
# Characters that YAML allows in a text, except line breaks that editors count differently.
_SPECIAL = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_WORDS: dict[bool | None, str] = {True: "true", False: "false", None: "null"}


def one_line(value: Plain, quotes: str = "", *, in_flow: bool = False) -> str:
    """Return a value on one line; a text in these quotes (unquoted for '') if possible, else in double quotes."""
    if isinstance(value, dict):
        inner = (f"{key_text(name, in_flow=True)}: {one_line(member, in_flow=True)}" for name, member in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(one_line(item, in_flow=True) for item in value)}]"
    if not isinstance(value, str):
        return _WORDS[value]
    if quotes == "'" and "\n" not in value and not _SPECIAL.search(value):
        return "'" + value.replace("'", "''") + "'"
    return value if not quotes and _is_plain(value, in_flow=in_flow) else _double_quoted(value)


def key_text(name: str, *, in_flow: bool = False) -> str:
    """Return the name of a member, in quotes if it needs them."""
    return name if _is_plain(name, in_flow=in_flow, key=True) else _double_quoted(name)


def entry(head: str, value: Plain, indent: str) -> list[str]:
    """Return the lines of a member or an item in block style; `head` is `name:` or a dash with its spacing."""
    if isinstance(value, str) and (block := literal(value, indent + STEP)):
        return [f"{indent}{head.rstrip()} {block[0]}", *block[1:]]
    if not value or not isinstance(value, dict | list):
        text = "" if value is None else one_line(value)
        return [f"{indent}{head.rstrip()} {text}".rstrip() if head.endswith(":") else f"{indent}{head}{text}".rstrip()]
    if head.endswith(":"):
        return [indent + head, *collection(value, indent + STEP)]
    first, *others = collection(value, indent + " " * len(head))
    return [indent + head + first.lstrip(" "), *others]


def collection(value: Mapping[str, Plain] | Sequence[Plain], indent: str) -> list[str]:
    """Return the lines of a mapping or a list, which is not empty, in block style."""
    if isinstance(value, dict):
        return [line for name, member in value.items() for line in entry(f"{key_text(name)}:", member, indent)]
    return [line for item in value for line in entry("- ", item, indent)]


def literal(text: str, indent: str, style: str = "|") -> list[str]:
    """Return a text of several lines as a block of a style, header first; empty if that is impossible."""
    body = text.rstrip("\n")
    if "\n" not in text or not can_be_block(text):
        return []
    return block_of(body, len(text) - len(body), indent, style)


def can_be_block(text: str) -> bool:
    """Return whether a text can be a block without an explicit indentation number."""
    return bool(text.strip()) and text[0] not in " \t\n" and not _SPECIAL.search(text)


def block_of(body: str, ends: int, indent: str, style: str) -> list[str]:
    """Return the lines of a block, header first; `ends` is the number of line feeds at the end of the text."""
    chomping = ("-", "")[ends] if ends < 2 else "+"  # noqa: PLR2004 - none, one, or more that are kept
    lines = [indent + line if line else "" for line in body.split("\n")]
    if style == ">":
        lines = [line for number, line in enumerate(lines) for line in (["", line] if number else [line])]
    return [style + chomping, *lines, *[""] * max(0, ends - 1)]


def _is_plain(text: str, *, in_flow: bool, key: bool = False) -> bool:
    """Return whether a text without quotes is read back unchanged, wherever it is inserted."""
    if not text or "\n" in text or (len(text) > _LONGEST_KEY and key):
        return False
    sample = f"{text}: x" if key else f"x: {text}"
    try:
        read = parse(Source("", f"[{{{sample}}}]" if in_flow else sample)).plain()
    except KairosfileError:
        return False
    pair = {text: "x"} if key else {"x": text}
    return read == ([pair] if in_flow else pair)


_LONGEST_KEY = 1000  # YAML allows 1024 characters before the colon


def _double_quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
