"""Every regular expression of the product takes time in proportion to its input, for any input.

The test collects them: all patterns that the product's modules compile at import, and all that its functions compile
later, with an `x` for each interpolated value. Each pattern runs on texts derived from its own parts: its repeated
part, many times, after the preceding part, and with an end that does not match.
"""

from __future__ import annotations

import ast
import json
import re
import re._constants as constants  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import signal
import subprocess
import sys
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = TypeVar("Node", bound=ast.AST)

PRODUCT = ROOT / "frontend" / "kairosfile"
# Linear work on this many characters takes a millisecond, quadratic work takes seconds.
LENGTH = 50_000
SECONDS = 0.5
COMPILERS = {"re.compile", "compile_later"}
# The kind of matching of each pattern method: one of three.
METHODS = {
    **{name: name for name in ("match", "fullmatch", "search")},
    **dict.fromkeys(("sub", "subn", "split", "findall", "finditer"), "search"),
}

# Run in a separate process: it replaces the compiler function of `re`, and imports the whole product.
COLLECT = """
import importlib, json, pkgutil, re, sys
found, compile_ = {}, re._compile
def note(pattern, flags):
    frame = sys._getframe(1)
    while frame.f_code.co_filename in (re.__file__, "<string>"):
        frame = frame.f_back
    file = frame.f_code.co_filename
    if "/kairosfile/" in file and isinstance(pattern, (str, bytes)):
        kind, text = ("bytes", pattern.decode("latin-1")) if isinstance(pattern, bytes) else ("str", pattern)
        found[kind, text, int(flags)] = file.partition("/kairosfile/")[2]
    return compile_(pattern, flags)
re._compile = note
import kairosfile, kairosfile.patterns
kairosfile.patterns.compile_later = lambda pattern, flags=0, needs=(): re.compile(pattern, flags)
for module in pkgutil.walk_packages(kairosfile.__path__, "kairosfile."):
    importlib.import_module(module.name)
json.dump([[*key, file] for key, file in found.items()], sys.stdout)
"""


@cache
def modules() -> dict[str, list[ast.AST]]:
    """Return the AST nodes of each module of the product, by its path: every worker of a run collects the patterns."""
    files = sorted(PRODUCT.rglob("*.py"))
    return {str(file.relative_to(PRODUCT)): list(ast.walk(ast.parse(file.read_text()))) for file in files}


def nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    """Yield the AST nodes of a type in the product, each with its location."""
    for file, all_nodes in modules().items():
        for node in all_nodes:
            if isinstance(node, kind):
                yield f"{file}:{getattr(node, 'lineno', 0)}", node


def methods() -> dict[str, set[str]]:
    """Return the matching methods of each pattern that has its own name, by the pattern's text."""
    used: dict[str, set[str]] = {}
    for _, node in nodes(ast.Attribute):
        if node.attr in METHODS and isinstance(node.value, ast.Name | ast.Attribute):
            used.setdefault(ast.unparse(node.value).rpartition(".")[2], set()).add(METHODS[node.attr])
    actual: dict[str, set[str]] = {}
    for _, assigned in nodes(ast.Assign):
        call, target = assigned.value, assigned.targets[0]
        if isinstance(call, ast.Call) and ast.unparse(call.func) in COMPILERS and (text := pattern_text(call.args[0])):
            actual.setdefault(text, set()).update(used.get(ast.unparse(target), set()))
    return actual


def methods_of_files() -> dict[str, set[str]]:
    """Return the methods that each file uses, for patterns without a name, which are in a table."""
    actual: dict[str, set[str]] = {}
    for place, node in nodes(ast.Attribute):
        if node.attr in METHODS and node.attr != "split" and ast.unparse(node.value) != "re":  # texts have split too
            actual.setdefault(place.rpartition(":")[0], set()).add(METHODS[node.attr])
    return actual


def in_functions() -> Iterator[tuple[str, str, int, str]]:
    """Yield the patterns in direct calls of `re`."""
    for place, call in nodes(ast.Call):
        module, _, method = ast.unparse(call.func).rpartition(".")
        if module == "re" and method in METHODS and (text := pattern_text(call.args[0])):
            flags = re.IGNORECASE if "IGNORECASE" in ast.dump(call) else 0
            yield "str", text, flags, f"{place} {METHODS[method]}"


