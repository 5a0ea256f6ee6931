"""Parser from the bytes of a YAML file to nodes.

Scalars stay text: `version: 1.10` is the text "1.10", not the number of YAML.

`<<: *name` merges a mapping, and top-level keys that begin with `x-` contain anchors only.

The tree is built from libyaml's events, so neither deep nesting nor recursive aliases can exhaust the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language import yaml_events as events
from kairosfile.language.diagnostics import Diagnostic, KairosfileError
from kairosfile.language.nodes import CONSTANTS, Node, Position, Range, Source, Value, replace
from kairosfile.language.yaml_events import CharacterError, YamlError
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import IGNORECASE, MULTILINE, compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator


_MARK = "\ufeff"  # of the byte order; the codec that drops it is one more module

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
# Far more than any real file has; the largest number of tiny steps still takes only a tenth of a second to parse.
MAX_NODES = 6_000

MERGE = "<<"
EXTENSION = "x-"

# Line breaks for libyaml, but not for editors and BuildKit, which would count lines differently.
HIDDEN_LINE_BREAKS = compile_later("[\r\x85\u2028\u2029]", needs=("\r", "\x85", "\u2028", "\u2029"))

# A file with such a start is a Dockerfile; no Kairosfile has an instruction before its first key.
_INSTRUCTION = compile_later(r"(?:FROM|ARG)[ \t]+[^\s:]", IGNORECASE, needs=("from", "arg"))
_FROM = compile_later(r"^FROM[ \t]+\S", IGNORECASE | MULTILINE)


def decode(filename: str, data: bytes) -> Source:
    """Return the text of a file; raises KairosfileError if it is not UTF-8. A byte order mark is dropped."""
    try:
        return Source(filename, data.decode().removeprefix(_MARK).replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(errors="replace").removeprefix(_MARK)
        range_ = Range.of(before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        diagnostic = Diagnostic(rules.TEXT, range_, message, "save the file as UTF-8")
        raise KairosfileError(Source(filename, data.decode(errors="replace")), [diagnostic]) from error


def parse(source: Source) -> Node:
    """Return the root of the file's tree; raises KairosfileError with the diagnostics of its syntax."""
    root, diagnostics = parse_what_is_valid(source)
    if diagnostics:
        raise KairosfileError(source, diagnostics)
    return root


def parse_what_is_valid(source: Source) -> tuple[Node, list[Diagnostic]]:
    """Return the root of the file's tree, and diagnostics of omitted parts: duplicate keys, aliases without an anchor.

    Raises KairosfileError with the first error after which the text cannot be parsed.
    """
    _check_text(source)
    builder = _Builder(source)
    try:
        return builder.build(), builder.diagnostics
    except YamlError as error:
        from kairosfile.language.yaml_errors import explain  # noqa: PLC0415 - most files have none

        raise KairosfileError(source, [*builder.diagnostics, explain(source, error)]) from error
    except CharacterError as error:
        raise _character_error(source, error) from error


def _check_text(source: Source) -> None:
    if len(source.text.encode()) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES} bytes"
        raise _diagnostic(source, rules.TOO_LARGE, Range.of(1, 1), message, "move large content into files to copy")
    if match := HIDDEN_LINE_BREAKS.search(source.text):
        message = f"the invisible line break U+{ord(match[0]):04X} is not allowed"
        raise _diagnostic(source, rules.YAML_SYNTAX, _range_of(source.text, match.start()), message, "remove it")
    _check_language(source)


def _check_language(source: Source) -> None:
    """Raise a KairosfileError for a Dockerfile."""
    lines = enumerate(source.text.split("\n"), 1)
    number, first = next(((each, line) for each, line in lines if line.strip() and not line.startswith("#")), (1, ""))
    if _INSTRUCTION.match(first) and _FROM.search(source.text):
        message = "this is a Dockerfile, not a Kairosfile"
        hint = "`kairosfile adopt` makes a Kairosfile of one that calls kairos-init"
        raise _diagnostic(source, rules.YAML_SYNTAX, Range.of(number, 1, len(first)), message, hint)


