"""Encode and decode protocol buffers: the runtime of the generated modules of this package.

A generated module is a table of messages and enums. A type is made of its row when it is first used, its encoders when
the first message is encoded, and the decoder of a field when the field first comes, so that a process pays only for
what it uses.

The bytes are canonical, in the order of the reference Go encoder, because a daemon names an op by their digest:
fields in the order of their numbers, then the members of oneofs, then fields that are not known here; map entries
sorted by the bytes of their keys. Only what BuildKit's messages are made of is supported: integers, bool, enums, text,
bytes, messages, lists of them, and maps from text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile.interpreter import import_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Self

    Field = tuple[int, str, str, str, str]
    """Number, name, type (`enum NAME` for enums), `repeated` or `map` or nothing, the oneof that it is a member of."""
    Put = Callable[[list[bytes], bytes, Any], None]
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
    """A message of any type; `pb.Op(...)` makes one of the type `pb.Op`.

    A field that is not set reads as its default: 0, "", b"", False, an empty tuple or mapping, None for a message.
    A field of a oneof is set when it was given or decoded, whatever its value, and reads as its default otherwise.
    """

    __slots__ = ("__dict__", "message_type")  # the fields that are set; the type

    message_type: MessageType
    _unknown: bytes = b""

    __hash__ = None  # type: ignore[assignment]

    if TYPE_CHECKING:  # the stubs declare each type as a class

        @classmethod
        def decode(cls, data: bytes) -> Self:
            """Return the message that `data` encodes; raise DecodeError if it encodes none."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the stubs of the messages say the types
        for _, field_name, type_name, label, _ in self.message_type.fields:
            if field_name == name:
                return _default(type_name, label)
        raise AttributeError(f"{self.message_type.__name__} has no field {name}")

    def encode(self) -> bytes:
        """Return the canonical bytes; raise ValueError for a number or a text that its field cannot hold."""
        parts: list[bytes] = []
        values = self.__dict__
        for name, tag, put, is_explicit in self.message_type.puts or self.message_type.make_puts():
            value = values.get(name)
            if value or (is_explicit and value is not None):
                put(parts, tag, value)
        if self._unknown:
            parts.append(self._unknown)
        return b"".join(parts)

    def replace(self, **fields: Any) -> Self:  # noqa: ANN401
        """Return a copy in which these fields have other values, None to clear one."""
        copy: Self = self.message_type(**fields)
        copy.__dict__ = {**self.__dict__, **fields}
        return copy

    def which(self, oneof: str) -> str | None:
        """Return the name of the member of `oneof` that is set."""
        members = (name for _, name, _, _, field_oneof in self.message_type.fields if field_oneof == oneof)
        return next((name for name in members if self.__dict__.get(name) is not None), None)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Message) and self.message_type is other.message_type and self.encode() == other.encode()
        )

    def __repr__(self) -> str:
        values = (f"{name}={value!r}" for name, value in self.__dict__.items() if not name.startswith("_"))
        return f"{self.message_type.__name__}({', '.join(values)})"

    def read(self, data: bytes, position: int, end: int, depth: int) -> None:
        """Add the fields in a part of `data`; raise DecodeError for anything else, or for deeper messages."""
        if depth < 0:
            raise DecodeError(f"messages are nested more than {_NESTING} deep")
        values = self.__dict__
        takes = self.message_type.takes
        while position < end:
            start = position
            tag = data[position]
            if _LEAST_TAG <= tag < _SMALL:
                position += 1
            else:
                tag, position = _read_tag(data, position, end)
            is_small = position < end and data[position] < _SMALL
            if tag & 7 == _DELIMITED:
                length, position = (data[position], position + 1) if is_small else _read_varint(data, position, end)
                stop = position + length
                if stop > end:
                    raise DecodeError("a field is longer than its message")
            elif is_small and tag & 7 == _VARINT:
                stop = position + 1
            else:
                stop = _skip(data, position, end, tag, depth)
            take = takes.get(tag) or self.message_type.make_take(tag)
            if take:
                take(values, data, position, stop, depth)
            else:
                self._unknown += data[start:stop]
            position = stop


