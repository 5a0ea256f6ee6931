"""Encode and decode protocol buffers: the runtime of the generated modules of this package.

A generated module is a table of messages and enums. A class is made of its row when the class is first used, and its
encoders and decoders when the first message is encoded or decoded, so that a process pays only for what it uses.

The bytes are canonical, in the order of the reference Go encoder, because a daemon names an op by their digest:
fields in the order of their numbers, then the members of oneofs, then fields that are not known here; map entries
sorted by the bytes of their keys. Only what BuildKit's messages are made of is supported: integers, bool, enums, text,
bytes, messages, lists of them, and maps from text.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import ClassVar, Self

    Field = tuple[int, str, str, str, str]
    """Number, name, type (`enum NAME` for enums), `repeated` or `map` or nothing, the oneof that it is a member of."""
    Put = Callable[[list[bytes], bytes, Any], int]
    Take = Callable[[dict[str, Any], bytes, int, int, int], None]

_VARINT, _DELIMITED, _GROUP = 0, 2, 3
_FIXED = {1: 8, 5: 4}  # bytes by wire type
_NESTING = 100  # messages inside messages, as in other decoders: deeper input is an attack
_BITS = 64
_MASK = (1 << _BITS) - 1
_SMALL = 0x80
_SEVEN_BITS = 0x7F
_LEAST_TAG, _MOST_TAG = 1 << 3, (1 << 32) - 1
_BYTES = tuple(bytes((value,)) for value in range(_SMALL))
_NO_ENTRIES: Mapping[str, object] = MappingProxyType({})
_KEY, _VALUE = 1, 2
_KEY_TAG = _BYTES[_KEY << 3 | _DELIMITED]
_RANGES = {
    "bool": (0, 1),
    "enum": (-(1 << 31), (1 << 31) - 1),
    "int32": (-(1 << 31), (1 << 31) - 1),
    "int64": (-(1 << 63), (1 << 63) - 1),
    "uint32": (0, (1 << 32) - 1),
    "uint64": (0, _MASK),
}
_DEFAULTS: dict[str, object] = {**dict.fromkeys(_RANGES, 0), "bool": False, "string": "", "bytes": b""}


class DecodeError(ValueError):
    """The bytes are not an encoded message."""


class Message:
    """Base class of the messages.

    A field that is not set reads as its default: 0, "", b"", False, an empty tuple or mapping, None for a message.
    A field of a oneof is set when it was given or decoded, whatever its value, and reads as its default otherwise.
    """

    fields: ClassVar[tuple[Field, ...]]
    module: ClassVar[str]
    _names: ClassVar[frozenset[str]]
    _puts: ClassVar[tuple[tuple[str, Put, bytes, bool], ...] | None] = None
    _takes: ClassVar[dict[int, Take] | None] = None
    _unknown: bytes = b""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - the stubs of the messages say the types
        if not fields.keys() <= self._names:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(fields.keys() - self._names))}")
        self.__dict__ = fields

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the message that `data` encodes; raise DecodeError if it encodes none."""
        message = cls()
        message._read(data, 0, len(data), _NESTING)
        return message

    def encode(self) -> bytes:
        """Return the canonical bytes; raise ValueError for a number or a text that its field cannot hold."""
        parts: list[bytes] = []
        self._write(parts)
        return b"".join(parts)

    def replace(self, **fields: Any) -> Self:  # noqa: ANN401
        """Return a copy in which these fields have other values, None to clear one."""
        copy = type(self)(**fields)
        copy.__dict__ = {**self.__dict__, **fields}
        return copy

    def which(self, oneof: str) -> str | None:
        """Return the name of the member of `oneof` that is set."""
        members = (name for _, name, _, _, field_oneof in self.fields if field_oneof == oneof)
        return next((name for name in members if self.__dict__.get(name) is not None), None)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Message) and self.encode() == other.encode()

    def __repr__(self) -> str:
        values = (f"{name}={value!r}" for name, value in self.__dict__.items() if not name.startswith("_"))
        return f"{type(self).__name__}({', '.join(values)})"

    def _write(self, parts: list[bytes]) -> int:
        puts = self._puts
        if puts is None:
            puts = type(self)._puts = _make_puts(type(self))  # noqa: SLF001
        values = self.__dict__
        size = 0
        for name, put, tag, is_explicit in puts:
            value = values.get(name)
            if value or (is_explicit and value is not None):
                size += put(parts, tag, value)
        if self._unknown:
            parts.append(self._unknown)
            size += len(self._unknown)
        return size

    def _read(self, data: bytes, position: int, end: int, depth: int) -> None:
        if depth < 0:
            raise DecodeError(f"messages are nested more than {_NESTING} deep")
        takes = self._takes
        if takes is None:
            takes = type(self)._takes = _make_takes(type(self))  # noqa: SLF001
        values = self.__dict__
        while position < end:
            start = position
            tag = data[position]
            if _LEAST_TAG <= tag < _SMALL:
                position += 1
            else:
                tag, position = _read_tag(data, position, end)
            if tag & 7 == _DELIMITED:
                length, position = _read_varint(data, position, end)
                stop = position + length
                if stop > end:
                    raise DecodeError("a field is longer than its message")
            else:
                stop = _skip(data, position, end, tag, depth)
            take = takes.get(tag)
            if take:
                take(values, data, position, stop, depth)
            else:
                self._unknown += data[start:stop]
            position = stop


