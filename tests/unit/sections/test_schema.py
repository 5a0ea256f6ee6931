"""The schema accepts every file that the checker accepts: an editor marks no error in a valid file."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from kairosfile import language, sections
from kairosfile.sections import schema
from tests.conformance import cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALIDATOR = jsonschema.Draft202012Validator(schema.build())
HEAD = "base: debian:13\nversion: v1.0.0\n"
# Valid, without external args or platform-specific fields, and equal in YAML 1.1, which the test writes.
CASES = [
    case
    for case in cases.find()
    if "plan" in (expected := cases.expectation(case)) and not expected.get("build_args")
    if cases.lock_of(case) is None and isinstance(document := yaml.safe_load(case.read_bytes()), dict)
    if not isinstance(document.get("platforms"), dict)
]
# Replacements of a value; the name becomes a reference to an arg with the original value.
NAME = "${PUT_IN}"
VALUES = [NAME, NAME, None, "", "x", "1", "true", "${X", 0, -1, 1.5, True, False, [], {}, ["x"], {"a": "b"}, [None]]

Place = tuple[Any, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the paths of a document's values."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from places(child, (*at, key))


def changed(document: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """Return a document with another value at a path."""
    result = copy.deepcopy(document)
    holder: Any = result
    for key in place[:-1]:
        holder = holder[key]
    old, holder[place[-1]] = holder[place[-1]], value
    if value == NAME and place[0] != "args" and isinstance(old, str | int | float):
        result["args"] = {
            **(result.get("args") or {}),
            "PUT_IN": str(old).lower() if isinstance(old, bool) else str(old),
        }
    return result


def is_taken(text: str, case: Path) -> bool:
    platform = str(cases.expectation(case).get("platform", "linux/amd64"))
    try:
        sections.read(language.Source("Kairosfile", text), {}, platforms=[platform], files=cases.context(case))
    except language.KairosfileError:
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(some.sampled_from(CASES), some.data())
def test_what_the_checker_accepts_the_schema_accepts(case: Path, data: some.DataObject) -> None:
    document = yaml.safe_load(case.read_bytes())
    place = data.draw(some.sampled_from([*places(document)]))
    result = changed(document, place, data.draw(some.sampled_from(VALUES)))
    text = yaml.safe_dump(result, sort_keys=False, allow_unicode=True)

    if is_taken(text, case):
        assert [error.message for error in VALIDATOR.iter_errors(result)] == []


KEYS = ("PK.auth", "KEK.auth", "db.auth")
INCLUDED = """\
base: ubuntu:24.04
version: v1.0.0
trusted_boot: true
provider: {name: k3s}
artifacts: {uki: {keys: {public_keys: keys}}}
"""


@pytest.mark.parametrize(
    "text",
    [
        "provider: {version: v1.33.1+k3s1}",
        "provider: {}",
        "artifacts: {uki: {}}",
        "artifacts: {uki: {extend_cmdline: quiet}}",
        "artifacts: {uki: {keys: {tpm_pcr_private_key: tpm.pem}}}",
    ],
)
def test_a_required_key_may_be_in_an_included_file(text: str) -> None:
    file = f"extends: base.yaml\n{text}\n"
    files = language.DictFiles(
        {"base.yaml": INCLUDED.encode()} | {f"keys/{name}": b"" for name in KEYS} | {"tpm.pem": b""}
    )

    sections.read(language.Source("Kairosfile", file), platforms=["linux/amd64"], files=files)
    assert VALIDATOR.is_valid(yaml.safe_load(file))
    assert not VALIDATOR.is_valid(yaml.safe_load(HEAD + text))


@pytest.mark.parametrize("text", ["provider: [{version: v1}]", "exclude: [{provider: {version: v1}}]"])
def test_an_item_of_a_list_is_complete_in_its_own_file(text: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(f"extends: base.yaml\nmatrix: {{{text}}}\n"))


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("fips: ${A}", True),
        ("trusted_boot: ${A:-true}", True),
        ("provider: {name: '${A}'}", True),
        ("hooks: {after_init: [{run: x, mounts: [{type: '${A}', target: /x}]}]}", True),
        ("hooks: {after_install: [{kernel: 6.12}]}", True),
        ("artifacts: {uki: {keys: {public_keys: keys}}}", True),
        ("fips: maybe", False),
        ("provider: {name: '-'}", False),
        ("hooks: {after_init: [{run: x, mounts: [{type: other, target: /x}]}]}", False),
        ("artifacts: {uki: }", False),
        ("artifacts: {uki: {}}", False),
    ],
)
def test_typed_fields_are_filled_in_and_a_uki_has_keys(text: str, *, valid: bool) -> None:
    assert VALIDATOR.is_valid(yaml.safe_load(HEAD + text)) == valid
