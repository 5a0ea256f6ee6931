"""Named tuples that are cheap to declare: `class Point(NamedTuple)` as with typing.NamedTuple.

typing.NamedTuple compiles a constructor for each class, which costs more than all uses of most of them in a build, and
the frontend declares about eighty at each start. Here all classes share one constructor.
"""

from __future__ import annotations

from _operator import itemgetter  # `operator` itself is written in Python
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - others get it from here
else:
    _ITEMS: list[property] = []  # by index, the properties of the fields of all classes

    def _new(cls: type, *values: Any, **named: Any) -> Any:  # noqa: ANN401
        if named or len(values) != len(cls._fields):
            values = _completed(cls, values, named)
        return tuple.__new__(cls, values)

    def _completed(cls: type, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        fields, defaults = cls._fields, cls._field_defaults
        if not named:
            rest = tuple(defaults.values())[len(values) - len(fields) :]  # fields with defaults are the last ones
            if len(values) + len(rest) == len(fields) > len(values):
                return values + rest
        try:
            rest = [named.pop(name) if name in named else defaults[name] for name in fields[len(values) :]]
        except KeyError as error:
            raise TypeError(f"{cls.__name__} needs {error}") from None
        if named or len(values) > len(fields):
            beyond = ", ".join(named) or f"{len(values)} values"
            raise TypeError(f"{cls.__name__} takes {', '.join(fields)}, not {beyond}")
        return (*values, *rest)

    def _replace(self: Any, **changes: Any) -> Any:  # noqa: ANN401
        copy = tuple.__new__(type(self), map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"{type(self).__name__} has no {', '.join(changes)}")
        return copy

    def _asdict(self: Any) -> dict[str, Any]:  # noqa: ANN401
        return dict(zip(self._fields, self, strict=True))

    def _repr(self: Any) -> str:  # noqa: ANN401
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

    def _getnewargs(self: Any) -> tuple[Any, ...]:  # noqa: ANN401
        return tuple(self)

    def _declare(
        name: str, module: str, fields: tuple[str, ...], defaults: dict[str, Any], members: dict[str, Any] | None = None
    ) -> type:
        """Return a tuple class. Each gets the methods itself: it is created faster than one that inherits them."""
        while len(_ITEMS) < len(fields):
            _ITEMS.append(property(itemgetter(len(_ITEMS))))
        namespace = {
            "__module__": module,
            "__slots__": (),
            "__new__": _new,
            "_replace": _replace,
            "_asdict": _asdict,
            "__getnewargs__": _getnewargs,
            "__repr__": _repr,
            "_fields": fields,
            "__match_args__": fields,
            "_field_defaults": defaults,
            **(members or {}),
            **dict(zip(fields, _ITEMS, strict=False)),
        }
        return type(name, (tuple,), namespace)

    class _Declaring(type):
        """Creates a tuple class from a declaration: annotations are the fields, values their defaults."""

        declare = staticmethod(_declare)  # what such a declaration becomes in the image

        def __new__(cls, name: str, _: tuple[type, ...], namespace: dict[str, Any]) -> type:
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            return _declare(name, namespace["__module__"], fields, defaults, namespace)

    NamedTuple = type.__new__(_Declaring, "NamedTuple", (), {})
