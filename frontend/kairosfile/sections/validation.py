"""Structural diagnostics of a tree in the terms of a Kairosfile, each with its range and a hint.

All errors of a file are reported together:

    errors = the first validation of a tree
    tree   = the tree without errors: a mistyped key or word is corrected, a missing required field is filled, any
             other invalid value is removed
    model  = the validation of that tree; its new diagnostics are reported too, unless they follow from a change

The model is only for the checks of the other parts: a file with an error is never planned. Diagnostics of checks about
a changed range are dropped (`Recovered.follows`). The caller passes the function that validates a tree.

For a key that is valid elsewhere, the message says where it belongs: a step at the top level, a field of the file below
the provider. Only a file with such a diagnostic imports this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import PROVIDER_VERSIONS
from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean, listing, nearest
from kairosfile.language.nodes import CONSTANTS, Node, replace
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections import edits
from kairosfile.sections.artifacts.records import Artifacts
from kairosfile.sections.cloud_config.schema import TOP_LEVEL
from kairosfile.sections.edits import PARTS_WITH_HOOKS, expected_form, reshaped, type_hint
from kairosfile.sections.hooks.mount_records import MOUNT_TYPE
from kairosfile.sections.hooks.records import STEP_VERB, Hooks
from kairosfile.sections.image.records import Provider
from kairosfile.sections.image_tests.records import TEST_KIND
from kairosfile.sections.records import Kairosfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kairosfile.language.nodes import Path, Range
    from kairosfile.language.records import Field, Problem, Record

# With more errors than MAX_GUESSES the loader stops: such a list is not useful, and each takes time.
# A removed required field is missing in the next round, and its parent may be invalid after that.
MAX_ROUNDS = 4
# Names that are unknown to all checks, so that they cause no further diagnostics.
FILLERS: dict[Path, str] = {
    ("base",): f"missing.invalid/base@sha256:{'0' * 64}",
    ("version",): "v0.0.0",
}
# Fields that are removed together: without the first the second would be invalid.
TOGETHER: dict[Path, Path] = {("provider",): ("variant",), ("framework",): ("kairos_init",)}

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

OF_A_CLOUD_CONFIG = {*TOP_LEVEL} - {"name"}


class FieldError(NamedTuple):
    """An error of a tree.

    `path` is the path of the invalid value, or of the missing required field; `filler` is a valid value of such a
    field.
    """

    path: Path
    diagnostic: Diagnostic
    filler: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether a field is missing, so that the path does not exist."""
        return self.diagnostic.rule is rules.MISSING_FIELD and bool(self.filler)


class Recovered(NamedTuple):
    """The model of a tree without its errors, or None, and all diagnostics."""

    root: Node
    model: Kairosfile | None
    diagnostics: list[Diagnostic]
    changed: tuple[Range, ...]

    def follows(self, diagnostic: Diagnostic) -> bool:
        """Return whether a diagnostic is about a change: its range equals or contains that of a change."""
        return any(_holds(diagnostic.range, range_) for range_ in self.changed)


def recover(
    root: Node,
    errors: Sequence[FieldError],
    validate: Callable[[Node], Kairosfile | list[FieldError]],
    known: Iterable[Range],
) -> Recovered:
    """Return a tree with these errors recovered.

    Args:
        root: The validated tree.
        errors: The errors of the validation.
        validate: The same validation, for the changed tree.
        known: The ranges of earlier diagnostics, which get no further ones.
    """
    diagnostics: list[Diagnostic] = []
    changed = set(known)
    filled: set[tuple[Range, str]] = set()  # places of mappings, with the name of a field that was changed there
    for _ in range(MAX_ROUNDS):
        reported = [error for error in errors if not _follows(root, error, changed, filled)]
        diagnostics += [error.diagnostic for error in reported]
        if len(errors) > MAX_GUESSES or any(not error.path for error in errors):
            break
        changed |= {error.diagnostic.range for error in errors}
        changed |= {root.find(error.path).range for error in errors if not error.is_missing}
        filled |= {(root.find(error.path[:-1]).range, str(error.path[-1])) for error in errors}
        root = _Repair(errors).copy(root)
        result = validate(root)
        if not isinstance(result, list):
            return Recovered(root, result, diagnostics, tuple(changed))
        errors = result
    return Recovered(root, None, diagnostics, tuple(changed))


