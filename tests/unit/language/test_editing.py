"""A change of a Kairosfile edits only the lines that it must."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from kairosfile import language
from kairosfile.language.editing import Edit, EditError, Insert, Move, Remove, Set, apply, edits_for, without_overlaps
from kairosfile.language.nodes import Range
from kairosfile.language.parser import parse
from tests.conformance import cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.language.editing import Change
    from kairosfile.language.nodes import Node, Path, Plain

ORDER = ["base", "variant", "model", "provider", "version", "fips", "hooks", "labels"]


def changed(text: str, change: Change) -> str:
    return apply(text, edits_for(language.decode("Kairosfile", text.encode()), change, lambda _: ORDER))


def loads(text: str) -> Plain:
    return parse(language.decode("Kairosfile", text.encode())).plain()


COMMENTED = """\
# syntax=quay.io/kairos/kairos-frontend:v1
# the base of all our images
base:   ubuntu:24.04   # pinned by QA
provider: {name: k3s,  version: 'v1.33.1+k3s1'}  # see the wiki
version: "v1.0.0"

hooks:  # ours
  after_install:
  # first the tools
  - run: apt-get install -y vim  # editor
  # then the rest
  - name: two
    run: |
      echo a
      echo b

    network: none

  # and this
  - packages: [jq, curl]
