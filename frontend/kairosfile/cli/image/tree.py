"""The file tree of an image: its merged layers, as a container or a machine sees them.

A whiteout hides a path of the layers below, an opaque whiteout all that they have in its folder (OCI image-spec,
layer.md); a file in the place of a folder hides what was in that. Hidden files are downloaded too: these are
the dead bytes of an image. Links between folders are not followed: BuildKit writes the real path of each entry.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from kairosfile.cli.image.layers import LONGEST_PATH, MOST_ENTRIES, OPAQUE, WHITEOUT, UnreadableError, members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kairosfile.cli.image.layers import Blob, Member

CAPABILITY = "SCHILY.xattr.security.capability"
PIECE = 1 << 16
# Bytes of all files of a layer that are kept.
LARGEST_KEPT = 512 << 20


class Kind(StrEnum):
    """The kind of an entry of a tree."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a regular file, which hard links share.

    `layer` is the digest of the layer that holds them, `size` their number; `digest` and `data` are set if they
    were requested.
    """

    layer: str
    size: int
    digest: str = ""
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A path of an image. `target` is the target of a symbolic link, `capability` the raw extended attribute."""

    kind: Kind
    mode: int
    owner: tuple[int, int]
    target: str = ""
    capability: bytes = b""
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """The requested content of a file: its digest, its bytes up to a limit, or neither."""

    digest: bool = False
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its entries by their paths, hard links by their targets, and the paths that it hides below."""

    digest: str
    entries: dict[str, Entry] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    unpacked: int = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """The merged tree. `unpacked` and `dead` have bytes of regular files by the digest of their layer."""

    entries: Mapping[str, Entry]
    unpacked: Mapping[str, int]
    dead: Mapping[str, int]


def scan(blob: Blob, digest: str, policy_of: Callable[[str], ReadPolicy]) -> Layer:
    """Return the contents of a layer; the blob is read to its end. Raises UnreadableError.

    Args:
        blob: The layer as it is stored.
        digest: Its digest.
        wanted: Returns the requested content of a file, given its path.
    """
    layer, unpacked = Layer(digest), 0
    room = LARGEST_KEPT
    for member in members(blob, digest):
        content = _add(layer, member, policy_of)
        unpacked += content.size if content else 0
        room -= len(content.data or b"") if content else 0
        if room < 0:
            raise UnreadableError(f"layer {digest} has more than {LARGEST_KEPT >> 20} MiB of package databases")
    return Layer(digest, layer.entries, layer.links, layer.removed, layer.opaque, unpacked)


def _add(layer: Layer, member: Member, policy_of: Callable[[str], ReadPolicy]) -> Content | None:
    """Add an entry to the contents of a layer; return its bytes."""
    parent, _, name = member.path.rpartition("/")
    if name == OPAQUE:
        layer.opaque.add(parent)
        return None
    if name.startswith(WHITEOUT):
        layer.removed.add(f"{parent}/{name.removeprefix(WHITEOUT)}".lstrip("/"))
        return None
    layer.links.pop(member.path, None)
    if member.info.islnk():
        layer.links[member.path] = member.info.linkname.removeprefix("./").lstrip("/")
    layer.entries[member.path] = entry = _entry(layer.digest, member, policy_of)
    return entry.content


def _entry(layer: str, member: Member, policy_of: Callable[[str], ReadPolicy]) -> Entry:
    info = member.info
    kind = Kind.LINK if info.issym() else Kind.FOLDER if info.isdir() else Kind.FILE if _is_file(member) else Kind.OTHER
    content = _content(layer, member, policy_of(member.path)) if info.isreg() else None
    raw = str(info.pax_headers.get(CAPABILITY, "")).encode("utf-8", "surrogateescape")
    target = info.linkname[:LONGEST_PATH] if info.issym() else ""
    return Entry(kind, info.mode, (info.uid, info.gid), target, raw, content)


def _is_file(member: Member) -> bool:
    return member.info.isreg() or member.info.islnk()


def _content(layer: str, member: Member, policy: ReadPolicy) -> Content:
    size = member.info.size
    if not policy.digest and not policy.limit:
        return Content(layer, size)
    if policy.limit and size > policy.limit:
        raise UnreadableError(f"/{member.path} has {size} bytes, more than the {policy.limit} that are read")
    checksum, pieces = hashlib.sha256(), []
    while piece := member.read(PIECE):
        checksum.update(piece)
        if policy.limit:
            pieces.append(piece)
    return Content(layer, size, f"sha256:{checksum.hexdigest()}", b"".join(pieces) if policy.limit else None)


def merge(layers: Iterable[Layer]) -> Tree:
    """Return the tree of layers, the lowest first; raises UnreadableError for one with too many entries."""
    entries: dict[str, Entry] = {}
    contents: dict[int, Content] = {}
    unpacked: dict[str, int] = {}
    for layer in layers:
        hidden = _Hidden(layer, entries)
        lower = entries
        entries = {path: entry for path, entry in entries.items() if path not in hidden} | layer.entries
        for path, target in layer.links.items():
            entries[path] = _linked(layer.entries[path], entries.get(target) or lower.get(target))
        contents |= {id(it.content): it.content for it in layer.entries.values() if it.content}
        unpacked[layer.digest] = layer.unpacked
        if len(entries) > MOST_ENTRIES:
            raise UnreadableError(f"the image has more than {MOST_ENTRIES} files")
    alive = {id(entry.content) for entry in entries.values()}
    dead = dict.fromkeys(unpacked, 0)
    for key, content in contents.items():
        dead[content.layer] += 0 if key in alive else content.size
    return Tree(entries, unpacked, dead)


def _linked(link: Entry, target: Entry | None) -> Entry:
    """Return a hard link with the content of its target."""
    content = target.content if target else None
    return Entry(link.kind, link.mode, link.owner, "", link.capability, content)


class _Hidden:
    """The paths of lower layers that a layer hides or replaces."""

    def __init__(self, layer: Layer, lower: Mapping[str, Entry]) -> None:
        covered = {
            path
            for path, entry in layer.entries.items()
            if entry.kind is not Kind.FOLDER and (below := lower.get(path)) and below.kind is Kind.FOLDER
        }
        self._removed = layer.removed
        self._blocked = layer.removed | layer.opaque | covered
        self._known: dict[str, bool] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._removed or self._is_blocked(path.rpartition("/")[0])

    def _is_blocked(self, folder: str) -> bool:
        passed: list[str] = []
        while folder not in self._known:
            passed.append(folder)
            if not folder or folder in self._blocked:
                self._known[folder] = folder in self._blocked
                break
            folder = folder.rpartition("/")[0]
        answer = self._known[folder]
        self._known |= dict.fromkeys(passed, answer)
        return answer
