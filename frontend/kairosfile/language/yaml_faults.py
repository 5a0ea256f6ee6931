"""Readable diagnostics for a text that is not YAML, at the range of the actual mistake.

libyaml notices many mistakes only on the next line: then its context mark, where the construct began, is the place.
This module is imported only for a file that is not YAML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic, Fix
from kairosfile.language.nodes import Position, Range

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.language.nodes import Source
    from kairosfile.language.yaml_events import error as yaml_error

NO_BREAK_SPACE = "\u00a0"
# Up to the value of a line: indentation, dashes, the key with its colon.
_BEFORE_VALUE = re.compile(r"[ \t]*+(?:-[ \t]++)*(?:[\w./$-]++[ \t]*+:[ \t]++)?")
_NO_SPACE = re.compile(r"[ \t]*+(?:-[ \t]++)*([\w-]++):([^\s:/].*)")
_WORD_VALUE = re.compile(r"([ \t]*+(?:-[ \t]++)*)([a-z_][\w-]*+)[ \t]++([^\s:].*)", re.IGNORECASE)
_DASH = re.compile(r"[ \t]*+-(?:[ \t]|$)")
_PLACEHOLDER = re.compile(r"@\w++@")
_COMMENT = re.compile(r"[ \t]#.*")
_ARG_IN_BRACKETS = re.compile(r"[^\s,\[\]{}\"'$]*+\$\{[^{}\n]*+\}[^\s,\[\]{}\"']*+")


class _Fault(NamedTuple):
    """An error of libyaml with its two marks, which are equal if libyaml gives only one."""

    source: Source
    problem: str
    context: Position
    place: Position

    def line(self, number: int) -> str:
        return self.source.line(number)


def explain(source: Source, error: yaml_error.MarkedYAMLError) -> Diagnostic:
    """Return the diagnostic of an error of libyaml."""
    marks = [_position(mark) for mark in (error.context_mark, error.problem_mark) if mark is not None]
    first, last = (marks[0], marks[-1]) if marks else (Position(1, 1), Position(1, 1))
    fault = _Fault(source, error.problem or "", first, last)
    for words, describe in _CAUSES:
        if words in fault.problem and (diagnostic := describe(fault)) is not None:
            return diagnostic
    reason = " ".join(part for part in (error.context, error.problem) if part)
    return _diagnostic(fault, fault.place, f"this is not valid YAML: {reason}", "check indentation, colons and quotes")


def _position(mark: yaml_error.Mark) -> Position:
    return Position(mark.line + 1, mark.column + 1)


def _diagnostic(
    fault: _Fault, place: Position, message: str, hint: str, *, width: int = 1, fix: Fix | None = None
) -> Diagnostic:
    range_ = before_end(fault.source, Range(place, Position(place.line, place.column + max(1, width))))
    return Diagnostic(rules.YAML_SYNTAX, range_, message, hint, fix=fix)


def before_end(source: Source, range_: Range) -> Range:
    """Return a range; for a position after the last line the last character of that line, for the excerpt."""
    lines = source.text.rstrip("\n").split("\n")
    return range_ if range_.start.line <= len(lines) else Range.of(len(lines), max(1, len(lines[-1])))


def _replace(line: int, column: int, width: int, text: str) -> Fix:
    return Fix(Range.of(line, column, width), text)


def _no_break_space(fault: _Fault) -> Diagnostic | None:
    for number in range(fault.context.line, fault.place.line + 1):
        column = fault.line(number).find(NO_BREAK_SPACE) + 1
        if column:
            message = "a no-break space (U+00A0) where YAML requires a plain space"
            fix = _replace(number, column, 1, " ")
            return _diagnostic(fault, Position(number, column), message, "replace it by a plain space", fix=fix)
    return None


def _no_colon(fault: _Fault) -> Diagnostic | None:
    """Report a line that is neither a key with its value nor the next line of a value."""
    if diagnostic := _no_break_space(fault) or _space_missing(fault, fault.context.line):
        return diagnostic
    number, line = fault.context.line, fault.line(fault.context.line)
    start = Position(number, len(line) - len(line.lstrip()) + 1)
    message, width = f'there is no colon in "{line.strip()}"', len(line.strip())
    match = _WORD_VALUE.fullmatch(line)
    if match is None:
        return _diagnostic(fault, start, message, "write `name: value`", width=width)
    fix = _replace(number, match.start(2) + 1, len(match[2]), f"{match[2]}:")
    return _diagnostic(fault, start, message, f"write {match[2]}: {match[3].rstrip()}", width=width, fix=fix)


def _space_missing(fault: _Fault, number: int) -> Diagnostic | None:
    match = _NO_SPACE.fullmatch(fault.line(number))
    if match is None:
        return None
    place = Position(number, match.start(1) + 1)
    message = f'there is no space after the colon of "{match[1]}"'
    hint = f"write {match[1]}: {match[2].rstrip()}"
    fix = _replace(number, match.start(1) + 1, len(match[1]) + 1, f"{match[1]}: ")
    return _diagnostic(fault, place, message, hint, width=len(match[1]) + 1, fix=fix)


def _colon_in_value(fault: _Fault) -> Diagnostic | None:
    """Report a second `: ` on a line, or a key after lines that are the text of a value."""
    number, line = fault.place.line, fault.line(fault.place.line)
    if diagnostic := _no_break_space(fault):
        return diagnostic
    before = _BEFORE_VALUE.match(line)
    if before is not None and before.end() and ":" in before[0] and before.end() < fault.place.column:
        return _quote(fault, number, 'a ": " inside a value makes YAML look for a key there')
    above = next((each for each in range(number - 1, 0, -1) if fault.line(each).strip()), 0)
    if above and (diagnostic := _space_missing(fault, above)):
        return diagnostic
    message = "this line is indented deeper than the one above it, which has a value already"
    start = len(line) - len(line.lstrip()) + 1
    return _diagnostic(fault, Position(number, start), message, f"give it the indentation of line {above or number}")


def _quote(fault: _Fault, number: int, message: str) -> Diagnostic:
    """Return the diagnostic of a value that needs quotes, with the quoted value as an edit."""
    line = fault.line(number)
    before = _BEFORE_VALUE.match(line)
    start = before.end() if before else 0
    value = _COMMENT.sub("", line[start:]).rstrip()
    quoted = "'" + value.replace("'", "''") + "'"
    fix = _replace(number, start + 1, len(value), quoted)
    place = fault.place if fault.place.line == number else Position(number, start + 1)
    return _diagnostic(fault, place, message, "put the whole value in quotes", fix=fix)


def _character(fault: _Fault) -> Diagnostic | None:
    number, line = fault.place.line, fault.line(fault.place.line)
    character = line[fault.place.column - 1 : fault.place.column]
    if character == "\t":
        return _tab(fault)
    message = f'no value begins with "{character}" in YAML'
    if _PLACEHOLDER.match(line, fault.place.column - 1):
        return _diagnostic(fault, fault.place, message, "put it in quotes, or write ${NAME} for an arg of the file")
    return _quote(fault, number, message) if character else None


def _tab(fault: _Fault) -> Diagnostic:
    number, line = fault.place.line, fault.line(fault.place.line)
    column = line.find("\t") + 1
    width = len(line) - len(line[column - 1 :].lstrip("\t")) - column + 1
    fix = _indented_with_blanks(fault, number) if column == 1 else _replace(number, column, width, "  " * width)
    return _diagnostic(
        fault,
        Position(number, column),
        "YAML allows no tabs in an indentation",
        "indent with spaces",
        width=width,
        fix=fix,
    )


def _indented_with_blanks(fault: _Fault, first: int) -> Fix:
    """Return the edit of all lines from this one on that begin with tabs: libyaml names one at a time."""
    lines = fault.source.text.split("\n")[first - 1 :]
    tabs = [len(line) - len(line.lstrip("\t")) for line in lines]
    last = max(index for index, width in enumerate(tabs) if width)
    lines_before = ["  " * width + line[width:] for line, width in zip(lines[:last], tabs, strict=False)]
    end = Position(first + last, tabs[last] + 1)
    return Fix(Range(Position(first, 1), end), "\n".join([*lines_before, "  " * tabs[last]]))


def _open_quote(fault: _Fault) -> Diagnostic | None:
    number, column = fault.context
    line = fault.line(number)
    quote = line[column - 1 : column]
    message, hint = f"the quote {quote} that opens here is never closed", "close it at the end of the value"
    width = len(line.rstrip()) - column + 1
    return _diagnostic(fault, fault.context, message, hint, width=width, fix=_replace(number, column + width, 0, quote))


def _open_bracket(fault: _Fault) -> Diagnostic | None:
    number, column = fault.context
    bracket = fault.line(number)[column - 1 : column]
    if diagnostic := _arg_in_brackets(fault):
        return diagnostic
    if fault.place.line == number:
        message = f'a "," or the end of the "{bracket}" of column {column} is missing here'
        return _diagnostic(fault, fault.place, message, "separate the items with commas, and close the bracket")
    closing = {"[": "]", "{": "}"}.get(bracket, "")
    message = f'the "{bracket}" that opens here is never closed'
    width = len(fault.line(number).rstrip()) - column + 1
    fix = _replace(number, column + width, 0, closing) if width > 0 else None
    return _diagnostic(fault, fault.context, message, f'close it with "{closing}"', width=width, fix=fix)


def _arg_in_brackets(fault: _Fault) -> Diagnostic | None:
    """`{x: ${A}}`: the brace of an arg is one of YAML's there."""
    number, column = fault.place
    for match in _ARG_IN_BRACKETS.finditer(fault.line(number)):
        if match.start() < column <= match.end():
            message = f"inside brackets YAML reads the brace of {match[0]} as the start of a mapping"
            fix = _replace(number, match.start() + 1, len(match[0]), f'"{match[0]}"')
            place = Position(number, match.start() + 1)
            return _diagnostic(fault, place, message, f'write "{match[0]}"', width=len(match[0]), fix=fix)
    return None