# the end
"""


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (Set(("base",), "debian:13"), "base:   ubuntu:24.04   #", "base:   debian:13   #"),
        (Set(("base",), "a: b"), "base:   ubuntu:24.04   #", 'base:   "a: b"   #'),
        (Set(("base",), "true"), "base:   ubuntu:24.04   #", 'base:   "true"   #'),
        (Set(("version",), "v2"), '"v1.0.0"', '"v2"'),
        (Set(("provider", "version"), "it's"), "'v1.33.1+k3s1'", "'it''s'"),
        (Set(("provider", "name"), "a, b"), "name: k3s", 'name: "a, b"'),
        (Set(("provider",), "k3s"), "{name: k3s,  version: 'v1.33.1+k3s1'}  #", "k3s  #"),
        (Set(("base",), None), "ubuntu:24.04   #", "null   #"),
        (
            Set(("hooks", "after_install", 1, "run"), "echo c\n"),
            "|\n      echo a\n      echo b\n",
            "|\n      echo c\n",
        ),
        (
            Set(("hooks", "after_install", 1, "run"), "x\n\ny"),
            "|\n      echo a\n      echo b\n",
            "|-\n      x\n\n      y\n",
        ),
        (Set(("hooks", "after_install", 1, "run"), " x"), "|\n      echo a\n      echo b\n", '" x"\n'),
        (
            Set(("hooks", "after_install", 0, "run"), "a\nb\n"),
            "apt-get install -y vim  # editor",
            '"a\\nb\\n"  # editor',
        ),
        (Insert(("fips",), value=True), 'version: "v1.0.0"\n', 'version: "v1.0.0"\nfips: true\n'),
        (Insert(("model",), "rpi4"), "# pinned by QA\n", "# pinned by QA\nmodel: rpi4\n"),
        (Insert(("labels", "a.b"), "x y"), "curl]\n", "curl]\nlabels:\n  a.b: x y\n"),
        (Insert(("provider", "channel"), "stable"), "+k3s1'}", "+k3s1', channel: stable}"),
        (
            Insert(("hooks", "after_install", 1), {"run": "b\nc\n"}),
            "# editor\n",
            "# editor\n  - run: |\n      b\n      c\n",
        ),
        (
            Insert(("hooks", "after_install", 0), {"name": "x", "run": "y"}),
            "  # first the tools\n",
            "  - name: x\n    run: y\n  # first the tools\n",
        ),
        (Insert(("hooks", "after_install", 2, "packages", 0), "git"), "[jq,", "[git, jq,"),
        (Insert(("hooks", "after_install", 2, "packages", 2), "git"), "curl]", "curl, git]"),
        (Remove(("base",)), "base:   ubuntu:24.04   # pinned by QA\n", ""),
        (Remove(("provider", "name")), "{name: k3s,  version", "{version"),
        (Remove(("provider", "version")), "k3s,  version: 'v1.33.1+k3s1'}", "k3s}"),
        (Remove(("hooks", "after_install", 1, "name")), "name: two\n    run", "run"),
        (Remove(("hooks", "after_install", 1, "run")), "    run: |\n      echo a\n      echo b\n", ""),
        (Remove(("hooks", "after_install", 0, "run")), "  - run: apt-get install -y vim  # editor\n", ""),
        (Remove(("hooks", "after_install", 2, "packages", 1)), "jq, curl", "jq"),
        (
            Move(("hooks", "after_install", 2), 0),
            "  # first the tools\n",
            "  # and this\n  - packages: [jq, curl]\n  # first the tools\n",
        ),
        (Move(("hooks", "after_install", 2, "packages", 1), 0), "jq, curl", "curl, jq"),
    ],
)
def test_a_change_edits_what_it_must(change: Change, before: str, after: str) -> None:
    text = COMMENTED.replace("  # and this\n  - packages: [jq, curl]\n", "") if isinstance(change, Move) else COMMENTED
    in_place = isinstance(change, Move) and "jq" in before
    text = COMMENTED if in_place else text
    assert text.count(before) == 1
    assert changed(COMMENTED, change) == text.replace(before, after)


@pytest.mark.parametrize(
    ("text", "change", "after"),
    [
        ("", Insert(("base",), "a"), "base: a\n"),
        ("# only this", Insert(("base",), "a"), "# only this\nbase: a"),
        ("base:", Set(("base",), "a"), "base: a"),
        ("base:  # why\n", Set(("base",), "a"), "base: a  # why\n"),
        ("version: v1", Insert(("base",), "a"), "base: a\nversion: v1"),
        ("# syntax=x\n# ours\nversion: v1\n", Insert(("base",), "a"), "# syntax=x\nbase: a\n# ours\nversion: v1\n"),
        ("base: a", Insert(("hooks", "after_init", 0), {"run": "b"}), "base: a\nhooks:\n  after_init:\n    - run: b"),
        (
            "hooks:\nbase: a",
            Insert(("hooks", "after_init", 0, "run"), "b"),
            "hooks:\n  after_init:\n    - run: b\nbase: a",
        ),
        ("hooks: {}\n", Insert(("hooks", "x"), "b"), "hooks: {x: b}\n"),
        ("x:\n-   a\n", Insert(("x", 1), "b"), "x:\n-   a\n-   b\n"),
        ("x: a  # why\n", Set(("x",), {"b": "c\nd"}), "x:  # why\n  b: |-\n    c\n    d\n"),
        ("x: a  # why\n", Set(("x",), ["b", "c"]), "x: [b, c]  # why\n"),
        ("x:  # why\n  a: b\n  c: d\ny: z\n", Set(("x",), "v"), "x: v  # why\ny: z\n"),
        ("x:\n  a: b\ny: z\n", Remove(("x", "a")), "y: z\n"),
        ("x: a\n", Remove(("x",)), ""),
        ("x: &b  a # c\n", Set(("x",), "d"), "x: &b  d # c\n"),
        ("x: [a,\n  b]  # c\n", Insert(("x", 1), "d"), "x: [a, d,\n  b]  # c\n"),
        ("x: >-\n  a\n  b\ny: z", Set(("x",), "c\nd"), "x: >-\n  c\n\n  d\ny: z"),
        ("x: |+\n  a\n\ny: z", Insert(("w",), "c"), "x: |+\n  a\n\ny: z\nw: c"),
        ("\ufeffa: b\r\nc: d\r\n", Set(("c",), "e"), "\ufeffa: b\r\nc: e\r\n"),
        ("a: b\r\nc: d", Insert(("e", "f"), "g"), "a: b\r\nc: d\r\ne:\r\n  f: g"),
        ("x:\n- a: 1\n  # keep\n  b: 2\n", Remove(("x", 0, "a")), "x:\n-\n  # keep\n  b: 2\n"),
        ("x:\n- a\n- b", Move(("x", 1), 0), "x:\n- b\n- a"),
        ("x:\n- a\n- b", Move(("x", 0), 1), "x:\n- b\n- a"),
        ("x: [a, b, c, d]", Move(("x", 3), 1), "x: [a, d, b, c]"),
        ("x: [a, b, c, d]", Move(("x", 0), 2), "x: [b, c, a, d]"),
        ("x:\n- - a\n  - b\n", Insert(("x", 0, 0), "c"), "x:\n- - c\n  - a\n  - b\n"),
        ("x:\n- -  a\n", Insert(("x", 0, 0), {"b": "c", "d": "e"}), "x:\n- -  b: c\n     d: e\n  -  a\n"),
        ("x:\n-\n", Insert(("x", 1), "a"), "x:\n-\n- a\n"),
        ("x:\n-  # none yet\n", Insert(("x", 1), "a"), "x:\n-  # none yet\n- a\n"),
        ("x: |+\n  a\n\ny: z\n", Set(("x",), "b\n"), "x: |+\n  b\ny: z\n"),
        ("x: >+\n  a\n\ny: z\n", Set(("x",), "b\n"), "x: >+\n  b\ny: z\n"),
        ("x:\n  -   a\ny: z\n", Set(("x", 0), {"b": "c\nd"}), "x:\n  - b: |-\n      c\n      d\ny: z\n"),
        ("x: a\n", Set(("x",), [["b"], ["c"]]), "x:\n  - - b\n  - - c\n"),
    ],
)
def test_the_style_of_the_file_is_kept(text: str, change: Change, after: str) -> None:
    assert changed(text, change) == after


@pytest.mark.parametrize(
    ("text", "change", "reason"),
    [
        ("a: &x b\nc: *x\n", Set(("c",), "d"), "this is the alias *x; edit its anchor"),
        ("a: &x b\nc: *x\n", Set(("a",), "d"), "the alias on line 2 also uses this value; edit the text"),
        ("a: {b: &x b}\nc: *x\n", Remove(("a",)), "the alias on line 2 also uses this value; edit the text"),
        ("a: b\n", Insert(("a",), "d"), "a already exists"),
        ("a: b\n", Remove(("c",)), "the file has no c and cannot take it; edit the text"),
        ("a: b\n", Set(("a", "c"), "d"), "the file has no a.c and cannot take it; edit the text"),
        ("a: [b]\n", Move(("a", 0), 1), "the file has no a.0 and cannot take it; edit the text"),
        ("a: [b]\n", Remove(("a", -2)), "the file has no a.-2 and cannot take it; edit the text"),
        ("a: [b]\n", Set(("a", -2, "c"), "d"), "the file has no a.-2.c and cannot take it; edit the text"),
        ("a: b\n", Set((), "d"), "the path is empty; name the field to change"),
    ],
)
def test_what_cannot_be_edited_says_why(text: str, change: Change, reason: str) -> None:
    with pytest.raises(EditError) as caught:
        changed(text, change)
    assert str(caught.value) == reason
    assert 1 <= caught.value.range.start.line <= text.count("\n") + 1


def readable() -> Iterator[str]:
    """Yield the texts of all conformance cases that are YAML."""
    for case in cases.find():
        try:
            source = language.decode("Kairosfile", case.read_bytes())
            parse(source)
        except language.KairosfileError:
            continue
        yield source.text


TEXTS = sorted(set(readable()), key=lambda text: (len(text), text))


def paths(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield the paths of all values in a node."""
    members: list[tuple[str | int, Node]] = [*node.fields.items(), *enumerate(node.items)]
    for name, child in members:
        yield (*path, name), child
        yield from paths(child, (*path, name))


