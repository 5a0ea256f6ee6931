"""Regular expressions that are compiled at their first use.

Compiling one takes about as long as importing a small module, and the frontend, which starts for every build, uses few
of the expressions in its modules.
"""

from __future__ import annotations

import re
from typing import Any, cast

_IGNORECASE = int(re.IGNORECASE)  # `&` of flags makes a member of an enumeration each time


class _Later:
    def __init__(self, pattern: str, flags: int, needs: tuple[str, ...]) -> None:
        self.pattern = pattern
        self._flags = flags
        self._needs = needs

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        compiled = re.compile(self.pattern, self._flags)
        for each in ("findall", "finditer", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, each, getattr(compiled, each))
        return getattr(compiled, name)


class _LaterIfNeeded(_Later):
    """Searches for a text that every match contains, before the pattern is compiled."""

    def _lacks_all(self, text: str) -> bool:
        searched = text.casefold() if int(self._flags) & _IGNORECASE else text
        return not any(map(searched.__contains__, self._needs))

    def search(self, text: str) -> re.Match[str] | None:
        return None if self._lacks_all(text) else self._compiled.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        return None if self._lacks_all(text) else self._compiled.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return None if self._lacks_all(text) else self._compiled.fullmatch(text)

    def findall(self, text: str) -> list[Any]:
        return [] if self._lacks_all(text) else self._compiled.findall(text)

    def sub(self, new: str, text: str) -> str:
        return text if self._lacks_all(text) else self._compiled.sub(new, text)

    @property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)  # which remembers it


def compile_later(pattern: str, flags: int = 0, *, needs: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Return an object with the methods of a compiled pattern; an invalid pattern raises re.error at its first use.

    Args:
        pattern: The regular expression.
        flags: As for re.compile.
        needs: Texts of which each match has one, in lower case if case is ignored. A text without any of them is not
            searched.
    """
    return cast("re.Pattern[str]", (_LaterIfNeeded if needs else _Later)(pattern, flags, needs))
