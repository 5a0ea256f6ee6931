"""A plugin of protoc that writes the modules of `kairosfile.pb`: a table for the runtime, a stub for type checkers.

protoc runs it with a request on stdin and reads the files from stdout. All files of Google's become one module.
"""

from __future__ import annotations

import keyword
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FieldDescriptorProto

from kairosfile.pb.wire import Message

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

PACKAGE = "kairosfile/pb"
_SCALARS = {
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_BYTES: "bytes",
    FieldDescriptorProto.TYPE_INT32: "int32",
    FieldDescriptorProto.TYPE_INT64: "int64",
    FieldDescriptorProto.TYPE_STRING: "string",
    FieldDescriptorProto.TYPE_UINT32: "uint32",
    FieldDescriptorProto.TYPE_UINT64: "uint64",
}
_PYTHON_TYPES = {"bool": "bool", "bytes": "bytes", "string": "str"}
_MESSAGE, _ENUM = FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.TYPE_ENUM
_RESERVED = frozenset(dir(Message))


class _Type(NamedTuple):
    """Where the class of a message or of an enum is."""

    module: str
    name: str

    def seen_from(self, module: str) -> str:
        return self.name if module == self.module else f"{self.module}.{self.name}"


class _Field(NamedTuple):
    """A field as the runtime and the stub have it; `label` is `repeated`, `map` or empty."""

    number: int
    name: str
    kind: str
    label: str
    oneof: str

    def row(self) -> str:
        """Return the literal that the runtime reads."""
        values = (self.name, self.kind, self.label, self.oneof)
        return f"({self.number}, {', '.join(map(_quoted, values))})"

    def annotation(self, hidden: Container[str]) -> str:
        """Return the type of its values, for the stub; names in `hidden` are written with a leading underscore."""
        value = self.value_type(hidden)
        match self.label:
            case "repeated":
                return f"Sequence[{value}]"
            case "map":
                return f"Mapping[str, {value}]"
        return value if self.is_scalar else f"{value} | None"

    def value_type(self, hidden: Container[str]) -> str:
        """Return the type of one value."""
        if self.is_scalar:
            return _PYTHON_TYPES.get(self.kind, "int")
        return f"_{self.kind}" if self.first_name in hidden else self.kind

    @property
    def first_name(self) -> str:
        """The name that its type begins with: of a module or of a message."""
        return self.kind.partition(".")[0]

    @property
    def is_scalar(self) -> bool:
        """Whether it holds no messages."""
        return self.kind in _SCALARS.values() or self.kind.startswith("enum ")


class _Module(NamedTuple):
    """What one generated module declares."""

    name: str
    sources: list[str]
    messages: dict[str, list[_Field]]
    enums: dict[str, dict[str, int]]

    def table(self) -> str:
        """Return the text of the module."""
        lines = [f'"""{self._header()}"""', "", "from kairosfile.pb.wire import declare", "", "DECLARED = {"]
        for name, values in self.enums.items():
            lines += [
                f"    {_quoted(name)}: {{",
                *(f"        {_quoted(key)}: {value}," for key, value in values.items()),
            ]
            lines.append("    },")
        for name, fields in self.messages.items():
            rows = [f"{field.row()}," for field in fields]
            if len(rows) > 1:
                lines += [f"    {_quoted(name)}: (", *(f"        {row}" for row in rows), "    ),"]
            else:
                lines.append(f"    {_quoted(name)}: ({''.join(rows)}),")
        return "\n".join(
            [*lines, "}", "", "", "def __getattr__(name: str) -> object:", "    return declare(globals(), name)", ""]
        )

    def stub(self) -> str:
        """Return the text of its stub."""
        body = [""]
        for name, values in self.enums.items():
            body += ["", f"class {name}:", *(f"    {key}: Final = {value}" for key, value in values.items())]
        for name, fields in self.messages.items():
            if fields or not body[-1].startswith("class "):  # formatters want empty classes without a gap
                body.append("")
            body += _stub_of(name, fields)
        if hidden := sorted(set[str]().union(*map(_hidden, self.messages.values()))):
            body += ["", *(f"_{name} = {name}" for name in hidden)]
        lines = [f"# {self._header()}", "", *self._imports("\n".join(body)), ""]
        return "\n".join([*lines, "DECLARED: Final[dict[str, tuple[Field, ...] | dict[str, int]]]", *body[1:], ""])

    def _header(self) -> str:
        names = ", ".join(PurePosixPath(path).name for path in self.sources)
        return f"Generated from {names} by `make proto`; changes here are lost."

    def _imports(self, body: str) -> Iterator[str]:
        if used := [name for name in ("Mapping", "Sequence") if f"{name}[" in body]:
            yield f"from collections.abc import {', '.join(used)}"
        yield "from typing import Final"
        yield ""
        kinds = {field.kind for fields in self.messages.values() for field in fields if not field.is_scalar}
        if modules := sorted({kind.partition(".")[0] for kind in kinds if "." in kind}):
            yield f"from kairosfile.pb import {', '.join(modules)}"
        yield f"from kairosfile.pb.wire import Field{', Message' if self.messages else ''}"


