"""Structural diagnostics of a tree in the terms of a Kairosfile, each with its range and a hint.

A key that is known, but in another place, is told where it belongs: a step at the top level, a field of the file below
the provider. Only a file with such a diagnostic imports this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import PROVIDER_VERSIONS
from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean, listing
from kairosfile.language.suggestions import nearest
from kairosfile.sections import edits
from kairosfile.sections.artifacts.records import Artifacts
from kairosfile.sections.cloud_config.schema import TOP_LEVEL
from kairosfile.sections.edits import reshaped, type_hint, wanted_form
from kairosfile.sections.hooks.records import MOUNT_TYPE, STEP_VERB, Hooks
from kairosfile.sections.image.records import Provider
from kairosfile.sections.image_tests.records import TEST_KIND
from kairosfile.sections.records import Kairosfile
from kairosfile.sections.recovery import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.language.nodes import Node, Path
    from kairosfile.language.records import Field, Problem, Record


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


def diagnose(root: Node, problems: Iterable[Problem]) -> list[Fault]:
    """Convert problems to faults, one for each place: a value of several possible kinds has problems of each."""
    by_place: dict[Path, list[Problem]] = {}
    for problem in problems:
        by_place.setdefault(problem.path, []).append(problem)
    few = len(by_place) <= MAX_GUESSES
    faults = [_fault(root, path, group, few=few) for path, group in by_place.items()]
    meant = {(*fault.path[:-1], fault.diagnostic.fix.text) for fault in faults if fault.diagnostic.fix}
    return [fault for fault in faults if not (fault.is_missing and fault.path in meant)]


def _fault(root: Node, path: Path, group: list[Problem], *, few: bool) -> Fault:
    diagnostic = _describe(root, path, group, few=few)
    if group[0].code != "missing":
        return Fault(path, diagnostic)
    field = next(field for field in _fields(group[0]) if field.key == path[-1])
    return Fault(path, diagnostic, field.example or "x")


def _describe(root: Node, path: Path, group: list[Problem], *, few: bool) -> Diagnostic:
    first, node = group[0], root.find(path)
    if first.code == "missing":
        return _missing(root, path, _fields(first))
    if first.code == "extra_forbidden":
        keys, siblings = [field.key for field in _fields(first)], root.find(path[:-1]).fields
        return _unknown_key(node, path, keys, siblings if few else None)
    if first.code in _ONE_OF_SEVERAL:
        return _ONE_OF_SEVERAL[first.code](node)
    if first.code == "literal_error":
        return _unknown_value(node, path, first.words)
    fields = [field for problem in group for field in _fields(problem)]
    return _wrong_type(node, path, [problem.code for problem in group], fields)


def _fields(problem: Problem) -> tuple[Field, ...]:
    return problem.record.FIELDS if problem.record else ()


def _missing(root: Node, path: Path, fields: Iterable[Field]) -> Diagnostic:
    name = str(path[-1])
    field = next(field for field in fields if field.key == name)
    parent = root.find(path[:-1])
    range_ = (parent.key or parent.range).first()
    example = f": {field.example}" if field.example else ": ..."
    message = f'the field "{name}" is missing' if parent is root else f'the field "{name}" is missing here'
    return Diagnostic(rules.MISSING_FIELD, range_, message, f"add `{name}{example}`")


def _unknown_key(node: Node, path: Path, keys: list[str], siblings: dict[str, Node] | None) -> Diagnostic:
    """Return the diagnostic of a key; without `siblings` there are too many to guess what each was meant as."""
    name, free = str(path[-1]), [key for key in keys if key not in siblings] if siblings is not None else []
    suggestion, place = nearest(name, free, cutoff=1), place_of(name, path[:-1])
    if not suggestion and not place:
        suggestion = nearest(name, free)
    hint = did_you_mean(suggestion) or place or _known(keys)
    diagnostic = Diagnostic(rules.UNKNOWN_KEY, node.key or node.range, f'unknown key "{name}"', hint)
    return diagnostic.with_suggestion(suggestion, node.key)


def _known(keys: list[str]) -> str:
    return f"known keys here are {listing(keys)}" if keys else "it has no keys: leave it empty"


def _step_verb(node: Node) -> Diagnostic:
    verbs = list(STEP_VERB.kinds)
    found = [verb for verb in verbs if verb in node.fields]
    if found:
        message = f"this step has {listing(found)}, but a step does one thing"
        return Diagnostic(rules.STEP_VERB, node.range, message, "make each a separate step")
    if not isinstance(node.value, dict):
        is_command = isinstance(node.value, str) and "\n" not in node.value
        hint = f"write `- run: {node.value}`" if is_command else "write `- run: ...`"
        fix = edits.inserting(node, "run: ") if is_command else None
        return Diagnostic(rules.STEP_VERB, node.range, "a step is a mapping", hint, fix=fix)
    guesses = ((suggestion, child.key) for key, child in node.fields.items() if (suggestion := nearest(key, verbs)))
    suggestion, key = next(guesses, ("", None))
    hint = did_you_mean(suggestion) or f"a step has one of {listing(verbs)}"
    return Diagnostic(rules.STEP_VERB, node.range, "this step has no known action", hint).with_suggestion(
        suggestion, key
    )


def _test_kind(node: Node) -> Diagnostic:
    if not isinstance(node.value, dict):
        hint = "write `- path: ...` or `- run: ...`"
        return Diagnostic(rules.STEP_VERB, node.range, "a test is a mapping", hint)
    kinds = list(TEST_KIND.kinds)
    found = [kind for kind in kinds if kind in node.fields]
    if found:
        message = f"this test has {listing(found)}, but a test has one of them"
        return Diagnostic(rules.STEP_VERB, node.range, message, "make each a separate test")
    guesses = ((suggestion, child.key) for key, child in node.fields.items() if (suggestion := nearest(key, kinds)))
    suggestion, key = next(guesses, ("", None))
    hint = did_you_mean(suggestion) or f"a test has one of {listing(kinds)}"
    return Diagnostic(rules.STEP_VERB, node.range, "this test has no path and no command", hint).with_suggestion(
        suggestion, key
    )


def _mount_type(node: Node) -> Diagnostic:
    types = list(MOUNT_TYPE.kinds)
    if not isinstance(node.value, dict):
        meant = edits.to_mount(node)
        hint = f"write {meant}" if meant else "write `- type: cache` and `target: ...` below it"
        return Diagnostic(rules.WRONG_TYPE, node.range, "a mount is a mapping", hint, fix=edits.replacing(node, meant))
    kind = node.fields.get("type")
    if kind is None:
        hint = f"add `type:` with one of {listing(types)}"
        return Diagnostic(rules.MISSING_FIELD, node.range.first(), 'the field "type" is missing here', hint)
    if not isinstance(kind.value, str):
        return _wrong_type(kind, ("mounts", "type"), ["string_type"])
    return _unknown_word(kind, f'unknown type of mount "{kind.value}"', kind.value, types)


def _several_providers(node: Node) -> Diagnostic:
    if edits.to_mapping(node, [field.key for field in Provider.FIELDS]):
        return _wrong_type(node, ("provider",), ["model_type"], Provider.FIELDS)
    message = "kairos-init supports one provider: it never ends with two plugins, and records one Kubernetes"
    hint = "name one; its plugin or your own steps can install further programs"
    return Diagnostic(rules.PROVIDER_PLUGINS, node.range, f"{message}{_from(node)}", hint)


def _provider_name(node: Node) -> Diagnostic:
    shown = node.value if isinstance(node.value, str) else node.plain()
    hint = "write letters, digits and . _ - as in k3s: it is part of flags of kairos-init"
    meant = edits.to_provider(str(shown), PROVIDER_VERSIONS)
    hint = f"write `provider: {meant}`" if meant else hint
    message = f'"{shown}" is not the name of a provider{_from(node)}'
    return Diagnostic(rules.UNKNOWN_VALUE, node.range, message, hint, fix=edits.replacing(node, meant))


_ONE_OF_SEVERAL = {
    "step_verb": _step_verb,
    "test_kind": _test_kind,
    "mount_type": _mount_type,
    "several_providers": _several_providers,
    "string_pattern_mismatch": _provider_name,
}


def _unknown_value(node: Node, path: Path, known: Sequence[str]) -> Diagnostic:
    shown = node.value if isinstance(node.value, str) else node.plain()
    message = f'unknown {_field_name(path)} "{shown}"{_from(node)}'
    return _unknown_word(node, message, shown if isinstance(shown, str) else "", known)


def _unknown_word(node: Node, message: str, word: str, known: Sequence[str]) -> Diagnostic:
    suggestion = nearest(word, known)
    hint = f"known are {listing(known)}" + (f"; {did_you_mean(suggestion)}" if suggestion else "")
    return Diagnostic(rules.UNKNOWN_VALUE, node.range, message, hint).with_suggestion(suggestion, node.part())


def _wrong_type(node: Node, path: Path, kinds: list[str], fields: Sequence[Field] = ()) -> Diagnostic:
    """Return the diagnostic of a value of another kind; `fields` are those of the record that it should be, if any."""
    range_ = node.key if node.value is None and node.key else node.range
    field = f'"{_field_name(path)}"' if path else "the file"
    if node.value is None or any(kind in EMPTY for kind in kinds):
        hint = "give it a value or remove it" if path else "write at least `base:` and `version:`"
        return Diagnostic(rules.WRONG_TYPE, range_, f"{field} is empty{_from(node)}", hint)
    wanted = wanted_form(node, path, " or ".join(dict.fromkeys(TYPE_NAMES.get(kind, kind) for kind in kinds)))
    message = f"{field} must be {wanted}, this is {_kind(node)}{_from(node)}"
    known = fields if "model_type" in kinds else fields or None
    meant = reshaped(node, path, wanted, known)
    hint = type_hint(node, path, wanted, known)
    if meant:
        hint = f"write {meant}" if "\n" not in meant else hint
    return Diagnostic(rules.WRONG_TYPE, range_, message, hint, fix=edits.replacing(node, meant))


def _field_name(path: Path) -> str:
    """Return the name of a path for messages: `provider`, for its name too, and `step 2 of after_install`."""
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


def _from(node: Node) -> str:
    return f" (from {node.set_by})" if node.set_by else ""


OF_A_CLOUD_CONFIG = {*TOP_LEVEL} - {"name"}


def place_of(name: str, parent: Path) -> str:
    """Return where a key belongs that is unknown below `parent`, nothing where it is known nowhere."""
    if parent[:1] == ("artifacts",) and name in _keys(Artifacts):
        return f'"{name}" belongs directly below artifacts'
    if parent in ((), ("hooks",)) and name in STEP_VERB.kinds:
        return f"it is a step: write `- {name}: ...` in hooks, below {_any_of(_keys(Hooks))}"
    if parent:
        return f'"{name}" belongs at the top level of the file' if name in _keys(Kairosfile) else ""
    for section, record in (("hooks", Hooks), ("artifacts", Artifacts)):
        if name in _keys(record):
            return f'"{name}" belongs below `{section}:`'
    return (
        "it is of a cloud-config: write it in the content of one, below `cloud_config:`" if _is_of_config(name) else ""
    )


def _is_of_config(name: str) -> bool:
    return name in OF_A_CLOUD_CONFIG and name != "name"


def _keys(record: type[Record]) -> list[str]:
    return [field.key for field in record.FIELDS]


def _any_of(words: list[str]) -> str:
    return listing(words).replace(" and ", " or ")
