"""Words of a Dockerfile: what must be quoted where, so that it is read as it was meant.

A Dockerfile quotes differently in each place. What a place cannot hold raises ValueError: a word that would be read as
something else is worse than none.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=~*?-]+")
_PLAIN_MOUNT = re.compile(r"[A-Za-z0-9_./:@%+=~-]+")
_EXPANDED = re.compile(r"[\\$]")


def value(text: str) -> str:
    """Return a value of ARG or LABEL; `$` in it stays a dollar."""
    if "\n" in text or "\r" in text:
        raise ValueError("a Dockerfile has no values of several lines")
    return text if _PLAIN.fullmatch(text) else '"' + re.sub(r'(["\\$])', r"\\\1", text) + '"'


def exec_form(words: Sequence[str]) -> str:
    """Return words that are executed as they are: nothing in them is expanded."""
    return json.dumps(list(words), ensure_ascii=False)


def paths(words: Sequence[str]) -> str:
    """Return the paths of a COPY."""
    for word in words:
        if _EXPANDED.search(word) or word.startswith("<<"):
            raise ValueError(f"COPY would read {word!r} as something else than a path")
    return " ".join(words) if all(map(_PLAIN.fullmatch, words)) else json.dumps(list(words), ensure_ascii=False)


def mount(fields: Sequence[str]) -> str:
    """Return the value of `--mount`: a line of CSV, in single quotes where a blank or a comma is in it."""
    texts = []
    for field in fields:
        if _EXPANDED.search(field) or any(mark in field for mark in "'\"\n"):
            raise ValueError(f"--mount would read {field!r} as something else")
        texts.append(f'"{field}"' if "," in field else field)
    text = ",".join(texts)
    return text if all(map(_PLAIN_MOUNT.fullmatch, texts)) else f"'{text}'"
