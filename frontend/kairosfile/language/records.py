"""Records of a Kairosfile: tables of fields, kinds of values, and their validation.

The tables are generated from the models of pydantic that declare the language (`make generate`), because importing
those costs more than a whole build. A kind converts a plain value to the value of the record, and reports each problem
to its place; codes are those of pydantic, so that the two can be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from kairosfile.interpreter import import_module
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self, TypeVar

    from kairosfile.language.nodes import Node, Path

    R = TypeVar("R", bound="Record")

REQUIRED: Any = object()  # as a default: the field must be given
FRESH: Any = object()  # as a default: what the kind holds where nothing is given


class RefusalError(ValueError):
    """A value that a short form does not accept; `code` is the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Problem:
    """A problem of a value: its path in the file, a code, its record, and the allowed words.

    The path of a missing field ends with its key.
    """

    __slots__ = ("code", "path", "record", "words")

    def __init__(self, path: Path, code: str, record: type[Record] | None = None, words: tuple[str, ...] = ()) -> None:
        self.path = path
        self.code = code
        self.record = record
        self.words = words


class Location:
    """The place of a value: its node, or the nearest parent of one from a short form; None for data without a file."""

    __slots__ = ("node", "path", "problems")

    def __init__(self, node: Node | None, path: Path, problems: list[Problem]) -> None:
        self.node = node
        self.path = path
        self.problems = problems

    def at(self, part: str | int) -> Location:
        """Return the place of a member or an item."""
        if self.node is None:
            return Location(None, (*self.path, part), self.problems)
        child = self.node.child(part)
        return self if child is None else Location(child, (*self.path, part), self.problems)

    def refuse(self, code: str, record: type[Record] | None = None, words: tuple[str, ...] = ()) -> None:
        """Report a problem of the value at this place."""
        self.problems.append(Problem(self.path, code, record, words))


class Kind(Protocol):
    """The type of a value. For an invalid value, `read` reports to the place and returns anything.

    Kinds do not inherit from it: a class without a base is created faster.
    """

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401 - plain data in, what a record holds out
        """Return the value of a record for a plain value."""


class FreshKind(Kind, Protocol):
    """A kind with a value for a field that the file does not have."""

    def fresh(self) -> Any:  # noqa: ANN401
        """Return the value of a record if the file has none."""


class Text:
    """A text of a minimum length that contains a match of a pattern."""

    def __init__(self, shortest: int = 0, pattern: str = "") -> None:
        self.shortest = shortest
        self.pattern = compile_later(pattern) if pattern else None

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        if not isinstance(value, str):
            location.refuse("string_type")
        elif len(value) < self.shortest:
            location.refuse("string_too_short")
        elif self.pattern and not self.pattern.search(value):
            location.refuse("string_pattern_mismatch")
        return value


class Flag:
    """True or false."""

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        if value is not True and value is not False:
            location.refuse("bool_type")
        return value


class Number:
    """A whole number; a short form has parsed it and checked its bounds."""

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        if type(value) is not int:
            location.refuse("int_type")
        return value


class Anything:
    """Any value."""

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, ARG002, D102
        return value


class Word:
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        if not isinstance(value, str) or value not in self.words:
            location.refuse("literal_error", words=self.words)
        return value


class Optional:
    """A kind, or null."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        return None if value is None else self.kind.read(value, location)


class Items:
    """A list, read into a tuple or, for a field that can also be a text, into a list."""

    def __init__(self, kind: Kind, container: type = tuple, shortest: int = 0) -> None:
        self.kind = kind
        self.container = container
        self.shortest = shortest

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        if not isinstance(value, list):
            return location.refuse(f"{self.container.__name__}_type")
        read = self.kind.read
        items = [read(item, location.at(index)) for index, item in enumerate(value)]
        if len(items) < self.shortest:
            location.refuse("too_short")
        return self.container(items)


class Named:
    """A mapping of names to values of a kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        if not isinstance(value, dict):
            return location.refuse("dict_type")
        return {key: self.kind.read(item, location.at(key)) for key, item in value.items()}

    def fresh(self) -> Any:  # noqa: ANN401, D102
        return {}


class Either:
    """The first of several kinds that accepts the value; otherwise the problems of all."""

    def __init__(self, *kinds: Kind) -> None:
        self.kinds = kinds

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        problems: list[Problem] = []
        for kind in self.kinds:
            mine: list[Problem] = []
            read = kind.read(value, Location(location.node, location.path, mine))
            if not mine:
                return read
            problems += mine
        location.problems.extend(problems)
        return value