def declare(module: dict[str, Any], name: str) -> type:
    """Return the class that a generated module declares as `name`, making it at its first use.

    A module calls this from its `__getattr__` with its globals; raises AttributeError.
    """
    row = module["DECLARED"].get(name)
    if row is None:
        raise AttributeError(f"module {module['__name__']} has no attribute {name}")
    declared = type(name, (), row) if isinstance(row, dict) else _make_message(module["__name__"], name, row)
    module[name] = declared
    return declared


def find_type(module: str, type_name: str) -> Any:  # noqa: ANN401 - a class of a message or of an enum
    """Return the class that a field of a message in `module` names."""
    other, _, name = type_name.rpartition(".")
    return getattr(import_module(f"kairosfile.pb.{other}" if other else module), name)


def _make_message(module: str, name: str, fields: tuple[Field, ...]) -> type[Message]:
    members: dict[str, object] = {field[1]: _default(field) for field in fields}
    names = frozenset(members)
    return type(name, (Message,), {**members, "fields": fields, "module": module, "_names": names})


def _default(field: Field) -> object:
    match field[3]:
        case "repeated":
            return ()
        case "map":
            return _NO_ENTRIES
    return _DEFAULTS.get(_kind(field[2]))


def _kind(type_name: str) -> str:
    return type_name.partition(" ")[0]


def _make_puts(message: type[Message]) -> tuple[tuple[str, Put, bytes, bool], ...]:
    ordered = sorted(message.fields, key=lambda field: (bool(field[4]), field[0]))
    return tuple((field[1], _put_of(field), _tag(field), bool(field[4])) for field in ordered)


def _tag(field: Field) -> bytes:
    number, _, type_name, label, _ = field
    is_number = not label and _kind(type_name) in _RANGES
    return _varint(number << 3 | (_VARINT if is_number else _DELIMITED))


def _put_of(field: Field) -> Put:
    _, name, type_name, label, _ = field
    kind = _kind(type_name)
    is_number = kind in _RANGES
    put = _put_number(name, kind) if is_number else _PUTS.get(kind, _put_message)
    if label == "repeated":
        return _put_packed(put) if is_number else _put_each(put)
    return _put_map(put, _BYTES[_VALUE << 3 | (_VARINT if is_number else _DELIMITED)]) if label else put


def _varint(value: int) -> bytes:
    if value < _SMALL:
        return _BYTES[value]
    encoded = bytearray()
    while value > _SEVEN_BITS:
        encoded.append(value & _SEVEN_BITS | _SMALL)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _put_number(name: str, kind: str) -> Put:
    low, high = _RANGES[kind]

    def put(parts: list[bytes], tag: bytes, value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"{name}: {value} is not in the range of {kind}")
        encoded = tag + _varint(value & _MASK)
        parts.append(encoded)
        return len(encoded)

    return put


