"""Base class of the steps that name packages or units in lists."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from kairosfile.language import rules
from kairosfile.sections.hooks.step import HookStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.records import Record
    from kairosfile.sections.hooks.step import StepContext


class NamingStep(HookStep):
    """A step whose value is a mapping of lists of names.

    `opposites` are the lists that cannot have a name in common, `example` is the hint for an empty step.
    """

    opposites: ClassVar[tuple[tuple[str, str], ...]]
    example: ClassVar[str]

    @property
    @abstractmethod
    def lists(self) -> Record:
        """The value with the lists."""

    @property
    def names(self) -> tuple[tuple[str, int, str], ...]:
        """Every name, with its list and its index."""
        lists = self.lists
        return tuple((field, index, name) for field, words in vars(lists).items() for index, name in enumerate(words))

    @abstractmethod
    def check_name(self, context: StepContext, field: str, index: int, name: str) -> Iterator[Diagnostic]:
        """Yield the diagnostics of one name."""

    @abstractmethod
    def check_family(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield a diagnostic if the base lacks the program that the step needs."""

    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""
        for field, index, name in self.names:
            yield from self.check_name(context, field, index, name)
        yield from self._check_opposites(context)
        yield from self.check_empty(context)
        yield from self.check_family(context)

    def check_empty(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield a diagnostic if the step is empty."""
        if not self.names:
            hint = f"write {self.example}"
            yield context.diagnostic(rules.EMPTY_STEP, (self.verb,), "this step has nothing to do", hint)

    def _check_opposites(self, context: StepContext) -> Iterator[Diagnostic]:
        for one, other in self.opposites:
            first = {name for field, _, name in self.names if field == one}
            for field, index, name in self.names:
                if field == other and name in first:
                    message = f'"{name}" is in both lists of this step, {one} and {other}'
                    hint = "remove it from one of the two"
                    yield context.diagnostic(rules.CONTRADICTION, (self.verb, field, index), message, hint)