class Of:
    """A mapping that is read into a record."""

    def __init__(self, record: type[Record]) -> None:
        self.record = record

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        if not isinstance(value, dict):
            return location.refuse("model_type", self.record)
        record = self.record
        known: set[str] = set()
        values: dict[str, Any] = {}
        for field in record.FIELDS:
            known.add(field.key)
            if field.key in value:
                values[field.name] = field.kind.read(value[field.key], location.at(field.key))
            elif field.default is REQUIRED:
                location.problems.append(Problem((*location.path, field.key), "missing", record))
            else:
                values[field.name] = _fresh(field.kind) if field.default is FRESH else field.default
        for key in value:
            if key not in known:
                location.at(key).refuse("extra_forbidden", record)
        return construct(record, values)

    def fresh(self) -> Any:  # noqa: ANN401, D102
        return self.record()


def _fresh(kind: Kind) -> Any:  # noqa: ANN401
    return cast("FreshKind", kind).fresh()


class Later:
    """A kind or a record of a module that is imported with the first value: few files have one."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def load(self) -> Kind:
        """Return the kind."""
        kind = getattr(import_module(self.module), self.name)
        return Of(kind) if isinstance(kind, type) else kind

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        return self.load().read(value, location)


class Short:
    """A kind that has short forms: a function gives the long form of each, and may raise RefusalError."""

    def __init__(self, lengthen: Callable[[Any], Any], kind: Kind) -> None:
        self.lengthen = lengthen
        self.kind = kind

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        try:
            value = self.lengthen(value)
        except RefusalError as error:
            return location.refuse(error.code)
        return self.kind.read(value, location)

    def fresh(self) -> Any:  # noqa: ANN401, D102
        return _fresh(self.kind)


class ByKey:
    """Chooses one of several records for a mapping by the key that only this record has."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def __call__(self, value: object) -> str | None:
        """Return the key, None if the mapping has none or several."""
        keys = [key for key in self.keys if isinstance(value, dict) and key in value]
        return keys[0] if len(keys) == 1 else None


class ByValue:
    """Chooses one of several records for a mapping by the value of a key."""

    def __init__(self, key: str, *values: str) -> None:
        self.key = key
        self.values = values

    def __call__(self, value: object) -> str | None:
        """Return the value, None for any other."""
        choice = value.get(self.key) if isinstance(value, dict) else None
        return choice if isinstance(choice, str) and choice in self.values else None


class Choice:
    """One of several kinds; if no choice is possible, the problem has the code."""

    def __init__(self, code: str, choose: Callable[[object], str | None], kinds: Mapping[str, Kind]) -> None:
        self.code = code
        self.choose = choose
        self.kinds = kinds

    def read(self, value: Any, location: Location) -> Any:  # noqa: ANN401, D102
        chosen = self.choose(value)
        return location.refuse(self.code) if chosen is None else self.kinds[chosen].read(value, location)


class Field:
    """One field: its name in Python and its key in a file, its kind, its default, for a required one an example."""

    __slots__ = ("default", "example", "key", "kind", "name")

    def __init__(self, name: str, kind: Kind, default: Any = REQUIRED, key: str = "", example: str = "") -> None:  # noqa: ANN401
        self.name = name
        self.kind = kind
        self.default = default
        self.key = key or name
        self.example = example


class Record:
    """A part of the language with its values from a file; immutable."""

    FIELDS: tuple[Field, ...] = ()

    def __init__(self, **values: object) -> None:
        """Use the values without validation, and defaults for missing ones."""
        rest = [field for field in self.FIELDS if field.name not in values]
        if missing := [field.name for field in rest if field.default is REQUIRED]:
            raise TypeError(f"{type(self).__name__} needs {', '.join(missing)}")
        defaults = {field.name: _fresh(field.kind) if field.default is FRESH else field.default for field in rest}
        values = {**defaults, **values}
        self.__dict__.update((field.name, values.pop(field.name)) for field in self.FIELDS)
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be set: records never change")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def replace(self, **changes: object) -> Self:
        """Return the record with other values in some fields."""
        return type(self)(**{**vars(self), **changes})

    def dump(self) -> dict[str, Any]:
        """Return the values that are not None, by the names of their fields; nested records as mappings too."""
        return {name: _plain(value) for name, value in vars(self).items() if value is not None}


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Record):
        return value.dump()
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def construct(record: type[Record], values: dict[str, Any]) -> Record:
    """Return a record with these values, without validation."""
    one = record.__new__(record)
    one.__dict__.update(values)
    return one


def read(record: type[R], value: Any, root: Node | None = None) -> tuple[R, list[Problem]]:  # noqa: ANN401
    """Read the plain data of a tree into a record; it is complete only if the list of problems is empty."""
    problems: list[Problem] = []
    return Of(record).read(value, Location(root, (), problems)), problems


ANYTHING, FLAG, NUMBER, STRING, TEXT = Anything(), Flag(), Number(), Text(), Text(1)
OPTIONAL_TEXT, TEXTS = Optional(TEXT), Items(TEXT)
