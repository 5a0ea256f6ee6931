"""Interprets a script that calls kairos-init: the calls with their argv, and the commands between them.

Nothing is run. Variables are those of the Dockerfile and those that the script sets; conditions are decided by them,
for args by their defaults. A script of which any part is not followed raises NotFollowedError as a whole.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.dockerfile import shell
from kairosfile.dockerfile.adopt.shell_state import changes_state
from kairosfile.dockerfile.adopt.values import Expansion, Value
from kairosfile.dockerfile.shell import Command, If, NotFollowedError, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kairosfile.dockerfile.adopt.values import Arg
    from kairosfile.dockerfile.shell import Chain, Script, Substitution

PROGRAM = "kairos-init"
MAX_CALLS = 200
TEST_WORDS, COMPARE_WORDS = 2, 3

_OPTIONS = re.compile(r"[-+][a-zA-Z]+")
_HARMLESS_REDIRECTION = re.compile(r"[0-9]*>{1,2}/dev/null|[0-9]*>&[0-9]|</dev/null|&>/dev/null")
_NAMED = re.compile(r"\$\{?([A-Za-z_]\w*)")
_NOTHING = (":", "true")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of kairos-init: its argv, the variables of this call alone, and its source text."""

    argv: tuple[Value, ...]
    env: dict[str, Value]
    text: str


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands between calls, as one text.

    `stops_at_failure` is the shell option; `ignores_failure` says that what follows runs whatever their last chain
    returns; `prelude` are the lines that set what the script set before. `is_one_chain` says that `&&` joins all of
    them, `ends_plainly` that the last stands alone.
    """

    text: str
    stops_at_failure: bool
    ignores_failure: bool
    is_one_chain: bool
    ends_plainly: bool
    prelude: tuple[str, ...]
    named: frozenset[str]
    programs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """The actions of a script in order; `decided` are the args whose defaults select them."""

    events: list[Call | Commands]
    decided: dict[str, Arg]
    read: frozenset[str]


def follow(text: str, variables: Mapping[str, Value], is_program: Callable[[str], bool]) -> Followed:
    """Return the actions of a script.

    Raises:
        NotFollowedError: the script is not followed completely.
    """
    return _Follower(text, variables, is_program).run()


class _Follower:
    def __init__(self, text: str, variables: Mapping[str, Value], is_program: Callable[[str], bool]) -> None:
        self.text = text
        self.is_program = is_program
        self.variables = dict(variables)
        self.inherited = frozenset(variables)
        self.script = shell.parse(text)
        self.assigned = {name for name, _ in _assigned(self.script)}
        self.holders = self._holders()
        self.set: dict[str, Value] = {}
        self.exported: set[str] = set()
        self.expansion = Expansion(self._lookup, self._substitute)
        self.errexit = False
        self.options: list[list[str]] = []
        self.events: list[Call | Commands] = []
        # Commands without a call, each with the number of its chain.
        self.group: list[tuple[int, Command | If]] = []
        self.before: tuple[dict[str, Value], frozenset[str]] = ({}, frozenset())
        self.chain = self.current = 0  # how many chains there are so far, and the one that is followed

    def run(self) -> Followed:
        self._chains(self.script, is_end=True)
        self._close_at_end()
        return Followed(self.events, self.expansion.decided, frozenset(self.expansion.read))

    def _lookup(self, name: str) -> Value | None:
        if name in self.variables:
            return self.variables[name]
        if name in self.assigned:
            return None
        raise NotFollowedError(f"${name}, which the Dockerfile does not set")

    def _chains(self, script: Script, *, is_end: bool) -> None:
        for index, chain in enumerate(script):
            self._chain(chain, is_last=is_end and index == len(script) - 1)

    def _chain(self, chain: Chain, *, is_last: bool) -> None:
        self.chain += 1
        own = self.current = self.chain
        for index, command in enumerate(chain.commands):
            rest = chain.commands[index:]
            if self._has_call(command):
                self._finish_prefix(own, is_last=is_last)
            if isinstance(command, If):
                self._if(command, own, is_end=is_last and len(rest) == 1)
            elif self._has_call(command):
                self._call(command)
            elif not is_last and self._is_followed_test(command, rest[1:]):
                if not self._test(command):
                    break
            elif not self._is_followed_builtin(command):
                self._add(command, own, is_last=is_last and not any(map(self._has_call, rest)))
            elif self._decides(own) and not is_last:
                raise NotFollowedError(f"a command before {_shown(self.text[command.start : command.stop])} decides it")
            self.current = own

    def _finish_prefix(self, chain: int, *, is_last: bool) -> None:
        """Close the commands before a call; commands of the same `&&` chain decide whether the call runs."""
        decides = self._decides(chain)
        if decides and not is_last:
            raise NotFollowedError("a call that depends on a command before it")
        self._close(ignores_failure=not decides)

    def _decides(self, chain: int) -> bool:
        """Return whether the status of a command that is not interpreted decides how far a chain runs."""
        return any(number == chain for number, _ in self.group)

    def _has_call(self, command: Command | If) -> bool:
        if isinstance(command, If):
            return any(
                self._has_call(inner) for _, body in command.branches for chain in body for inner in chain.commands
            )
        if command.is_opaque:
            return self._mentions(self.text[command.start : command.stop])
        words = [word.literal for word in command.words]
        if words[:1] == ["eval"]:
            return any(self._mentions(word.raw) or self._expands_holder(word.raw) for word in command.words)
        if words[:1] == [None] and self._expands_holder(command.words[0].raw):
            return True
        if words[:1] in (["rm"], ["chmod"]):
            return False
        return any(self._mentions(word.raw) for word in command.words)

    def _holders(self) -> set[str]:
        """Return the variables whose values contain, or may contain, the name of the program."""
        names: set[str] = set()
        pairs = list(_assigned(self.script))
        for _ in pairs:  # one may be made of another
            names |= {name for name, raw in pairs if self._mentions(raw) or names & set(_NAMED.findall(raw))}
        return names

    def _expands_holder(self, raw: str) -> bool:
        return not self.holders.isdisjoint(_NAMED.findall(raw))

    def _mentions(self, text: str) -> bool:
        return any(self.is_program(word) for word in re.findall(r"[\w./-]+", text))

    def _call(self, command: Command) -> None:
        if command.is_opaque:
            raise NotFollowedError(_shown(self.text[command.start : command.stop]))
        strange = [each for each in command.redirections if not _HARMLESS_REDIRECTION.fullmatch(each)]
        if strange:
            raise NotFollowedError(f"a redirection of kairos-init: {strange[0]}")
        argv = [value for word in command.words for value in self.expansion.split(word)]
        env = {name: self.variables[name] for name in self.exported}
        env |= {each.name: self.expansion.word(each.word) for each in command.assignments}
        text = self.text[command.start : command.stop]
        self._take_call(argv, env, text)

    def _take_call(self, argv: list[Value], env: dict[str, Value], text: str) -> None:
        if argv and argv[0].literal == "eval":
            self._eval(argv[1:], env, text)
            return
        argv, env = without_env(argv, env)
        if not argv or not self.is_program(argv[0].literal or ""):
            raise NotFollowedError(f"kairos-init is passed to another command: {_shown(text)}")
        if len(self.events) >= MAX_CALLS:
            raise NotFollowedError(f"more than {MAX_CALLS} calls")
        self.events.append(Call(tuple(argv), env, text))

    def _eval(self, args: list[Value], env: dict[str, Value], text: str) -> None:
        """Interpret a call that `eval` composes: parse its words again and keep the args in them."""
        marks: dict[str, Value] = {}
        pieces: list[str] = []
        for word in args:
            piece = ""
            for part in word.parts:
                if isinstance(part, str):
                    piece += part
                else:
                    name = f"_{len(marks)}_"
                    marks[name] = Value(part)
                    piece += f"${{{name}}}"
            pieces.append(piece)
        (*chains,) = shell.parse(" ".join(pieces))
        if len(chains) != 1 or len(chains[0].commands) != 1:
            raise NotFollowedError(f"eval of several commands: {_shown(text)}")
        command = chains[0].commands[0]
        if not isinstance(command, Command) or command.is_opaque or command.redirections or command.assignments:
            raise NotFollowedError(f"eval of {_shown(text)}")
        inner = Expansion(lambda name: marks[name] if name in marks else self._lookup(name))
        argv = [value for word in command.words for value in inner.split(word)]
        self.expansion.decide(*inner.decided.values())
        self._take_call(argv, env, text)

    def _is_followed_test(self, command: Command | If, rest: list[Command | If]) -> bool:
        """Return whether a command is a condition of calls and assignments only, interpreted like those of `if`."""
        if not isinstance(command, Command) or command.is_opaque or not rest:
            return False
        is_test = bool(command.words) and command.words[0].literal in ("[", "test")
        return is_test and all(self._is_quiet(each) or self._has_call(each) for each in rest)

    @staticmethod
    def _is_quiet(command: Command | If) -> bool:
        if not isinstance(command, Command) or command.is_opaque or command.redirections:
            return False
        return not command.words or command.words[0].literal == "export"

    def _is_followed_builtin(self, command: Command) -> bool:
        """Apply assignments and shell options; return whether the command has nothing else."""
        if command.is_opaque or command.redirections:
            return False
        names = [word.literal for word in command.words]
        if not names:
            self._assign(command)
            return True
        if names[0] == "export" and not command.assignments:
            return self._export(command.words[1:])
        if names[0] == "set" and not command.assignments:
            return self._set([name or "" for name in names[1:]])
        return names[0] in _NOTHING and len(names) == 1 and not command.assignments

    def _assign(self, command: Command) -> None:
        for each in command.assignments:
            self._set_variable(each.name, self.expansion.word(each.word))

    def _set_variable(self, name: str, value: Value) -> None:
        if name == "IFS":
            raise NotFollowedError("IFS, by which words are split")
        self.variables[name] = self.set[name] = value
        if name in self.inherited:
            self.exported.add(name)  # args and ENV are in the environment already

    def _export(self, words: list[Word]) -> bool:
        for word in words:
            name, equals, _ = word.raw.partition("=")
            if not re.fullmatch(r"[A-Za-z_]\w*", name):
                raise NotFollowedError(f"export {word.raw}")
            if equals:
                self._set_variable(name, self.expansion.word(shell.parse_word(word.raw[len(name) + 1 :])))
            if name in self.variables:
                self.set.setdefault(name, self.variables[name])
                self.exported.add(name)
        return True

    def _set(self, words: list[str]) -> bool:
        if not all(_OPTIONS.fullmatch(word) or word == "pipefail" for word in words):
            raise NotFollowedError(f"set {' '.join(words)}")
        if self.group:
            raise NotFollowedError("set after a command")
        for word in words:
            if word[1:] != "o" and "e" in word[1:] and word != "pipefail":
                self.errexit = word[0] == "-"
        self.options.append(words)
        return True

    def _add(self, command: Command, chain: int, *, is_last: bool) -> None:
        first = command.words[0].literal if command.words else None
        if not is_last and changes_state(command, self.text):
            raise NotFollowedError(
                f"`{first or _shown(self.text[command.start : command.stop])}` before another command"
            )
        if not command.is_opaque and command.words and first is None:
            raise NotFollowedError(f"a command that is expanded: {_shown(self.text[command.start : command.stop])}")
        if not self.group:
            self.before = (dict(self.set), frozenset(self.exported))
        self.group.append((chain, command))

    def _if(self, command: If, chain: int, *, is_end: bool) -> None:
        """Interpret the branch whose condition is true."""
        if self._decides(chain):
            raise NotFollowedError("an if after &&")
        self._close(ignores_failure=True)
        for condition, body in command.branches:
            if condition is None or self._holds(condition):
                self._chains(body, is_end=is_end)
                if is_end:
                    self._close_at_end()
                else:
                    self._close(ignores_failure=True)
                break

    def _holds(self, condition: Script) -> bool:
        if len(condition) != 1:
            raise NotFollowedError("a condition of several commands")
        return all(self._test(command) for command in condition[0].commands)

    def _test(self, command: Command | If) -> bool:
        if not isinstance(command, Command):
            raise NotFollowedError("an if as a condition")
        if command.either is not None:
            chain, other = command.either
            return all(map(self._test, chain.commands)) or self._test(other)
        return self._simple_test(command)

    def _simple_test(self, command: Command) -> bool:
        condition = _shown(" ".join(word.raw for word in command.words))
        if command.is_opaque or command.redirections or command.assignments:
            raise NotFollowedError(f"the condition {condition}")
        words = [value for word in command.words for value in self.expansion.split(word)]
        texts = [self.expansion.decided_text(word) for word in words]
        if texts in (["true"], ["false"]):
            return texts == ["true"]
        if texts[:1] == ["test"]:
            texts = ["[", *texts[1:], "]"]
        if texts[:1] != ["["] or texts[-1:] != ["]"]:
            raise NotFollowedError(f"the condition {condition}")
        inner = texts[1:-1]
        if inner[:1] == ["!"]:
            return not _decide(inner[1:], condition)
        return _decide(inner, condition)

    def _substitute(self, part: Substitution) -> Value:
        """Return the words of `$([ test ] && echo words || ...)`."""
        if len(part.script) != 1:
            raise NotFollowedError("a command substitution of several commands")
        value = self._output(part.script[0].commands)
        return Value() if value is None else value

    def _output(self, commands: list[Command | If]) -> Value | None:
        """Return the output of commands, None if one of their conditions fails."""
        value = Value()
        for command in commands:
            if not isinstance(command, Command):
                raise NotFollowedError("a command substitution")
            if command.either is not None:
                chain, other = command.either
                printed = self._output(chain.commands)
                printed = self._output([other]) if printed is None else printed
            else:
                printed = self._printed(command)
            if printed is None:
                return None
            value += printed
        return value

    def _printed(self, command: Command) -> Value | None:
        name = command.words[0].literal if command.words else None
        if command.is_opaque or command.redirections or command.assignments:
            raise NotFollowedError("a command substitution")
        if name in _NOTHING:
            return Value()
        if name == "echo":
            words = [value for word in command.words[1:] for value in self.expansion.split(word)]
            if any(
                "\\" in word.text or (word.text.startswith("-") and word.text in ("-n", "-e", "-E")) for word in words
            ):
                raise NotFollowedError("echo with options")
            value = Value()
            for index, word in enumerate(words):
                value += Value(" ") + word if index else word
            return value
        if name in ("[", "test"):
            return Value() if self._simple_test(command) else None
        raise NotFollowedError(f"the command substitution $({_shown(' '.join(word.raw for word in command.words))})")

    def _close_at_end(self) -> None:
        """Close the commands at the end of the script: their status is its status, unless assignments follow."""
        self._close(ignores_failure=not self._decides(self.current))

    def _close(self, *, ignores_failure: bool) -> None:
        """Close the commands before a call, or at the end of the script."""
        group, self.group = self.group, []
        if not group:
            return
        commands = [command for _, command in group]
        text = self.text[commands[0].start : commands[-1].stop]
        named = frozenset(_NAMED.findall(text))
        self.events.append(
            Commands(
                text,
                self.errexit,
                ignores_failure,
                len({number for number, _ in group}) == 1,
                [number for number, _ in group].count(group[-1][0]) == 1 and not commands[-1].is_opaque,
                (*self._shown_options(), *self._prelude(named)),
                named,
                tuple(_programs(commands)),
            )
        )

    def _shown_options(self) -> Iterator[str]:
        """Yield the shell options that the script has set, without an `-e` that it has unset."""
        for words in self.options:
            plain = [word.replace("e", "") if word[0] in "-+" else word for word in words]
            if any(word not in ("-", "+", "-x", "+x") for word in plain):
                options = words if self.errexit else plain
                yield " ".join(["set", *(word for word in options if word not in ("-", "+"))])

    def _prelude(self, named: frozenset[str]) -> Iterator[str]:
        variables, exported = self.before
        for name, value in variables.items():
            if name in named or name in exported:
                if not value.is_known:
                    raise NotFollowedError(f"{name}, which holds a variable of the base image")
                export = "export " if name in exported else ""
                yield f"{export}{name}={shell_text(value)}"


def _programs(commands: list[Command | If]) -> Iterator[tuple[str, ...]]:
    """Yield the words of commands, with `?` for expansions and for unknown parts."""
    for command in commands:
        if isinstance(command, If) or command.is_opaque:
            yield ("?",)
        else:
            yield tuple(word.literal if word.literal is not None else "?" for word in command.words)


def _assigned(script: Script) -> Iterator[tuple[str, str]]:
    """Yield the variables that a script sets anywhere, each with the source text of its value."""
    for command in (command for chain in script for command in chain.commands):
        if isinstance(command, Command):
            yield from ((each.name, each.word.raw) for each in command.assignments)
            if command.words and command.words[0].literal == "export":
                yield from ((name, raw) for name, _, raw in (word.raw.partition("=") for word in command.words[1:]))
        else:
            for condition, body in command.branches:
                yield from _assigned(condition or [])
                yield from _assigned(body)


def _decide(words: list[str], condition: str) -> bool:
    if len(words) == 1:
        return bool(words[0])
    if len(words) == TEST_WORDS and words[0] in ("-n", "-z"):
        return bool(words[1]) == (words[0] == "-n")
    if len(words) == COMPARE_WORDS and words[1] in ("=", "==", "!="):
        return (words[0] == words[2]) == (words[1] != "!=")
    raise NotFollowedError(f"the condition {condition}")


def without_env(argv: list[Value], env: dict[str, Value]) -> tuple[list[Value], dict[str, Value]]:
    """Split a call of `env` into the command and its variables."""
    rest, variables = list(argv), dict(env)
    if not rest or posixpath.basename(rest[0].literal or "") != "env":
        return rest, variables
    rest.pop(0)
    while rest and isinstance(rest[0].parts[:1] and rest[0].parts[0], str):
        head = rest[0].parts[0]
        name, equals, value = str(head).partition("=")
        if not equals or not name or name.startswith("-"):
            break
        variables[name] = Value(value, *rest[0].parts[1:])
        rest.pop(0)
    return rest, variables


def shell_text(value: Value) -> str:
    """Return a value as a shell word that names its args."""
    text = ""
    for part in value.parts:
        if isinstance(part, str):
            text += re.sub(r'(["\\$`])', r"\\\1", part)
        else:
            text += f"${{{part.name}}}"
    return f'"{text}"' if value.args or not re.fullmatch(r"[\w./:@%+,=-]+", text) else text


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else f"{words[:77]}..."  # noqa: PLR2004 - part of a message
