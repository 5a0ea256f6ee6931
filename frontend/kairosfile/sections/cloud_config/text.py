"""The text of a cloud-config: whether its readers accept it, and its ranges in the file that contains it.

Kairos merges all files of /system/oem, /oem and /usr/local/cloud-config. It skips a file that does not begin with one
of three headers, unless the file has `stages`, which yip reads in any case; so nobody notices a missing header until
the machine boots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import parser, rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError
from kairosfile.language.source import Position, Range, Source
from kairosfile.sections.cloud_config.readers import HEADERS, NO_GIT, WITH_HEADER, Header, Reader, header_of
from kairosfile.sections.cloud_config.tree import check_tree, whole_folder

if TYPE_CHECKING:
    from kairosfile.language.nodes import Node

STAGES = "stages"
_LIMITS = "it is not checked here"


def check_text(source: Source, reader: Reader) -> list[Diagnostic]:
    """Return the diagnostics of the text of a cloud-config, with ranges in the text."""
    header = header_of(source.text, below_comments=reader.finds_late_headers)
    try:
        root = parser.parse(source)
    except KairosfileError as error:
        return [_not_read(diagnostic, header, reader) for diagnostic in error.diagnostics]
    found = []
    if isinstance(root.value, dict) and not header.line and (STAGES not in root.fields or reader.place == "iso"):
        found.append(_no_header(source))
        header = WITH_HEADER
    return [*found, *check_tree(root, header, reader)]


def _no_header(source: Source) -> Diagnostic:
    range_ = Range.of(1, 1, max(1, len(source.line(1))))
    message = "Kairos skips a cloud-config that does not say what it is"
    return Diagnostic(rules.CLOUD_CONFIG, range_, message, f"begin it with the line {HEADERS[0]}")


def _not_read(diagnostic: Diagnostic, header: Header, reader: Reader) -> Diagnostic:
    """Return the effect of a parser diagnostic on the machine, whose parser accepts more texts than this one."""
    if diagnostic.rule is rules.TOO_LARGE:
        return diagnostic._replace(rule=rules.CLOUD_CONFIG_EFFECT, message=f"{diagnostic.message}: {_LIMITS}")
    if diagnostic.rule is rules.DUPLICATE_KEY and not header.cloud_init and reader.release < NO_GIT:
        return diagnostic._replace(
            rule=rules.CLOUD_CONFIG_EFFECT, message=f"{diagnostic.message}: only the last one counts"
        )
    message = f"this is not a cloud-config: {diagnostic.message}; {whole_folder(reader)}"
    return Diagnostic(rules.CLOUD_CONFIG, diagnostic.range, message, diagnostic.hint)


def shift_of_block(file: Source, node: Node) -> tuple[int, int] | None:
    """Return the offset in lines and columns of a text in the file; None unless it is a literal block."""
    start = node.range.start
    if not file.line(start.line)[start.column - 1 :].startswith("|"):
        return None
    lines = str(node.value).split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    written = file.line(start.line + 1 + first)
    return (start.line, len(written) - len(lines[first])) if written.endswith(lines[first]) else None


def shifted(range_: Range, by: tuple[int, int], source: Source | None) -> Range:
    """Return a range in the text of a block as a range in its file."""
    start, end = (Position(it.line + by[0], it.column + by[1]) for it in (range_.start, range_.end))
    return Range(start, end, source)
