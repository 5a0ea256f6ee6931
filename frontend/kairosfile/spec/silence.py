"""What a file says about warnings: a comment silences one place, the section `lint` or `# check=` the whole file.

    base: ubuntu:24.04  # kairosfile: ignore KF501
    # kairosfile: ignore base-not-pinned, KF503
    # kairosfile: ignore all
    # check=skip=KF503;error=true          in the head of the file, see check_directive

A comment on a line of its own is meant for the next line that holds something else. Lines are searched, not YAML's
comments, so that a comment in the shell text of a step works too. Only warnings can be silenced: an error means that
the image would not be what the file says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.spec import check_directive, rules
from kairosfile.spec.diagnostics import Diagnostic, asking, nearest
from kairosfile.spec.source import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile.spec.check_directive import Check
    from kairosfile.spec.document import Document
    from kairosfile.spec.source import Source

ALL = "all"
_COMMENT = re.compile(r"(?:^|\s)#[ \t]*kairosfile:[ \t]*ignore\b([^#]*)")
_WORD = re.compile(r"[^\s,]+")


class Comment(NamedTuple):
    """One comment: the line that it is meant for, and the words it names, each with its range."""

    line: int
    place: Range
    words: tuple[tuple[str, Range], ...]


# The names of rules that the comments for a line hold, by the number of the line.
ByLine = dict[int, set[str]]


def settle(document: Document, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return what is left of the findings, with the severities that the file wants, and the faults of its wishes."""
    check = check_directive.read(document)
    skipped = [word for word, _ in check.skip]
    ignored = _rules([*document.model.lint.ignore, *skipped])
    raised = _rules(document.model.lint.error)
    spoken = list(comments_of(document.source))
    comments: dict[Source, ByLine] = {document.source: _by_line(spoken)}
    left = [*check.faults, *_check_faults(check), *_comment_faults(spoken), *_section_faults(document)]
    for fault in found:
        source = fault.range.source or document.source
        if source not in comments:
            comments[source] = _by_line(comments_of(source))
        if fault.severity == "error":
            left.append(fault)
        elif ALL not in skipped and fault.rule not in ignored and not _is_silenced(fault, comments[source]):
            is_raised = fault.rule in raised or (check.error and fault.severity == "warning")
            left.append(fault._replace(raised=is_raised))
    return left


def comments_of(source: Source) -> Iterator[Comment]:
    """Yield the comments of a file that silence warnings, in its order."""
    if "kairosfile:" not in source.text:
        return
    lines = source.text.split("\n")
    targets = _targets(lines)
    for number, line in enumerate(lines, 1):
        if match := _COMMENT.search(line):
            start = match.start(1)
            words = [(word[0], word.start() + start + 1) for word in _WORD.finditer(match[1])]
            placed = tuple((word, Range.of(number, column, len(word))) for word, column in words)
            yield Comment(targets[number - 1], Range.of(number, line.index("#") + 1), placed)


def _targets(lines: Sequence[str]) -> list[int]:
    """Return for each line the one that a comment on it is meant for."""
    targets = [len(lines)] * len(lines)
    for index in range(len(lines) - 2, -1, -1):
        targets[index] = targets[index + 1] if lines[index].lstrip().startswith("#") else index + 1
    return targets


def _by_line(comments: Iterable[Comment]) -> ByLine:
    names: ByLine = {}
    for comment in comments:
        names.setdefault(comment.line, set()).update(word for word, _ in comment.words)
    return names


def _is_silenced(fault: Diagnostic, comments: ByLine) -> bool:
    return bool(comments.get(fault.range.start.line, set()) & {ALL, fault.rule.id, fault.rule.name})


def _rules(names: Iterable[str]) -> set[rules.Rule]:
    return {rule for name in names if (rule := rules.find(name))}


def _comment_faults(comments: Iterable[Comment]) -> Iterator[Diagnostic]:
    for comment in comments:
        if not comment.words:
            message = "this comment does not say what to ignore"
            yield Diagnostic(rules.LINT_RULE, comment.place, message, "name rules, such as KF501, or `all`")
        for word, place in comment.words:
            if word != ALL and (problem := _problem(word)):
                message, hint, near = problem
                yield Diagnostic(rules.LINT_RULE, place, message, hint).suggesting(near, place)


def _check_faults(check: Check) -> Iterator[Diagnostic]:
    for word, place in check.skip:
        if word != ALL and (problem := _problem(word)):
            message, hint, near = problem
            fault = Diagnostic(rules.LINT_RULE, place, message + check.origin, hint)
            yield fault.suggesting(near, None if check.origin else place)


def _section_faults(document: Document) -> Iterator[Diagnostic]:
    for field in ("ignore", "error"):
        for index, word in enumerate(getattr(document.model.lint, field)):
            if problem := _problem(word):
                yield document.fault(rules.LINT_RULE, ("lint", field, index), *problem)


def _problem(word: str) -> tuple[str, str, str] | None:
    """Return what is wrong with the name of a rule, what to do, and the likely name; None where it is a warning's."""
    rule = rules.find(word)
    if rule is None:
        near = nearest(word, [warning.name for warning in rules.warnings()])
        return f'there is no rule "{word}"', asking(near) or "`kairosfile rules` lists them", near
    if rule.severity == "error":
        message = f"{word} is an error, only warnings can be silenced or raised"
        return message, "correct the file, or remove the name", ""
    return None
