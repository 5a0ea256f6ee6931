"""The protocol of hook steps: what each kind of step implements, and what it can know of its file.

A kind of step is one class: its methods say how it is checked, planned and described, its record has what people write.
`model` declares the kinds and their fields; nothing else of the product names one of them.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

from kairosfile.language.records import Record

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from kairosfile.kairos.distributions import Family
    from kairosfile.kairos.releases import Release
    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path
    from kairosfile.language.rules import Rule
    from kairosfile.language.source import Range
    from kairosfile.plan.model import Action


class StepContext(Protocol):
    """What a step can know of the file that it is written in."""

    @property
    def hook(self) -> str:
        """The hook that holds the step, such as `after_install`."""

    @property
    def base(self) -> str:
        """The base image as written."""

    @property
    def family(self) -> Family | None:
        """The family of the base, None where only the image itself can tell."""

    @property
    def release(self) -> Release:
        """The release of kairos-init whose command line is used."""

    @property
    def trusted_boot(self) -> bool:
        """Whether the image is for Trusted Boot."""

    @property
    def skipped_steps(self) -> tuple[str, ...]:
        """The steps of kairos-init that are left out."""

    @property
    def makes_initrd(self) -> bool:
        """Whether init comes after the step and makes the initrd."""

    @property
    def args(self) -> Mapping[str, str]:
        """The values of the file's args and of the platform's."""

    @property
    def own_args(self) -> Container[str]:
        """The names of the args that the file declares."""

    def diagnostic(self, rule: Rule, path: Path, message: str, hint: str, suggestion: str = "") -> Diagnostic:
        """Return a diagnostic at a value of the step, given its path in the step; `suggestion` is what was meant."""

    def locate(self, path: Path, text: str) -> Range:
        """Return the range of a text in a value of the step, that of the whole value if it is not written there."""

    def image_id(self, reference: str) -> str:
        """Return the id that an image has in the plan."""


class HookStep(Record):
    """What every kind of step does, whatever its fields are."""

    if TYPE_CHECKING:
        verb: str
        name: str | None

    @abstractmethod
    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""

    @abstractmethod
    def to_action(self, context: StepContext) -> Action:
        """Return what the step does."""

    @abstractmethod
    def describe(self) -> str:
        """Return the step in a few words, for progress output."""

    def depends_on(self, context: StepContext) -> tuple[str, ...]:  # noqa: ARG002 - most steps depend on nothing else
        """Return the fields outside the step that its action is made of."""
        return ()

    @property
    def network_reason(self) -> str:
        """Why the step has the network that it has."""
        return "no command runs"

    @property
    def images(self) -> tuple[tuple[Path, str], ...]:
        """The images that the step takes files from, each with the path of the field in the step."""
        return ()

    @property
    def context_paths(self) -> tuple[tuple[Path, str], ...]:
        """The paths of the build context that the step uses, each with the path of the field in the step."""
        return ()

    @property
    def target(self) -> tuple[str, str] | None:
        """The field that names what the step writes into the image, and its path; None for a command."""
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
        """Whether the step removes every kernel that is there and installs another."""
        return False

    def may_use_lists(self, refreshes: Sequence[str]) -> bool:  # noqa: ARG002 - only a command can
        """Return whether the step may read the package lists of steps before it; `refreshes` are what renews them."""
        return False