def _follows(root: Node, error: FieldError, changed: set[Range], filled: set[tuple[Range, str]]) -> bool:
    """Return whether an error follows from an earlier change, or from a mistyped key."""
    parent = root.find(error.path[:-1])
    if not error.is_missing:
        ranges = (error.diagnostic.range, root.find(error.path).range)
        # The kind of a value that has lost a part, such as the verb of a step, is unknown.
        later = bool(filled)
        return any(range_ in changed or (later and _holds(range_, each)) for range_ in ranges for each in changed)
    return (parent.range, str(error.path[-1])) in filled


def _holds(outer: Range, inner: Range) -> bool:
    return outer.filename == inner.filename and outer.start <= inner.start and inner.end <= outer.end


class _Repair:
    """Copies a tree with a change for each error."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = {error.path: error for error in errors}
        wrong = [path for path, error in self.errors.items() if path in TOGETHER and not _is_word(error)]
        self.dropped = {TOGETHER[path] for path in wrong}
        self.on_the_way = {path[:end] for path in (*self.errors, *self.dropped) for end in range(len(path))}
        self.missing: dict[Path, list[FieldError]] = {}
        for error in self.errors.values():
            if error.is_missing:
                self.missing.setdefault(error.path[:-1], []).append(error)

    def copy(self, node: Node, path: Path = ()) -> Node:
        """Return a node with the changes below it."""
        if path not in self.on_the_way:
            return node
        if isinstance(node.value, list):
            items = [self._changed(child, (*path, index)) for index, child in enumerate(node.value)]
            return replace(node, value=[child for child in items if child is not None])
        fields: dict[str, Node] = {}
        for name, child in node.fields.items():
            copy = self._changed(child, (*path, name))
            right = _name(name, child, self.errors.get((*path, name)), node.fields)
            if copy is not None and right:
                fields[right] = copy
        for error in self.missing.get(path, ()):
            filler = FILLERS.get(error.path, error.filler)
            fields.setdefault(str(error.path[-1]), Node(filler, error.diagnostic.range))
        return replace(node, value=fields)

    def _changed(self, node: Node, path: Path) -> Node | None:
        error = self.errors.get(path)
        if path in self.dropped:
            return None
        if error is None or error.is_missing:
            return self.copy(node, path)
        return _corrected(node, error)


def _corrected(node: Node, error: FieldError) -> Node | None:
    """Return a node with the suggested word, None if it is removed."""
    fix = error.diagnostic.fix
    if fix is None or not _is_word(error):
        return None
    if fix.range == node.key:
        return node
    if fix.range not in (node.range, node.part()):
        return _with_key(node, error)
    text = fix.text.strip("\"'")
    return replace(node, value=CONSTANTS.get(fix.text, text))


def _with_key(node: Node, error: FieldError) -> Node | None:
    """Return a mapping with one of its keys corrected, such as the verb of a step; None without a suggestion."""
    fix = error.diagnostic.fix
    wrong = next((name for name, child in node.fields.items() if fix and child.key == fix.range), None)
    if wrong is None or fix is None or fix.text in node.fields:
        return None
    return replace(node, value={fix.text if name == wrong else name: child for name, child in node.fields.items()})


def _name(name: str, node: Node, error: FieldError | None, siblings: dict[str, Node]) -> str:
    """Return the name of a field, corrected if it was mistyped; empty if the right one exists already."""
    fix = error.diagnostic.fix if error else None
    if fix is None or fix.range != node.key:
        return name
    return "" if fix.text in siblings else fix.text


def _is_word(error: FieldError) -> bool:
    """Return whether an error has an edit that replaces one word by another."""
    fix = error.diagnostic.fix
    return fix is not None and fix.text.strip("\"'").replace("-", "").replace("_", "").replace("/", "").isalnum()


def diagnose(root: Node, problems: Iterable[Problem]) -> list[FieldError]:
    """Convert problems to errors, one for each path: a value of several possible kinds has problems of each."""
    by_path: dict[Path, list[Problem]] = {}
    for problem in problems:
        by_path.setdefault(problem.path, []).append(problem)
    few = len(by_path) <= MAX_GUESSES
    errors = [_field_error(root, path, group, few=few) for path, group in by_path.items()]
    meant = {(*error.path[:-1], error.diagnostic.fix.text) for error in errors if error.diagnostic.fix}
    return [error for error in errors if not (error.is_missing and error.path in meant)]


def _field_error(root: Node, path: Path, group: list[Problem], *, few: bool) -> FieldError:
    diagnostic = _describe(root, path, group, few=few)
    if group[0].code != "missing":
        return FieldError(path, diagnostic)
    field = next(field for field in _fields(group[0]) if field.key == path[-1])
    return FieldError(path, diagnostic, field.example or "x")


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
    """Return the diagnostic of a key; without `siblings` there are too many keys for suggestions."""
    name, free = str(path[-1]), [key for key in keys if key not in siblings] if siblings is not None else []
    suggestion, place = nearest(name, free, cutoff=1), section_of(name, path[:-1])
    if not suggestion and not place:
        suggestion = nearest(name, free)
    hint = did_you_mean(suggestion) or place or _known(keys)
    diagnostic = Diagnostic(rules.UNKNOWN_KEY, node.key or node.range, f'unknown key "{name}"', hint)
    return diagnostic.with_suggestion(suggestion, node.key)


def _known(keys: list[str]) -> str:
    return f"known keys here are {listing(keys)}" if keys else "it has no keys: leave it empty"


def _step_verb(node: Node) -> Diagnostic:
    verbs = list(STEP_VERB.kinds)
    present = [verb for verb in verbs if verb in node.fields]
    if present:
        message = f"this step has {listing(present)}, but a step does one thing"
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
    present = [kind for kind in kinds if kind in node.fields]
    if present:
        message = f"this test has {listing(present)}, but a test has one of them"
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
    expected = expected_form(node, path, " or ".join(dict.fromkeys(TYPE_NAMES.get(kind, kind) for kind in kinds)))
    message = f"{field} must be {expected}, this is {_kind(node)}{_from(node)}"
    known = fields if "model_type" in kinds else fields or None
    meant = reshaped(node, path, expected, known)
    hint = type_hint(node, path, expected, known)
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


def section_of(name: str, parent: Path) -> str:
    """Return the right place of a key that is unknown below `parent`, empty if it is unknown everywhere."""
    if parent[:1] == ("artifacts",) and name in _keys(Artifacts):
        return f'"{name}" belongs directly below artifacts'
    if parent in ((), ("hooks",), *PARTS_WITH_HOOKS) and name in STEP_VERB.kinds:
        return f"it is a step: write `- {name}: ...` in hooks, below {_any_of(_hooks_of(parent))}"
    if (moment := f"{name}_{parent[0]}" if parent else "") in _keys(Hooks):
        return f"write it as `{moment}:`, below `hooks:`"
    if parent:
        return f'"{name}" belongs at the top level of the file' if name in _keys(Kairosfile) else ""
    for section, record in (("hooks", Hooks), ("artifacts", Artifacts)):
        if name in _keys(record):
            return f'"{name}" belongs below `{section}:`'
    return (
        "it is of a cloud-config: write it in the content of one, below `cloud_config:`" if _is_of_config(name) else ""
    )


def _hooks_of(parent: Path) -> list[str]:
    """Return the hooks that a step below a section can be meant for: all, or the one after that part of the build."""
    return [f"after_{parent[0]}"] if parent in PARTS_WITH_HOOKS else _keys(Hooks)


def _is_of_config(name: str) -> bool:
    return name in OF_A_CLOUD_CONFIG and name != "name"


def _keys(record: type[Record]) -> list[str]:
    return [field.key for field in record.FIELDS]


def _any_of(words: list[str]) -> str:
    return listing(words).replace(" and ", " or ")
