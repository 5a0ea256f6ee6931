"""The hook step `systemd`: changes units of the image without a running systemd."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kairosfile.kairos.releases import Release
from kairosfile.language import rules
from kairosfile.patterns import compile_later
from kairosfile.plan.model import Run
from kairosfile.sections.hooks import step_records as records
from kairosfile.sections.hooks.naming import NamingStep
from kairosfile.sections.hooks.run import SHELL
from kairosfile.shell_words import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.hooks.step import StepContext


_UNIT = compile_later(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}")  # UNIT_NAME_MAX of systemd

# Units whose masking `kairos-init validate` refuses, by family; None is any. And the first release that looks.
VALIDATES_UNITS = Release(0, 5, 16)
NEVER_MASKED: dict[str | None, tuple[str, ...]] = {
    None: ("getty.target",),
    "redhat": ("systemd-udevd", "systemd-logind"),
}

# An unmasked unit can be enabled in the same step, a masked one keeps its state.
ORDER = ("unmask", "enable", "disable", "mask")


class SystemdStep(records.SystemdStep, NamingStep):
    """Enable, disable, mask and unmask units of systemd in the image; nothing is started."""

    opposites: ClassVar = (("enable", "disable"), ("enable", "mask"), ("mask", "unmask"))
    example: ClassVar = "`enable: [sshd.service]`"

    @property
    def lists(self) -> records.Systemd:
        """The units."""
        return self.systemd

    def check_name(self, context: StepContext, field: str, index: int, name: str) -> Iterator[Diagnostic]:
        """Yield the diagnostics of an invalid unit name, and of a unit that must not be masked."""
        path = ("systemd", field, index)
        if not _UNIT.fullmatch(name):
            hint = "write it as systemctl lists it, for example sshd.service"
            yield context.diagnostic(rules.UNIT, path, f'"{name}" is not the name of a unit', hint)
        family = context.family.name if context.family else None
        needed = {*NEVER_MASKED[None], *NEVER_MASKED.get(family, ())}
        is_checked = context.release >= VALIDATES_UNITS
        if field == "mask" and name.removesuffix(".service") in needed and is_checked:
            message = f"kairos-init validate refuses an image in which {name} is masked"
            hint = "remove it from the list; a unit can be disabled instead"
            yield context.diagnostic(rules.MASKED_UNIT, path, message, hint)

    def check_family(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield a diagnostic for a base without systemd."""
        if context.family and not context.family.has_systemd:
            message = f"a base of the family {context.family.name} has no systemd"
            hint = "write a run step: rc-update add SERVICE default"
            yield context.diagnostic(rules.FAMILY, ("systemd",), message, hint)

    def to_action(self, context: StepContext) -> Run:  # noqa: ARG002 - it is the same in all files
        """Return the command that changes the units."""
        commands = [("systemctl", "--root=/", verb, *units) for verb, units in self._units()]
        if len(commands) == 1:
            return Run(commands[0], network="none")
        return Run((*SHELL, "\n".join(joined(command) for command in commands)), network="none")

    def describe(self) -> str:
        """Return the actions with their units."""
        return "systemd: " + ", ".join(f"{verb} {' '.join(units)}" for verb, units in self._units())

    def _units(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(verb, units) for verb in ORDER if (units := getattr(self.systemd, verb))]

    @property
    def network_reason(self) -> str:
        """The reason for the network mode of the step."""
        return "systemctl changes links in the image, no systemd runs"
