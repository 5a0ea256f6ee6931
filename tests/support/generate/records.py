"""Write the tables that a Kairosfile is read with, from the models of pydantic that declare the language.

Each package of sections gets a module `records` beside its `model`, and so does each rare part of `hooks`: a class for
each record, with its values as attributes and a table of its fields. What the tables are made of is
`kairosfile.language.records`.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import MinLen
from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic.types import Strict

from kairosfile.language.model import OneOf, Rare, StrictModel
from kairosfile.language.records import ByKey, ByValue
from kairosfile.sections import build_args
from kairosfile.sections.image.model import Provider
from kairosfile.sections.kairosfile import Kairosfile
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTIONS = "kairosfile.sections"
PACKAGES = ("hooks", "image", "cloud_config", "image_tests", "artifacts", "matrix")
COMMON = "ANYTHING, FLAG, FRESH, NUMBER, OPTIONAL_TEXT, STRING, TEXT, TEXTS, Field"
# The declaring and the generated modules, in the order of their dependencies.
MODULES = {
    **{f"{SECTIONS}.hooks.{part}_model": f"{SECTIONS}.hooks.{part}_records" for part in ("mount", "step")},
    **{f"{SECTIONS}.{section}.model": f"{SECTIONS}.{section}.records" for section in PACKAGES},
    f"{SECTIONS}.kairosfile": f"{SECTIONS}.records",
}
HEAD = '''"""The records of {model}, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

