"""A comparison for people: sections of rows, as text for a terminal and as Markdown for release notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.cli.output import coloured, escaped, table
from kairosfile.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.cli.compare.comparison import Change, Comparison
    from kairosfile.cli.compare.contents import Contents

ADDED, REMOVED, CHANGED, SAME = "+", "-", "~", " "
_COLOURS = {ADDED: "32", REMOVED: "31", CHANGED: "33", SAME: "2"}
_STEP, KILO = 60, 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a section. `sign` is one of + - ~ or a blank, `text` describes the name."""

    sign: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A title with a summary, and its rows."""

    title: str
    rows: tuple[Row, ...]


def to_text(it: Comparison) -> str:
    """Return a comparison for a terminal, with colours if it supports them."""
    return "\n".join([f"{_head(it)}\n", *(_text(section) for section in _sections(it))])


def to_markdown(it: Comparison) -> str:
    """Return a comparison as a part of release notes; texts from images are escaped."""
    parts = [f"## {escaped(it.new.name)}\n\nCompared with {escaped(it.old.name)}, for {escaped(it.new.platform)}.\n"]
    for section in _sections(it):
        rows = table(("", "name", ""), [_markdown_row(row) for row in section.rows]) if section.rows else ""
        parts.append(f"### {escaped(section.title)}\n\n{rows}")
    return "\n".join(parts)


def _head(it: Comparison) -> str:
    return one_line(f"{it.old.name} -> {it.new.name} for {it.new.platform}", 2000)


def _text(section: Section) -> str:
    width = max((len(one_line(row.name)) for row in section.rows), default=0)
    lines = [one_line(section.title), *(_text_row(row, width) for row in section.rows)]
    return "\n".join(lines) + "\n"


def _text_row(row: Row, width: int) -> str:
    line = f"  {row.sign} {one_line(row.name):{width}}  {one_line(row.text)}".rstrip()
    return f"\033[{_COLOURS[row.sign]}m{line}\033[0m" if coloured() else line


def _markdown_row(row: Row) -> tuple[str, ...]:
    sign = {ADDED: "added", REMOVED: "removed", CHANGED: "changed", SAME: ""}[row.sign]
    return sign, escaped(row.name), escaped(row.text)


def _sections(it: Comparison) -> Iterator[Section]:
    yield from _unless_empty(
        "Kairos and Kubernetes", (*map(_row, it.release), *(_digest_row(one) for one in it.programs))
    )
    yield from _unless_empty("System and kernel", tuple(_system(it)))
    yield _packages(it)
    yield from _unless_empty("Enabled services", tuple(_presence_row(change) for change in it.services))
    yield from _unless_empty("Masked units", tuple(_presence_row(change) for change in it.masked))
    yield from _unless_empty("Files with setuid, setgid or capabilities", tuple(map(_row, it.privileged)))
    yield _download(it)
    yield Section("Size", tuple(_size(it)))


def _unless_empty(title: str, rows: tuple[Row, ...]) -> Iterator[Section]:
    if rows:
        yield Section(title, rows)


def _row(change: Change) -> Row:
    sign = ADDED if change.old is None else REMOVED if change.new is None else CHANGED
    return Row(sign, change.name, " -> ".join(value or '""' for value in (change.old, change.new) if value is not None))


def _digest_row(change: Change) -> Row:
    """Return a row of a file with known digests, which are not shown."""
    row = _row(change)
    return Row(row.sign, change.name, {ADDED: "new", REMOVED: "gone", CHANGED: "another file"}[row.sign])


def _presence_row(change: Change) -> Row:
    return Row(_row(change).sign, change.name, "")


def _system(it: Comparison) -> Iterator[Row]:
    for change in (it.system, it.kernels):
        if change.old != change.new:
            yield _row(change)
    yield from (_digest_row(change) for change in it.boot)


def _packages(it: Comparison) -> Section:
    diff = it.packages
    rows = [
        *(Row(CHANGED, new.name, f"{old.version} -> {new.version}") for old, new in (*diff.upgraded, *diff.changed)),
        *(Row(CHANGED, new.name, f"{old.version} -> {new.version} (downgrade)") for old, new in diff.downgraded),
        *(Row(ADDED, one.name, one.version) for one in diff.added),
        *(Row(REMOVED, one.name, one.version) for one in diff.removed),
    ]
    names = ("upgraded", "downgraded", "changed", "added", "removed")
    counts = [f"{len(group)} {name}" for name in names if (group := getattr(diff, name))]
    return Section(f"Packages: {', '.join([*counts, f'{diff.unchanged} unchanged'])}", tuple(rows))


def _download(it: Comparison) -> Section:
    """Return the row of the download. kairos-agent keeps no layers: each upgrade downloads the whole image."""
    title = (
        f"Download: {megabytes(it.download)} where the layers of {it.old.name} are kept (containerd, a mirror), "
        f"{megabytes(it.new.stored)} for kairos-agent upgrade"
    )
    old = {layer.digest for layer in it.old.layers}
    rows = (
        Row(
            SAME if layer.digest in old else ADDED,
            _short(layer.digest),
            f"{megabytes(layer.stored):>10}  {_made_by(layer.created_by)}",
        )
        for layer in it.new.layers
    )
    return Section(title, tuple(rows))


def _short(digest: str) -> str:
    return digest.partition(":")[2][:12]


def _made_by(step: str) -> str:
    return step if len(step) <= _STEP else f"{step[:_STEP]}..."


def _size(it: Comparison) -> Iterator[Row]:
    for name, value in (("compressed", _stored), ("unpacked", _unpacked), ("dead (replaced or removed)", _dead)):
        old, new = value(it.old), value(it.new)
        yield Row(SAME if old == new else CHANGED, name, f"{megabytes(old)} -> {megabytes(new)}")


def _stored(image: Contents) -> int:
    return image.stored


def _unpacked(image: Contents) -> int:
    return sum(layer.unpacked for layer in image.layers)


def _dead(image: Contents) -> int:
    return sum(layer.dead for layer in image.layers)


def megabytes(size: int) -> str:
    """Return a number of bytes with a unit, in powers of 1000."""
    return f"{size / KILO:.1f} kB" if size < KILO**2 else f"{size / KILO**2:.1f} MB"
