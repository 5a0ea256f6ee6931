"""YAML text to nodes.

Scalars stay text: `version: 1.10` means the text "1.10", whatever YAML would make of a number.

The tree is built from libyaml's events, so neither deep nesting nor aliases that multiply can exhaust the process.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import yaml

from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic, KairosfileError
from kairosfile.spec.nodes import CONSTANTS, Node, Value
from kairosfile.spec.source import Position, Range, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
# Far more than any real file has; with the largest number of tiny steps, reading still takes a tenth of a second.
MAX_NODES = 6_000

# Line breaks for libyaml, but not for editors and BuildKit: with them, lines would be counted differently.
HIDDEN_LINE_BREAKS = re.compile("[\r\x85\u2028\u2029]")


def parse(source: Source) -> Node:
    """Return the root of the file's tree; raises KairosfileError with the first place that is not YAML."""
    _check_text(source)
    try:
        return _Builder(source).build()
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(source, error) from error
    except yaml.reader.ReaderError as error:
        code = error.character if isinstance(error.character, int) else ord(error.character)
        message = f"the character U+{code:04X} is not allowed in YAML"
        raise _fault(source, rules.YAML_SYNTAX, _place_of(source.text, error.position), message, "remove it") from error


def _check_text(source: Source) -> None:
    if len(source.text.encode()) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES} bytes"
        raise _fault(source, rules.TOO_LARGE, Range.of(1, 1), message, "move large content into files to copy")
    if found := HIDDEN_LINE_BREAKS.search(source.text):
        message = f"the invisible line break U+{ord(found[0]):04X} is not allowed"
        raise _fault(source, rules.YAML_SYNTAX, _place_of(source.text, found.start()), message, "remove it")


def _place_of(text: str, offset: int) -> Range:
    before = text[:offset]
    return Range.of(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _fault(source: Source, rule: rules.Rule, where: Range, message: str, hint: str) -> KairosfileError:
    return KairosfileError(source, [Diagnostic(rule, where, message, hint)])


def _syntax_error(source: Source, error: yaml.MarkedYAMLError) -> KairosfileError:
    mark = error.problem_mark or error.context_mark
    where = Range.of(mark.line + 1, mark.column + 1) if mark else Range.of(1, 1)
    what = " ".join(part for part in (error.context, error.problem) if part)
    tab = "\t" in source.line(where.start.line)
    hint = "indent with blanks, YAML allows no tabs" if tab else "check the indentation, colons and quotes here"
    return _fault(source, rules.YAML_SYNTAX, where, f"this is not valid YAML: {what}", hint)


class _Open(NamedTuple):
    """A collection of which the end has not been seen yet, with the children so far."""

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

    def build(self) -> Node:
        root = None
        for event in self._events():
            node = self._accept(event)
            root = node if not self.stack else root
        return root or Node(None, Range.of(1, 1))

    def _events(self) -> Iterator[yaml.Event]:
        documents = 0
        for event in yaml.parse(self.source.text, Loader=yaml.CSafeLoader):
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                hint = "keep one document and remove the `---` line"
                raise self._fault(rules.YAML_SYNTAX, event, "the file holds several YAML documents", hint)
            if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                yield event

    def _accept(self, event: yaml.Event) -> Node | None:
        """Return the node that the event completes, placed in its parent; None while one is open."""
        if isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
            return None
        node = self._complete(event)
        if self.stack:
            self.stack[-1].children.append(node)
        return node

    def _complete(self, event: yaml.Event) -> Node:
        if isinstance(event, yaml.CollectionEndEvent):
            return self._close(event)
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style and event.tag is None
            return self._node(event, CONSTANTS.get(event.value, event.value) if plain else event.value)
        return self._alias(event)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self._fault(rules.TOO_LARGE, event, f"nested deeper than {MAX_DEPTH} levels", "nest less")
        value: Value = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(self._node(event, value), [], bool(event.flow_style)))

    def _close(self, event: yaml.CollectionEndEvent) -> Node:
        """Fill the open collection; a block ends with its last child, not with the line that shows it has ended."""
        node, children, flow = self.stack.pop()
        node.items.extend(children)
        if isinstance(node.value, dict):
            self._fill(node.value, children)
        end = _range(event).end if flow else max(child.range.end for child in children)
        node.range = Range(node.range.start, end)
        return node

    def _fill(self, mapping: dict[str, Node], children: list[Node]) -> None:
        for key, value in zip(children[::2], children[1::2], strict=True):
            name = self._key_text(key)
            if name in mapping:
                line = mapping[name].whole.start.line
                message = f'the key "{name}" stands here a second time, first on line {line}'
                raise _fault(self.source, rules.DUPLICATE_KEY, key.range, message, "remove one of the two")
            mapping[name] = Node(value.value, value.range, key.range, quoted=value.quoted)

    def _key_text(self, key: Node) -> str:
        if isinstance(key.value, str):
            return key.value
        if isinstance(key.value, bool):
            return "true" if key.value else "false"
        raise _fault(self.source, rules.WRONG_TYPE, key.range, "a key must be a word", "write `name: value`")

    def _alias(self, event: yaml.Event) -> Node:
        anchor = getattr(event, "anchor", "")
        target = self.anchors.get(anchor)
        if target is None:
            message = f'no anchor "&{anchor}" comes before this alias'
            raise self._fault(rules.YAML_SYNTAX, event, message, "put the text in quotes if it is no alias")
        if any(target is parent.node for parent in self.stack):
            message = f'the alias "*{anchor}" stands inside its own anchor'
            raise self._fault(rules.YAML_SYNTAX, event, message, "write the value out")
        self._spend(event, target.size())
        return Node(target.value, _range(event), quoted=target.quoted)

    def _node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, value: Value) -> Node:
        if event.tag not in (None, "!"):
            hint = "remove the tag, a Kairosfile needs none"
            raise self._fault(rules.YAML_SYNTAX, event, f"the YAML tag {event.tag} is not allowed", hint)
        self._spend(event, 1)
        node = Node(value, _range(event), quoted=bool(getattr(event, "style", None)))
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _spend(self, event: yaml.Event, nodes: int) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            message = f"the document unfolds to more than {MAX_NODES} values"
            raise self._fault(rules.TOO_LARGE, event, message, "use fewer aliases, or none")

    def _fault(self, rule: rules.Rule, event: yaml.Event, message: str, hint: str) -> KairosfileError:
        return _fault(self.source, rule, _range(event), message, hint)


def _range(event: yaml.Event) -> Range:
    return Range(_position(event.start_mark), _position(event.end_mark))


def _position(mark: yaml.error.Mark | yaml._yaml.Mark | None) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