def _put_bytes(parts: list[bytes], tag: bytes, value: bytes) -> int:
    head = tag + _varint(len(value))
    parts += head, value
    return len(head) + len(value)


def _put_text(parts: list[bytes], tag: bytes, value: str) -> int:
    return _put_bytes(parts, tag, value.encode())


def _put_message(parts: list[bytes], tag: bytes, value: Message) -> int:
    index = len(parts)
    parts.append(tag)  # its length is known when its content is written
    size = value._write(parts)  # noqa: SLF001
    head = parts[index] = tag + _varint(size)
    return len(head) + size


_PUTS: dict[str, Put] = {"bytes": _put_bytes, "string": _put_text}


def _put_each(put: Put) -> Put:
    def put_each(parts: list[bytes], tag: bytes, values: Iterable[object]) -> int:
        return sum([put(parts, tag, value) for value in values])

    return put_each


def _put_packed(put: Put) -> Put:
    def put_packed(parts: list[bytes], tag: bytes, values: Iterable[int]) -> int:
        numbers: list[bytes] = []
        for value in values:
            put(numbers, b"", value)
        return _put_bytes(parts, tag, b"".join(numbers))

    return put_packed


def _put_map(put: Put, value_tag: bytes) -> Put:
    def put_map(parts: list[bytes], tag: bytes, entries: Mapping[str, object]) -> int:
        total = 0
        for key in sorted(entries):  # the order of code points is that of their bytes in UTF-8
            index = len(parts)
            parts.append(tag)
            size = _put_text(parts, _KEY_TAG, key) + put(parts, value_tag, entries[key])
            head = parts[index] = tag + _varint(size)
            total += len(head) + size
        return total

    return put_map


def _read_tag(data: bytes, position: int, end: int) -> tuple[int, int]:
    tag, position = _read_varint(data, position, end)
    if not _LEAST_TAG <= tag <= _MOST_TAG:
        raise DecodeError("a field has a number that no field can have")
    return tag, position


def _read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    if position < end and data[position] < _SMALL:
        return data[position], position + 1
    value = shift = 0
    while position < end and shift < _BITS:
        byte = data[position]
        position += 1
        value |= (byte & _SEVEN_BITS) << shift
        if byte < _SMALL:
            return value & _MASK, position
        shift += 7
    raise DecodeError("a number is cut off or too long")


def _skip(data: bytes, position: int, end: int, tag: int, depth: int) -> int:
    """Return the end of a field's value."""
    wire_type = tag & 7
    if wire_type == _VARINT:
        return _read_varint(data, position, end)[1]
    if wire_type == _GROUP:
        return _skip_group(data, position, end, tag, depth)
    if wire_type == _DELIMITED:
        length, position = _read_varint(data, position, end)
        position += length
    elif wire_type in _FIXED:
        position += _FIXED[wire_type]
    else:
        raise DecodeError("a field has a wire type that does not exist")
    if position > end:
        raise DecodeError("a field is longer than its message")
    return position


def _skip_group(data: bytes, position: int, end: int, start: int, depth: int) -> int:
    if depth < 0:
        raise DecodeError(f"groups are nested more than {_NESTING} deep")
    while position < end:
        tag, position = _read_tag(data, position, end)
        if tag == start + 1:
            return position
        position = _skip(data, position, end, tag, depth - 1)
    raise DecodeError("a group does not end")


def _make_takes(message: type[Message]) -> dict[int, Take]:
    takes: dict[int, Take] = {}
    for field in message.fields:
        number, name, _, _, oneof = field
        others = [other[1] for other in message.fields if oneof and oneof == other[4] and name != other[1]]
        for wire_type, take in _takes_of(message, field):
            takes[number << 3 | wire_type] = _take_alone(take, others) if others else take
    return takes


