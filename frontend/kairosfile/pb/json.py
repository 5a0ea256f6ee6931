"""Messages as JSON, in the form that protocol buffers define for it (ProtoJSON), as far as these messages need it.

Fields that have their defaults are left out, 64-bit integers are text, bytes are base64 and enums are their names.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

from kairosfile.pb.wire import Message, find_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.pb.wire import Field

_LARGE = frozenset({"int64", "uint64"})


def to_dict(message: Message, *, proto_names: bool = False) -> dict[str, Any]:
    """Return what `json.dumps` takes; `proto_names` keeps the names of the fields instead of camel case."""
    members = {}
    for field in message.message_type.fields:
        _, name, _, label, oneof = field
        value = getattr(message, name)
        if (message.which(oneof) == name) if oneof else value:
            proto_name = name.rstrip("_")
            member = _value(message, field, proto_names=proto_names)
            members[proto_name if proto_names else _camel(proto_name)] = _each(label, value, member)
    return members


def _each(label: str, value: Any, convert: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - whatever JSON holds
    match label:
        case "repeated":
            return [convert(item) for item in value]
        case "map":
            return {key: convert(item) for key, item in value.items()}
    return convert(value)


def _value(message: Message, field: Field, *, proto_names: bool) -> Callable[[Any], Any]:
    """Return what turns one value of a field into JSON."""
    type_name = field[2]
    if type_name in _LARGE:
        return str
    if type_name == "bytes":
        return lambda value: b2a_base64(value, newline=False).decode()
    if type_name.startswith("enum "):
        names = {number: name for name, number in vars(find_type(message.message_type.module, type_name[5:])).items()}
        return lambda value: names.get(value, value)
    if type_name.islower():
        return lambda value: value
    return lambda value: to_dict(value, proto_names=proto_names)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)
