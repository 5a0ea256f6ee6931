"""Regular expressions that are compiled at their first use, or when the frontend image is built.

The frontend starts for every build and uses few of the expressions in its modules. Compiling one takes about as long
as importing a small module, and importing `re` as long as a tenth of a build. The image has the code that `re` makes of
each expression, so that a build imports neither the compiler nor what that imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from kairosfile.compiled_patterns import COMPILED

if TYPE_CHECKING:
    import re

IGNORECASE, MULTILINE, DOTALL, ASCII = 2, 8, 16, 256  # the flags of `re`


class _Later:
    def __init__(self, pattern: str, flags: int, needs: tuple[str, ...]) -> None:
        self.pattern = pattern
        self._flags = flags
        self._needs = needs

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        value = _compile(self.pattern, self._flags) if name == "_compiled" else getattr(self._compiled, name)
        setattr(self, name, value)  # the next use does not get here
        return value


class _LaterIfNeeded(_Later):
    """Searches for a text that every match contains, before the pattern is compiled."""

    def _lacks_all(self, text: str) -> bool:
        searched = text.casefold() if self._flags & IGNORECASE else text
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


def _compile(pattern: str, flags: int) -> re.Pattern[str]:
    if compiled := COMPILED.get((pattern, flags)):
        import _sre  # type: ignore[import-not-found]  # noqa: PLC0415 - the engine of `re`

        all_flags, code, *groups = compiled
        return _sre.compile(pattern, all_flags, list(memoryview(code).cast("I")), *groups)  # type: ignore[no-any-return]
    import re  # noqa: PLC0415

    return re.compile(pattern, flags)


def compile_later(pattern: str, flags: int = 0, *, needs: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Return an object with the methods of a compiled pattern; an invalid pattern raises re.error at its first use.

    Args:
        pattern: The regular expression.
        flags: The flags of re.compile, as the constants of this module.
        needs: Texts of which each match has one, in lower case if case is ignored. A text without any of them is not
            searched.
    """
    return cast("re.Pattern[str]", (_LaterIfNeeded if needs else _Later)(pattern, flags, needs))