def _misplaced(fault: _Fault) -> Diagnostic | None:
    """Report an unexpected token in a block: wrong indentation, or text after a closed quote."""
    number, line = fault.place.line, fault.line(fault.place.line)
    if line[: fault.place.column - 1].strip():
        return _quote(fault, number, "more text follows a value that has ended")
    indent, expected = fault.place.column, _expected_column(fault, number)
    message = "the indentation of this line fits none of the lines above it"
    if expected is None:
        return _diagnostic(fault, fault.place, message, "line it up with the lines that it belongs to")
    fix = _replace(number, 1, indent - 1, " " * (expected.column - 1)) if indent != expected.column else None
    hint = f"line it up with line {expected.line}: {expected.column - 1} spaces before it"
    return _diagnostic(fault, fault.place, message, hint, fix=fix)


def _expected_column(fault: _Fault, number: int) -> Position | None:
    """Return the start of the last line of the same kind, an item or a key."""
    is_item = _DASH.match(fault.line(number)) is not None
    for above in range(number - 1, 0, -1):
        line = fault.line(above)
        body = line.lstrip(" ")
        if body and not body.startswith("#") and (_DASH.match(line) is not None) == is_item:
            return Position(above, len(line) - len(body) + 1)
    return None


def _dash_in_value(fault: _Fault) -> Diagnostic | None:
    message = "a list begins on the line of its key"
    return _diagnostic(fault, fault.place, message, "put `- ` and the item on the next line, indented")


