"""The committed messages are what proto/ generates, and agree with BuildKit's on the wire.

wire.json was read from BuildKit's own descriptors; it is the witness that our .proto files were not written
to please our own code.
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from kairosfile.llb import caps
from kairosfile.pb import wire
from tests import ROOT
from tests.golden.messages import PAIRS
from tests.support.generate.protos import PACKAGE, PROTOBUF, PROTOS, generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor, EnumDescriptor, FileDescriptor

    from tests.golden.messages import Pair

WIRE: dict[str, Any] = json.loads(Path(__file__).with_name("wire.json").read_text(encoding="utf-8"))
WRITTEN_BY_HAND = {"__init__.py", "json.py", "wire.py"}

# Details of errors that a frontend neither raises nor reads.
LEFT_OUT = {
    "errdefs.CompatibilityFeature",
    "errdefs.ProvenanceMaterialIncomplete",
    "errdefs.ProvenanceMaterialsIncomplete",
}

_SCALARS = {
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_UINT64: "uint64",
}


def our_files() -> Iterator[FileDescriptor]:
    for path in sorted((PROTOS / PACKAGE).glob("*.proto")):
        yield importlib.import_module(f"tests.support.protobuf.{path.stem}_pb2").DESCRIPTOR


def all_messages(messages: list[Descriptor]) -> Iterator[Descriptor]:
    for message in messages:
        if not message.GetOptions().map_entry:
            yield message
            yield from all_messages(list(message.nested_types))


MESSAGES = {
    message.full_name: message
    for file in our_files()
    for message in all_messages(list(file.message_types_by_name.values()))
}
ENUMS: dict[str, EnumDescriptor] = {
    enum.full_name: enum
    for enums in (
        *(file.enum_types_by_name.values() for file in our_files()),
        *(message.enum_types for message in MESSAGES.values()),
    )
    for enum in enums
}
SERVICES = {service.full_name: service for file in our_files() for service in file.services_by_name.values()}


def type_of(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        return str(field.message_type.full_name)
    if field.enum_type is not None:
        return str(field.enum_type.full_name)
    return _SCALARS[field.type]


def our_field(field: FieldDescriptor) -> dict[str, Any]:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
        shape = {"label": "map", "type": "map", "key": type_of(key), "value": type_of(value)}
    else:
        shape = {"label": "repeated" if field.is_repeated else "single", "type": type_of(field)}
    oneof = field.containing_oneof
    return {**shape, "name": field.name, "number": field.number, "oneof": oneof.name if oneof else None}


def their_field(field: dict[str, Any]) -> dict[str, Any]:
    names = ["label", "type", "name", "number", *(["key", "value"] if field["label"] == "map" else [])]
    return {**{name: field[name] for name in names}, "oneof": field.get("oneof")}


def texts_in(folder: Path) -> dict[str, str]:
    files = [path for path in folder.glob("*.py*") if path.name not in WRITTEN_BY_HAND]
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def test_generating_again_gives_the_committed_files(tmp_path: Path) -> None:
    (tmp_path / PACKAGE).mkdir(parents=True)
    (tmp_path / PROTOBUF).mkdir(parents=True)
    generate(tmp_path, tmp_path)

    committed = texts_in(ROOT / "frontend" / PACKAGE)
    assert texts_in(tmp_path / PACKAGE) == {name: text for name, text in committed.items() if "_pb2" not in name}
    assert texts_in(tmp_path / PROTOBUF) == texts_in(ROOT / PROTOBUF)


def test_every_message_of_buildkit_is_declared_or_deliberately_omitted() -> None:
    assert set(WIRE["messages"]) - LEFT_OUT == set(MESSAGES)
    assert set(WIRE["messages"]) >= LEFT_OUT


def test_enums_and_services_are_those_of_buildkit() -> None:
    assert set(WIRE["enums"]) == set(ENUMS)
    assert set(WIRE["services"]) == set(SERVICES)


@pytest.mark.parametrize("name", MESSAGES)
def test_message_has_the_fields_of_buildkit(name: str) -> None:
    expected = [their_field(field) for field in WIRE["messages"][name]["fields"]]
    actual = [our_field(field) for field in MESSAGES[name].fields]

    assert sorted(expected, key=lambda field: field["number"]) == sorted(actual, key=lambda field: field["number"])


def full_name(kind: wire.MessageType, type_name: str) -> str:
    """Return BuildKit's name of the type of a field."""
    if type_name.islower():
        return type_name
    enum = type_name.removeprefix("enum ")
    if enum != type_name:
        return next(name for name in ENUMS if name.rpartition(".")[2] == re.split("[._]", enum)[-1])
    nested = wire.find_type(kind.module, type_name)
    return next(str(pair.peer.DESCRIPTOR.full_name) for pair in PAIRS.values() if pair.ours is nested)


OURS = {name: pair for name, pair in PAIRS.items() if not pair.name.startswith("google.")}


@pytest.mark.parametrize("pair", OURS.values(), ids=list(OURS))
def test_message_of_the_product_has_the_fields_of_buildkit(pair: Pair) -> None:
    actual = []
    for number, name, type_name, label, oneof in pair.ours.fields:
        kind = full_name(pair.ours, type_name)
        shape: dict[str, Any] = {"type": kind}
        if label == "map":
            shape = {"type": "map", "key": "string", "value": kind}
        shape |= {"label": label or "single", "name": name.rstrip("_"), "number": number, "oneof": oneof or None}
        actual.append(shape)
    expected = [their_field(field) for field in WIRE["messages"][pair.peer.DESCRIPTOR.full_name]["fields"]]

    assert sorted(expected, key=lambda field: field["number"]) == sorted(actual, key=lambda field: field["number"])


@pytest.mark.parametrize("name", ENUMS)
def test_enum_has_the_values_of_buildkit(name: str) -> None:
    assert WIRE["enums"][name]["values"] == {value.name: value.number for value in ENUMS[name].values}


def test_enums_of_the_product_have_the_values_of_buildkit() -> None:
    ours = {}
    for path in (PROTOS / PACKAGE).glob("*.proto"):
        for name, row in importlib.import_module(f"kairosfile.pb.{path.stem}").DECLARED.items():
            if isinstance(row, dict):
                ours[name.rpartition("_")[2]] = row

    assert ours == {name.rpartition(".")[2]: enum["values"] for name, enum in WIRE["enums"].items()}


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_the_methods_of_buildkit(name: str) -> None:
    actual = [
        {
            "name": method.name,
            "path": f"/{name}/{method.name}",
            "request": method.input_type.full_name,
            "response": method.output_type.full_name,
            "client_streaming": method.client_streaming,
            "server_streaming": method.server_streaming,
        }
        for method in SERVICES[name].methods
    ]
    expected = [
        {key: value for key, value in method.items() if key != "absent_in"}
        for method in WIRE["services"][name]["methods"]
    ]

    assert expected == actual


def test_capabilities_are_ids_that_daemons_advertise() -> None:
    advertised = {known["id"] for known in WIRE["capabilities"]["llb"] if known["advertised"]}
    ours = {value for name, value in vars(caps).items() if name.isupper() and isinstance(value, str)}

    assert ours <= advertised