class MessageType:
    """A type of messages: what a class is to its objects, at a twentieth of its cost.

    Its encoders are made when the first message is encoded, and the decoder of a field when the field first comes.
    """

    def __init__(self, module: str, name: str, fields: tuple[Field, ...]) -> None:
        self.__name__ = name
        self.module = module
        self.fields = fields
        self.puts: list[tuple[str, bytes, Put, bool]] = []
        self.takes: dict[int, Take] = {}
        self._names = frozenset([field[1] for field in fields])
        self._by_number: dict[int, Field] = {}

    def __call__(self, **fields: Any) -> Any:  # noqa: ANN401, D102 - the stubs of the messages say the types
        if not fields.keys() <= self._names:
            raise TypeError(f"{self.__name__} has no field {', '.join(sorted(fields.keys() - self._names))}")
        message = Message()
        message.message_type = self
        message.__dict__ = fields
        return message

    def empty(self) -> Message:
        """Return a message without any field."""
        message = Message()
        message.message_type = self
        return message

    def decode(self, data: bytes) -> Message:
        """Return the message that `data` encodes; raise DecodeError if it encodes none."""
        message = self.empty()
        message.read(data, 0, len(data), _NESTING)
        return message

    def make_puts(self) -> list[tuple[str, bytes, Put, bool]]:
        """Return the name and the tag of each field, what encodes it, whether it is written even if it is 0.

        They are in the order of the bytes, and are kept in `puts`.
        """
        ordered = sorted(self.fields, key=lambda field: (field[4] != "", field[0]))
        self.puts = [(field[1], *_put_of(field), field[4] != "") for field in ordered]
        return self.puts

    def make_take(self, tag: int) -> Take | None:
        """Return what decodes the field with a tag, and keep it in `takes`; None for no field of this type."""
        if not self._by_number:
            self._by_number = {field[0]: field for field in self.fields}
        field = self._by_number.get(tag >> 3)
        take = _take_of(self.module, field, tag & 7) if field else None
        if field is None or take is None:
            return None
        _, name, _, _, oneof = field
        others = [other[1] for other in self.fields if oneof and oneof == other[4] and name != other[1]]
        self.takes[tag] = take = _take_alone(take, others) if others else take
        return take


class Enum:
    """The values of an enum, by their names."""

    def __init__(self, values: Mapping[str, int]) -> None:
        self.__dict__.update(values)


def declare(module: dict[str, Any], name: str) -> MessageType | Enum:
    """Return what a generated module declares as `name`, making it at its first use.

    A module calls this from its `__getattr__` with its globals; raises AttributeError.
    """
    row = module["DECLARED"].get(name)
    if row is None:
        raise AttributeError(f"module {module['__name__']} has no attribute {name}")
    declared = Enum(row) if isinstance(row, dict) else MessageType(module["__name__"], name, row)
    module[name] = declared
    return declared


def find_type(module: str, type_name: str) -> Any:  # noqa: ANN401 - a MessageType or an Enum
    """Return the type that a field of a message in `module` names."""
    other, _, name = type_name.rpartition(".")
    return getattr(import_module(f"kairosfile.pb.{other}" if other else module), name)


def _default(type_name: str, label: str) -> object:
    match label:
        case "repeated":
            return ()
        case "map":
            return {}
    return _DEFAULTS.get(_kind(type_name))


def _kind(type_name: str) -> str:
    return type_name.partition(" ")[0]


def _put_of(field: Field) -> tuple[bytes, Put]:
    """Return the tag of a field and what encodes its values."""
    number, name, type_name, label, _ = field
    kind = _kind(type_name)
    if kind not in _RANGES:
        wire_type = _DELIMITED
        put = _PUTS[label].get(kind) or _PUTS[label]["message"]
    elif not label:
        wire_type = _VARINT
        put = _put_number(name, kind)
    else:
        wire_type = _DELIMITED
        put = (_put_map if label == "map" else _put_packed)(_put_number(name, kind))
    return _varint(number << 3 | wire_type), put


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

    def put(parts: list[bytes], tag: bytes, value: int) -> None:
        if not low <= value <= high:
            raise ValueError(f"{name}: {value} is not in the range of {kind}")
        parts += tag, _BYTES[value] if 0 <= value < _SMALL else _varint(value & _MASK)

    return put