def pattern_text(node: ast.expr) -> str:
    """Return the text of a literal pattern (`x` for interpolated values), or an empty text for other expressions."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_text(part) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return ""


@cache
def patterns() -> list[Any]:
    """Return a parameter of the tests for each pattern."""
    command = [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{COLLECT}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    used, of_files = methods(), methods_of_files()
    data = {tuple(each[:3]): each[3] for each in (*json.loads(done.stdout), *in_functions())}
    result = []
    for (kind, text, flags), place in sorted(data.items()):
        pattern = re.compile(text.encode("latin-1") if kind == "bytes" else text, flags)
        *_, last = place.split(" ")
        how = {last} if last in {*METHODS.values()} else used.get(text) or of_files.get(place) or {"search"}
        result.append(pytest.param(pattern, frozenset(how), id=f"{place} {text[:40]}"))
    modules.cache_clear()
    return result


def sample(parsed: Any, size: int = 1) -> str:
    """Return a text that a part of a pattern probably matches; a repeated part occurs `size` times."""
    return "".join(_item(op, value, size) for op, value in parsed)


def _item(op: Any, value: Any, size: int) -> str:
    actual = ""
    match op:
        case constants.LITERAL:
            actual = chr(value)
        case constants.NOT_LITERAL:
            actual = "a" if value != ord("a") else "b"
        case constants.ANY:
            actual = "a"
        case constants.IN:
            actual = _member(value)
        case constants.BRANCH:
            actual = sample(value[1][0], size)
        case constants.SUBPATTERN:
            actual = sample(value[3], size)
        case constants.MAX_REPEAT | constants.MIN_REPEAT | constants.POSSESSIVE_REPEAT:
            actual = sample(value[2]) * max(value[0], min(size, value[1]))
        case constants.ATOMIC_GROUP:
            actual = sample(value, size)
    return actual


REPEATS = {constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT}
CATEGORIES = {
    constants.CATEGORY_DIGIT: "1",
    constants.CATEGORY_SPACE: " ",
    constants.CATEGORY_WORD: "a",
    constants.CATEGORY_NOT_DIGIT: "a",
    constants.CATEGORY_NOT_SPACE: "a",
    constants.CATEGORY_NOT_WORD: "-",
}


def _member(members: Any) -> str:
    if members[0][0] is constants.NEGATE:
        text = "".join(chr(value) for op, value in members if op is constants.LITERAL)
        return next(character for character in "ab1-. /" if character not in text)
    op, value = members[0]
    if op is constants.LITERAL:
        return chr(value)
    return chr(value[0]) if op is constants.RANGE else CATEGORIES.get(value, "a")


def pumps(parsed: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the text before each repetition of a pattern and the repeated part, with each alternative separately."""
    for op, value in parsed:
        if op in REPEATS:
            yield before, sample(value[2])
            yield before, before + sample(value[2])
            yield from pumps(value[2], before)
        elif op is constants.BRANCH:
            for branch in value[1]:
                yield before, sample(branch)
                yield from pumps(branch, before)
        elif op is constants.SUBPATTERN:
            yield from pumps(value[3], before)
        elif op is constants.ATOMIC_GROUP:
            yield from pumps(value, before)
        before += _item(op, value, 1)


def adversarial(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    """Yield texts of roughly a length."""
    parsed = parser.parse(pattern.pattern, pattern.flags)
    whole = sample(parsed)
    parts = dict.fromkeys([*islice(pumps(parsed), 60), ("", whole), *((whole, it) for it in ("a", " ", "_", "\n"))])
    for before, part in parts:
        if part:
            for end in ("", "\0", "!\n"):
                yield before + part * (length // len(part)) + end


def is_slow(pattern: re.Pattern[Any], text: str, how: frozenset[str]) -> bool:
    """Return whether a pattern takes more than SECONDS of CPU time for a text; the test then stops the match."""
    subject = text.encode(errors="replace") if isinstance(pattern.pattern, bytes) else text
    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        for method in how:
            getattr(pattern, method)(subject)
    except TimeoutError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


def give_up(*_: object) -> None:
    raise TimeoutError


@pytest.mark.parametrize(("pattern", "how"), patterns())
def test_a_pattern_is_linear(pattern: re.Pattern[Any], how: frozenset[str]) -> None:
    slow = next((text for text in adversarial(pattern, LENGTH) if is_slow(pattern, text, how)), "")

    assert not slow, f"{pattern.pattern!r} takes more than {SECONDS} s for {len(slow)} characters like {slow[:80]!r}"


@pytest.mark.parametrize(("pattern", "how"), patterns())
def test_a_digit_is_one_of_ascii(pattern: re.Pattern[Any], how: frozenset[str]) -> None:  # noqa: ARG001
    """No program that receives a number parses digits of other scripts."""
    assert pattern.flags & re.ASCII or isinstance(pattern.pattern, bytes) or "\\d" not in pattern.pattern


@pytest.mark.parametrize("text", [r"(?:[a-z_]*token[a-z_]*)=", r"[a-z]*+=", r"(?>[a-z]+)="])
def test_the_measure_detects_a_quadratic_pattern(text: str) -> None:
    slow = re.compile(text)

    assert any(is_slow(slow, text, frozenset({"search"})) for text in adversarial(slow, LENGTH))


@pytest.mark.parametrize(("pattern", "how"), patterns())
def test_no_group_is_repeated_possessively(pattern: re.Pattern[Any], how: frozenset[str]) -> None:  # noqa: ARG001
    r"""Python before 3.11.5 keeps the text of a group that then does not match: `1.x` for `1(?:\.[0-9])*+`."""
    assert not list(possessive_groups(parser.parse(pattern.pattern, pattern.flags))), pattern.pattern


def test_a_possessive_group_is_detected() -> None:
    assert list(possessive_groups(parser.parse(r"v?([0-9](?:\.[0-9]+)*+)")))
    assert not list(possessive_groups(parser.parse(r"v?([0-9]++(?:\.[0-9]++)*)")))


def possessive_groups(parsed: Any) -> Iterator[Any]:
    """Yield the groups of a pattern that are repeated possessively."""
    for op, value in parsed:
        if op is constants.BRANCH:
            inner = value[1]
        elif op in REPEATS:
            inner = [value[2]]
            one = len(value[2]) == 1 and value[2][0][0] in {
                constants.LITERAL,
                constants.NOT_LITERAL,
                constants.ANY,
                constants.IN,
            }
            if op is constants.POSSESSIVE_REPEAT and not one:
                yield value[2]
        elif op is constants.SUBPATTERN:
            inner = [value[3]]
        else:
            inner = []
        for each in inner:
            yield from possessive_groups(each)
