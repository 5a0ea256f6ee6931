"""The events of a YAML text, from libyaml where PyYAML has it, without importing the rest of PyYAML.

Most of that package is loaders and dumpers, which are not needed here and whose import takes several times as long as
libyaml's. So the package is registered without executing it, with the few modules that the extension reads; it executes
when other attributes are used. Without the extension, PyYAML's pure Python parser gives the same events.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kairosfile.interpreter import ModuleType, SimpleNamespace, import_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.abc import Loader

    from yaml.events import Event

_MODULES = ("error", "events", "nodes")
# Errors that the extension looks up when it is imported; the modules of the loaders would import the whole package.
_ERRORS = {
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}


def read_events(text: str) -> Iterator[Event]:
    """Yield the events of a text; raises yaml.error.YAMLError.

    An error in a character has `character` and `position`, any other is a MarkedYAMLError.
    """
    parser = _parser_class(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()


def _load_parser() -> Callable[[str], Any]:
    if "yaml" not in sys.modules:
        _put_package_in_place()
    try:
        return import_module("yaml._yaml").CParser  # type: ignore[no-any-return]
    except ImportError:
        return import_module("yaml").SafeLoader  # type: ignore[no-any-return]


def _put_package_in_place() -> None:
    specs = (finder.find_spec("yaml", None) for finder in sys.meta_path)
    spec = next((spec for spec in specs if spec), None)
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        raise ImportError("PyYAML is not installed", name="yaml")
    package = ModuleType("yaml")
    package.__spec__, package.__loader__, package.__file__ = spec, spec.loader, spec.origin
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["yaml"] = package
    for name in _MODULES:
        setattr(package, name, import_module(f"yaml.{name}"))
    package.tokens = _Tokens()  # type: ignore[attr-defined]
    for name, class_name in _ERRORS.items():
        error_class = type(class_name, (package.error.MarkedYAMLError,), {})
        setattr(package, name, SimpleNamespace(**{class_name: error_class}))
    reader_error = type("ReaderError", (package.error.YAMLError,), {"__init__": _take_reader_error})
    package.reader = SimpleNamespace(ReaderError=reader_error)  # type: ignore[attr-defined]
    _execute_on_demand(package, spec.loader)


class _Tokens:
    """Replaces the module of the tokens: the extension refers to its classes, but the events do not need them."""

    def __getattr__(self, name: str) -> None:
        if not name.endswith("Token"):
            raise AttributeError(name)


def _execute_on_demand(package: Any, loader: Loader) -> None:  # noqa: ANN401 - a module, of which more than that is set

    def execute(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        del package.__getattr__
        loader.exec_module(package)
        return getattr(package, name)

    package.__getattr__ = execute


def _take_reader_error(self: Any, *values: object) -> None:  # noqa: ANN401 - the class is made above
    self.name, self.position, self.character, self.encoding, self.reason = values


_parser_class = _load_parser()

from yaml import error as error  # noqa: E402, PLC0414 - once the package is in place; others get them from here
from yaml import events as events  # noqa: E402, PLC0414
