"""Args in values: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar.

    args: {SUITE: "13", TEAM: null}          # a default, or null if --build-arg must set it
    base: debian:${SUITE}

Any text value of a file may name args; keys may not. Two kinds of text are never changed, because the dollar in them
has another meaning: `run`, which the shell expands, and `content`, which is written to a file byte for byte unless the
step has `template: true`. A `run` step has the args that its text names in its environment, as in a Dockerfile; other
args do not change it (`named_in`).

Names are the file's `args`, each of which may name those above it, and the platform's (`TARGETARCH`, ...), which
always exist. A name with an inline default needs no declaration. `--build-arg` overrides an arg. A default also
replaces an empty value, as in a shell. A dollar before any character but `{` and `$` is a dollar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean, listing, nearest
from kairosfile.language.nodes import CONSTANTS, Node, replace
from kairosfile.language.platforms import arg_values
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping

    from kairosfile.oci import Platform

NAME = compile_later(r"[A-Za-z_][A-Za-z0-9_]*")
DOLLAR = compile_later(
    r"\$(?:(?P<dollar>\$)|\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^{}]*)?\})|(?P<bad>\{))"
)
_IN_SHELL = compile_later(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)", needs=("$",))

UNTOUCHED = frozenset({"run", "content"})
TEMPLATE = "template"  # beside `content` or `from`: args are put into it
SWITCHES = frozenset({"trusted_boot", "fips"})

PLATFORM_ARGS = tuple(f"{of}{what}" for of in ("TARGET", "BUILD") for what in ("PLATFORM", "OS", "ARCH", "VARIANT"))

MAX_CHARACTERS = 1 << 20  # of all values that are put in: args can be made of args
SHOWN = 40


class Arg(NamedTuple):
    """The value of an arg, and its source for messages."""

    value: str
    set_by: str


Args = dict[str, Arg]


def platform_args(target: Platform, build: Platform) -> Args:
    """Return the args that every file has, named as in a Dockerfile."""
    return {name: Arg(value, f"the platform's {name}") for name, value in arg_values(target, build).items()}


def named_in(text: str | Iterable[str], values: Mapping[str, str]) -> dict[str, str]:
    """Return the args that a shell text or an item of a list names, sorted by name."""
    words = [text] if isinstance(text, str) else text
    names = {name for word in words for name in _IN_SHELL.findall(word)}
    return {name: values[name] for name in sorted(names & values.keys())}


def is_template(node: Node) -> bool:
    """Return whether a mapping marks its content as a template."""
    return TEMPLATE in node.fields and node.fields[TEMPLATE].value is True


class Interpolation:
    """Replaces args in the text values of a tree, and collects diagnostics."""

    def __init__(self, root: Node, build_args: Mapping[str, str], builtin: Args) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.spent = 0
        self.build_args = build_args
        self.args = dict(builtin)
        self.read: set[str] = set()  # the names of build args that the file reads, set or not
        for name, node in (root.find(("args",)).fields if "args" in root.fields else {}).items():
            self._declare(name, node, build_args.get(name), builtin)

    def _declare(self, name: str, node: Node, override: str | None, builtin: Args) -> None:
        range_ = node.key or node.range
        self.read.add(name)
        if not NAME.fullmatch(name):
            hint = "use letters, digits and _, not beginning with a digit"
            self.diagnostics.append(Diagnostic(rules.ARG, range_, f'"{name}" is not the name of an arg', hint))
        elif name in builtin:
            self.diagnostics.append(
                Diagnostic(rules.ARG, range_, f"{name} is set by the platform", "choose another name")
            )
        elif override is not None:
            self.args[name] = Arg(override, f"--build-arg {name}")
        elif node.value is None:
            message = f"the arg {name} was not given and has no default"
            hint = f"add --build-arg {name}=... to the command, or a default here"
            self.diagnostics.append(Diagnostic(rules.ARG, range_, message, hint))
            self.args[name] = Arg("", f"the arg {name}")
        else:
            self.args[name] = Arg(self._default(node), f"the arg {name}")

    def _default(self, node: Node) -> str:
        value = self.fill(node).value
        return value if isinstance(value, str) else ""

    def root(self, root: Node) -> Node:
        """Return a copy of a file's tree with all args replaced."""
        fields = {key: node if key == "args" else self.fill(node, key) for key, node in root.fields.items()}
        for key in SWITCHES & fields.keys():
            fields[key] = _switch(root.fields[key], fields[key])
        return replace(root, value=fields)

    def fill(self, node: Node, key: str = "", *, everything: bool = False) -> Node:
        """Return a node with all args replaced, the same node if it has none.

        With `everything` this includes the texts of shells and files, as in a template.
        """
        if key in UNTOUCHED and not everything:
            return node
        if isinstance(node.value, str):
            return self._text(node) if "$" in node.value else node
        if isinstance(node.value, dict):
            whole = "content" if is_template(node) else None
            fields = {
                name: self.fill(child, name, everything=everything or name == whole)
                for name, child in node.value.items()
            }
            return replace(node, value=fields)
        if isinstance(node.value, list):
            return replace(node, value=[self.fill(child, everything=everything) for child in node.value])
        return node

    def _text(self, node: Node) -> Node:
        origins: dict[str, None] = {}
        unknown: dict[str, None] = {}

        def expand(match: re.Match[str]) -> str:
            if match["dollar"]:
                return "$"
            arg = self.args.get(match["name"] or "") or self._undeclared(match)
            if arg is None:
                unknown[match["name"] or ""] = None
                return match[0]
            if arg.set_by:
                origins[arg.set_by] = None
            return self._spend(node, arg.value or (match["default"] or "").removeprefix(":-"))

        text = DOLLAR.sub(expand, str(node.value))
        self.diagnostics += [self._undefined(name, node) if name else _malformed(node) for name in unknown]
        return replace(node, value=text, set_by=node.set_by or listing(list(origins) or [""]))

    def _undeclared(self, match: re.Match[str]) -> Arg | None:
        """Return the arg of a reference with an inline default, which needs no declaration."""
        name = match["name"] or ""
        if match["default"] is None:
            return None
        self.read.add(name)
        return Arg(self.build_args.get(name, ""), f"--build-arg {name}" if name in self.build_args else "")

    def _spend(self, node: Node, text: str) -> str:
        """Return an inserted text, empty after the limit for all of them together."""
        self.spent += len(text)
        if self.spent <= MAX_CHARACTERS:
            return text
        if self.spent - len(text) <= MAX_CHARACTERS:
            message = f"the args of this file expand to more than {MAX_CHARACTERS} characters"
            self.diagnostics.append(Diagnostic(rules.TOO_LARGE, node.range, message, "use shorter values"))
        return ""

    def _undefined(self, name: str, node: Node) -> Diagnostic:
        few = len(self.diagnostics) < MAX_GUESSES and len(self.args) < MAX_GUESSES
        suggestion = nearest(name, self.args) if few else ""
        hint = did_you_mean(suggestion) or f"declare it: `args: {{{name}: a default}}`, or write $$ for a dollar"
        diagnostic = Diagnostic(rules.UNDEFINED_ARG, node.range, f'there is no arg "{name}"', hint)
        bare = (match for match in DOLLAR.finditer(str(node.value)) if match["default"] is None)
        used = next(match for match in bare if match["name"] == name)
        return diagnostic.with_suggestion(suggestion, node.part(*used.span("name")))


def _malformed(node: Node) -> Diagnostic:
    text = str(node.value)
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
    hint = "write ${NAME} or ${NAME:-default}, and $$ for a dollar"
    return Diagnostic(rules.INTERPOLATION, node.range, f'a "${{" in "{shown}" begins no arg', hint)


def _switch(original: Node, filled: Node) -> Node:
    """Return the boolean value of a field that consists of one arg."""
    match = DOLLAR.fullmatch(original.value) if isinstance(original.value, str) else None
    value = CONSTANTS.get(str(filled.value)) if match and match["name"] else None
    return filled if value is None else replace(filled, value=value)
