"""Readable diagnostics for a text that is not YAML, at the range of the actual mistake.

libyaml notices many mistakes only on the next line; its context mark, where the construct began, is then right.
This module is imported only for a file that is not YAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic, Fix
from kairosfile.language.nodes import Position, Range
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import IGNORECASE, compile_later

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.language.nodes import Source
    from kairosfile.language.yaml_events import Mark, YamlError

NO_BREAK_SPACE = "\u00a0"
# Up to the value of a line: indentation, dashes, the key with its colon.
_BEFORE_VALUE = compile_later(r"[ \t]*+(?:-[ \t]++)*(?:[\w./$-]++[ \t]*+:[ \t]++)?")
_NO_SPACE = compile_later(r"[ \t]*+(?:-[ \t]++)*([\w-]++):([^\s:/].*)")
_WORD_VALUE = compile_later(r"([ \t]*+(?:-[ \t]++)*)([a-z_][\w-]*+)[ \t]++([^\s:].*)", IGNORECASE)
_DASH = compile_later(r"[ \t]*+-(?:[ \t]|$)")
_PLACEHOLDER = compile_later(r"@\w++@")
_COMMENT = compile_later(r"[ \t]#.*")
_ARG_IN_BRACKETS = compile_later(r"\$\{[^{}\n]*+\}[^\s,\[\]{}\"']*+")
_WORD_ENDS = frozenset(",[]{}\"'$")


class _YamlError(NamedTuple):
    """An error of libyaml with its two marks, which are equal if libyaml gives only one."""

    source: Source
    problem: str
    context: Position
    position: Position

    def line(self, number: int) -> str:
        return self.source.line(number)


def explain(source: Source, error: YamlError) -> Diagnostic:
    """Return the diagnostic of an error of libyaml."""
    marks = [_position(mark) for mark in (error.context_mark, error.problem_mark) if mark is not None]
    first, last = (marks[0], marks[-1]) if marks else (Position(1, 1), Position(1, 1))
    marked = _YamlError(source, error.problem or "", first, last)
    for words, describe in _CAUSES:
        if words in marked.problem and (diagnostic := describe(marked)) is not None:
            return diagnostic
    reason = " ".join(part for part in (error.context, error.problem) if part)
    return _diagnostic(
        marked, marked.position, f"this is not valid YAML: {reason}", "check indentation, colons and quotes"
    )


def _position(mark: Mark) -> Position:
    return Position(mark.line + 1, mark.column + 1)


def _diagnostic(
    marked: _YamlError, position: Position, message: str, hint: str, *, width: int = 1, fix: Fix | None = None
) -> Diagnostic:
    range_ = before_end(marked.source, Range(position, Position(position.line, position.column + max(1, width))))
    return Diagnostic(rules.YAML_SYNTAX, range_, message, hint, fix=fix)


def before_end(source: Source, range_: Range) -> Range:
    """Return a range; for a position after the last line the last character of that line, for the excerpt."""
    lines = source.text.rstrip("\n").split("\n")
    return range_ if range_.start.line <= len(lines) else Range.of(len(lines), max(1, len(lines[-1])))


def _replace(line: int, column: int, width: int, text: str) -> Fix:
    return Fix(Range.of(line, column, width), text)


def _no_break_space(marked: _YamlError) -> Diagnostic | None:
    for number in range(marked.context.line, marked.position.line + 1):
        column = marked.line(number).find(NO_BREAK_SPACE) + 1
        if column:
            message = "a no-break space (U+00A0) where YAML requires a plain space"
            fix = _replace(number, column, 1, " ")
            return _diagnostic(marked, Position(number, column), message, "replace it by a plain space", fix=fix)
    return None


def _no_colon(marked: _YamlError) -> Diagnostic | None:
    """Report a line that is neither a key with its value nor the next line of a value."""
    if diagnostic := _no_break_space(marked) or _space_missing(marked, marked.context.line):
        return diagnostic
    number, line = marked.context.line, marked.line(marked.context.line)
    start = Position(number, len(line) - len(line.lstrip()) + 1)
    message, width = f'there is no colon in "{line.strip()}"', len(line.strip())
    match = _WORD_VALUE.fullmatch(line)
    if match is None:
        return _diagnostic(marked, start, message, "write `name: value`", width=width)
    fix = _replace(number, match.start(2) + 1, len(match[2]), f"{match[2]}:")
    return _diagnostic(marked, start, message, f"write {match[2]}: {match[3].rstrip()}", width=width, fix=fix)


def _space_missing(marked: _YamlError, number: int) -> Diagnostic | None:
    match = _NO_SPACE.fullmatch(marked.line(number))
    if match is None:
        return None
    position = Position(number, match.start(1) + 1)
    message = f'there is no space after the colon of "{match[1]}"'
    hint = f"write {match[1]}: {match[2].rstrip()}"
    fix = _replace(number, match.start(1) + 1, len(match[1]) + 1, f"{match[1]}: ")
    return _diagnostic(marked, position, message, hint, width=len(match[1]) + 1, fix=fix)


def _colon_in_value(marked: _YamlError) -> Diagnostic | None:
    """Report a second `: ` on a line, or a key after lines that are the text of a value."""
    number, line = marked.position.line, marked.line(marked.position.line)
    if diagnostic := _no_break_space(marked):
        return diagnostic
    before = _BEFORE_VALUE.match(line)
    if before is not None and before.end() and ":" in before[0] and before.end() < marked.position.column:
        return _quote(marked, number, 'a ": " inside a value makes YAML look for a key there')
    above = next((each for each in range(number - 1, 0, -1) if marked.line(each).strip()), 0)
    if above and (diagnostic := _space_missing(marked, above)):
        return diagnostic
    message = "this line is indented deeper than the one above it, which has a value already"
    start = len(line) - len(line.lstrip()) + 1
    return _diagnostic(marked, Position(number, start), message, f"give it the indentation of line {above or number}")


def _quote(marked: _YamlError, number: int, message: str) -> Diagnostic:
    """Return the diagnostic of a value that needs quotes, with the quoted value as an edit."""
    line = marked.line(number)
    before = _BEFORE_VALUE.match(line)
    start = before.end() if before else 0
    value = _COMMENT.sub("", line[start:]).rstrip()
    quoted = "'" + value.replace("'", "''") + "'"
    fix = _replace(number, start + 1, len(value), quoted)
    position = marked.position if marked.position.line == number else Position(number, start + 1)
    return _diagnostic(marked, position, message, "put the whole value in quotes", fix=fix)


def _character(marked: _YamlError) -> Diagnostic | None:
    number, line = marked.position.line, marked.line(marked.position.line)
    character = line[marked.position.column - 1 : marked.position.column]
    if character == "\t":
        return _tab(marked)
    message = f'no value begins with "{character}" in YAML'
    if _PLACEHOLDER.match(line, marked.position.column - 1):
        return _diagnostic(
            marked, marked.position, message, "put it in quotes, or write ${NAME} for an arg of the file"
        )
    return _quote(marked, number, message) if character else None


def _tab(marked: _YamlError) -> Diagnostic:
    number, line = marked.position.line, marked.line(marked.position.line)
    column = line.find("\t") + 1
    width = len(line) - len(line[column - 1 :].lstrip("\t")) - column + 1
    fix = _indented_with_blanks(marked, number) if column == 1 else _replace(number, column, width, "  " * width)
    return _diagnostic(
        marked,
        Position(number, column),
        "YAML allows no tabs in an indentation",
        "indent with spaces",
        width=width,
        fix=fix,
    )


def _indented_with_blanks(marked: _YamlError, first: int) -> Fix:
    """Return the edit of all lines from this one on that begin with tabs: libyaml names one at a time."""
    lines = marked.source.text.split("\n")[first - 1 :]
    tabs = [len(line) - len(line.lstrip("\t")) for line in lines]
    last = max(index for index, width in enumerate(tabs) if width)
    lines_before = ["  " * width + line[width:] for line, width in zip(lines[:last], tabs, strict=False)]
    end = Position(first + last, tabs[last] + 1)
    return Fix(Range(Position(first, 1), end), "\n".join([*lines_before, "  " * tabs[last]]))


def _open_quote(marked: _YamlError) -> Diagnostic | None:
    number, column = marked.context
    line = marked.line(number)
    quote = line[column - 1 : column]
    message, hint = f"the quote {quote} that opens here is never closed", "close it at the end of the value"
    width = len(line.rstrip()) - column + 1
    return _diagnostic(
        marked, marked.context, message, hint, width=width, fix=_replace(number, column + width, 0, quote)
    )


def _open_bracket(marked: _YamlError) -> Diagnostic | None:
    number, column = marked.context
    bracket = marked.line(number)[column - 1 : column]
    if diagnostic := _arg_in_brackets(marked):
        return diagnostic
    if marked.position.line == number:
        message = f'a "," or the end of the "{bracket}" of column {column} is missing here'
        return _diagnostic(marked, marked.position, message, "separate the items with commas, and close the bracket")
    closing = {"[": "]", "{": "}"}.get(bracket, "")
    message = f'the "{bracket}" that opens here is never closed'
    width = len(marked.line(number).rstrip()) - column + 1
    fix = _replace(number, column + width, 0, closing) if width > 0 else None
    return _diagnostic(marked, marked.context, message, f'close it with "{closing}"', width=width, fix=fix)


def _arg_in_brackets(marked: _YamlError) -> Diagnostic | None:
    """`{x: ${A}}`: the brace of an arg is one of YAML's there."""
    number, column = marked.position
    line = marked.line(number)
    for match in _ARG_IN_BRACKETS.finditer(line):
        start = _start_of_word(line, match.start())
        if start < column <= match.end():
            word = line[start : match.end()]
            message = f"inside brackets YAML reads the brace of {word} as the start of a mapping"
            fix = _replace(number, start + 1, len(word), f'"{word}"')
            return _diagnostic(
                marked, Position(number, start + 1), message, f'write "{word}"', width=len(word), fix=fix
            )
    return None


