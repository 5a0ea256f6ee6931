"""Checks of a whole file by a command; a build has found its frontend already, and warns itself.

The `# syntax=` line, build args that the file does not use, and comments that suppress nothing. As every diagnostic,
these can be suppressed, and made errors, by the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.cli import syntax_line
from kairosfile.language import platforms, rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, Fix, nearest
from kairosfile.language.nodes import Position, Range
from kairosfile.sections.lint import SUPPRESSING_ARG, suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.language.nodes import Source
    from kairosfile.sections import Document

_LATE = re.compile(r"#[ \t]*+syntax[ \t]*+=[ \t]*+\S", re.IGNORECASE)
# A comment that is meant to suppress a rule, valid or not.
_MEANT = re.compile(r"(?:^|\s)#[ \t]*+(kairos[a-z]*+[ \t]*+:?[ \t]*+([a-z]++))([^#]*+)", re.IGNORECASE)
_IGNORE = "ignore"
_OTHER_WORDS = frozenset({"disable", "disabled", "noqa", "nolint", "silence", "skip", "suppress"})


def check_file(documents: Sequence[Document]) -> list[Diagnostic]:
    """Return the diagnostics of a file that was read for these platforms."""
    document = documents[0]
    applied = suppressions.silence(document, [*syntax(document.source), *_build_args(documents)])
    used = applied.used.union(*(each.suppressed for each in documents))
    diagnostics = [*misspelt(document.source), *(_unused(document.source, used) if _is_whole(documents) else ())]
    return [*applied.diagnostics, *suppressions.silence(document, diagnostics).diagnostics]


def syntax(source: Source) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a file that `docker buildx build` reads as a Dockerfile."""
    if syntax_line.frontend_of(source.text) is not None:
        return
    syntax_text = f"# syntax={syntax_line.FRONTEND}"
    lines = source.text.split("\n")
    late = next((number for number, line in enumerate(lines, 1) if _LATE.match(line)), 0)
    if late:
        line = lines[late - 1]
        message = "this line comes too late: `# syntax=` counts above everything but comments like it"
        range_ = Range(Position(1, 1), Position(late, len(line) + 1))
        fix = Fix(range_, "\n".join([line, *lines[: late - 1]]))
        yield Diagnostic(rules.SYNTAX_LINE, Range.of(late, 1, len(line)), message, "make it the first line", fix=fix)
        return
    message = "without a `# syntax=` line `docker buildx build` takes this file for a Dockerfile"
    fix = Fix(Range.of(1, 1, 0), f"{syntax_text}\n")
    yield Diagnostic(rules.SYNTAX_LINE, Range.of(1, 1), message, f"begin the file with `{syntax_text}`", fix=fix)


def _build_args(documents: Sequence[Document]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each build arg that changes nothing; a build warns of the same ones."""
    build_args = documents[0].reader.build_args
    if not build_args:
        return
    from kairosfile.gateway.known_options import is_predefined  # noqa: PLC0415 - few checks have build args
    from kairosfile.sections.build_args import unused  # noqa: PLC0415

    names = [name for name in build_args if not is_predefined(name) and name != SUPPRESSING_ARG]
    for sentence in unused(documents, names):
        message, _, hint = sentence.partition("; ")
        yield Diagnostic(rules.UNUSED_BUILD_ARG, documents[0].root.range.first(), message, hint)


def _is_whole(documents: Sequence[Document]) -> bool:
    """Return whether the file was read for each platform that it names: a comment may be for one of them."""
    named = {each.platform for each in documents}
    return all(name in named for name in platforms.named(documents[0].reader.root))


def _unused(source: Source, used: frozenset[Range]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each word of a comment that silences nothing."""
    for comment in suppressions.comments_of(source):
        idle = [(word, range_) for word, range_ in comment.words if range_ not in used and _can_silence(word)]
        whole = len(idle) == len(comment.words)
        for word, range_ in idle:
            message = f"nothing that {'this comment' if word == suppressions.ALL else word} would silence is found here"
            fix = _without(source, comment) if whole else None
            yield Diagnostic(rules.SUPPRESSION, range_, message, "remove it", fix=fix)


def _can_silence(word: str) -> bool:
    """Return whether a word names what can be silenced; other words are errors already."""
    rule = rules.find(word)
    return word == suppressions.ALL or (rule is not None and rule.can_be_suppressed)


def _without(source: Source, comment: suppressions.Comment) -> Fix:
    """Return the edit that removes a comment, and the line that held nothing else."""
    number, column = comment.range.start
    line = source.line(number)
    before = line[: column - 1].rstrip()
    if not before:
        return Fix(Range(Position(number, 1), Position(number + 1, 1)), "")
    return Fix(Range(Position(number, len(before) + 1), Position(number, len(line) + 1)), "")


def misspelt(source: Source) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a comment that looks as if it should silence something, and does not."""
    guesses = 0
    for number, line in enumerate(source.text.split("\n"), 1):
        match = _MEANT.search(line) if "#" in line else None
        if match is None or suppressions.is_comment(line) or not _names_rule(match[3]):
            continue
        word = match[2].lower()
        guesses += word not in _OTHER_WORDS
        if word in _OTHER_WORDS or (guesses <= MAX_GUESSES and nearest(word, [_IGNORE])):
            right, width = f"kairosfile: {_IGNORE}", len(match[1])
            range_ = Range.of(number, match.start(1) + 1, width)
            message = f'"{match[1]}" silences nothing'
            yield Diagnostic(rules.SUPPRESSION, range_, message, f"write # {right}", fix=Fix(range_, right))


def _names_rule(text: str) -> bool:
    tokens = re.split(r"[\s,:]+", text)
    return any(word == suppressions.ALL or rules.find(word.upper()) or rules.find(word) for word in tokens)
