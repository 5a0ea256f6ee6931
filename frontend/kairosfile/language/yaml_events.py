"""The events of a YAML text, from libyaml where PyYAML has it, without importing the rest of PyYAML.

Most of that package is loaders and dumpers, which are not needed here and whose import takes several times as long as
libyaml's. So the package is registered without executing it: what the extension reads of its modules, names of events
and errors, are classes and functions of this module. When another attribute of the package is used, it executes, and
the extension gets what it would have read. Without the extension, PyYAML's pure Python parser gives the same events.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kairosfile.interpreter import ModuleType, import_module
from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.abc import Loader
    from typing import Protocol

    class Mark(Protocol):
        """A place in the text; line and column count from 0."""

        line: int
        column: int


ALIAS, SCALAR, MAPPING, SEQUENCE, END, DOCUMENT, OTHER = range(7)
_KINDS = {
    "AliasEvent": ALIAS,
    "ScalarEvent": SCALAR,
    "MappingStartEvent": MAPPING,
    "SequenceStartEvent": SEQUENCE,
    "MappingEndEvent": END,
    "SequenceEndEvent": END,
    "DocumentStartEvent": DOCUMENT,
    "DocumentEndEvent": OTHER,
    "StreamStartEvent": OTHER,
    "StreamEndEvent": OTHER,
}


class Event(NamedTuple):
    """An event: the start or the end of something in the text, or a whole scalar or alias.

    `style` is the quote of a scalar, or whether a collection is in the flow style.
    """

    kind: int
    start_mark: Mark | None
    end_mark: Mark | None
    anchor: str | None = None
    tag: str | None = None
    style: str | bool | None = None
    value: str = ""


class YamlError(Exception):
    """A text that is not YAML: what the parser was reading, what it met, and where; marks may be missing."""

    def __init__(
        self, context: str | None, context_mark: Mark | None, problem: str | None, problem_mark: Mark | None
    ) -> None:
        super().__init__(context, problem)
        self.context = context
        self.context_mark = context_mark
        self.problem = problem
        self.problem_mark = problem_mark


class CharacterError(Exception):
    """A character that YAML does not allow, and its position in the text."""

    def __init__(self, _name: str, position: int, character: int | str, *_: str) -> None:
        super().__init__(position, character)
        self.position = position
        self.character = character if isinstance(character, int) else ord(character)


def read_events(text: str) -> Iterator[Event]:
    """Yield the events of a text; raises YamlError, CharacterError."""
    try:
        parser = _parser_class(text)
        try:
            while parser.check_event():
                event = parser.get_event()
                yield event if isinstance(event, Event) else _event_of(event)
        finally:
            parser.dispose()
    except Exception as error:
        own = _error_of(error)
        if own is None:
            raise
        raise own from None


def _event_of(event: Any) -> Event:  # noqa: ANN401
    """Return an event of PyYAML: its parser gives them, and the extension once the package has executed."""
    return Event(
        _KINDS[type(event).__name__],
        event.start_mark,
        event.end_mark,
        getattr(event, "anchor", None),
        getattr(event, "tag", None),
        getattr(event, "style", getattr(event, "flow_style", None)),
        getattr(event, "value", ""),
    )


def _error_of(error: Any) -> Exception | None:  # noqa: ANN401
    """Return an error of PyYAML as one of this module, None for another one."""
    match type(error).__name__:
        case "ScannerError" | "ParserError":
            return YamlError(error.context, error.context_mark, error.problem, error.problem_mark)
        case "ReaderError":
            return CharacterError(error.name, error.position, error.character)
    return None


def _alias(anchor: str, start: Mark, end: Mark) -> Event:
    return Event(ALIAS, start, end, anchor)


def _scalar(anchor: str, tag: str, _: object, value: str, start: Mark, end: Mark, style: str) -> Event:  # noqa: PLR0917
    return Event(SCALAR, start, end, anchor, tag, style, value)


def _collection(kind: int) -> Callable[..., Event]:
    return lambda anchor, tag, _, start, end, style: Event(kind, start, end, anchor, tag, style)


def _plain(kind: int) -> Callable[..., Event]:
    return lambda start, end, *_: Event(kind, start, end)


_MAKERS: dict[str, Callable[..., object]] = {
    **{name: _plain(kind) for name, kind in _KINDS.items()},
    "AliasEvent": _alias,
    "ScalarEvent": _scalar,
    "MappingStartEvent": _collection(MAPPING),
    "SequenceStartEvent": _collection(SEQUENCE),
    "ScannerError": YamlError,
    "ParserError": YamlError,
    "ReaderError": CharacterError,
}
_read: list[tuple[str, str]] = []  # the modules of the package, and the names in them, that the extension has read


class _Substitute:
    """Replaces a module of the package while the extension is imported: it has what makes events and errors."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> object:
        _read.append((self._module, name))
        return _MAKERS.get(name)


def _load_parser() -> Callable[[str], Any]:
    if "yaml" not in sys.modules:
        _put_package_in_place()
    try:
        return import_module("yaml._yaml").CParser  # type: ignore[no-any-return]
    except ImportError:
        return import_module("yaml").SafeLoader  # type: ignore[no-any-return]


def _put_package_in_place() -> None:
    specs = (finder.find_spec("yaml", None) for finder in sys.meta_path)
    spec = next((spec for spec in specs if spec), None)
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        raise ImportError("PyYAML is not installed", name="yaml")
    package: Any = ModuleType("yaml")
    package.__spec__, package.__loader__, package.__file__ = spec, spec.loader, spec.origin
    package.__path__ = list(spec.submodule_search_locations)
    package.__getattr__ = _Substitute
    sys.modules["yaml"] = package
    try:
        extension = import_module("yaml._yaml")
    except ImportError:
        extension = None
    _execute_on_demand(package, spec.loader, extension)


def _execute_on_demand(package: Any, loader: Loader, extension: ModuleType | None) -> None:  # noqa: ANN401 - a module

    def execute(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        del package.__getattr__
        loader.exec_module(package)
        if extension is not None:
            for module, read in _read:
                setattr(extension, read, getattr(import_module(f"yaml.{module}"), read))
        return getattr(package, name)

    package.__getattr__ = execute


_parser_class = _load_parser()