def _start_of_word(line: str, end: int) -> int:
    while end and not line[end - 1].isspace() and line[end - 1] not in _WORD_ENDS:
        end -= 1
    return end


def _misplaced(marked: _YamlError) -> Diagnostic | None:
    """Report an unexpected token in a block: wrong indentation, or text after a closed quote."""
    number, line = marked.position.line, marked.line(marked.position.line)
    if line[: marked.position.column - 1].strip():
        return _quote(marked, number, "more text follows a value that has ended")
    indent, expected = marked.position.column, _expected_column(marked, number)
    message = "the indentation of this line fits none of the lines above it"
    if expected is None:
        return _diagnostic(marked, marked.position, message, "line it up with the lines that it belongs to")
    fix = _replace(number, 1, indent - 1, " " * (expected.column - 1)) if indent != expected.column else None
    hint = f"line it up with line {expected.line}: {expected.column - 1} spaces before it"
    return _diagnostic(marked, marked.position, message, hint, fix=fix)


def _expected_column(marked: _YamlError, number: int) -> Position | None:
    """Return the start of the last line of the same kind, an item or a key."""
    is_item = _DASH.match(marked.line(number)) is not None
    for above in range(number - 1, 0, -1):
        line = marked.line(above)
        body = line.lstrip(" ")
        if body and not body.startswith("#") and (_DASH.match(line) is not None) == is_item:
            return Position(above, len(line) - len(body) + 1)
    return None


