"""Whether a command may read the package lists of apt that an earlier step downloaded.

Lists in a layer that init empties later are downloaded by every machine. A command does not read them if it updates
them first, or if each program in it is one that never calls a package manager. Any other program may, so a script, a
pipe into a shell or a program named by a variable keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Programs and builtins of the shell that call no package manager. Those that run other programs, such as `env`, `find`,
# `xargs` and interpreters, are not among them.
_HARMLESS = frozenset(
    (
        *(":", "[", "[[", "addgroup", "adduser", "basename", "break", "cat", "cd", "chattr", "chgrp", "chmod"),
        *("chown", "chpasswd", "cksum", "continue", "cp", "curl", "cut", "date", "dd", "depmod", "df", "dirname"),
        *("done", "dracut", "du", "echo", "exit", "export", "false", "fi", "for", "getent", "grep", "groupadd"),
        *("groupmod", "gunzip", "gzip", "head", "id", "install", "ldconfig", "ln", "locale-gen", "localedef", "ls"),
        *("md5sum", "mkdir", "mktemp", "mv", "passwd", "printf", "pwd", "read", "readlink", "realpath", "return"),
        *("rm", "rmdir", "sed", "seq", "set", "setcap", "sha256sum", "sha512sum", "shift", "sleep", "sort", "stat"),
        *("sync", "sysctl", "systemctl", "tail", "tar", "tee", "test", "touch", "tr", "true", "truncate", "umask"),
        *("uname", "uniq", "unset", "unzip", "update-ca-certificates", "update-grub", "update-initramfs", "useradd"),
        *("userdel", "usermod", "wc", "wget", "xz", "}"),
    )
)
_KEYWORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{"})
_UNCERTAIN = frozenset({"if", "while", "until", "for", "!", "{", "(", "`", "||"})  # after these an update need not run
_ENDS_COMMAND = frozenset(";&|()`\n")
_APT = frozenset({"apt", "apt-get"})
_OPTIONS_WITH_VALUE = frozenset({"-c", "-o", "-t"})
_FAILURE_ENDS_THE_STEP = frozenset({"&&", ";", "\n", ")"})  # after an update


class _Command(NamedTuple):
    """The words of a command, and the operator after it."""

    argv: list[str]
    operator: str


class _NotFollowedError(Exception):
    """A text for the shell that is not followed; its commands are unknown."""


def may_read_lists(run: str | Sequence[str]) -> bool:
    """Return whether a command, a text for the shell or its words, may read package lists that it did not update."""
    if not isinstance(run, str):
        return not _is_harmless(run) and not _updates(run)
    try:
        return _may_read([*_commands(run)])
    except _NotFollowedError:
        return True


def _may_read(commands: Sequence[_Command]) -> bool:
    before = ""
    is_certain = all(command.operator != "&" for command in commands)
    is_updated = False  # for the commands that `&&` joins to an update
    for command in commands:
        argv = _without_prefix(command.argv)
        is_certain = is_certain and before not in _UNCERTAIN and _UNCERTAIN.isdisjoint(command.argv[:1])
        is_updated = is_updated and before == "&&"
        if argv and _updates(argv) and command.operator in _FAILURE_ENDS_THE_STEP:
            if is_certain and before != "&&":
                return False
            is_updated = True
        elif argv and not _is_harmless(argv) and not is_updated:
            return True
        before = command.operator
    return False


def _is_harmless(argv: Sequence[str]) -> bool:
    """Return whether a command calls no package manager, and reads no list by its path; `rm` may remove them."""
    return argv[0] in _HARMLESS and (argv[0] == "rm" or "/var/lib/apt" not in " ".join(argv))


def _updates(argv: Sequence[str]) -> bool:
    """Return whether a command updates all lists; with `Dir::` options it may update some."""
    values = {index + 1 for index, word in enumerate(argv) if word in _OPTIONS_WITH_VALUE}
    operands = [word for index, word in enumerate(argv[1:], 1) if word[:1] != "-" and index not in values]
    return argv[0] in _APT and operands[:1] == ["update"] and "Dir::" not in " ".join(argv)


def _without_prefix(argv: Sequence[str]) -> Sequence[str]:
    """Return a command without the keywords of the shell and the assignments before it."""
    for index, word in enumerate(argv):
        name, is_assignment, _ = word.partition("=")
        if word not in _KEYWORDS and not (is_assignment and name.isidentifier()):
            return argv[index:]
    return ()


def _commands(text: str) -> Iterator[_Command]:
    """Yield the commands of a text for the shell, those of `$(...)` too; raises _NotFollowedError."""
    lexer = _Lexer(f"{text}\n\n")  # so that an escape at the end has something to escape
    while lexer.at < len(lexer.text):
        yield lexer.command()


class _Lexer:
    """Reads the commands of a text for the shell from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._heredocs: list[tuple[str, bool]] = []  # delimiters, and whether tabs may precede them

    def command(self) -> _Command:
        """Return the words up to the next operator."""
        argv: list[str] = []
        while (char := self.text[self.at]) not in _ENDS_COMMAND:
            if char in " \t" or self.text.startswith("\\\n", self.at):
                self.at += 1 if char in " \t" else 2
            elif char == "#":
                self.at = self.text.index("\n", self.at)
            elif self.text.startswith("<<", self.at):
                self._heredoc()
            else:
                argv.append(self._word())
        operator = char * 2 if char in "&|" and self.text.startswith(char * 2, self.at) else char
        self.at += len(operator)
        if char == "\n":
            self._skip_heredocs()
        return _Command(argv, operator)

    def _word(self) -> str:
        """Return a word without its quotes."""
        start, parts = self.at, []
        while (char := self.text[self.at]) not in " \t" and not self.text.startswith("<<", self.at):
            if char in _ENDS_COMMAND and not (char == "&" and self.at > start and self.text[self.at - 1] in "<>"):
                break
            if char in "'\"":
                end = self._end_of_quotes(char)
                parts.append(self.text[self.at + 1 : end])
                self.at = end + 1
            elif char == "\\":
                parts.append(self.text[self.at + 1].strip("\n"))
                self.at += 2
            else:
                parts.append(char)
                self.at += 1
        return "".join(parts)

    def _end_of_quotes(self, quote: str) -> int:
        """Return where the quotes end that begin here; a command in them is not followed."""
        at = self.at + 1
        if quote == "'" and self.text[self.at - 1 : self.at] != "$":
            at = self.text.find(quote, at)
        while quote == '"' and 0 <= at < len(self.text) and self.text[at] != quote:
            is_command = self.text[at] == "`" or self.text.startswith("$(", at)
            at = -1 if is_command else at + 1 + (self.text[at] == "\\")
        if not self.at < at < len(self.text) or self.text[at] != quote:
            raise _NotFollowedError
        return at

    def _heredoc(self) -> None:
        """Remember the delimiter of a here-document, whose text is below the line."""
        self.at += 2
        has_tabs = self.text[self.at] == "-"
        self.at += has_tabs
        while self.text[self.at] in " \t":
            self.at += 1
        delimiter = self._word()
        if not delimiter or delimiter.startswith("<"):
            raise _NotFollowedError
        self._heredocs.append((delimiter, has_tabs))

    def _skip_heredocs(self) -> None:
        """Go to the end of the here-documents; a command in them is not followed."""
        for delimiter, has_tabs in self._heredocs:
            while True:
                end = self.text.find("\n", self.at)
                line = self.text[self.at : end]
                if end < 0 or "`" in line or "$(" in line:
                    raise _NotFollowedError
                self.at = end + 1
                if (line.lstrip("\t") if has_tabs else line) == delimiter:
                    break
        self._heredocs = []