def _put_bytes(parts: list[bytes], tag: bytes, value: bytes) -> None:
    size = len(value)
    parts += tag, _BYTES[size] if size < _SMALL else _varint(size), value


def _put_text(parts: list[bytes], tag: bytes, value: str) -> None:
    _put_bytes(parts, tag, value.encode())


def _put_message(parts: list[bytes], tag: bytes, value: Message) -> None:
    _put_bytes(parts, tag, value.encode())


def _put_each(put: Put) -> Put:
    def put_each(parts: list[bytes], tag: bytes, values: Iterable[object]) -> None:
        for value in values:
            put(parts, tag, value)

    return put_each


def _put_packed(put: Put) -> Put:
    def put_packed(parts: list[bytes], tag: bytes, values: Iterable[int]) -> None:
        numbers: list[bytes] = []
        for value in values:
            put(numbers, b"", value)
        _put_bytes(parts, tag, b"".join(numbers))

    return put_packed


def _put_map(put: Put, value_tag: bytes = _BYTES[_VALUE << 3 | _VARINT]) -> Put:
    def put_map(parts: list[bytes], tag: bytes, entries: Mapping[str, object]) -> None:
        for key in sorted(entries):  # the order of code points is that of their bytes in UTF-8
            entry: list[bytes] = []
            _put_text(entry, _KEY_TAG, key)
            put(entry, value_tag, entries[key])
            _put_bytes(parts, tag, b"".join(entry))

    return put_map


# By the label of a field, and by its type if that is no number.
_PUTS: dict[str, dict[str, Put]] = {"": {"bytes": _put_bytes, "string": _put_text, "message": _put_message}}
_PUTS["repeated"] = {kind: _put_each(put) for kind, put in _PUTS[""].items()}
_PUTS["map"] = {kind: _put_map(put, _BYTES[_VALUE << 3 | _DELIMITED]) for kind, put in _PUTS[""].items()}


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


def _take_of(module: str, field: Field, wire_type: int) -> Take | None:
    """Return what decodes a field of a message in `module`, None for a wire type that it cannot have."""
    _, name, type_name, label, _ = field
    kind = _kind(type_name)
    if label != "map" and kind in _RANGES:
        if wire_type == _VARINT:
            return _take_number(name, kind, is_repeated=bool(label))
        return _take_packed(name, kind) if label and wire_type == _DELIMITED else None
    if wire_type != _DELIMITED:
        return None
    if label == "map":
        return _take_map(module, name, type_name)
    if kind in _DEFAULTS:
        return _take_bytes(name, _text if kind == "string" else _slice, is_repeated=bool(label))
    return _take_message(name, find_type(module, type_name), is_repeated=bool(label))


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
        is_small = stop == position + 1
        values[name] = narrow(data[position] if is_small else _read_varint(data, position, stop)[0])

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


def _take_message(name: str, message_type: MessageType, *, is_repeated: bool) -> Take:
    def take(values: dict[str, Any], data: bytes, position: int, stop: int, depth: int) -> None:
        message = values.get(name)
        if message is None:  # a second one is merged into the first
            message = values[name] = message_type.empty()
        message.read(data, position, stop, depth - 1)

    def append(values: dict[str, Any], data: bytes, position: int, stop: int, depth: int) -> None:
        message = message_type.empty()
        message.read(data, position, stop, depth - 1)
        values.setdefault(name, []).append(message)

    return append if is_repeated else take


def _take_map(module: str, name: str, type_name: str) -> Take:
    row = ((_KEY, "key", "string", "", ""), (_VALUE, "value", type_name, "", ""))
    entry_type = MessageType(module, "Entry", row)
    nested = None if _kind(type_name) in _DEFAULTS else find_type(module, type_name)

    def take(values: dict[str, Any], data: bytes, position: int, stop: int, depth: int) -> None:
        entry: Any = entry_type.empty()
        entry.read(data, position, stop, depth - 1)
        values.setdefault(name, {})[entry.key] = nested() if nested and entry.value is None else entry.value

    return take
