"""Hooks of a Kairosfile as steps of a plan, and the context of each: its document and its hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.distributions import family_for
from kairosfile.plan.model import Step
from kairosfile.sections.document import image_id

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from kairosfile.kairos.distributions import Family
    from kairosfile.kairos.releases import Release
    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path, Range
    from kairosfile.language.rules import Rule
    from kairosfile.sections.document import Document
    from kairosfile.sections.hooks.step import HookStep
    from kairosfile.sections.records import Kairosfile


AFTER_INIT = "after_init"

_MAKES_INITRD = frozenset({"init", "initrd"})


def makes_initrd(model: Kairosfile) -> bool:
    """Return whether init generates the initrd of the image."""
    return model.convert and _MAKES_INITRD.isdisjoint(model.skip_steps)


class DocumentContext:
    """The context of the step at a path of a document."""

    def __init__(self, document: Document, path: Path) -> None:
        self.path = path
        self._document = document

    @property
    def hook(self) -> str:
        """The hook of the step; on an image of Kairos every step runs after init."""
        return str(self.path[1]) if self._document.model.convert else AFTER_INIT

    @property
    def base(self) -> str:
        """The base image as written."""
        return self._document.model.base

    @property
    def family(self) -> Family | None:
        """The family of the base, None if only the image itself has it."""
        return family_for(self._document.model.family, self._document.model.base)

    @property
    def release(self) -> Release:
        """The release of kairos-init whose command line is used."""
        return self._document.model.kairos_init.release

    @property
    def trusted_boot(self) -> bool:
        """Whether the image is for Trusted Boot."""
        return self._document.model.trusted_boot

    @property
    def skipped_steps(self) -> tuple[str, ...]:
        """The skipped steps of kairos-init."""
        return self._document.model.skip_steps

    @property
    def makes_initrd(self) -> bool:
        """Whether init follows the step and generates the initrd."""
        return self.hook != AFTER_INIT and makes_initrd(self._document.model)

    @property
    def args(self) -> Mapping[str, str]:
        """The values of the file's args and of the platform's."""
        return self._document.args

    @property
    def own_args(self) -> Container[str]:
        """The names of the args that the file declares."""
        return self._document.model.args

    def diagnostic(self, rule: Rule, path: Path, message: str, hint: str, suggestion: str = "") -> Diagnostic:
        """Return a diagnostic at a value of the step, given its path in the step; `suggestion` is the likely value."""
        return self._document.diagnostic(rule, (*self.path, *path), message, hint, suggestion)

    def locate(self, path: Path, text: str) -> Range:
        """Return the range of a text in a value of the step, or of the whole value if it is not literally there."""
        from kairosfile.sections.lint.secrets import find_in  # noqa: PLC0415 - only a diagnostic needs it

        node = self._document.root.find((*self.path, *path))
        return find_in(self._document, node, text) or node.range

    def image_id(self, reference: str) -> str:
        """Return the id of an image in the plan."""
        return image_id(self._document, reference)


def steps_with_context(document: Document) -> Iterator[tuple[DocumentContext, HookStep]]:
    """Yield the hook steps in the order in which they run, each with its context."""
    for path, step in document.steps():
        yield DocumentContext(document, path), step


def hook_steps(document: Document, hook: str, start: str) -> list[Step]:
    """Return the steps of one hook, the first on the root of `start`, each other on the one before."""
    steps: list[Step] = []
    for context, step in steps_with_context(document):
        if context.path[1] != hook:
            continue
        number = len(steps) + 1
        name = f"{hook} {number}: {step.name or step.describe()}"
        depends_on = (f"hooks.{hook}[{number - 1}]", *step.depends_on(context))
        ranges = (document.range("hooks", hook, number - 1),)
        aliases = (step.name,) if step.name else ()
        previous = steps[-1].id if steps else start
        steps.append(Step(f"{hook}-{number}", name, previous, step.to_action(context), ranges, depends_on, aliases))
    return steps
