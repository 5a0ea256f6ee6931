"""The generated tables that load a Kairosfile, compared with their source, the pydantic models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from kairosfile import language
from kairosfile.language import parser, records
from kairosfile.language.model import Rare
from kairosfile.language.nodes import Node, Range
from kairosfile.sections import kairosfile as declared
from kairosfile.sections.records import Kairosfile
from tests.conformance import cases
from tests.support.generate import records as generator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Problems = set[tuple[tuple[str | int, ...], str]]
SCRAPS = st.sampled_from(
    [None, True, False, "", "a", "12", "256", "core", [], ["a"], [""], ["a", True], {}, {"a": "b"}, {"type": "cache"}]
)


def tree(data: Any) -> Node:
    """Return data as nodes that all have the same range."""
    if isinstance(data, dict):
        return Node({key: tree(value) for key, value in data.items()}, Range.of(1, 1))
    return Node([tree(item) for item in data] if isinstance(data, list) else data, Range.of(1, 1))


def of_pydantic(error: ValidationError, root: Node) -> Problems:
    """Return pydantic's errors with paths of the tree: pydantic's own paths include members of unions."""
    actual: Problems = set()
    for each in error.errors(include_url=False):
        path: tuple[str | int, ...] = ()
        for part in each["loc"]:
            path = (*path, part) if root.find(path).child(part) is not None else path
        path = (*path, each["loc"][-1]) if each["type"] == "missing" else path
        refusal = each.get("ctx", {}).get("error")
        actual.add((path, refusal.code if isinstance(refusal, records.RefusalError) else each["type"]))
    return actual


def same(expected: Any, value: Any) -> bool:
    """Return whether a record equals a model."""
    if isinstance(value, records.Record):
        fields = type(expected).model_fields
        return type(value).__name__ == type(expected).__name__ and all(
            same_field(getattr(expected, name), vars(value).get(name), fields[name].metadata) for name in fields
        )
    if isinstance(value, tuple | list):
        return type(value) is type(expected) and len(value) == len(expected) and all(map(same, expected, value))
    if isinstance(value, dict):
        return list(value) == list(expected) and all(same(expected[key], value[key]) for key in value)
    return type(value) is type(expected) and bool(value == expected)


def same_field(expected: Any, value: Any, notes: list[Any]) -> bool:
    """A rare section that is absent from a file is None in a record, and an object of defaults in a model."""
    is_rare = any(isinstance(note, Rare) for note in notes)
    if is_rare and value is None and isinstance(expected, BaseModel):
        return not expected.model_fields_set
    return same(expected, value)


def held_against_pydantic(data: Any) -> None:
    root = tree(data)
    value, problems = records.read(Kairosfile, data, root)
    try:
        expected = declared.Kairosfile.model_validate(data)
    except ValidationError as error:
        assert {(problem.path, problem.code) for problem in problems} == of_pydantic(error, root)
    else:
        assert not problems
        assert same(expected, value)


def documents(kind: records.Kind) -> st.SearchStrategy[Any]:
    """Return values of a type, and occasionally a fragment of another type."""
    return st.one_of(*[_of_kind(kind)] * 7, SCRAPS)


def _of_kind(kind: records.Kind) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - a case for each kind
    match kind:
        case records.Later():
            return st.deferred(lambda: _of_kind(kind.load()))
        case records.Short() | records.Optional():
            return _of_kind(kind.kind)
        case records.Items():
            return st.lists(documents(kind.kind), max_size=3)
        case records.Named():
            return st.dictionaries(st.sampled_from(["A", "linux/amd64", "b"]), documents(kind.kind), max_size=2)
        case records.Either():
            return st.one_of(*map(_of_kind, kind.kinds))
        case records.Of():
            return _of_record(kind.record)
        case records.Choice():
            return st.one_of(*[_chosen(kind, key, each) for key, each in kind.kinds.items()])
        case records.Word():
            return st.sampled_from(kind.words)
        case records.Flag():
            return st.booleans()
    return st.sampled_from(["a", "1", "v1.2.3", "/etc/x", "linux/arm64"])


def _of_record(record: type[records.Record]) -> st.SearchStrategy[Any]:
    fields = {field.key: documents(field.kind) for field in record.FIELDS}
    needed = {field.key for field in record.FIELDS if field.default is records.REQUIRED}
    return st.one_of(
        st.fixed_dictionaries(
            {key: value for key, value in fields.items() if key in needed},
            optional={key: value for key, value in fields.items() if key not in needed},
        ),
        st.fixed_dictionaries({}, optional={**fields, "more": SCRAPS}),
    )


def _chosen(choice: records.Choice, key: str, kind: records.Kind) -> st.SearchStrategy[Any]:
    if not isinstance(choice.choose, records.ByValue):
        return _of_kind(kind)
    name = choice.choose.key

    def named(value: Any) -> Any:
        return {**value, name: key} if isinstance(value, dict) else value

    return _of_kind(kind).map(named)


@pytest.mark.parametrize("path", generator.files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_checked_in_is_what_the_declaration_gives(path: Path) -> None:
    assert path.read_text() == generator.files()[path], "run `make generate` and read the difference"


@pytest.mark.parametrize("case", cases.find(), ids=lambda case: str(case.relative_to(cases.CASES)))
def test_a_case_is_read_as_pydantic_reads_it(case: Path) -> None:
    try:
        root = parser.parse(language.decode("Kairosfile", case.read_bytes()))
    except language.KairosfileError:
        return  # it is not valid YAML
    held_against_pydantic(root.plain())


@given(documents(records.Of(Kairosfile)))
def test_a_document_is_read_as_pydantic_reads_it(data: Any) -> None:
    held_against_pydantic(data)


@pytest.mark.parametrize("data", [None, True, "", [], [{}], {}, {"base": {}}])
def test_an_invalid_kairosfile_is_refused_as_pydantic_refuses_it(data: Any) -> None:
    held_against_pydantic(data)


def test_a_record_never_changes_and_equals_one_of_the_same_values() -> None:
    one, _ = records.read(Kairosfile, {"base": "a", "version": "v1"})
    other = one.replace(version="v2")

    with pytest.raises(AttributeError, match="never change"):
        one.base = "b"
    assert (one.version, other.version, other.base) == ("v1", "v2", "a")
    assert one == other.replace(version="v1") != other
    with pytest.raises(TypeError, match="needs version"):
        Kairosfile(base="a")
    with pytest.raises(TypeError, match="has no colour"):
        one.replace(colour="red")


def test_a_record_made_by_hand_has_separate_defaults() -> None:
    one, other = (Kairosfile(base="a", version="v1") for _ in range(2))
    labels: Mapping[str, str] = one.labels

    assert labels == {}
    assert labels is not other.labels
    assert one.hooks == other.hooks
