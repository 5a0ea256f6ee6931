"""`# check=`: Docker's spelling of the section `lint`, in the comments at the head of a Kairosfile.

    # syntax=quay.io/kairos/kairos-frontend:v1
    # check=skip=KF501,package-cache;error=true

`skip` names warnings, or `all` of them; with `error=true` every warning that is left stops the build. The build arg
BUILDKIT_DOCKERFILE_CHECK takes the place of the directive, all of it, as it does for a Dockerfile. The section `lint`
and comments count beside either: what any of them silences is silent, what any of them raises is an error.

A CI may give the same build arg to Dockerfiles too, so the names of Docker's own rules, which look like
StageNameCasing, are no mistake there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic
from kairosfile.spec.source import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.source import Source

BUILD_ARG = "BUILDKIT_DOCKERFILE_CHECK"
JOIN = "join them: `check=skip=RULE,RULE;error=true`"
FORM = "write `check=skip=RULE,RULE;error=true`, where either part may be left out"

# What Go's strconv.ParseBool takes.
_SWITCH = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True)
_SWITCH |= dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False)

_DIRECTIVE = re.compile(r"#\s*check\s*=\s*(.*?)\s*", re.IGNORECASE)
_RULE_OF_DOCKER = re.compile(r"[A-Z][A-Za-z]+")
_WORD = re.compile(r"[^\s,]+")


class Check(NamedTuple):
    """What is wished: words for rules to skip, each with its place, and whether warnings are errors.

    `origin` says of a wish that does not stand in the file where it comes from, for messages.
    """

    skip: tuple[tuple[str, Range], ...] = ()
    error: bool = False
    faults: tuple[Diagnostic, ...] = ()
    origin: str = ""


def read(document: Document) -> Check:
    """Return what the build arg says, else the directive, else nothing."""
    given = document.reading.build_args.get(BUILD_ARG)
    if given is not None:
        where = document.root.range.first()
        check = _parse(given, lambda _start, _stop: where, f" (from --build-arg {BUILD_ARG})")
        return check._replace(skip=tuple(word for word in check.skip if not _RULE_OF_DOCKER.fullmatch(word[0])))
    found = list(_directives(document.source))
    if not found:
        return Check()
    (line, start, text), *more = found
    check = _parse(text, lambda first, stop: Range.of(line, start + first, max(1, stop - first)))
    twice = [Diagnostic(rules.LINT_RULE, Range.of(number, 1), "`# check=` stands twice", JOIN) for number, *_ in more]
    return check._replace(faults=(*check.faults, *twice))


def _directives(source: Source) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and text of each directive above the first line that is no comment."""
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            return
        if match := _DIRECTIVE.fullmatch(line):
            yield number, match.start(1) + 1, match[1]


def _parse(text: str, place: Callable[[int, int], Range], origin: str = "") -> Check:
    """Return what a text wishes; `place` is the range from one character of it to another."""
    check = Check(origin=origin)
    for part in re.finditer(r"[^;]+", text):
        key, _, value = part[0].partition("=")
        match key.strip():
            case "skip":
                begin = part.start() + len(key) + 1
                words = [(word[0], place(begin + word.start(), begin + word.end())) for word in _WORD.finditer(value)]
                check = check._replace(skip=(*check.skip, *words))
            case "error" if value.strip() in _SWITCH:
                check = check._replace(error=_SWITCH[value.strip()])
            case "experimental":
                pass  # Docker's word for rules on trial, of which there are none here
            case _:
                message = f'"{part[0].strip()}" is no option of a check{origin}'
                fault = Diagnostic(rules.LINT_RULE, place(part.start(), part.end()), message, FORM)
                check = check._replace(faults=(*check.faults, fault))
    return check