{imports}
'''


def files() -> dict[Path, str]:
    """Return every generated module, formatted."""
    result = {path_of(target): Module(model, target).text() for model, target in MODULES.items()}
    result[path_of(f"{SECTIONS}.records")] += build_arg_texts()
    return {path: formatted(path, text) for path, text in result.items()}


def path_of(module: str) -> Path:
    """Return the file of a module of the product."""
    return ROOT / "frontend" / Path(*module.split(".")).with_suffix(".py")


def formatted(path: Path, text: str) -> str:
    """Return code formatted by ruff, with sorted imports and without unused ones."""
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    for command in (["check", "--select", "I,F401", "--fix-only", "-q"], ["format", "-q"]):
        arguments = [*ruff, *command, "--stdin-filename", str(path), "-"]
        text = subprocess.run(arguments, input=text, capture_output=True, text=True, check=True).stdout
    return text


def build_arg_texts() -> str:
    """Return the table that describes the build args which set fields, by the first sentence of the fields."""
    paths = {row.name: row.path for row in build_args.BUILD_ARGS}
    rows = []
    for name in build_args.TODAY:
        record: type[StrictModel] = Provider if paths[name][0] == "provider" else Kairosfile
        text = re.split(r"[.;] |\.$", record.model_fields[paths[name][-1]].description or "")[0]
        rows.append(f"    {name!r}: {text!r},")
    return "\n".join(["", "# Descriptions of the build args that set fields.", "BUILD_ARG_TEXTS = {", *rows, "}", ""])


class Module:
    """One module as it is written."""

    def __init__(self, model: str, target: str) -> None:
        self.model = importlib.import_module(model)
        self.target = target
        self.imports: set[str] = set()
        self.type_imports: set[str] = set()
        self.constants: dict[str, str] = {}
        self.aliases: dict[str, str] = {}

    def text(self) -> str:
        """Return the code."""
        body = [self._record(model) for model in self._models()]
        for value in vars(self.model).values():
            self._choices_of(value)
        constants = [f"{name} = {value}\n" for name, value in self.constants.items()]
        aliases = [f"    {name} = {value}" for name, value in self.aliases.items()]
        guarded = [f"    {line}" for line in sorted(self.type_imports - self.imports)]
        lines = [
            "from typing import TYPE_CHECKING, Any, Literal",
            "from kairosfile.language import records as kinds",
            f"from kairosfile.language.records import {COMMON}",
            *sorted(self.imports),
            *(["if TYPE_CHECKING:", *guarded] if guarded else []),
        ]
        head = HEAD.format(model=f"`{self.model.__name__.removeprefix('kairosfile.')}`", imports="\n".join(lines))
        end = ["\n".join(["if TYPE_CHECKING:", *aliases])] if aliases else []
        return "\n\n".join([head, *self._in_order(body, constants), *end, ""])

    def _choices_of(self, value: Any) -> None:
        """Write the choices that the module itself declares, whether or not a record of it has one."""
        for note in bare(value, [])[1] if get_origin(value) is Annotated else ():
            if isinstance(note, OneOf) and MODULES[next(iter(note.models.values())).__module__] == self.target:
                self._choice(note)
                self._choice_hint(note)

    def _in_order(self, body: list[str], constants: list[str]) -> list[str]:
        """Put a constant before the first record that names it, behind those that it names."""
        for constant in constants:
            name = constant.partition(" ")[0]
            first = next((at for at, text in enumerate(body) if f"{name})" in text or f"{name}," in text), len(body))
            body.insert(first, constant)
        return body

    def _models(self) -> Iterator[type[StrictModel]]:
        """Yield the models of the module, each after those that it holds as the module itself is, no base."""
        for value in vars(self.model).values():
            is_model = isinstance(value, type) and issubclass(value, StrictModel) and not value.__subclasses__()
            if is_model and value.__module__ == self.model.__name__:
                yield value

    def _record(self, model: type[StrictModel]) -> str:
        plain = [
            base for base in model.__mro__ if base not in StrictModel.__mro__ and not issubclass(base, StrictModel)
        ]
        bases = [base for base in plain if not any(issubclass(other, base) for other in plain if other is not base)]
        for base in bases:
            self.imports.add(f"from {base.__module__} import {base.__name__}")
        rows, hints = [], []
        for name, field in model.model_fields.items():
            hints.append(f"    {name}: {self._hint(field.annotation, field.metadata)}")
            rows.append(f"        {self._field(name, field)},")
        verb = getattr(model, "verb", None)
        names = ", ".join([*(base.__name__ for base in bases), "kinds.Record"])
        result = re.split(r"[;:.] |[.]$", str(model.__doc__).splitlines()[0])[0]
        own = [f'    """{result}."""', *([f'    verb = "{verb}"'] if verb else [])]
        table = ["    FIELDS = (", *rows, "    )"] if rows else []
        return "\n".join([f"class {model.__name__}({names}):", *own, *hints, *table])

    def _field(self, name: str, field: FieldInfo) -> str:
        words = [repr(name), self._kind(field.annotation, field.metadata)]
        if field.is_required():
            example = f"example={str(field.examples[0])!r}" if field.examples else ""
            words += [example] if example else []
        else:
            words.append(f"default={default_of(field)}")
        if field.alias:
            words.append(f"key={field.alias!r}")
        return f"Field({', '.join(words)})"

    def _kind(self, annotation: Any, metadata: list[Any]) -> str:  # noqa: PLR0911 - a case for each kind
        annotation, notes = bare(annotation, metadata)
        if lengthen := next((note.func for note in notes if isinstance(note, BeforeValidator)), None):
            package, _, module = lengthen.__module__.rpartition(".")
            self.imports.add(f"from {package} import {module}")
            rest = [note for note in notes if not isinstance(note, BeforeValidator)]
            return f"kinds.Short({module}.{lengthen.__name__}, {self._kind(annotation, rest)})"
        if any(isinstance(note, Rare) for note in notes):
            return self._later(annotation)
        if choice := next((note for note in notes if isinstance(note, OneOf)), None):
            return self._choice(choice)
        origin, parts = get_origin(annotation), get_args(annotation)
        shortest = next((note.min_length for note in notes if isinstance(note, MinLen)), 0)
        if origin in {Union, types.UnionType}:
            return self._union(parts)
        if origin is Literal:
            return f"kinds.Word({', '.join(map(repr, parts))})"
        if origin in {tuple, list}:
            return self._items(origin, parts[0], shortest)
        if origin is dict:
            return f"kinds.Named({self._kind(parts[1], [])})"
        if annotation is str:
            return self._text(notes, shortest)
        if isinstance(annotation, type) and issubclass(annotation, StrictModel):
            return f"kinds.Of({self._name(annotation)})"
        return {bool: "FLAG", int: "NUMBER", Any: "ANYTHING"}[annotation]

    def _text(self, notes: list[Any], shortest: int) -> str:
        pattern = next((note.pattern for note in notes if getattr(note, "pattern", None)), None)
        if pattern:  # `$` is the very end there, and may come before a last newline in Python
            pattern = re.sub(r"[$]$", lambda _: r"\Z", pattern)
            return f"kinds.Text({shortest}, {pattern!r})"
        return {0: "STRING", 1: "TEXT"}.get(shortest) or f"kinds.Text({shortest})"

    def _union(self, parts: tuple[Any, ...]) -> str:
        kinds = [self._kind(part, []) for part in parts if part is not types.NoneType]
        inner = kinds[0] if len(kinds) == 1 else f"kinds.Either({', '.join(kinds)})"
        if len(kinds) == len(parts):
            return inner
        return "OPTIONAL_TEXT" if inner == "TEXT" else f"kinds.Optional({inner})"

    def _items(self, result: type, inner: Any, shortest: int) -> str:
        words = [self._kind(inner, [])]
        if words == ["TEXT"] and result is tuple and not shortest:
            return "TEXTS"
        words += [result.__name__] if result is not tuple or shortest else []
        return f"kinds.Items({', '.join([*words, *([str(shortest)] if shortest else [])])})"

    def _later(self, annotation: Any) -> str:
        """Return the kind of a rare section; what is not a record there is a constant of its module."""
        inner = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
        notes = bare(inner, [])[1]
        choice = next((note for note in notes if isinstance(note, OneOf)), None)
        model = next(iter(choice.models.values())) if choice else inner
        kind = f'kinds.Later("{MODULES[model.__module__]}", "{choice.code.upper() if choice else model.__name__}")'
        return kind if inner is annotation else f"kinds.Items({kind})"

    def _choice(self, choice: OneOf) -> str:
        name = choice.code.upper()
        owner = MODULES[next(iter(choice.models.values())).__module__]
        if owner != self.target:
            self.imports.add(f"from {owner} import {name}")
        elif name not in self.constants:
            self.constants[name] = ""
            words = [repr(key) for key in choice.models]
            chooser = choice.choose
            if isinstance(chooser, ByValue):
                words.insert(0, repr(chooser.key))
            kind = "ByKey" if isinstance(chooser, ByKey) else "ByValue"
            rows = [f"{key!r}: {self._member(model)}" for key, model in choice.models.items()]
            self.constants[name] = (
                f"kinds.Choice({choice.code!r}, kinds.{kind}({', '.join(words)}), {{{', '.join(rows)},}})"
            )
        return name

    def _member(self, model: type[StrictModel]) -> str:
        where = getattr(model, "implemented_in", None)
        return f'kinds.Later("{where}", "{model.__name__}")' if where else f"kinds.Of({self._name(model)})"

    def _name(self, model: type[StrictModel]) -> str:
        owner = MODULES[model.__module__]
        if owner != self.target:
            self.imports.add(f"from {owner} import {model.__name__}")
        return model.__name__

    def _hint(self, annotation: Any, metadata: list[Any]) -> str:  # noqa: PLR0911 - a case for each kind
        annotation, notes = bare(annotation, metadata)
        if any(isinstance(note, Rare) for note in notes):
            hint = self._hint(annotation, [])
            return hint if get_origin(annotation) is tuple else f"{hint} | None"
        if choice := next((note for note in notes if isinstance(note, OneOf)), None):
            return self._choice_hint(choice)
        origin, parts = get_origin(annotation), get_args(annotation)
        if origin in {Union, types.UnionType}:
            return " | ".join(self._hint(part, []) for part in parts)
        if origin is Literal:
            return f"Literal[{', '.join(map(repr, parts))}]"
        if origin is tuple:
            return f"tuple[{self._hint(parts[0], [])}, ...]"
        if origin in {list, dict}:
            return f"{origin.__name__}[{', '.join(self._hint(part, []) for part in parts)}]"
        if isinstance(annotation, type) and issubclass(annotation, StrictModel):
            return self._type(annotation)
        return {types.NoneType: "None", Any: "Any"}.get(annotation) or str(annotation.__name__)

    def _choice_hint(self, choice: OneOf) -> str:
        models = list(choice.models.values())
        if getattr(models[0], "implemented_in", None):
            self.type_imports.add("from kairosfile.sections.hooks.step import HookStep")
            return "HookStep"
        name = {"mount_type": "Mount", "test_kind": "ImageTest"}[choice.code]
        owner = MODULES[models[0].__module__]
        if owner == self.target:
            self.aliases[name] = " | ".join(model.__name__ for model in models)
        else:
            self.type_imports.add(f"from {owner} import {name}")
        return name

    def _type(self, model: type[StrictModel]) -> str:
        owner = MODULES[model.__module__]
        if owner != self.target:
            self.type_imports.add(f"from {owner} import {model.__name__}")
        return model.__name__


def default_of(field: FieldInfo) -> str:
    """Return the default of a field as code; an absent rare section is None."""
    if not field.default_factory:
        return repr(field.default)
    return "None" if any(isinstance(note, Rare) for note in field.metadata) else "FRESH"


def bare(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Return a type without its annotations, and the annotations."""
    notes = list(metadata)
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        notes += more
    flat = [part for note in notes for part in (note.metadata if isinstance(note, FieldInfo) else [note])]
    return annotation, [note for note in flat if not isinstance(note, Strict)]


def main() -> None:
    """Write every module anew."""
    for path, text in files().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
