"""The protocol of hook steps: what each kind of step implements, and what it can know of its file.

A kind of step is one class: its methods check, plan and describe it, its record has the fields of the file. `model`
declares the kinds and their fields; no other module of the product names one of them.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

from kairosfile.language.records import Record

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from kairosfile.kairos.distributions import Family
    from kairosfile.kairos.releases import Release
    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path, Range
    from kairosfile.language.rules import Rule
    from kairosfile.plan.model import Action


class StepContext(Protocol):
    """The interface of a step to its file."""

    @property
    def hook(self) -> str:
        """The hook of the step, such as `after_install`."""

    @property
    def base(self) -> str:
        """The base image as written."""

    @property
    def family(self) -> Family | None:
        """The family of the base, None if only the image itself has it."""

    @property
    def release(self) -> Release:
        """The release of kairos-init whose command line is used."""

    @property
    def trusted_boot(self) -> bool:
        """Whether the image is for Trusted Boot."""

    @property
    def skipped_steps(self) -> tuple[str, ...]:
        """The skipped steps of kairos-init."""

    @property
    def makes_initrd(self) -> bool:
        """Whether init follows the step and generates the initrd."""

    @property
    def args(self) -> Mapping[str, str]:
        """The values of the file's args and of the platform's."""

    @property
    def own_args(self) -> Container[str]:
        """The names of the args that the file declares."""

    def diagnostic(self, rule: Rule, path: Path, message: str, hint: str, suggestion: str = "") -> Diagnostic:
        """Return a diagnostic at a value of the step, given its path in the step; `suggestion` is the likely value."""

    def locate(self, path: Path, text: str) -> Range:
        """Return the range of a text in a value of the step, or of the whole value if it is not literally there."""

    def image_id(self, reference: str) -> str:
        """Return the id of an image in the plan."""


class HookStep(Record):
    """Base class of all kinds of steps."""

    if TYPE_CHECKING:
        verb: str
        name: str | None

    @abstractmethod
    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""

    @abstractmethod
    def to_action(self, context: StepContext) -> Action:
        """Return the action of the step."""

    @abstractmethod
    def describe(self) -> str:
        """Return the step in a few words, for progress output."""

    def depends_on(self, context: StepContext) -> tuple[str, ...]:  # noqa: ARG002 - most steps depend on nothing else
        """Return the fields outside the step on which its action depends."""
        return ()

    @property
    def network_reason(self) -> str:
        """The reason for the network mode of the step."""
        return "no command runs"

    @property
    def images(self) -> tuple[tuple[Path, str], ...]:
        """The images whose files the step uses, each with the path of the field in the step."""
        return ()

    @property
    def context_paths(self) -> tuple[tuple[Path, str], ...]:
        """The paths of the build context that the step uses, each with the path of the field in the step."""
        return ()

    @property
    def target(self) -> tuple[str, str] | None:
        """The field with the path that the step writes in the image, and that path; None for a command."""
        return None

    @property
    def script(self) -> str:
        """The text of the user's command, empty for a step without one."""
        return ""

    @property
    def mounted(self) -> tuple[str, ...]:
        """The paths at which something is mounted while the step runs."""
        return ()

    @property
    def replaces_kernel(self) -> bool:
        """Whether the step removes all installed kernels and installs another."""
        return False

    def may_use_lists(self) -> bool:
        """Return whether the step may read the package lists of apt that an earlier step downloaded."""
        return False
