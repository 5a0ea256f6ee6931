"""Write an adopted Kairosfile: YAML as a person would write it, with the comments of the Dockerfile above fields."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.dockerfile.adopt.state import StepWithComment

SYNTAX = "# syntax=quay.io/kairos/kairos-frontend:v1"
WIDTH = 110

# Characters that a block of YAML cannot hold as they are.
_SPECIAL = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class _Dumper(yaml.SafeDumper):
    """A YAML dumper: multi-line texts as blocks, lists indented below their keys, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - said twice is easier to read
        return True

    def determine_block_hints(self, text: str) -> str:
        """Write the indentation indicator of a block that begins with a tab, which libyaml takes for indentation."""
        hints = super().determine_block_hints(text)
        return f"{self.best_indent}{hints}" if text.startswith("\t") else str(hints)

    def analyze_scalar(self, scalar: str) -> Any:  # noqa: ANN401 - a class that PyYAML does not type
        """Allow blocks with tabs and with blanks at the ends of lines, which PyYAML would quote."""
        analysis = super().analyze_scalar(scalar)
        if "\n" in scalar and not _SPECIAL.search(scalar) and scalar.strip():
            analysis.allow_block = True
        return analysis


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_block = "\n" in text and not _SPECIAL.search(text) and bool(text.strip())
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if is_block else None)


_Dumper.add_representer(str, _text)


def write(
    fields: Mapping[str, Any], head: Sequence[str] = (), comments: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Return the text of a Kairosfile.

    Args:
        fields: The fields in their order; hooks hold StepWithComment.
        head: Comment lines below the first line, which names the frontend.
        comments: Comment lines by the field that they go above; `args.NAME` for an arg.
    """
    lines = [SYNTAX, *map(_comment, head)]
    for name, value in fields.items():
        lines += map(_comment, (comments or {}).get(name, ()))
        lines += _field(name, value, comments or {})
    lines += map(_comment, (comments or {}).get("", ()))
    return "\n".join(lines) + "\n"


def printable(text: str) -> str:
    """Return a text with escapes for what would end a line, or move a terminal's cursor."""
    return "".join(mark if mark.isprintable() or mark == "\t" else ascii(mark)[1:-1] for mark in text)


def _comment(line: str) -> str:
    return printable(f"# {line}".rstrip())


def _field(name: str, value: object, comments: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if name == "hooks" and isinstance(value, dict):
        yield "hooks:"
        for hook, steps in value.items():
            yield f"  {hook}:"
            yield from (line for step in steps for line in _item(step, "    "))
    elif name == "args" and isinstance(value, dict):
        yield "args:"
        for key, text in value.items():
            yield from (f"  {_comment(line)}" for line in comments.get(f"args.{key}", ()))
            yield from textwrap.indent(_dump({key: text}), "  ").splitlines()
    else:
        yield from _lines(_dump({name: value}))


def _item(item: StepWithComment, indent: str) -> Iterator[str]:
    yield from (f"{indent}{_comment(line)}" for line in item.comment)
    data = item.data
    if isinstance(data.get("run"), str) and "\n" in data["run"]:
        data = data | {"run": data["run"].rstrip("\n") + "\n"}
    yield from _lines(textwrap.indent(_dump([data]), indent, lambda line: line != "\n"))


def _lines(text: str) -> list[str]:
    """Return lines that only a line feed ends."""
    return text.removesuffix("\n").split("\n")


def _dump(data: object) -> str:
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH))
