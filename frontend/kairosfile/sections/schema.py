"""Descriptions of the language, generated from its declaration: the JSON Schema, and the documentation of each field.

An editor's YAML has numbers where the language has text (`version: 1.10`), so every text may be a number there. Short
forms of records, and `${NAME}` instead of a word, are added to the schema of pydantic. The schema allows more than the
checker: it has no rules between fields.

The reference page and editors use the same documentation of a field (type, default, supported releases, an example),
so that both agree.
"""

from __future__ import annotations

import json
import types
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic_core import PydanticUndefined

from kairosfile.kairos.commands import first_release_with, first_release_without
from kairosfile.language.parser import EXTENSION
from kairosfile.sections.hooks.model import STEP_KINDS
from kairosfile.sections.image.checks import FEATURES, FIRST_WITH_BINARIES
from kairosfile.sections.image.model import Provider
from kairosfile.sections.kairosfile import Kairosfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic.fields import FieldInfo

    from kairosfile.language.model import StrictModel


Schema = dict[str, Any]

ID = "https://github.com/kairos-io/kairosfile/blob/main/kairosfile-spec/kairosfile.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Fields that may come from an included or extended file.
INCLUDING = ("extends", "include")

_TEXT: Schema = {"type": ["string", "number"]}
_FILLED_IN: Schema = {"type": "string", "pattern": r"\$\{", "description": "Filled in from args."}
_DECIMAL: Schema = {"type": "string", "pattern": r"^[0-9]+$"}
_TEXTS: Schema = {"type": ["string", "number", "array"], "items": _TEXT}
# Short forms, by their record and field.
_SHORT: dict[tuple[str, str], Schema] = {
    ("Kairosfile", "kairos_init"): {"type": ["string", "null"], "minLength": 1},
    ("Artifacts", "auroraboot"): {"type": ["string", "null"], "minLength": 1},
    **{("Artifacts", artifact): {"type": "null"} for artifact in ("iso", "netboot", "raw")},
    **{(record, "cloud_config"): {"type": "string", "minLength": 1} for record in ("Iso", "Uki", "Raw")},
    ("Kairosfile", "platforms"): {"type": "array", "items": {"type": "string"}},
    **{(step.__name__, field): form for step in STEP_KINDS.values() for field, form in step.short_forms.items()},
    **{("RunTest", stream): _TEXTS for stream in ("stdout", "stderr")},
    **{(record, field): _TEXT for record in ("Output", "PathTest") for field in ("contains", "matches")},
}

_NUMBER_KEYS = ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")

_PLAIN: dict[Any, str] = {str: "text", bool: "true or false", int: "number", Any: "text or a mapping"}


def build() -> Schema:
    """Return the schema as data."""
    schema = _widen(Kairosfile.model_json_schema())
    records = {**schema["$defs"], "Kairosfile": schema}
    for (record, field), short in _SHORT.items():
        _allow(records[record]["properties"], field, _widen(short))
    schema["$defs"]["Artifacts"]["properties"]["uki"]["anyOf"].remove({"type": "null"})  # there is no UKI without keys
    platforms = schema["properties"]["platforms"]["anyOf"][0]
    platforms["additionalProperties"] = {"anyOf": [platforms["additionalProperties"], {"type": "null"}]}
    name = schema["$defs"]["Provider"]["properties"]["name"]
    provider = {key: name[key] for key in ("anyOf", "enum", "type") if key in name}
    _allow(schema["properties"], "provider", provider)
    _allow(schema["$defs"]["Exclude"]["properties"], "provider", provider)
    _allow(schema["$defs"]["Matrix"]["properties"]["provider"], "items", provider)
    schema["patternProperties"] = {f"^{EXTENSION}": {"description": "A place for YAML anchors; nothing reads it."}}
    required = _required_without_includes(schema)
    complete = {"not": {"anyOf": [{"required": [field]} for field in INCLUDING]}}
    head = {"$schema": DIALECT, "$id": ID, "title": "Kairosfile"}
    return {**head, **{key: schema[key] for key in schema if key not in head}, "if": complete, "then": required}


def _required_without_includes(schema: Schema) -> Schema:
    """Move what mappings require that included files share with the file; it holds where no file is included.

    Items of lists are not shared: what they require stays.
    """
    records = schema["$defs"]
    provider, uki, keys = ({"required": records[name].pop("required")} for name in ("Provider", "Uki", "UkiKeys"))
    for property_ in (
        records["Exclude"]["properties"]["provider"],
        records["Matrix"]["properties"]["provider"]["items"],
    ):
        whole = next(form for form in property_["anyOf"] if "$ref" in form)
        whole.update(provider)
    artifacts = {"properties": {"uki": {**uki, "properties": {"keys": keys}}}}
    return {"required": schema.pop("required"), "properties": {"provider": provider, "artifacts": artifacts}}


