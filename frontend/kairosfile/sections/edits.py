"""Edits that convert a value to the form of its field: a mapping for a list, a list for a mapping, a bool for a word.

They depend only on the nodes. A value that would lose a comment, or that is not literally in the file, has no such
edit; where no edit is possible, the hint says what to do. Only a file with a value of a wrong type imports this.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from kairosfile.language.diagnostics import Fix, nearest
from kairosfile.language.nodes import CONSTANTS, Node, Range
from kairosfile.language.platforms import KNOWN as PLATFORMS
from kairosfile.language.records import REQUIRED
from kairosfile.sections.hooks.records import STEP_VERB
from kairosfile.sections.image_tests.records import TEST_KIND

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from kairosfile.language.nodes import Path, Plain
    from kairosfile.language.records import Field


# Words that are booleans in YAML 1.1.
BOOLS = {
    **dict.fromkeys(("true", "yes", "on", "y", "1", "enabled"), "true"),
    **dict.fromkeys(("false", "no", "off", "n", "0", "disabled"), "false"),
}
_PLAIN = re.compile(r"[A-Za-z0-9_/.~][A-Za-z0-9_/.@+=~ -]*+(?::(?! )[A-Za-z0-9_/.@+=~ -]++)*")
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*+)(?:=(.*+))?")
_MOUNT_WORDS = {"src": "source", "dst": "target", "destination": "target"}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*+=")
_PROVIDER = re.compile(r"([a-z0-9]++)[@: ]v?([0-9].*+)")

# Lists of words, in none of which is a blank or a comma.
_WORDS = ("packages", "platforms", "install", "remove", "enable", "disable", "mask", "unmask", "formats", "outputs")
_BETWEEN = re.compile(r"[\s,]+")
# Empty mappings in this section still request an artifact.
_ARTIFACTS = "artifacts"
_CLOUD_CONFIGS = ("cloud_config",)
# Sections with the name of a part of the build, after which a file can have hooks.
PARTS_WITH_HOOKS = (("install",), ("init",))


def to_bool(node: Node) -> str:
    """Return `true` or `false` for a text that means it, empty for any other value."""
    return BOOLS.get(node.value.lower(), "") if isinstance(node.value, str) else ""


def to_text(node: Node) -> str:
    """Return a bool, or the only item of a list, as text; empty for any other value."""
    if isinstance(node.value, bool):
        return '"true"' if node.value else '"false"'
    only = node.items[0] if len(node.items) == 1 else None
    return flow(only.value) if only is not None and isinstance(only.value, str) else ""


def to_list(node: Node, verbs: Container[str]) -> str:
    """Return a value as a list: a text as its only item, a mapping of verbs as one step for each."""
    if isinstance(node.value, str) and "\n" not in node.value:
        return flow([node.value])
    if not node.fields or not all(name in verbs for name in node.fields) or not _is_simple(node):
        return ""
    return _lines(node, [f"- {name}: {flow(child.plain())}" for name, child in node.fields.items()])


def to_mapping(node: Node, keys: Sequence[str] | None, *, optional: bool = False, bare: bool = False) -> str:
    """Return the mapping that `NAME=value` texts, or mappings of one key each, intend; `keys` has its names.

    Any name is valid if `keys` is None. With `optional` a name alone has no value yet, with `bare` it says all.
    """
    of_parts = [_pairs(item, keys, optional=optional, bare=bare) for item in _parts(node, keys)]
    pairs = [pair for part in of_parts for pair in part]
    if not pairs or not all(of_parts) or len({name for name, _ in pairs}) < len(pairs):
        return ""
    if keys is not None and any(name not in keys for name, _ in pairs):
        return ""
    if _is_flow(node):
        return flow(dict(pairs))
    return _lines(node, [f"{name}: {flow(value)}" for name, value in pairs])


def to_provider(text: str, known: Container[str]) -> str:
    """Return `{name: k3s, version: v1.33.1+k3s1}` for `k3s@v1.33.1+k3s1`, empty for any other text."""
    match = _PROVIDER.fullmatch(text)
    return flow({"name": match[1], "version": f"v{match[2]}"}) if match and match[1] in known else ""


def to_mount(node: Node) -> str:
    """Return `{type: cache, target: /x}` for `type=cache,target=/x` as Docker writes it, empty for other values."""
    parts = node.value.split(",") if isinstance(node.value, str) else ()
    pairs = [match.groups() for part in parts if (match := _PAIR.fullmatch(part))]
    if not pairs or len(pairs) < len(parts) or not all(value for _, value in pairs):
        return ""
    return flow({_MOUNT_WORDS.get(name, name): value for name, value in pairs})


def replacing(node: Node, text: str) -> Fix | None:
    """Return the edit that replaces a value by a text; None for no text, or a value of a build arg."""
    return Fix(node.range, text) if text and not node.set_by else None


def inserting(node: Node, text: str) -> Fix | None:
    """Return the edit that inserts a text before a value."""
    start = node.range.start
    return None if node.set_by else Fix(Range(start, start, node.range.source), text)


def flow(value: Plain) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(name)}: {flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and value not in CONSTANTS and value == value.strip()
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    return "null" if value is None else str(value).lower()


def _parts(node: Node, keys: Sequence[str] | None) -> Sequence[Node]:
    """Return the parts for a mapping: the items of a list, or the words of a text."""
    if not isinstance(node.value, str):
        return node.items if node.items and _is_simple(node) else ()
    words = node.value.replace(",", " ").split() if keys else node.value.split()
    if keys is None and not all(map(_ASSIGNMENT.match, words)):
        words = [node.value]
    return [] if "\n" in node.value else [Node(word, node.range) for word in words]


def _pairs(item: Node, keys: Sequence[str] | None, *, optional: bool, bare: bool) -> Sequence[tuple[str, Plain]]:
    if item.fields:
        return [(name, child.plain()) for name, child in item.fields.items()]
    match = _PAIR.fullmatch(item.value) if isinstance(item.value, str) else None
    if match is None:
        return []
    if match[2] is not None:
        return [(match[1], match[2])]
    if bare:
        return [(nearest(match[1], keys or (), cutoff=1) or match[1], {})]
    return [(match[1], None)] if optional else []


def _is_flow(node: Node) -> bool:
    """Return whether a value is on one line, as in brackets: these end after the last child."""
    children = [*node.items, *node.fields.values()]
    return not children or node.range.end != max(child.range.end for child in children)


def _is_simple(node: Node) -> bool:
    """Return whether each child of a collection is on a separate line, with nothing between them."""
    children = [*node.items, *node.fields.values()]
    starts = [child.whole.start.line for child in children]
    ends = [child.range.last_line for child in children]
    if any(child.range.source is not node.range.source for child in children):
        return False
    return _is_flow(node) or (starts == ends and all(after == before + 1 for before, after in pairwise(starts)))


def _lines(node: Node, lines: list[str]) -> str:
    """Return lines that begin in the column of a block."""
    if _is_flow(node):
        return ""
    return ("\n" + " " * (node.range.start.column - 1)).join(lines)


def expected_form(node: Node, path: Path, type_name: str) -> str:
    """Return the form that people know a field in: packages and platforms, which may be mappings, as lists."""
    if type_name != "a mapping" or path[-1:] not in (("packages",), ("platforms",)):
        return type_name
    return "a list of texts" if isinstance(node.value, list) else "a list"


def reshaped(node: Node, path: Path, type_name: str, fields: Sequence[Field] | None) -> str:
    """Return a value in the form of its field, empty if only the author can know it.

    `fields` are those of the expected mapping, None if any name is valid.
    """
    if type_name.startswith("true or false"):
        return to_bool(node)
    if type_name.startswith("a text"):
        return to_text(node)
    if type_name == "a list":
        return _list(node, path)
    return _mapping(node, path, fields) if type_name == "a mapping" else ""


def _list(node: Node, path: Path) -> str:
    if path == _CLOUD_CONFIGS:
        return f"[{_from_file(node)}]" if _from_file(node) else ""
    if isinstance(node.value, str) and path[-1:] and path[-1] in _WORDS:
        words = [word for word in _BETWEEN.split(node.value) if word]
        if path[-1] == "platforms":
            words = [nearest(word, PLATFORMS, cutoff=1) or word for word in words]
        return flow([*words]) if words else ""
    return to_list(node, STEP_VERB.kinds if path[:1] == ("hooks",) else TEST_KIND.kinds)


def _mapping(node: Node, path: Path, fields: Sequence[Field] | None) -> str:
    if path[:-1] == _CLOUD_CONFIGS:
        return _from_file(node)
    if path[-1:] and path[-1] == "cloud_config":  # of an artifact, where a file's name will do
        return to_text(node)
    if fields is None:
        return to_mapping(node, None, optional=path == ("args",))
    if path[:1] == (_ARTIFACTS,) and _is_yes(node):
        return "" if any(field.default is REQUIRED for field in fields) else "{}"
    return to_mapping(node, [field.key for field in fields], bare=path == (_ARTIFACTS,))


def _is_yes(node: Node) -> bool:
    return node.value is True or to_bool(node) == "true"


def _from_file(node: Node) -> str:
    """Return the entry of cloud_config that takes a file, which is called as there."""
    if not isinstance(node.value, str) or not re.fullmatch(r"[\w./-]+\.ya?ml", node.value):
        return ""
    return flow({"name": node.value.rpartition("/")[2], "from": node.value})


def type_hint(node: Node, path: Path, type_name: str, fields: Sequence[Field] | None) -> str:
    """Return the hint for a value without a possible edit."""
    if type_name == "true or false":
        return "write true or false, without quotes"
    if type_name == "a text" and isinstance(node.value, bool):
        return "put it in quotes if you mean the word"
    if type_name == "a mapping":
        return _mapping_hint(node, path, fields or ())
    if path == _CLOUD_CONFIGS:
        return "begin with `- name: 90_custom.yaml`, and below it write `content:`, or `from:` with a file"
    if type_name == "a list":
        return "begin each item on a separate line with `- `"
    return f"write {type_name}"


def _mapping_hint(node: Node, path: Path, fields: Sequence[Field]) -> str:
    if path[:1] == (_ARTIFACTS,) and (node.value is False or to_bool(node) == "false"):
        return "remove it: only what is named is made"
    if node.items and path in PARTS_WITH_HOOKS:
        return f"write steps in hooks, below after_{path[0]}"
    if path[-1:] and path[-1] == "cloud_config":
        return "name one file, or write `from:` or `secret:` below it"
    if not path or not fields:
        return "write `name: value` lines below it" if path else "write `name: value` lines"
    needed = next((field.key for field in fields if field.default is REQUIRED), fields[0].key)
    return f"write `{needed}: ...` below it"
