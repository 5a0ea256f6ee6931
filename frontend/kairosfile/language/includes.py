"""Included Kairosfiles, merged under the file that names them.

    extends: common/base.yaml          # one file, of which this one is a variation
    include: [common/users.yaml]       # more files, each merged over the one before

The merge rules:

- The including file wins; of included files `extends` comes first and a later `include` wins over an earlier one.
- Mappings are merged key by key, to any depth.
- The lists of `hooks`, and the lists `cloud_config` and `tests`, are appended, the included file's first: a base's
  steps run first.
- All other values, including other lists, are replaced.
- A file that is named twice is merged once, at its first use; its steps run once.

Each value keeps its range in the file where it was written. An included file may be incomplete: only the merged file
is checked against the model. All files of a level are loaded together, in one round trip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import parser, rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError
from kairosfile.language.files import EXTENDS, INCLUDE, NAME_ANOTHER, clean, leaves_context
from kairosfile.language.nodes import Node, replace
from kairosfile.language.parser import decode
from kairosfile.named_tuple import NamedTuple
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.files import Files
    from kairosfile.language.nodes import Source

APPENDED = frozenset(
    {("hooks", "before_install"), ("hooks", "after_install"), ("hooks", "after_init"), ("cloud_config",), ("tests",)}
)
MAX_DEPTH = 8
MAX_FILES = 32
Trees = dict[str, Node]


class _Named(NamedTuple):
    """An included file, and the node that names it."""

    path: str
    node: Node


def resolve_includes(source: Source, root: Node, files: Files | None) -> Node:
    """Return the tree of a Kairosfile merged with its includes; raises KairosfileError."""
    try:
        trees = _load(root, files)
        return _Merger(trees).merge(root)
    except _IncludeError as error:
        raise KairosfileError(source, error.diagnostics) from error


class _IncludeError(Exception):
    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__()
        self.diagnostics = diagnostics


def _load(root: Node, files: Files | None) -> Trees:
    """Return all files that a tree includes, also indirectly, by their paths, level by level."""
    trees: Trees = {}
    level = list(_named(root))
    for _ in range(MAX_DEPTH):
        new = {named.path: named.node for named in level if named.path not in trees}
        if not new:
            return trees
        if len(trees) + len(new) > MAX_FILES:
            raise _too_many(next(iter(new.values())), f"more than {MAX_FILES} files are included", "join some of them")
        batch = _read(new, files)
        trees |= batch
        level = [named for tree in batch.values() for named in _named(tree)]
    if deeper := next((named.node for named in level if named.path not in trees), None):
        raise _too_many(deeper, f"files are included more than {MAX_DEPTH} levels deep", "include fewer levels")
    return trees


def _too_many(node: Node, message: str, hint: str) -> _IncludeError:
    return _IncludeError(Diagnostic(rules.INCLUDE, node.range, message, hint))


def _read(new: dict[str, Node], files: Files | None) -> Trees:
    """Return the trees of files, read together; raises with the diagnostics of all of them."""
    if files is not None:
        files.load(new)
    trees: Trees = {}
    diagnostics: list[Diagnostic] = []
    for path, node in new.items():
        try:
            data = files.read(path) if files is not None else None
        except RefusedFileError as error:
            diagnostics.append(Diagnostic(rules.MISSING_FILE, node.range, str(error), NAME_ANOTHER))
            continue
        if data is None:
            hint = "paths start at the root of the build context; check the name, and .dockerignore"
            diagnostics.append(
                Diagnostic(rules.MISSING_FILE, node.range, f'there is no file "{path}" to include', hint)
            )
            continue
        try:
            trees[path] = _parse(path, data)
        except KairosfileError as error:
            diagnostics += [diagnostic.placed(error.source.hold) for diagnostic in error.diagnostics]
    if diagnostics:
        raise _IncludeError(*diagnostics)
    return trees


def _parse(path: str, data: bytes) -> Node:
    source = decode(path, data)
    root = _placed(parser.without_extensions(parser.parse(source)), source)
    if not isinstance(root.value, dict):
        hint = "write `name: value` lines"
        diagnostic = Diagnostic(rules.WRONG_TYPE, root.range, "an included file must be a mapping", hint)
        raise KairosfileError(source, [diagnostic])
    return root


def _placed(node: Node, source: Source) -> Node:
    """Return a tree whose ranges carry their file."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _placed(child, source) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_placed(child, source) for child in value]
    key = source.hold(node.key) if node.key else None
    return replace(node, value=value, range=source.hold(node.range), key=key)


def _named(root: Node) -> Iterator[_Named]:
    """Yield the files that a tree names, in merge order."""
    for key in (EXTENDS, INCLUDE):
        field = root.fields.get(key)
        for node in _texts(key, field) if field else ():
            path = str(node.value)
            if leaves_context(path):
                message = f'"{path}" leaves the build context'
                raise _IncludeError(Diagnostic(rules.PATH, node.range, message, "move the file into the context"))
            yield _Named(clean(path), node)


def _texts(key: str, field: Node) -> list[Node]:
    nodes = [field] if key == EXTENDS else field.items
    if (isinstance(field.value, list) == (key == INCLUDE)) and all(isinstance(node.value, str) for node in nodes):
        return nodes
    expected = "the path of one file" if key == EXTENDS else "a list of paths"
    hint = "extends: common.yaml" if key == EXTENDS else "include: [common.yaml]"
    message = f'"{key}" must be {expected}'
    raise _IncludeError(Diagnostic(rules.WRONG_TYPE, field.range, message, f"write `{hint}`"))


class _Merger:
    """Merges files, from the innermost out."""

    def __init__(self, trees: Trees) -> None:
        self.trees = trees
        self.merged: set[str] = set()

    def merge(self, root: Node, inside: tuple[str, ...] = ()) -> Node:
        """Return a tree merged over its includes; `inside` are the files that lead to it."""
        under: Node | None = None
        for named in _named(root):
            if named.path in inside:
                circle = " -> ".join((*inside[inside.index(named.path) :], named.path))
                message = f"this file includes itself: {circle}"
                raise _IncludeError(Diagnostic(rules.INCLUDE, named.node.range, message, "remove one of these lines"))
            if named.path in self.merged:
                continue
            self.merged.add(named.path)
            tree = self.merge(self.trees[named.path], (*inside, named.path))
            tree = replace(
                tree, value={key: node for key, node in tree.fields.items() if key not in (EXTENDS, INCLUDE)}
            )
            under = tree if under is None else merge_nodes(under, tree)
        return root if under is None else merge_nodes(under, root)


def merge_nodes(under: Node, over: Node, path: tuple[str, ...] = ()) -> Node:
    """Return two nodes merged; `over` wins."""
    if isinstance(under.value, dict) and isinstance(over.value, dict):
        both = dict(under.value)
        for key, node in over.value.items():
            both[key] = merge_nodes(both[key], node, (*path, key)) if key in both else node
        return replace(over, value=both)
    if path in APPENDED and isinstance(under.value, list) and isinstance(over.value, list):
        return replace(over, value=[*under.value, *over.value])
    return over
