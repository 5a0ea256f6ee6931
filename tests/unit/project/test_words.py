"""Prose and names use the field's standard terms instead of the project's former private ones."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = (
    ".ci",
    ".github",
    "action",
    "docs",
    "editors",
    "examples",
    "frontend",
    "kairosfile-spec",
    "templates",
    "tests",
)
SUFFIXES = {".md", ".py", ".sh", ".toml", ".yaml", ".yml"}
GENERATED = ("tests/support/protobuf/", "tests/unit/dockerfile/", "tests/unit/language/mistakes/")

# Forbidden patterns, each with its replacement.
ODD = {
    r"\b(held|hold|holds|holding)\b[^.\n]{0,40}\bagainst\b": "compared with, checked against",
    r"(?<!there )\b(is|are|was|be) none\b(?! of| and|,)": "is invalid, is not a ...",
    r"\b(have|has|having) [^.\n]{0,30}\bat hand\b": "load, install",
    r"\bTells? whether\b": "Return whether",
    r"(?<!every)(?<!everyone )\bwho builds\b": "the user, the client",
    r"\b[Ss]urroundings\b": "environment",
    r"\b(Around|Goods|Wishes|PassingOn|StopError)\b": "a noun of the field",
    r"\bgoods\b": "outputs",
    r"\bwithout a word\b": "silently",
    r"\b(has|have) it no more\b": "no longer has it",
    r"\b(step|test|file|command|task)s? of yours\b": "your own step",
    r"\bfurnish": "prepare",
    r"\bseams?\b": "interface, boundary",
    r"\bstands? for\b": "means, replaces, equals",
    # `each with words of its own` is a comment of ejected Dockerfiles, which adopt matches.
    r"(?<!words )\bof (its|their) own(?=[.,;:)\n]| (alone|and|before|in|so|with)\b)": "a separate, its own",
    r"\bdo(es)? away with\b": "remove, fix",
}

# Forbidden patterns in texts for users: the product, its help and its docs.
ODD_FOR_USERS = {
    r"\b(is|are|was|were) (told|asked)\b": "gets, has the setting, is requested",
    r"\basked for\b|\bunasked\b": "requested, by default",
    r"\b[Ww]hoever\b": "the user, everybody with ...",
    r"\bcan(not)? be had\b(?!_)": "can be pulled, is available",
    r"\bby now\b": "has changed since",
    r"\bsees? to it\b": "ensures",
}
# The same in names of tests, which describe behaviour.
ODD_TEST_NAMES = re.compile(
    r"_(told|unasked|whoever|somebody|held_against|asked_for|stands?_for|cannot_be_had|by_now|that_(is|are)_none)(?=_|$)"
    r"|_one_types"
)
# Its comments are in ejected Dockerfiles; adopt matches their text.
EJECTED = "frontend/kairosfile/dockerfile/eject/comments.py"

# Past participles that do not describe their content: a name is the noun of its data.
PARTICIPLES = {"asked", "found", "given", "kept", "left", "made", "said", "seen", "taken", "told", "wanted", "written"}
# One word for a problem (`diagnostic`, `error`) and for a place (`range_`, `location`, `position`): product names only.
REPLACED = {"fault", "faults", "where"}
# Public since 0.1: `plan.Image.written`.
PUBLIC = {("frontend/kairosfile/plan/model.py", "written")}


def _files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.suffix in SUFFIXES)
    for folder in FOLDERS:
        paths = ROOT.joinpath(folder).rglob("*") if (ROOT / folder).is_dir() else ()
        yield from (path for path in paths if path.suffix in SUFFIXES and "node_modules" not in path.parts)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Return the texts that people write, by their paths."""
    paths = {str(path.relative_to(ROOT)): path for path in _files()}
    return {
        name: path.read_text(encoding="utf-8", errors="replace")
        for name, path in paths.items()
        if path.name not in {"test_words.py", "iframe-worker.js"} and not name.startswith(GENERATED)
    }


def places(pattern: str, texts: dict[str, str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in texts.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("pattern", ODD, ids=ODD.values())
def test_no_text_has_the_odd_word(pattern: str, texts: dict[str, str]) -> None:
    assert places(pattern, texts) == [], f"write {ODD[pattern]}"


@pytest.mark.parametrize("pattern", ODD_FOR_USERS, ids=ODD_FOR_USERS.values())
def test_no_text_for_users_has_the_odd_word(pattern: str, texts: dict[str, str]) -> None:
    product = {name: text for name, text in texts.items() if name.startswith(("docs/", "frontend/"))}
    del product[EJECTED]

    assert places(pattern, product) == [], f"write {ODD_FOR_USERS[pattern]}"


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each variable, parameter, attribute, function and class that a module binds."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.alias(asname=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name


def participles(text: str) -> list[tuple[int, str]]:
    names = bound_names(ast.parse(text))
    return sorted({(line, name) for line, name in names if name.strip("_").lower() in PARTICIPLES})


def test_product_has_one_word_for_a_problem_and_a_range(texts: dict[str, str]) -> None:
    odd = [
        f"{name}:{line}: {word}"
        for name, text in texts.items()
        if name.endswith(".py") and name.startswith("frontend/") and not name.startswith("frontend/kairosfile/pb/")
        for line, word in bound_names(ast.parse(text))
        if word.strip("_").lower() in REPLACED
    ]

    assert odd == [], "write `diagnostic`, `error`, `range_`, `location` or `position`"


def test_names_of_tests_describe_behaviour(texts: dict[str, str]) -> None:
    odd = [
        f"{name}:{line}: {word}"
        for name, text in texts.items()
        if name.startswith("tests/") and name.endswith(".py")
        for line, word in bound_names(ast.parse(text))
        if word.startswith("test_") and ODD_TEST_NAMES.search(word)
    ]

    assert odd == [], "say what happens: is reported, is requested, replaces, is compared with, is invalid"


def test_names_are_nouns(texts: dict[str, str]) -> None:
    odd = [
        f"{name}:{line}: {word}"
        for name, text in texts.items()
        if name.endswith(".py")
        for line, word in participles(text)
        if (name, word) not in PUBLIC
    ]

    assert odd == [], "name what it holds: `diagnostics`, `match`, `request`, `path` ..."


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("found = 1", id="variable"),
        pytest.param("def f(found): ...", id="parameter"),
        pytest.param("f = lambda *found: 1", id="parameter of a lambda"),
        pytest.param("def _found(): ...", id="function"),
        pytest.param("class Found: ...", id="class"),
        pytest.param("import a as found", id="import"),
        pytest.param("a.found = 1", id="attribute"),
        pytest.param("[1 for found in ()]", id="comprehension"),
        pytest.param("if found := 1: ...", id="walrus"),
        pytest.param("match a:\n  case [found, *_]: ...", id="pattern"),
    ],
)
def test_a_participle_is_noticed(text: str) -> None:
    assert [name.strip("_").lower() for _, name in participles(text)] == ["found"]