def comments(text: str) -> list[tuple[int, str]]:
    """Return the comments of a text with their lines: each `#` outside the scalar tokens of PyYAML's scanner."""
    shown = list(text)
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            shown[token.start_mark.index : token.end_mark.index] = [
                mark if mark == "\n" else "x" for mark in text[token.start_mark.index : token.end_mark.index]
            ]
    lines = "".join(shown).split("\n")
    return [(number, line[line.index("#") :]) for number, line in enumerate(lines, 1) if "#" in line]


VALUES = st.one_of(
    st.sampled_from(
        [
            "debian:13",
            "true",
            "~",
            "a: b",
            "# x",
            "- x",
            "a, b",
            " x ",
            "'",
            '"',
            "a\nb\n",
            "a\n\n b",
            "é\u2028\x07",
            "",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.booleans(),
    st.none(),
    st.lists(st.sampled_from(["a", "b: c", "x\ny"]), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(["a", "b c", "- d"]), st.sampled_from(["x", "y\nz\n"]), min_size=1, max_size=2),
)


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, Change]:
    """Draw a text of the conformance cases and a change to it."""
    text = draw(st.sampled_from(TEXTS))
    root = parse(language.Source("Kairosfile", text))
    places = list(paths(root))
    assume(places)
    path, _ = draw(st.sampled_from(places))
    holder = root.find(path[:-1])
    kind = draw(st.sampled_from(["set", "insert", "remove", "move"]))
    if kind == "set":
        return text, Set(path, draw(VALUES))
    if kind == "remove":
        return text, Remove(path)
    if kind == "insert" and holder.fields:
        return text, Insert((*path[:-1], "new"), draw(VALUES))
    count = len(holder.items)
    if kind == "insert" or count == 0:
        assume(count)
        return text, Insert((*path[:-1], draw(st.integers(0, count))), draw(VALUES))
    return text, Move(path, draw(st.integers(0, count - 1)))


def expected_data(text: str, change: Change) -> Plain:
    """Return the expected value of a changed text."""
    whole: Any = deepcopy(loads(text))
    holders: list[Any] = [whole]
    for part in change.path[:-1]:
        holders.append(holders[-1][part])
    last: Any = change.path[-1]
    if isinstance(change, Set | Insert):
        if isinstance(change, Insert) and isinstance(last, int):
            holders[-1].insert(last, change.value)
        else:
            holders[-1][last] = change.value
    elif isinstance(change, Move):
        holders[-1].insert(change.to, holders[-1].pop(last))
    else:
        for holder, part in zip(reversed(holders), reversed(change.path), strict=True):
            del holder[part]
            if holder:
                break
    return whole or None


@settings(max_examples=150, deadline=None)
@given(changes())
def test_a_change_changes_its_value_alone(drawn: tuple[str, Change]) -> None:
    text, change = drawn
    try:
        after = changed(text, change)
    except EditError as error:
        event(str(error))
        assert "&" in text, (text, change)
        return
    assert loads(after) == expected_data(text, change)


@settings(max_examples=150, deadline=None)
@given(changes())
def test_a_change_keeps_the_comments_outside_of_what_it_removes(drawn: tuple[str, Change]) -> None:
    text, change = drawn
    root = parse(language.Source("Kairosfile", text))
    try:
        after = changed(text, change)
    except EditError:
        return
    remaining = comments(text)
    if isinstance(change, Set | Remove):
        removed = emptied(root, change.path) if isinstance(change, Remove) else root.find(change.path)
        gone = range(removed.whole.start.line, removed.whole.end.line + 1)
        remaining = [comment for comment in remaining if comment[0] not in gone]
    missing = Counter(words for _, words in remaining) - Counter(words for _, words in comments(after))
    assert not missing


def emptied(root: Node, path: Path) -> Node:
    """Return the largest value that contains only the removed one and is removed with it."""
    while len(path) > 1 and len(root.find(path[:-1]).fields or root.find(path[:-1]).items) == 1:
        path = path[:-1]
    return root.find(path)


WORDS: Sequence[str] = ["debian:13", "v2.0.0", "x y"]


def test_the_old_value_gives_the_first_bytes_back() -> None:
    """Only scalars on one line: quotes and blocks of other widths have several spellings of one text."""
    count = 0
    for text in TEXTS[::5]:
        for path, node in paths(parse(language.Source("Kairosfile", text))):
            if isinstance(node.value, str) and (node.part() or node.value in WORDS) and "\\" not in node.value:
                try:
                    after = changed(text, Set(path, WORDS[count % len(WORDS)]))
                except EditError:
                    assert "&" in text
                    continue
                count += 1
                assert changed(after, Set(path, node.value)) == text
    assert count > 100


@settings(max_examples=60, deadline=None)
@given(changes())
def test_other_line_ends_and_a_byte_order_mark_change_nothing(drawn: tuple[str, Change]) -> None:
    text, change = drawn
    try:
        after = changed(text, change)
    except EditError:
        return
    assume("\n" in text)
    assert changed("\ufeff" + text.replace("\n", "\r\n"), change) == "\ufeff" + after.replace("\n", "\r\n")


def test_of_edits_that_overlap_the_later_one_is_made_and_equal_ones_once() -> None:
    whole, part, apart = (
        Edit(Range.of(1, 1, 7), "x"),
        Edit(Range.of(1, 5, 2), "yes\nno"),
        Edit(Range.of(2, 1, 0), "# "),
    )

    chosen = without_overlaps([apart, whole, part, part])

    assert chosen == (part, apart)
    assert apply("\ufeffa: bcd\r\nb: c\r\n", chosen) == "\ufeffa: byes\r\nno\r\n# b: c\r\n"
    assert without_overlaps([]) == ()


@pytest.mark.parametrize(
    "old", ["|\n  one\n  two\n", ">\n  one\n  two\n", "|+\n  one\n\n", "|-\n  one\n", ">-\n  one\n"]
)
@pytest.mark.parametrize(
    "value", ["x\n  y\n", "x\n\n\ny\n", "x \ny \n", "x\n", "x\n\n", "x", "x\ny", " x\ny\n", "x\n\ty\n"]
)
def test_a_block_of_any_style_takes_any_text(old: str, value: str) -> None:
    text = changed(f"a: {old}b: c\n", Set(("a",), value))

    assert loads(text) == {"a": value, "b": "c"}


def test_a_text_with_a_tab_is_in_quotes_which_each_parser_reads() -> None:
    text = "labels: {}\nversion: v1.0.0\n"

    assert changed(text, Insert(("labels", "name"), "0\t0")) == 'labels: {name: "0\\t0"}\nversion: v1.0.0\n'


@pytest.mark.parametrize("value", ["\xa0", "a\xa0", "\u3000", "\u2003x"])
def test_a_space_that_yaml_takes_for_a_letter_stays(value: str) -> None:
    assert loads(changed("variant: core\n", Insert(("new",), value))) == {"variant": "core", "new": value}