def _dash_in_value(marked: _YamlError) -> Diagnostic | None:
    message = "a list begins on the line of its key"
    return _diagnostic(marked, marked.position, message, "put `- ` and the item on the next line, indented")


def _star(marked: _YamlError) -> Diagnostic | None:
    sign = marked.line(marked.context.line)[marked.context.column - 1 : marked.context.column]
    kind = "an alias" if sign == "*" else "an anchor"
    at_context = marked._replace(position=marked.context)
    return _quote(at_context, marked.context.line, f'a value that begins with "{sign}" is {kind} in YAML')


def _escape(marked: _YamlError) -> Diagnostic | None:
    message = "the backslash in these double quotes does not begin an escape of YAML"
    return _diagnostic(marked, marked.position, message, "use single quotes, or write two backslashes")


def _block_header(marked: _YamlError) -> Diagnostic | None:
    at_context = marked._replace(position=marked.context)
    sign = marked.line(marked.context.line)[marked.context.column - 1 : marked.context.column]
    return _quote(at_context, marked.context.line, f'after "{sign}" a text begins on the next line')


def _closing(marked: _YamlError) -> Diagnostic | None:
    character = marked.line(marked.position.line)[marked.position.column - 1 : marked.position.column]
    return _quote(marked, marked.position.line, f'no value begins with "{character}" in YAML') if character else None


# By libyaml's message; the first function that returns a diagnostic wins.
_CAUSES: tuple[tuple[str, Callable[[_YamlError], Diagnostic | None]], ...] = (
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
