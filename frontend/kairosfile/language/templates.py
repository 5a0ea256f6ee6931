"""Args in the texts of files (`template: true`), and the args that have an inline default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.interpolation import DOLLAR, UNTOUCHED, is_template
from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from kairosfile.language.nodes import Node


class Gap(NamedTuple):
    """A reference that cannot be resolved: from `start` to `end` of a text, with the arg's name, empty for no name."""

    start: int
    end: int
    name: str


def fill_text(text: str, values: Mapping[str, str]) -> tuple[str, list[Gap]]:
    """Return a text of a file with args replaced by their values, and the references to undeclared args."""
    gaps: list[Gap] = []

    def expand(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        if match["name"] not in values:
            gaps.append(Gap(*match.span(), match["name"] or ""))
            return match[0]
        return values[match["name"]] or (match["default"] or "").removeprefix(":-")

    return DOLLAR.sub(expand, text), gaps


def args_named_in(text: str) -> list[str]:
    """Return the names of the args that a template names, each once, in their order."""
    return list(dict.fromkeys(match["name"] for match in DOLLAR.finditer(text) if match["name"]))


def defaults_in_place(node: Node, key: str = "", *, everything: bool = False) -> Iterator[tuple[str, str, Node]]:
    """Yield the names that have an inline default, with that default and the value that contains them.

    With `everything` the texts of shells and files are included, as in a template.
    """
    if key in UNTOUCHED and not everything:
        return
    if isinstance(node.value, str):
        for match in DOLLAR.finditer(node.value):
            if match["default"] is not None:
                yield match["name"], match["default"].removeprefix(":-"), node
    for name, child in node.fields.items():
        yield from defaults_in_place(child, name, everything=everything or (name == "content" and is_template(node)))
    for child in node.items:
        yield from defaults_in_place(child, everything=everything)