def _stub_of(name: str, fields: list[_Field]) -> Iterator[str]:
    if not fields:
        yield f"class {name}(Message): ..."
        return
    hidden = _hidden(fields)
    yield f"class {name}(Message):"
    yield from (f"    {field.name}: {field.annotation(hidden)}" for field in fields)
    yield "    def __init__("
    yield "        self,"
    yield "        *,"
    yield from (f"        {field.name}: {field.annotation(hidden)} = ...," for field in fields)
    yield "    ) -> None: ..."


def _hidden(fields: list[_Field]) -> set[str]:
    """Return the types and modules that a class cannot name, because it has fields of the same names."""
    names = {field.name for field in fields}
    return {field.first_name for field in fields if not field.is_scalar and field.first_name in names}


def _quoted(text: str) -> str:
    return f'"{text}"'


def _module_of(path: str) -> str:
    return "google" if path.startswith("google/") else PurePosixPath(path).stem


class _Reader:
    """Turns the descriptors of protoc into modules."""

    def __init__(self, files: Iterable[FileDescriptorProto]) -> None:
        self._files = list(files)
        self._types: dict[str, _Type] = {}
        self._entries: dict[str, DescriptorProto] = {}
        for file in self._files:
            self._note(_module_of(file.name), f".{file.package}", "", file.message_type, file.enum_type)

    def _note(
        self,
        module: str,
        scope: str,
        outer: str,
        messages: Iterable[DescriptorProto],
        enums: Iterable[EnumDescriptorProto],
    ) -> None:
        for enum in enums:
            self._types[f"{scope}.{enum.name}"] = _Type(module, outer + enum.name)
        for message in messages:
            full_name = f"{scope}.{message.name}"
            if message.options.map_entry:
                self._entries[full_name] = message
                continue
            self._types[full_name] = _Type(module, outer + message.name)
            self._note(module, full_name, f"{outer}{message.name}_", message.nested_type, message.enum_type)

    def modules(self) -> dict[str, _Module]:
        """Return the modules by name."""
        modules: dict[str, _Module] = {}
        for file in self._files:
            name = _module_of(file.name)
            module = modules.setdefault(name, _Module(name, [], {}, {}))
            module.sources.append(file.name)
            self._declare(module, "", file.message_type, file.enum_type)
        return modules

    def _declare(
        self, module: _Module, outer: str, messages: Iterable[DescriptorProto], enums: Iterable[EnumDescriptorProto]
    ) -> None:
        for enum in enums:
            module.enums[outer + enum.name] = {value.name: value.number for value in enum.value}
        for message in messages:
            if message.options.map_entry:
                continue
            oneofs = [oneof.name for oneof in message.oneof_decl]
            module.messages[outer + message.name] = [self._field(module.name, field, oneofs) for field in message.field]
            self._declare(module, f"{outer}{message.name}_", message.nested_type, message.enum_type)

    def _field(self, module: str, field: FieldDescriptorProto, oneofs: list[str]) -> _Field:
        oneof = oneofs[field.oneof_index] if field.HasField("oneof_index") else ""
        label = "repeated" if field.label == FieldDescriptorProto.LABEL_REPEATED else ""
        name = f"{field.name}_" if keyword.iskeyword(field.name) else field.name
        if name in _RESERVED:
            raise ValueError(f"field {field.name}: the runtime has a method of that name")
        if entry := self._entries.get(field.type_name):
            key, value = entry.field
            if key.type != FieldDescriptorProto.TYPE_STRING:
                raise ValueError(f"field {field.name}: the runtime has maps from text only")
            return _Field(field.number, name, self._kind(module, value), "map", "")
        return _Field(field.number, name, self._kind(module, field), label, oneof)

    def _kind(self, module: str, field: FieldDescriptorProto) -> str:
        if field.type == _MESSAGE:
            return self._types[field.type_name].seen_from(module)
        if field.type == _ENUM:
            return f"enum {self._types[field.type_name].seen_from(module)}"
        if field.type not in _SCALARS:
            raise ValueError(f"field {field.name}: the runtime has no {FieldDescriptorProto.Type.Name(field.type)}")
        return _SCALARS[field.type]


def main() -> None:
    """Answer the request of protoc on stdin."""
    request = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    response = CodeGeneratorResponse()
    try:
        for name, module in _Reader(request.proto_file).modules().items():
            response.file.add(name=f"{PACKAGE}/{name}.py", content=module.table())
            response.file.add(name=f"{PACKAGE}/{name}.pyi", content=module.stub())
    except ValueError as error:
        response.error = str(error)
    sys.stdout.buffer.write(response.SerializeToString())


if __name__ == "__main__":
    main()
