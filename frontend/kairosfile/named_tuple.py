"""Named tuples that are cheap to declare: `class Point(NamedTuple)` as with typing.NamedTuple.

typing.NamedTuple compiles a constructor for each class, which costs more than all uses of most of them in a build, and
the frontend declares about eighty at each start. Here all classes share one constructor. In its image each has one
that was compiled when the image was made (`frontend/image/erase.py`).
"""

from __future__ import annotations

from _operator import itemgetter  # `operator` itself is written in Python
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FunctionType
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - others get it from here
else:
    _ITEMS: list[property] = []  # by index, the properties of the fields of all classes

    def _new(cls: type, *values: Any, **named: Any) -> Any:  # noqa: ANN401
        fields = cls._fields
        if named or len(values) != len(fields):
            rest = fields[len(values) :]
            try:
                values += tuple([named.pop(name) if name in named else cls._field_defaults[name] for name in rest])
            except KeyError as error:
                raise TypeError(f"{cls.__name__} needs {error}") from None
            if named or len(values) > len(fields):
                beyond = ", ".join(named) or f"{len(values)} values"
                raise TypeError(f"{cls.__name__} takes {', '.join(fields)}, not {beyond}")
        return tuple.__new__(cls, values)

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

    def _create(
        name: str, module: str, fields: tuple[str, ...], defaults: dict[str, Any], members: dict[str, Any]
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
            **members,
            **dict(zip(fields, _ITEMS, strict=False)),
        }
        return type(name, (tuple,), namespace)

    def _declare(name: str, module: str, new: FunctionType, members: dict[str, Any] | None = None) -> type:
        """Return a tuple class with a constructor, whose parameters are the fields."""
        fields = new.__code__.co_varnames[1 : new.__code__.co_argcount]
        values = new.__defaults__ or ()
        defaults = dict(zip(fields[len(fields) - len(values) :], values, strict=True))
        return _create(name, module, fields, defaults, members or {"__new__": new})

    class _Declaring(type):
        """Creates a tuple class from a declaration: annotations are the fields, values their defaults.

        In the image, a declaration is a constructor: code for each class costs less than the arguments of all tuples.
        """

        declare = staticmethod(_declare)  # what a declaration without methods becomes there

        def __new__(cls, name: str, _: tuple[type, ...], namespace: dict[str, Any]) -> type:
            module = namespace["__module__"]
            if "__new__" in namespace:
                return _declare(name, module, namespace["__new__"], namespace)
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            return _create(name, module, fields, defaults, namespace)

    NamedTuple = type.__new__(_Declaring, "NamedTuple", (), {})
