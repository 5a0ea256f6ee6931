"""The form that a value should have had: what to write in its place, and what to do where nobody can know that.

Only a file with a value of a wrong type imports this.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.language.platforms import KNOWN as PLATFORMS
from kairosfile.language.records import REQUIRED
from kairosfile.language.suggestions import nearest
from kairosfile.sections import edits
from kairosfile.sections.hooks.records import STEP_VERB
from kairosfile.sections.image_tests.records import TEST_KIND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.language.nodes import Node, Path
    from kairosfile.language.records import Field

# Lists of words, in none of which is a blank or a comma.
_WORDS = ("packages", "platforms", "install", "remove", "enable", "disable", "mask", "unmask", "formats", "outputs")
_BETWEEN = re.compile(r"[\s,]+")
# What a mapping of them says nothing more of is asked for all the same.
_ASKED_FOR = "artifacts"
_CLOUD_CONFIGS = ("cloud_config",)


def wanted_form(node: Node, path: Path, wanted: str) -> str:
    """Return the form that people know a field in: packages and platforms, which may be mappings, as lists."""
    if wanted != "a mapping" or path[-1:] not in (("packages",), ("platforms",)):
        return wanted
    return "a list of texts" if isinstance(node.value, list) else "a list"


def reshaped(node: Node, path: Path, wanted: str, fields: Sequence[Field] | None) -> str:
    """Return a value in the form that its field has, nothing where only a person can know it.

    `fields` are those of the mapping that is wanted, None where any name is one.
    """
    if wanted.startswith("true or false"):
        return edits.to_bool(node)
    if wanted.startswith("a text"):
        return edits.to_text(node)
    if wanted == "a list":
        return _list(node, path)
    return _mapping(node, path, fields) if wanted == "a mapping" else ""


def _list(node: Node, path: Path) -> str:
    if path == _CLOUD_CONFIGS:
        return f"[{_from_file(node)}]" if _from_file(node) else ""
    if isinstance(node.value, str) and path[-1:] and path[-1] in _WORDS:
        words = [word for word in _BETWEEN.split(node.value) if word]
        if path[-1] == "platforms":
            words = [nearest(word, PLATFORMS, cutoff=1) or word for word in words]
        return edits.flow([*words]) if words else ""
    return edits.to_list(node, STEP_VERB.kinds if path[:1] == ("hooks",) else TEST_KIND.kinds)


def _mapping(node: Node, path: Path, fields: Sequence[Field] | None) -> str:
    if path[:-1] == _CLOUD_CONFIGS:
        return _from_file(node)
    if path[-1:] and path[-1] == "cloud_config":  # of an artifact, where a file's name will do
        return edits.to_text(node)
    if fields is None:
        return edits.to_mapping(node, None, optional=path == ("args",))
    if path[:1] == (_ASKED_FOR,) and _is_yes(node):
        return "" if any(field.default is REQUIRED for field in fields) else "{}"
    return edits.to_mapping(node, [field.key for field in fields], bare=path == (_ASKED_FOR,))


def _is_yes(node: Node) -> bool:
    return node.value is True or edits.to_bool(node) == "true"


def _from_file(node: Node) -> str:
    """Return the entry of cloud_config that takes a file, which is called as there."""
    if not isinstance(node.value, str) or not re.fullmatch(r"[\w./-]+\.ya?ml", node.value):
        return ""
    return edits.flow({"name": node.value.rpartition("/")[2], "from": node.value})


def type_hint(node: Node, path: Path, wanted: str, fields: Sequence[Field] | None) -> str:
    """Return what to do about a value for which no other can be written."""
    if wanted == "true or false":
        return "write true or false, without quotes"
    if wanted == "a text" and isinstance(node.value, bool):
        return "put it in quotes if you mean the word"
    if wanted == "a mapping":
        return _mapping_hint(node, path, fields or ())
    if path == _CLOUD_CONFIGS:
        return "begin with `- name: 90_custom.yaml`, and below it write `content:`, or `from:` with a file"
    if wanted == "a list":
        return "begin each item on a separate line with `- `"
    return f"write {wanted}"


def _mapping_hint(node: Node, path: Path, fields: Sequence[Field]) -> str:
    if path[:1] == (_ASKED_FOR,) and (node.value is False or edits.to_bool(node) == "false"):
        return "remove it: only what is named is made"
    if path[-1:] and path[-1] == "cloud_config":
        return "name one file, or write `from:` or `secret:` below it"
    if not path or not fields:
        return "write `name: value` lines below it" if path else "write `name: value` lines"
    needed = next((field.key for field in fields if field.default is REQUIRED), fields[0].key)
    return f"write `{needed}: ...` below it"
