"""`# check=`: Docker's spelling of the section `lint`, in the comments at the head of a Kairosfile.

    # syntax=quay.io/kairos/kairos-frontend:v1
    # check=skip=KF501,package-cache;error=true

`skip` names warnings, or `all` of them; with `error=true` every remaining warning stops the build. The build arg
BUILDKIT_DOCKERFILE_CHECK replaces the whole directive, as for a Dockerfile. The section `lint` and comments apply in
addition: a warning is suppressed, or raised to an error, if any of them does it.

A CI may set the same build arg for Dockerfiles too, so the names of Docker's rules, such as StageNameCasing, are no
error there.

A comment suppresses warnings of one line, the section `lint` or `# check=` those of the whole file:

    base: ubuntu:24.04  # kairosfile: ignore KF501
    # kairosfile: ignore base-not-pinned, KF503
    # kairosfile: ignore all
    # check=skip=KF503;error=true          in the head of the file, see check_directive

A comment on a separate line applies to the next line with other text. Lines are searched, not YAML's comments, so that
a comment in the shell text of a step works too. Only warnings can be suppressed: an error means that the image would
differ from the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean, nearest
from kairosfile.language.nodes import Range
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import IGNORECASE, compile_later
from kairosfile.sections.lint import SUPPRESSING_ARG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kairosfile.language.nodes import Source
    from kairosfile.sections.document import Document


JOIN = "join them: `check=skip=RULE,RULE;error=true`"
FORM = "write `check=skip=RULE,RULE;error=true`; either part may be omitted"

# The texts that Go's strconv.ParseBool accepts.
_SWITCH = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True)
_SWITCH |= dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False)

_DIRECTIVE = compile_later(r"#\s*+check\s*+=\s*+(.*)", IGNORECASE)
_RULE_OF_DOCKER = compile_later(r"[A-Z][A-Za-z]+")
_DIRECTIVE_WORD = compile_later(r"[^\s,]+")
_SETTING = compile_later(r"[^;]+")

ALL = "all"
_COMMENT = compile_later(r"(?:^|\s)#[ \t]*kairosfile:[ \t]*ignore\b([^#]*)")
_WORD = compile_later(r"[^\s,]+")

# The words of the comments for a line, each with its range, by the number of the line.
ByLine = dict[int, list[tuple[str, Range]]]


class Check(NamedTuple):
    """The suppressions: names of rules to skip, each with its range, and whether warnings are errors.

    `origin` is the source of suppressions that are not in the file, for messages.
    """

    skip: tuple[tuple[str, Range], ...] = ()
    error: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    set_by: str = ""


def read(document: Document) -> Check:
    """Return the suppressions of the build arg, else of the directive, else none."""
    value = document.reader.build_args.get(SUPPRESSING_ARG)
    if value is not None:
        range_ = document.root.range.first()
        check = _parse(value, lambda _start, _stop: range_, f" (from --build-arg {SUPPRESSING_ARG})")
        return check._replace(skip=tuple(word for word in check.skip if not _RULE_OF_DOCKER.fullmatch(word[0])))
    directives = list(_directives(document.source))
    if not directives:
        return Check()
    (line, start, text), *more = directives
    check = _parse(text, lambda first, stop: Range.of(line, start + first, max(1, stop - first)))
    twice = [Diagnostic(rules.LINT_RULE, Range.of(number, 1), "duplicate `# check=`", JOIN) for number, *_ in more]
    return check._replace(diagnostics=(*check.diagnostics, *twice))


def _directives(source: Source) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and text of each directive above the first line that is not a comment."""
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            return
        if match := _DIRECTIVE.fullmatch(line):
            yield number, match.start(1) + 1, match[1].rstrip()


def _parse(text: str, range_at: Callable[[int, int], Range], set_by: str = "") -> Check:
    """Return the suppressions of a text; `range_at` is the range from one character of it to another."""
    check = Check(set_by=set_by)
    for part in _SETTING.finditer(text):
        key, _, value = part[0].partition("=")
        match key.strip():
            case "skip":
                begin = part.start() + len(key) + 1
                words = [
                    (word[0], range_at(begin + word.start(), begin + word.end()))
                    for word in _DIRECTIVE_WORD.finditer(value)
                ]
                check = check._replace(skip=(*check.skip, *words))
            case "error" if value.strip() in _SWITCH:
                check = check._replace(error=_SWITCH[value.strip()])
            case "experimental":
                pass  # Docker's option for experimental rules, which do not exist here
            case _:
                message = f'"{part[0].strip()}" is not an option of a check{set_by}'
                diagnostic = Diagnostic(rules.LINT_RULE, range_at(part.start(), part.end()), message, FORM)
                check = check._replace(diagnostics=(*check.diagnostics, diagnostic))
    return check


class Comment(NamedTuple):
    """One comment: the line that it applies to, and its words, each with its range."""

    line: int
    range: Range
    words: tuple[tuple[str, Range], ...]


