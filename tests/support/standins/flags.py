"""Renders the flags of a range of releases as shell `case` tables for the parser fragments.

The two parsers (`goflag.sh`, `pflag.sh`) contain no flags. The names and values are rendered here
from the definitions in `kairos-init.json`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# What the rest of the script calls a flag's value, where that differs from the flag's own name.
_VARIABLES = {
    "f": "framework",
    "k": "provider",
    "k8sversion": "k8s_version",
    "kubernetes-provider": "provider",
    "l": "level",
    "m": "model",
    "r": "registry",
    "s": "stage",
    "skip-step": "skip",
    "stage-extensions": "extensions",
    "t": "trusted",
    "v": "variant",
}
# Values of flags that a range does not have.
_ABSENT = {
    "extensions": "false",
    "fips": "false",
    "framework": "",
    "k8s_version": "",
    "provider": "",
    "registry": "",
    "version": "",
}
_KINDS = {"string": "string", "bool": "bool", "enum": "enum", "comma list": "list", "string list": "names"}


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One flag: `kind` is string, bool, enum, list (of allowed values) or names (free, repeatable)."""

    name: str
    short: str | None
    kind: str
    default: str
    allowed: tuple[str, ...]
    refuses_empty: bool

    @property
    def variable(self) -> str:
        """The shell variable that holds the value, without its prefix `opt_`."""
        return _VARIABLES.get(self.name, self.name)

    @property
    def label(self) -> str:
        """The flag as the command-line library prints it in an error."""
        return f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"


def read(definitions: Iterable[dict[str, Any]], *, framework: str) -> tuple[Flag, ...]:
    """Read flag definitions of either form; `framework` is the default of `-f`, which differs per tag.

    The flags that exist only for a named provider are left out: `pflag.sh` makes them at run time.
    """
    return tuple(_flag(one, framework) for one in definitions if "<NAME>" not in one.get("long", ""))


def _flag(definition: dict[str, Any], framework: str) -> Flag:
    name = definition.get("long") or definition["name"]
    allowed = definition.get("allowed")
    return Flag(
        name=name,
        short=definition.get("short"),
        kind=_KINDS[definition["type"]],
        default=framework if name == "f" else _default(definition.get("default")),
        allowed=tuple(allowed) if isinstance(allowed, list) else (),
        refuses_empty=str(definition.get("empty_value", "")).startswith("error"),
    )


def _default(value: Any) -> str:
    if value in (None, "(none)"):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def render(commands: dict[str, tuple[Flag, ...]]) -> str:
    """Render the tables for a command line whose root command is called `root`."""
    root = commands["root"]
    options = {flag.variable: flag.default for flag in root}
    lines = [
        *(f"opt_{name}={shlex.quote(value)}" for name, value in {**_ABSENT, **options}.items()),
        f"option_names='{' '.join(flag.variable for flag in root)}'",
        f"required_values='{' '.join(flag.name for flag in root if flag.refuses_empty)}'",
        f"sub_commands='{' '.join(name for name in commands if name != 'root')}'",
        *_find_flag(commands),
        *_find_short(commands),
        *(_usage_pflag(commands) if len(commands) > 1 else _usage_goflag(root)),
    ]
    return "\n".join(lines) + "\n"


def _find_flag(commands: dict[str, tuple[Flag, ...]]) -> list[str]:
    rows = [
        f"    {command}/{flag.name}) flag_variable={flag.variable} flag_kind={flag.kind}"
        f" flag_label='{flag.label}' flag_allowed='{','.join(flag.allowed)}' ;;"
        for command, flags in commands.items()
        for flag in flags
    ]
    return _case("find_flag", "COMMAND NAME: sets flag_*; false where there is no such flag", "$1/$2", rows)


def _find_short(commands: dict[str, tuple[Flag, ...]]) -> list[str]:
    rows = [
        f"    {command}/{flag.short}) long_name={flag.name} ;;"
        for command, flags in commands.items()
        for flag in flags
        if flag.short
    ]
    return _case("find_short", "COMMAND LETTER: sets long_name; false where there is none", "$1/$2", rows)


def _case(function: str, comment: str, subject: str, rows: list[str]) -> list[str]:
    return [
        f"{function}() {{ # {comment}",
        f'    case "{subject}" in',
        *rows,
        "    *) return 1 ;;",
        "    esac",
        "}",
    ]


def _usage_goflag(root: tuple[Flag, ...]) -> list[str]:
    rows = [f"  {flag.label}  ({flag.kind}, default: {flag.default})" for flag in root]
    return ["print_usage() {", "    cat <<'USAGE'", "Usage of the kairos-init stand-in:", *rows, "USAGE", "}"]


def _usage_pflag(commands: dict[str, tuple[Flag, ...]]) -> list[str]:
    """Return `print_usage`: the text of the command that runs, in the form and length of cobra's."""
    cases: list[str] = []
    for name, flags in commands.items():
        cases += [f"    {name})", "        cat <<'USAGE'", *_usage_text(name, flags, commands), "USAGE", "        ;;"]
    return ["print_usage() {", '    case "$command" in', *cases, "    esac", "}"]


def _usage_text(name: str, flags: tuple[Flag, ...], commands: dict[str, tuple[Flag, ...]]) -> list[str]:
    rows = [f"  {_usage_name(flag):<32}{flag.kind}" for flag in sorted(flags, key=lambda flag: flag.name)]
    if name != "root":
        return ["Usage:", f"  kairos-init {name} [flags]", "", "Flags:", *rows, ""]
    names = [f"  {command}" for command in sorted(commands) if command != "root"]
    more = 'Use "kairos-init [command] --help" for more information about a command.'
    return [
        *("Usage:", "  kairos-init [flags]", "  kairos-init [command]", "", "Available Commands:", *names, ""),
        *("Flags:", *rows, "", more, ""),
    ]


def _usage_name(flag: Flag) -> str:
    name = f"-{flag.short}, --{flag.name}" if flag.short else f"    --{flag.name}"
    return name if flag.kind == "bool" else f"{name} string"