def _star(fault: _Fault) -> Diagnostic | None:
    sign = fault.line(fault.context.line)[fault.context.column - 1 : fault.context.column]
    kind = "an alias" if sign == "*" else "an anchor"
    at_context = fault._replace(place=fault.context)
    return _quote(at_context, fault.context.line, f'a value that begins with "{sign}" is {kind} in YAML')


def _escape(fault: _Fault) -> Diagnostic | None:
    message = "the backslash in these double quotes does not begin an escape of YAML"
    return _diagnostic(fault, fault.place, message, "use single quotes, or write two backslashes")


def _block_header(fault: _Fault) -> Diagnostic | None:
    at_context = fault._replace(place=fault.context)
    sign = fault.line(fault.context.line)[fault.context.column - 1 : fault.context.column]
    return _quote(at_context, fault.context.line, f'after "{sign}" a text begins on the next line')


def _closing(fault: _Fault) -> Diagnostic | None:
    character = fault.line(fault.place.line)[fault.place.column - 1 : fault.place.column]
    return _quote(fault, fault.place.line, f'no value begins with "{character}" in YAML') if character else None


# By libyaml's message; the first function that returns a diagnostic wins.
_CAUSES: tuple[tuple[str, Callable[[_Fault], Diagnostic | None]], ...] = (
    ("could not find expected ':'", _no_colon),
    ("mapping values are not allowed", _colon_in_value),
    ("cannot start any token", _character),
    ("a tab character", _tab),
    ("unexpected end of stream", _open_quote),
    ("unexpected document indicator", _open_quote),
    ("did not find expected ',' or", _open_bracket),
    ("did not find expected key", _misplaced),
    ("did not find expected '-' indicator", _misplaced),
    ("block sequence entries are not allowed", _dash_in_value),
    ("expected alphabetic or numeric character", _star),
    ("unknown escape character", _escape),
    ("expected hexdecimal number", _escape),
    ("expected comment or line break", _block_header),
    ("expected node content", _closing),
)
