"""The file tree of an image: the visible files of its layers, and the bytes that later layers hide."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from kairosfile.cli.image import layers, tree
from kairosfile.cli.image.layers import Blob, UnreadableError
from kairosfile.cli.image.tree import Kind, ReadPolicy, Tree, merge, scan
from tests.unit.cli.compare.layouts import File, capability, layer

if TYPE_CHECKING:
    from collections.abc import Sequence


def tree_of(*result: Sequence[File], policy: ReadPolicy = ReadPolicy()) -> Tree:  # noqa: B008 - it is frozen
    return merge(scan(Blob([layer(*files)]), str(number), lambda _: policy) for number, files in enumerate(result))


LOWER = [File("etc", folder=True), File("etc/a", b"12345"), File("opt/x/y", b"123"), File("opt/z", b"1")]


def test_an_upper_file_replaces_a_lower_one_whose_bytes_are_dead() -> None:
    tree = tree_of(LOWER, [File("etc/a", b"1")], policy=ReadPolicy(limit=100))

    content = tree.entries["etc/a"].content
    assert content is not None
    assert content.data == b"1"
    assert tree.dead == {"0": 5, "1": 0}
    assert tree.unpacked == {"0": 9, "1": 1}


@pytest.mark.parametrize(
    ("upper", "remaining"),
    [
        (File("etc/.wh.a"), {"opt/x/y", "opt/z"}),
        (File(".wh.opt"), {"etc/a"}),
        (File("opt/.wh..wh..opq"), {"etc/a"}),
        (File(".wh..wh..opq"), set[str]()),
        (File("./opt/.wh.x"), {"etc/a", "opt/z"}),
        (File("etc", b"no folder"), {"etc", "opt/x/y", "opt/z"}),
        (File("etc", link="opt"), {"opt/x/y", "opt/z"}),
        (File("etc", folder=True), {"etc/a", "opt/x/y", "opt/z"}),
        (File("et/.wh.c"), {"etc/a", "opt/x/y", "opt/z"}),
    ],
)
def test_what_a_layer_hides_is_gone_and_dead(upper: File, remaining: set[str]) -> None:
    tree = tree_of(LOWER, [upper])

    files = {path for path, entry in tree.entries.items() if entry.kind is Kind.FILE}
    assert files == remaining
    assert tree.dead["0"] == sum(len(file.content) for file in LOWER if file.path not in remaining)


def test_a_whiteout_hides_nothing_of_its_own_layer() -> None:
    tree = tree_of(LOWER, [File("opt/new", b"1"), File("opt/.wh..wh..opq"), File("opt/.wh.new")])

    assert {"opt/new", "etc/a"} <= tree.entries.keys()
    assert "opt/z" not in tree.entries


def test_bytes_that_a_hard_link_still_shows_are_alive() -> None:
    linked = [File("usr/a", b"1234"), File("usr/b", link="usr/a", hard=True)]
    one, none = tree_of(linked, [File("usr/.wh.a")]), tree_of(linked, [File(".wh.usr")])

    assert one.dead["0"] == 0
    assert one.entries["usr/b"].kind is Kind.FILE
    assert none.dead["0"] == 4


def test_a_hard_link_to_a_file_of_a_lower_layer_or_to_a_missing_one() -> None:
    tree = tree_of([File("a", b"1234")], [File("b", link="a", hard=True), File("c", link="no", hard=True)])

    assert tree.entries["b"].content == tree.entries["a"].content
    assert tree.entries["c"].content is None


def test_a_layer_that_is_there_twice_is_counted_once() -> None:
    same = scan(Blob([layer(File("a", b"1234"))]), "same", lambda _: ReadPolicy())

    assert merge([same, same]).dead == {"same": 0}


def test_modes_links_and_capabilities_are_kept() -> None:
    raw = capability(1 << 10)
    tree = tree_of([File("a", mode=0o4755), File("b", link="../a"), File("c", b"x", capability=raw)]).entries

    assert tree["a"].mode == 0o4755
    assert (tree["b"].kind, tree["b"].target) == (Kind.LINK, "../a")
    assert tree["c"].capability == raw


def test_digests_are_shown_on_request() -> None:
    entry = tree_of([File("boot/vmlinuz", b"kernel")], policy=ReadPolicy(digest=True)).entries["boot/vmlinuz"]

    assert entry.content
    assert entry.content.digest == f"sha256:{hashlib.sha256(b'kernel').hexdigest()}"
    assert entry.content.data is None


def test_what_is_larger_than_its_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableError, match="/a has 3 bytes, more than the 2 that are read"):
        tree_of([File("a", b"123")], policy=ReadPolicy(limit=2))
    with pytest.raises(UnreadableError, match="has a path of 5000 characters"):
        tree_of([File("a" * 5000)])
    monkeypatch.setattr(tree, "LARGEST_KEPT", 5)
    with pytest.raises(UnreadableError, match="of package databases"):
        tree_of([File("a", b"123"), File("b", b"123")], policy=ReadPolicy(limit=4))
    monkeypatch.setattr(layers, "MOST_ENTRIES", 2)
    with pytest.raises(UnreadableError, match="more than 2 entries"):
        tree_of([File("a"), File("b"), File("c")])
    monkeypatch.setattr(layers, "MOST_ENTRIES", 100)
    monkeypatch.setattr(tree, "MOST_ENTRIES", 3)
    with pytest.raises(UnreadableError, match="the image has more than 3 files"):
        tree_of([File("a"), File("b")], [File("c"), File("d")])


def test_a_path_of_many_folders_costs_no_recursion() -> None:
    deep = "/".join("a" * 2000)

    assert deep in tree_of([File(deep)], [File("b/.wh.c")]).entries
