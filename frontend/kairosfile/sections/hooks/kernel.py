"""The hook step `kernel`: replaces the kernel of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.sections.hooks import step_records as records
from kairosfile.sections.hooks.packages import (
    PackageNamingStep,
    change_packages,
    describe_packages,
    package_lines,
    run_lines,
)
from kairosfile.shell_words import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.kairos.distributions import Manager
    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.plan.model import Run
    from kairosfile.sections.hooks.step import StepContext


class KernelStep(records.KernelStep, PackageNamingStep):
    """Replace the kernel that kairos-init installs; in `after_install`, so that init generates the initrd for it.

    The kernel packages of the image are removed and the named ones are installed, with the package manager of the
    base's family. If all are removed, the default one is never installed: `installKernel` is skipped (kairos-init
    v0.5.5 and newer).
    """

    @property
    def lists(self) -> records.Kernel:
        """The packages of kernels."""
        return self.kernel

    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""
        yield from super().check(context)
        if context.hook == "after_init":
            message = "a kernel installed after init has no initrd: init has generated the one of the previous kernel"
            yield context.diagnostic(rules.KERNEL_AFTER_INIT, ("kernel",), message, "move the step to after_install")

    def check_empty(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield a diagnostic if the step would leave the image without a kernel."""
        if not self.kernel.install:
            message = "the image would be without a kernel: this step installs none"
            hint = "name a kernel under `install`, or remove packages with a packages step"
            yield context.diagnostic(rules.EMPTY_STEP, ("kernel",), message, hint)

    def to_action(self, context: StepContext) -> Run:
        """Return the command that removes the kernels of the image, or the named ones, and installs another."""
        if self.kernel.remove:
            return change_packages(context, self.kernel.install, self.kernel.remove)
        return run_lines(context, self._lines)

    def _lines(self, manager: Manager, cached: bool) -> list[str]:
        """Return the lines that remove the kernels installed at that moment; the shell splits their names."""
        purge = joined(manager.purge or manager.remove)
        removing = [f"old=$({manager.kernels})", f'[ -z "$old" ] || {purge} $old']
        return [*removing, *package_lines(manager, self.kernel.install, (), cached=cached)]

    @property
    def replaces_kernel(self) -> bool:
        """Whether every kernel is removed: a step that removes only named ones may keep the kernel of install."""
        return bool(self.kernel.install) and not self.kernel.remove

    def describe(self) -> str:
        """Return the removed and installed packages."""
        return f"kernel: {describe_packages(self.kernel.install, self.kernel.remove)}"
