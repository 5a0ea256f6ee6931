"""Write an adopted Kairosfile: YAML as a person would have it, with the comments of the Dockerfile above the steps."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from kairosfile.dockerfile.adopt.found import Commented

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYNTAX = "# syntax=quay.io/kairos/kairos-frontend:v1"
WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, lists below their keys indented, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - said twice is easier to read
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def write(fields: Mapping[str, Any], head: list[str]) -> str:
    """Return the text of a Kairosfile, whose first lines are the syntax and a comment."""
    lines = [SYNTAX, *(f"# {line}".rstrip() for line in head)]
    for name, value in fields.items():
        lines += _field(name, value)
    return "\n".join(lines) + "\n"


def _field(name: str, value: object) -> Iterator[str]:
    if name == "hooks" and isinstance(value, dict):
        yield "hooks:"
        for hook, steps in value.items():
            yield f"  {hook}:"
            yield from (line for step in steps for line in _item(step, "    "))
    elif isinstance(value, list) and value and isinstance(value[0], Commented):
        yield f"{name}:"
        yield from (line for item in value for line in _item(item, "  "))
    else:
        yield from _dump({name: value}).splitlines()


def _item(item: Commented, indent: str) -> Iterator[str]:
    for line in item.comment:
        yield f"{indent}# {line}".rstrip()
    yield from textwrap.indent(_dump([item.data]), indent, lambda line: bool(line.strip())).splitlines()


def _dump(data: object) -> str:
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH))
