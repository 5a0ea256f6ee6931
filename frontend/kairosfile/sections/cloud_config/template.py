"""Args in the file of a cloud-config, with `template: true` next to its `from`.

AuroraBoot expands its own templates, `[[[ .name ]]]`, in files of its command line; cloud-configs are put into images
and artifacts unchanged here, so they would not be expanded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.language import interpolation, rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError, did_you_mean
from kairosfile.language.source import Position, Range, Source
from kairosfile.language.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Path
    from kairosfile.sections.document import Document

_OF_AURORABOOT = re.compile(r"\[\[\[-?[ \t]*\.\w[^\n]{0,200}?\]\]\]")


def unfilled(source: Source) -> Iterator[Diagnostic]:
    """Yield an error for each of AuroraBoot's templates in a text."""
    for number, line in enumerate(source.text.split("\n"), 1):
        for match in _OF_AURORABOOT.finditer(line):
            message = f"nothing expands {match[0]} here: it would stay in the file unchanged"
            hint = "write `template: true` beside the file or its content, and ${NAME} of an arg here"
            yield Diagnostic(
                rules.CLOUD_CONFIG_TEMPLATE, Range.of(number, match.start() + 1, len(match[0])), message, hint
            )


def fill(document: Document, source: Source) -> tuple[Source, list[Diagnostic]]:
    """Return the text of a file with the args of a document inserted, and diagnostics of unresolved references."""
    text, gaps = interpolation.fill_text(source.text, document.args)
    return Source(source.filename, text), [_diagnostic(document, source, gap) for gap in gaps]


def filled_text(document: Document, path: Path, name: str) -> str:
    """Return the expanded text of the file that the field at `path` names; raises KairosfileError without the file."""
    data = document.files.read(name) if document.files else None
    if data is None:
        message = f'the template "{name}" cannot be filled: the build context is not here'
        diagnostic = document.diagnostic(rules.MISSING_FILE, path, message, "give the folder that is the build context")
        raise KairosfileError(document.source, [diagnostic])
    return interpolation.fill_text(data.decode("utf-8-sig"), document.args)[0]


def args_of_file(document: Document, name: str) -> tuple[str, ...]:
    """Return the fields of the args that a file names."""
    data = document.files.read(name) if document.files else None
    return args_of(document, (data or b"").decode(errors="replace"))


def args_of(document: Document, text: str) -> tuple[str, ...]:
    """Return the fields of the args that a text names."""
    return tuple(f"args.{name}" for name in interpolation.args_named_in(text) if name in document.model.args)


def _diagnostic(document: Document, source: Source, gap: interpolation.Gap) -> Diagnostic:
    before = source.text[: gap.start]
    start = Position(before.count("\n") + 1, gap.start - before.rfind("\n"))
    range_ = Range(start, Position(start.line, start.column + gap.end - gap.start))
    if not gap.name:
        hint = "write ${NAME} or ${NAME:-default}, and $$ for a dollar"
        return Diagnostic(rules.INTERPOLATION, range_, 'a "${" begins no arg', hint)
    hint = (
        did_you_mean(nearest(gap.name, document.args)) or f"declare it: `args: {{{gap.name}: a default}}`, or write $$"
    )
    return Diagnostic(rules.UNDEFINED_ARG, range_, f'there is no arg "{gap.name}"', hint)
