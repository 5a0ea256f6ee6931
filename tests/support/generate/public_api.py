"""Writes tests/unit/project/public_api.json, the baseline of the API that docs/reference/stability.md promises.

Run it for a release only. Between two releases the baseline stays, and a test compares it with the code.
"""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from kairosfile.cli.app import COMMANDS, app
from kairosfile.language import rules
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "tests" / "unit" / "project" / "public_api.json"
SCHEMA = ROOT / "kairosfile-spec" / "kairosfile.schema.json"
# Packages export `__all__`; of the gateway, which imports nothing by itself, the modules that a frontend imports.
PACKAGES = ("kairosfile.llb", "kairosfile.plan")
GATEWAY = (
    "bridge",
    "contexts.entry",
    "contexts.main",
    "contexts.named",
    "images",
    "options",
    "request",
    "result",
    "run",
    "stdio",
)


def public_api() -> dict[str, str]:
    """Return each promised name with its kind, or for a parameter with `required` or `optional`."""
    return dict(sorted({**dict(_python()), **dict(_commands()), **dict(_language()), **_rules()}.items()))


def _python() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        module = import_module(name)
        for exported in module.__all__:
            yield from _member(f"{name}.{exported}", getattr(module, exported))
    for name in GATEWAY:
        module = import_module(f"kairosfile.gateway.{name}")
        for exported, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__ and not exported.startswith("_"):
                yield from _member(f"{module.__name__}.{exported}", value)


def _member(name: str, value: object) -> Iterator[tuple[str, str]]:
    if inspect.isclass(value):
        yield name, "class"
        yield from (
            pair
            for member, item in vars(value).items()
            if not member.startswith("_")
            for pair in _member(f"{name}.{member}", getattr(item, "__func__", item))
        )
    elif inspect.isfunction(value):
        yield name, "function"
        yield from (
            (f"{name}({it.name})", _need(it))
            for it in inspect.signature(value).parameters.values()
            if it.name != "self"
        )
    else:
        yield name, "value"


def _need(parameter: inspect.Parameter) -> str:
    variadic = parameter.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return "optional" if variadic or parameter.default is not inspect.Parameter.empty else "required"


def _commands() -> Iterator[tuple[str, str]]:
    group: Any = typer.main.get_command(app)
    for name in COMMANDS:
        command = group.get_command(None, name)
        yield f"kairosfile {name}", "command"
        for parameter in command.params:
            for spelling in parameter.opts + parameter.secondary_opts:
                yield f"kairosfile {name} {spelling}", "required" if parameter.required else "optional"


def _language() -> Iterator[tuple[str, str]]:
    schema = json.loads(SCHEMA.read_text())
    records = {"Kairosfile": schema, **schema.get("$defs", {})}
    for record, item in records.items():
        for field in item.get("properties", {}):
            yield f"{record}.{field}", "required" if field in item.get("required", ()) else "optional"


def _rules() -> dict[str, str]:
    return {rule.id: "rule" for rule in rules.every()}


def breaks(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return the names of `before` that are gone, and those that callers must pass or write only now."""
    gone = [name for name in before if name not in now]
    needed = [name for name, need in now.items() if need == "required" and _is_new_duty(name, before)]
    return sorted(gone + needed)


def _is_new_duty(name: str, before: dict[str, str]) -> bool:
    """Return whether the change breaks an old caller: the owner of `name` is older than the requirement."""
    owner = name.rpartition("(")[0] or name.rpartition(" ")[0] or name.rpartition(".")[0]
    known = owner in before or any(it.startswith(f"{owner}.") for it in before)
    return known and before.get(name) != "required"


if __name__ == "__main__":
    FILE.write_text(json.dumps(public_api(), indent=1) + "\n")