def _takes_of(message: type[Message], field: Field) -> Iterator[tuple[int, Take]]:
    _, name, type_name, label, _ = field
    kind = _kind(type_name)
    if label == "map":
        yield _DELIMITED, _take_map(message, name, type_name)
    elif kind in _RANGES:
        yield _VARINT, _take_number(name, kind, is_repeated=bool(label))
        if label:
            yield _DELIMITED, _take_packed(name, kind)
    elif kind in _DEFAULTS:
        yield _DELIMITED, _take_bytes(name, _text if kind == "string" else _slice, is_repeated=bool(label))
    else:
        yield _DELIMITED, _take_message(name, partial(find_type, message.module, type_name), is_repeated=bool(label))


def _take_alone(take: Take, others: Sequence[str]) -> Take:
    """Of a oneof the last member holds."""

    def take_alone(values: dict[str, Any], data: bytes, position: int, stop: int, depth: int) -> None:
        take(values, data, position, stop, depth)
        for other in others:
            values.pop(other, None)

    return take_alone


def _narrow(kind: str) -> Callable[[int], Any]:
    if kind == "bool":
        return bool
    low, high = _RANGES[kind]
    size = high - low + 1
    return lambda value: (value - low) % size + low


def _take_number(name: str, kind: str, *, is_repeated: bool) -> Take:
    narrow = _narrow(kind)

    def take(values: dict[str, Any], data: bytes, position: int, stop: int, _: int) -> None:
        values[name] = narrow(_read_varint(data, position, stop)[0])

    def append(values: dict[str, Any], data: bytes, position: int, stop: int, _: int) -> None:
        values.setdefault(name, []).append(narrow(_read_varint(data, position, stop)[0]))

    return append if is_repeated else take


def _take_packed(name: str, kind: str) -> Take:
    narrow = _narrow(kind)

    def take(values: dict[str, Any], data: bytes, position: int, stop: int, _: int) -> None:
        numbers = values.setdefault(name, [])
        while position < stop:
            number, position = _read_varint(data, position, stop)
            numbers.append(narrow(number))

    return take


def _take_bytes(name: str, read: Callable[[bytes, int, int], object], *, is_repeated: bool) -> Take:
    def take(values: dict[str, Any], data: bytes, position: int, stop: int, _: int) -> None:
        values[name] = read(data, position, stop)

    def append(values: dict[str, Any], data: bytes, position: int, stop: int, _: int) -> None:
        values.setdefault(name, []).append(read(data, position, stop))

    return append if is_repeated else take


def _slice(data: bytes, position: int, stop: int) -> bytes:
    return data[position:stop]


def _text(data: bytes, position: int, stop: int) -> str:
    try:
        return str(data[position:stop], "utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"a text is not UTF-8: {error}") from error


def _take_message(name: str, find: Callable[[], type[Message]], *, is_repeated: bool) -> Take:
    """Return what reads a message, whose class is found when the first one comes."""
    kind: type[Message] | None = None

    def new_message() -> Message:
        nonlocal kind
        kind = kind or find()
        return kind()

    def take(values: dict[str, Any], data: bytes, position: int, stop: int, depth: int) -> None:
        message = values.get(name)
        if message is None:  # a second one is merged into the first
            message = values[name] = new_message()
        message._read(data, position, stop, depth - 1)  # noqa: SLF001

    def append(values: dict[str, Any], data: bytes, position: int, stop: int, depth: int) -> None:
        message = new_message()
        message._read(data, position, stop, depth - 1)  # noqa: SLF001
        values.setdefault(name, []).append(message)

    return append if is_repeated else take


def _take_map(message: type[Message], name: str, type_name: str) -> Take:
    module = message.module
    row = ((_KEY, "key", "string", "", ""), (_VALUE, "value", type_name, "", ""))
    entry_type: type[Message] | None = None
    nested = None if _kind(type_name) in _DEFAULTS else partial(find_type, module, type_name)

    def take(values: dict[str, Any], data: bytes, position: int, stop: int, depth: int) -> None:
        nonlocal entry_type
        entry_type = entry_type or _make_message(module, "Entry", row)
        entry: Any = entry_type()
        entry._read(data, position, stop, depth - 1)  # noqa: SLF001
        values.setdefault(name, {})[entry.key] = nested()() if nested and entry.value is None else entry.value

    return take
