"""What pydantic finds wrong with a tree, in the words of a Kairosfile: each fault at its place, with what to do.

Only a file with such a fault imports this: it knows all records of the language, those of rare sections too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kairosfile.spec import rules
from kairosfile.spec.diagnostics import MAX_GUESSES, Diagnostic, asking, listing, nearest
from kairosfile.spec.model import (
    MOUNT_TYPES,
    STEP_KINDS,
    Binaries,
    CloudConfig,
    Framework,
    Hooks,
    KairosInit,
    Kernel,
    Lint,
    Packages,
    PlatformFields,
    Provider,
    Record,
    Systemd,
)
from kairosfile.spec.model.artifacts import Artifacts, AuroraBoot, ConfigSource, Iso, Netboot, Raw, Uki, UkiKeys
from kairosfile.spec.model.image_tests import TEST_KINDS, Output
from kairosfile.spec.model.matrix import Exclude, Matrix
from kairosfile.spec.model.whole import Kairosfile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

    from kairosfile.spec.nodes import Node, Path

# By the last name on the way to a key, or the last two; steps are named by pydantic's tags.
RECORDS: dict[str, type[Record]] = {
    "": Kairosfile,
    "provider": Provider,
    "kairos_init": KairosInit,
    "framework": Framework,
    "binaries": Binaries,
    "hooks": Hooks,
    "cloud_config": CloudConfig,
    "lint": Lint,
    "matrix": Matrix,
    "exclude": Exclude,
    "platforms": PlatformFields,
    "packages": Packages,
    "kernel": Kernel,
    "systemd": Systemd,
    "artifacts": Artifacts,
    "auroraboot": AuroraBoot,
    "iso": Iso,
    "uki": Uki,
    "keys": UkiKeys,
    "netboot": Netboot,
    "raw": Raw,
    **{f"{artifact}.cloud_config": ConfigSource for artifact in ("iso", "uki", "raw")},
    "stdout": Output,
    "stderr": Output,
    **{f"<test {kind}>": test for kind, test in TEST_KINDS.items()},
    **{f"<{verb}>": step for verb, step in STEP_KINDS.items()},
    **{f"<{kind}>": mount for kind, mount in MOUNT_TYPES.items()},
}
TYPE_NAMES = {
    "string_type": "a text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "int_type": "a number of a user or group",
    "model_attributes_type": "a mapping",
    "exit_code": "an exit code from 0 to 255",
    "texts": "a text or a list of texts",
}
EMPTY = ("string_too_short", "too_short")


def diagnose(root: Node, errors: Iterable[ErrorDetails]) -> Iterable[Diagnostic]:
    """Turn pydantic's errors into diagnostics, one for each place: a union reports each of its members."""
    by_place: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        by_place.setdefault(_path(root, error), []).append(error)
    few = len(by_place) <= MAX_GUESSES
    for path, group in by_place.items():
        yield _describe(root, path, group, few=few)


def _path(root: Node, error: ErrorDetails) -> Path:
    """Return the path in the file: pydantic also names the member of a union that it tried."""
    path: list[str | int] = []
    for part in error["loc"]:
        if root.find(tuple(path)).child(part) is not None:
            path.append(part)
    return (*path, error["loc"][-1]) if error["type"] == "missing" else tuple(path)


def _describe(root: Node, path: Path, group: list[ErrorDetails], *, few: bool) -> Diagnostic:
    kind, node = group[0]["type"], root.find(path)
    if kind == "missing":
        return _missing(root, path, _record(group[0]))
    if kind == "extra_forbidden":
        return _unknown_key(node, str(path[-1]), _record(group[0]), few=few)
    if kind in _ONE_OF_SEVERAL:
        return _ONE_OF_SEVERAL[kind](node)
    if kind == "literal_error":
        return _unknown_value(node, path, group[0]["ctx"]["expected"])
    return _wrong_type(node, path, [error["type"] for error in group])


def _record(error: ErrorDetails) -> type[Record]:
    names = [part for part in error["loc"][:-1] if isinstance(part, str)]
    pairs = [".".join(pair) for pair in pairwise(["", *names])]
    found = (word for both in zip(reversed(pairs), reversed(names), strict=True) for word in both)
    return RECORDS[next((word for word in found if word in RECORDS), "")]


def _keys(record: type[Record]) -> list[str]:
    return [field.alias or name for name, field in record.model_fields.items()]


def _missing(root: Node, path: Path, record: type[Record]) -> Diagnostic:
    name = str(path[-1])
    field = next(field for key, field in record.model_fields.items() if (field.alias or key) == name)
    parent = root.find(path[:-1])
    where = (parent.key or parent.range).first()
    example = f": {field.examples[0]}" if field.examples else ": ..."
    message = f'the field "{name}" is missing' if parent is root else f'the field "{name}" is missing here'
    return Diagnostic(rules.MISSING_FIELD, where, message, f"add `{name}{example}`")


def _unknown_key(node: Node, name: str, record: type[Record], *, few: bool) -> Diagnostic:
    keys = _keys(record)
    near = nearest(name, keys) if few else ""
    hint = asking(near) or _known(keys)
    fault = Diagnostic(rules.UNKNOWN_KEY, node.key or node.range, f'unknown key "{name}"', hint)
    return fault.suggesting(near, node.key)