def text() -> str:
    """Return the text of the schema file in the repository."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def _allow(properties: Schema, field: str, short: Schema) -> None:
    """Add another form of a field; its description stays outside."""
    old = properties[field]
    form = {key: old.pop(key) for key in ("$ref", "anyOf", "type", "additionalProperties", "properties") if key in old}
    properties[field] = {"anyOf": [*form.pop("anyOf", []), *([form] if form else []), short], **old}


def _widen(value: Any) -> Any:  # noqa: ANN401 - a schema nests anything
    """Return a schema in which texts may be numbers and words may contain args."""
    if isinstance(value, list):
        return [_widen(item) for item in value]
    if not isinstance(value, dict):
        return value
    literal = {key: value[key] for key in ("default", "examples", "enum", "const") if key in value}
    widened = {key: _widen(item) for key, item in value.items() if key not in literal} | literal
    # A word with an arg may choose any of the forms: then several match, and it identifies none of them.
    named = {"anyOf" if key == "oneOf" else key: widened[key] for key in value if key != "discriminator"}
    return _scalar(named)


def _scalar(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, list) and "string" in kind and "number" not in kind:
        return schema | {"type": [*kind, "number"]}
    if kind == "string" and "pattern" in schema:
        return _or_filled_in(schema | _TEXT, ("type", "pattern", "minLength", "maxLength"))
    if kind == "string" and not {"enum", "const"} & schema.keys():
        return schema | _TEXT
    if kind == "integer":
        return _or_filled_in(schema, _NUMBER_KEYS, _DECIMAL)
    if kind in ("string", "boolean"):  # not a set: a field is named `type` too
        return _or_filled_in(schema, ("enum", "const", "type"))
    return schema


def _or_filled_in(schema: Schema, keys: Sequence[str], *more: Schema) -> Schema:
    """Return a schema in which these keys are one of several forms."""
    form = {key: schema[key] for key in keys if key in schema}
    return {key: item for key, item in schema.items() if key not in form} | {"anyOf": [form, *more, _FILLED_IN]}


@cache
def fields_of(record: type[StrictModel]) -> dict[str, FieldInfo]:
    """Return the fields of a record by their names in a file, which may be invalid names in Python."""
    return {field.alias or name: field for name, field in record.model_fields.items()}


def type_of(annotation: Any) -> str:  # noqa: ANN401 - a type, or what typing makes of types
    """Return the readable name of a type."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    set_by, parts = get_origin(annotation), get_args(annotation)
    if set_by is Literal:
        return ", ".join(f"`{word}`" for word in parts)
    if set_by in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(type_of(part) for part in parts if part is not types.NoneType))
    if set_by in {tuple, list}:
        return f"list of {type_of(parts[0])}"
    if set_by is dict:
        return f"mapping of names to {type_of(parts[1])}"
    return _PLAIN.get(annotation) or str(annotation.__name__)


def default_of(field: FieldInfo) -> str:
    """Return the default of a field as text."""
    if field.is_required():
        return "none, it is required"
    default = None if field.default is PydanticUndefined else field.default
    if isinstance(default, bool):
        return "`true`" if default else "`false`"
    return f"`{default}`" if default not in {None, ()} else "nothing"


def releases_of(record: type[StrictModel], name: str) -> str:
    """Return the releases of kairos-init that support a field, empty if all do."""
    if record is Kairosfile and name == "binaries":
        return f"{FIRST_WITH_BINARIES} and newer"
    paths = {("provider", name)} if record is Provider else {(name,)} if record is Kairosfile else set()
    setting = next((setting for path, setting in FEATURES if path in paths), None)
    if setting is None:
        return ""
    first, gone = first_release_with(setting), first_release_without(setting)
    return f"{first} and newer, before {gone}" if gone else f"{first} and newer"


def facts_of(record: type[StrictModel], name: str, field: FieldInfo) -> dict[str, str]:
    """Return type, default and, if not all support the field, the releases that do."""
    facts = {"Type": type_of(field.annotation), "Default": default_of(field)}
    releases = releases_of(record, name)
    return {**facts, "kairos-init": releases} if releases else facts


def example_of(name: str, field: FieldInfo) -> str:
    """Return the first example of a field as lines of a Kairosfile, empty without one."""
    if not field.examples:
        return ""
    example = {name: field.examples[0]}
    return yaml.safe_dump(example, sort_keys=False, allow_unicode=True, width=100).rstrip("\n")