def _range_of(text: str, offset: int) -> Range:
    before = text[:offset]
    return Range.of(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _diagnostic(source: Source, rule: rules.Rule, range_: Range, message: str, hint: str) -> KairosfileError:
    return KairosfileError(source, [Diagnostic(rule, range_, message, hint)])


def _character_error(source: Source, error: CharacterError) -> KairosfileError:
    message = f"the character U+{error.character:04X} is not allowed in YAML"
    return _diagnostic(source, rules.YAML_SYNTAX, _range_of(source.text, error.position), message, "remove it")


class _Open(NamedTuple):
    """A collection whose end event is still to come, with its children so far."""

    node: Node
    children: list[Node]
    flow: bool


class _Builder:
    """Turns the events of one document into nodes, with an explicit stack and bounds."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.anchors: dict[str, Node] = {}
        self.stack: list[_Open] = []
        self.count = 0
        self.diagnostics: list[Diagnostic] = []  # what is left out; the rest of the file is read

    def build(self) -> Node:
        root = None
        for event in self._events():
            node = self._accept(event)
            root = node if not self.stack else root
        # Nothing after a last line `---` is on the line after it, for libyaml.
        is_in_text = root is not None and root.range.start.line <= self.source.text.count("\n") + 1
        return root if root is not None and is_in_text else Node(None, Range.of(1, 1))

    def _events(self) -> Iterator[events.Event]:
        documents = 0
        for event in events.read_events(self.source.text):
            documents += event.kind == events.DOCUMENT
            if documents > 1:
                hint = "keep one document and remove the `---` line"
                raise self._diagnostic(rules.YAML_SYNTAX, event, "the file holds several YAML documents", hint)
            if event.kind not in (events.DOCUMENT, events.OTHER):
                yield event

    def _accept(self, event: events.Event) -> Node | None:
        """Return the node that the event completes, added to its parent; None while a collection is open."""
        if event.kind in (events.MAPPING, events.SEQUENCE):
            self._open(event)
            return None
        node = self._complete(event)
        if self.stack:
            self.stack[-1].children.append(node)
        return node

    def _complete(self, event: events.Event) -> Node:
        if event.kind == events.END:
            return self._close(event)
        if event.kind == events.SCALAR:
            plain = not event.style and event.tag is None
            return self._node(event, CONSTANTS.get(event.value, event.value) if plain else event.value)
        return self._alias(event)

    def _open(self, event: events.Event) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self._diagnostic(rules.TOO_LARGE, event, f"nested deeper than {MAX_DEPTH} levels", "nest less")
        value: Value = {} if event.kind == events.MAPPING else []
        self.stack.append(_Open(self._node(event, value), [], bool(event.style)))

    def _close(self, event: events.Event) -> Node:
        """Complete the open collection; a block ends with its last child, not with the line after it."""
        node, children, flow = self.stack.pop()
        node.items.extend(children)
        if isinstance(node.value, dict):
            self._fill(node.value, children)
        end = _range(event).end if flow else max(child.range.end for child in children)
        node.range = Range(node.range.start, end)
        return node

    def _fill(self, mapping: dict[str, Node], children: list[Node]) -> None:
        merged: list[Node] = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if key.value == MERGE and not key.quoted:
                merged += self._merged(value)
                continue
            name = self._key_text(key)
            if name is None:
                continue
            if name in mapping:
                line = mapping[name].whole.start.line
                message = f'duplicate key "{name}", first on line {line}'
                self._report(rules.DUPLICATE_KEY, key.range, message, "remove one of the two")
            else:
                mapping[name] = Node(value.value, value.range, key.range, quoted=value.quoted)
        for node in merged:
            mapping |= {name: child for name, child in node.fields.items() if name not in mapping}

    def _merged(self, value: Node) -> list[Node]:
        """Return the mappings that `<<` names, each field with its range at the anchor; the first one wins."""
        nodes = value.items if isinstance(value.value, list) else [value]
        if all(isinstance(node.value, dict) for node in nodes):
            return nodes
        hint = "write `<<: *name` of an anchor that is a mapping, or a list of these"
        self._report(rules.WRONG_TYPE, value.range, "`<<` takes a mapping", hint)
        return []

    def _key_text(self, key: Node) -> str | None:
        """Return the text of a key, None for a node that cannot be a key."""
        if isinstance(key.value, str):
            return key.value
        if isinstance(key.value, bool):
            return "true" if key.value else "false"
        self._report(rules.WRONG_TYPE, key.range, "a key must be a word", "write `name: value`")
        return None

    def _alias(self, event: events.Event) -> Node:
        anchor = event.anchor or ""
        target = self.anchors.get(anchor)
        if target is None:
            message = f'no anchor "&{anchor}" comes before this alias'
            return self._left_out(event, message, "write the anchor before it, or quote it if it is not an alias")
        if any(target is parent.node for parent in self.stack):
            return self._left_out(event, f'the alias "*{anchor}" is part of its own anchor', "write the value out")
        self._spend(event, target.size())
        return Node(target.value, _range(event), quoted=target.quoted)

    def _left_out(self, event: events.Event, message: str, hint: str) -> Node:
        """Report an alias without an anchor; returns an empty value."""
        self._report(rules.YAML_SYNTAX, _range(event), message, hint)
        return Node(None, _range(event))

    def _report(self, rule: rules.Rule, range_: Range, message: str, hint: str) -> None:
        self.diagnostics.append(Diagnostic(rule, range_, message, hint))

    def _node(self, event: events.Event, value: Value) -> Node:
        if event.tag not in (None, "!"):
            hint = "remove the tag, a Kairosfile needs none"
            self._report(rules.YAML_SYNTAX, _range(event), f"the YAML tag {event.tag} is not allowed", hint)
        self._spend(event, 1)
        node = Node(value, _range(event), quoted=event.kind == events.SCALAR and bool(event.style))
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _spend(self, event: events.Event, nodes: int) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            message = f"the document expands to more than {MAX_NODES} values"
            raise self._diagnostic(rules.TOO_LARGE, event, message, "use fewer aliases, or none")

    def _diagnostic(self, rule: rules.Rule, event: events.Event, message: str, hint: str) -> KairosfileError:
        return _diagnostic(self.source, rule, _range(event), message, hint)


def without_extensions(root: Node) -> Node:
    """Return the root of a Kairosfile without its `x-` keys, which contain only anchors."""
    if not isinstance(root.value, dict) or not any(key.startswith(EXTENSION) for key in root.value):
        return root
    return replace(root, value={key: node for key, node in root.value.items() if not key.startswith(EXTENSION)})


def _range(event: events.Event) -> Range:
    return Range(_position(event.start_mark), _position(event.end_mark))


def _position(mark: events.Mark | None) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