class Applied(NamedTuple):
    """The remaining diagnostics, and the ranges of the words in comments that suppressed one."""

    diagnostics: list[Diagnostic]
    used: frozenset[Range]


def apply_suppressions(document: Document, diagnostics: Iterable[Diagnostic]) -> Applied:
    """Apply the file's suppressions and severity changes; also report invalid suppressions."""
    check = read(document)
    invalid = [
        *check.diagnostics,
        *_check_diagnostics(check),
        *_comment_diagnostics(comments_of(document.source)),
        *_section_diagnostics(document),
    ]
    applied = silence(document, diagnostics)
    return applied._replace(diagnostics=[*invalid, *applied.diagnostics])


def silence(document: Document, diagnostics: Iterable[Diagnostic]) -> Applied:
    """Return diagnostics without the suppressed ones, and with the raised ones as errors."""
    check = read(document)
    skipped = [word for word, _ in check.skip]
    ignored = _rules([*document.model.lint.ignore, *skipped])
    promoted = _rules(document.model.lint.error)
    comments: dict[Source, ByLine] = {}
    remaining: list[Diagnostic] = []
    used: set[Range] = set()
    for diagnostic in diagnostics:
        source = diagnostic.range.source or document.source
        if source not in comments:
            comments[source] = _by_line(comments_of(source))
        if diagnostic.severity == "error":
            remaining.append(diagnostic)
            continue
        words = _silencing(diagnostic, comments[source])
        used |= set(words)
        if ALL not in skipped and diagnostic.rule not in ignored and not words:
            is_raised = diagnostic.rule in promoted or (check.error and diagnostic.severity == "warning")
            remaining.append(diagnostic._replace(promoted=is_raised))
    return Applied(remaining, frozenset(used))


def is_comment(line: str) -> bool:
    """Return whether a line has a comment that suppresses warnings."""
    return _COMMENT.search(line) is not None


def comments_of(source: Source) -> Iterator[Comment]:
    """Yield the comments of a file that suppress warnings, in order."""
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
    """Return for each line the one that a comment on it applies to."""
    targets = [len(lines)] * len(lines)
    for index in range(len(lines) - 2, -1, -1):
        targets[index] = targets[index + 1] if lines[index].lstrip().startswith("#") else index + 1
    return targets


def _by_line(comments: Iterable[Comment]) -> ByLine:
    words: ByLine = {}
    for comment in comments:
        words.setdefault(comment.line, []).extend(comment.words)
    return words


def _silencing(diagnostic: Diagnostic, comments: ByLine) -> list[Range]:
    """Return the ranges of the words that suppress a diagnostic."""
    names = {ALL, diagnostic.rule.id, diagnostic.rule.name}
    return [range_ for word, range_ in comments.get(diagnostic.range.start.line, ()) if word in names]


def _rules(names: Iterable[str]) -> set[rules.Rule]:
    return {rule for name in names if (rule := rules.find(name))}


def _comment_diagnostics(comments: Iterable[Comment]) -> Iterator[Diagnostic]:
    guesses = iter(range(MAX_GUESSES))
    for comment in comments:
        if not comment.words:
            message = "this comment names no rule to ignore"
            yield Diagnostic(rules.LINT_RULE, comment.range, message, "name rules, such as KF501, or `all`")
        for word, range_ in comment.words:
            if word != ALL and (problem := _problem(word, guesses)):
                message, hint, suggestion = problem
                yield Diagnostic(rules.LINT_RULE, range_, message, hint).with_suggestion(suggestion, range_)


def _check_diagnostics(check: Check) -> Iterator[Diagnostic]:
    guesses = iter(range(MAX_GUESSES))
    for word, range_ in check.skip:
        if word != ALL and (problem := _problem(word, guesses)):
            message, hint, suggestion = problem
            diagnostic = Diagnostic(rules.LINT_RULE, range_, message + check.set_by, hint)
            yield diagnostic.with_suggestion(suggestion, None if check.set_by else range_)


def _section_diagnostics(document: Document) -> Iterator[Diagnostic]:
    guesses = iter(range(MAX_GUESSES))
    for field in ("ignore", "error"):
        for index, word in enumerate(getattr(document.model.lint, field)):
            if problem := _problem(word, guesses):
                yield document.diagnostic(rules.LINT_RULE, ("lint", field, index), *problem)


def _problem(word: str, guesses: Iterator[int]) -> tuple[str, str, str] | None:
    """Return message, hint and suggestion for the name of a rule; None if it names one that can be suppressed.

    `guesses` has an item for each unknown name that gets a suggestion: only the first ones do.
    """
    rule = rules.find(word)
    if rule is None:
        few = next(guesses, None) is not None
        suggestion = nearest(word, [warning.name for warning in rules.warnings()]) if few else ""
        return f'there is no rule "{word}"', did_you_mean(suggestion) or "`kairosfile rules` lists them", suggestion
    if not rule.can_be_suppressed:
        message = f"{word} is an error, only warnings can be suppressed or raised"
        return message, "correct the file, or remove the name", ""
    return None
