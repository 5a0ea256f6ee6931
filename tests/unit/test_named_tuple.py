"""Named tuples of the frontend behave as those of `typing`."""

from __future__ import annotations

import pickle
import typing
from typing import Any

import pytest

from kairosfile import named_tuple


class Own(named_tuple.NamedTuple):
    """A tuple of the frontend."""

    a: int
    b: int = 2
    c: int = 3

    def total(self) -> int:
        """Return the sum."""
        return self.a + self.b + self.c


class Standard(typing.NamedTuple):
    """The same with `typing`."""

    a: int
    b: int = 2
    c: int = 3


CALLS: dict[str, tuple[tuple[int, ...], dict[str, int]]] = {
    "all by position": ((5, 6, 7), {}),
    "without one that has a default": ((5, 6), {}),
    "without all that have a default": ((5,), {}),
    "all by name": ((), {"c": 7, "a": 5, "b": 6}),
    "by name, without one that has a default": ((5,), {"c": 7}),
}
WRONG_CALLS: dict[str, tuple[tuple[int, ...], dict[str, int]]] = {
    "without a field that has no default": ((), {}),
    "without it, others by name": ((), {"b": 6}),
    "too many values": ((5, 6, 7, 8), {}),
    "an unknown name": ((5,), {"d": 8}),
    "a field twice": ((5, 6, 7), {"a": 8}),
}


@pytest.mark.parametrize("case", CALLS)
def test_values_and_defaults_are_those_of_typing(case: str) -> None:
    values, named = CALLS[case]
    own: Any = Own

    assert tuple(own(*values, **named)) == tuple(Standard(*values, **named))


@pytest.mark.parametrize("case", WRONG_CALLS)
def test_wrong_values_are_refused_with_the_name_of_the_class(case: str) -> None:
    values, named = WRONG_CALLS[case]
    own: Any = Own

    with pytest.raises(TypeError, match="Own"):
        own(*values, **named)
    with pytest.raises(TypeError):
        Standard(*values, **named)


def test_it_has_the_methods_of_typing() -> None:
    own = Own(1)

    assert (own._asdict(), own._fields, own._field_defaults) == (
        {"a": 1, "b": 2, "c": 3},
        ("a", "b", "c"),
        {"b": 2, "c": 3},
    )
    assert (repr(own._replace(b=5)), own.total()) == ("Own(a=1, b=5, c=3)", 6)
    assert pickle.loads(pickle.dumps(own)) == own  # noqa: S301 - our own bytes
    match own:
        case Own(a, _, c):
            assert (a, c) == (1, 3)
    with pytest.raises(TypeError, match="Own has no d"):
        own._replace(d=1)  # type: ignore[call-arg]