def _known(keys: list[str]) -> str:
    return f"known keys here are {listing(keys)}" if keys else "there is nothing to say here: leave it empty"


def _step_verb(node: Node) -> Diagnostic:
    verbs = list(STEP_KINDS)
    found = [verb for verb in verbs if verb in node.fields]
    if found:
        message = f"this step has {listing(found)}, but a step does one thing"
        return Diagnostic(rules.STEP_VERB, node.range, message, "make each a step of its own")
    if not isinstance(node.value, dict):
        return Diagnostic(rules.STEP_VERB, node.range, "a step is a mapping", "write `- run: ...`")
    guesses = ((near, child.key) for key, child in node.fields.items() if (near := nearest(key, verbs)))
    near, key = next(guesses, ("", None))
    hint = asking(near) or f"a step has one of {listing(verbs)}"
    return Diagnostic(rules.STEP_VERB, node.range, "this step does nothing that is known", hint).suggesting(near, key)


def _test_kind(node: Node) -> Diagnostic:
    if not isinstance(node.value, dict):
        hint = "write `- path: ...` or `- run: ...`"
        return Diagnostic(rules.STEP_VERB, node.range, "a test is a mapping", hint)
    kinds = list(TEST_KINDS)
    found = [kind for kind in kinds if kind in node.fields]
    if found:
        message = f"this test has {listing(found)}, but a test looks at one thing"
        return Diagnostic(rules.STEP_VERB, node.range, message, "make each a test of its own")
    guesses = ((near, child.key) for key, child in node.fields.items() if (near := nearest(key, kinds)))
    near, key = next(guesses, ("", None))
    hint = asking(near) or f"a test has one of {listing(kinds)}"
    return Diagnostic(rules.STEP_VERB, node.range, "this test looks at nothing", hint).suggesting(near, key)


def _mount_type(node: Node) -> Diagnostic:
    types = list(MOUNT_TYPES)
    if not isinstance(node.value, dict):
        hint = "write `- type: cache` and `target: ...` below it"
        return Diagnostic(rules.WRONG_TYPE, node.range, "a mount is a mapping", hint)
    kind = node.fields.get("type")
    if kind is None:
        hint = f"add `type:` with one of {listing(types)}"
        return Diagnostic(rules.MISSING_FIELD, node.range.first(), 'the field "type" is missing here', hint)
    if not isinstance(kind.value, str):
        return _wrong_type(kind, ("mounts", "type"), ["string_type"])
    return _unknown_word(kind, f'unknown type of mount "{kind.value}"', kind.value, types)


_ONE_OF_SEVERAL = {"step_verb": _step_verb, "test_kind": _test_kind, "mount_type": _mount_type}


def _unknown_value(node: Node, path: Path, expected: str) -> Diagnostic:
    known = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    shown = node.value if isinstance(node.value, str) else node.plain()
    message = f'unknown {_field_name(path)} "{shown}"{_from(node)}'
    return _unknown_word(node, message, shown if isinstance(shown, str) else "", known)


def _unknown_word(node: Node, message: str, word: str, known: Sequence[str]) -> Diagnostic:
    near = nearest(word, known)
    hint = f"known are {listing(known)}" + (f"; {asking(near)}" if near else "")
    return Diagnostic(rules.UNKNOWN_VALUE, node.range, message, hint).suggesting(near, node.part())


def _wrong_type(node: Node, path: Path, kinds: list[str]) -> Diagnostic:
    where = node.key if node.value is None and node.key else node.range
    field = f'"{_field_name(path)}"' if path else "the file"
    if node.value is None or any(kind in EMPTY for kind in kinds):
        hint = "give it a value or remove it" if path else "write at least `base:` and `version:`"
        return Diagnostic(rules.WRONG_TYPE, where, f"{field} is empty{_from(node)}", hint)
    wanted = " or ".join(dict.fromkeys(TYPE_NAMES.get(kind, kind) for kind in kinds))
    message = f"{field} must be {wanted}, this is {_kind(node)}{_from(node)}"
    return Diagnostic(rules.WRONG_TYPE, where, message, _type_hint(node, wanted))


def _field_name(path: Path) -> str:
    """Name a place as the file does: `provider`, for its name too, and `step 2 of after_install`."""
    if path[-1] == "name" and path[:1] == ("provider",):
        return "provider"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {path[-2]}"
    words = [str(part) for part in path if isinstance(part, str)]
    return " ".join(words[1:] if words[0] in {"hooks", "tests"} and len(words) > 1 else words)


def _kind(node: Node) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if isinstance(node.value, str):
        return f'the text "{node.value}"'
    return "a list" if isinstance(node.value, list) else "a mapping"


def _type_hint(node: Node, wanted: str) -> str:
    if wanted == "true or false":
        return "write true or false, without quotes"
    if wanted == "a text" and isinstance(node.value, bool):
        return "put it in quotes if you mean the word"
    if wanted == "a mapping":
        return "write `name: value` lines" if node.range.start.line == 1 else "write `name: value` lines below it"
    if wanted == "a list":
        return "begin each item on a line of its own with `- `"
    return f"write {wanted}"


def _from(node: Node) -> str:
    return f" (from {node.origin})" if node.origin else ""
