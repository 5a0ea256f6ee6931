"""The hook step `packages`: the package manager of the base's family, with its downloads kept outside the image.

A single command is run directly. Several become the lines of a shell, with every argument quoted. If the family is
unknown, the shell reads the image's /etc/os-release and has the lines of each family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kairosfile.kairos.distributions import APT, FAMILIES, NO_INITRD, is_kernel
from kairosfile.kairos.releases import Release
from kairosfile.language import rules
from kairosfile.oci import normalize_reference
from kairosfile.patterns import compile_later
from kairosfile.plan.model import Mount, Run
from kairosfile.sections.hooks import step_records as records
from kairosfile.sections.hooks.naming import NamingStep
from kairosfile.sections.hooks.run import SHELL
from kairosfile.shell_words import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kairosfile.kairos.distributions import Manager
    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.hooks.step import StepContext


# Names of packages in any of the families, with a version after `=` or a repository after `@`. No option, no glob, and
# no dash at the end, which makes apt remove the package.
_PACKAGE = compile_later(
    r"[A-Za-z0-9@](?:[A-Za-z0-9+._:~/-]*[A-Za-z0-9+])?(?:(?:=|<=|>=|<|>|~=)[A-Za-z0-9+._:~^-]+)?(?:@[a-z0-9_-]+)?"
)
_SYSTEM_KERNEL = "installKernel"  # the step of kairos-init
_HIGHEST_SINCE = Release(0, 6, 2)

# {cases} are the families; an ID precedes its ID_LIKE.
DETECT = """\
for id in $(. /etc/os-release && echo "$ID $ID_LIKE"); do
    case $id in
{cases}
    esac
done
echo "cannot tell which package manager this image has: write family: into the Kairosfile" >&2
exit 1"""
CASE = """\
    {ids})
{lines}
        exit
        ;;"""


class PackageNamingStep(NamingStep):
    """A step that names packages, and runs the package manager of the base."""

    opposites: ClassVar = (("install", "remove"),)
    example: ClassVar = "`install: [curl]`"

    def check_name(self, context: StepContext, field: str, index: int, name: str) -> Iterator[Diagnostic]:
        """Yield a diagnostic for an option, a pattern or shell text instead of a package."""
        if not _PACKAGE.fullmatch(name):
            hint = "write one package name to an item, without options and patterns"
            path = (self.verb, field, index)
            yield context.diagnostic(rules.PACKAGE, path, f'"{name}" is not the name of a package', hint)

    def check_family(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield a diagnostic for a base without a package manager."""
        if context.family and context.family.manager is None:
            message = f"a base of the family {context.family.name} has no package manager"
            hint = "copy the files into the image instead, or choose another base"
            yield context.diagnostic(rules.FAMILY, (self.verb,), message, hint)

    def depends_on(self, context: StepContext) -> tuple[str, ...]:  # noqa: ARG002 - it is the same for all files
        """Return the fields that decide the family; each base has separate caches too."""
        return ("base", "family")

    @property
    def network_reason(self) -> str:
        """The reason for the network mode of the step."""
        return "the package manager downloads"


class PackagesStep(records.PackagesStep, PackageNamingStep):
    """Install and remove packages with the package manager of the base's family.

    The family is that of a known base or the field `family`; then the manager's download caches are mounted, so they
    do not grow the image. Otherwise the step detects it in the image's /etc/os-release.
    """

    @property
    def lists(self) -> records.Packages:
        """The packages."""
        return self.packages

    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""
        yield from super().check(context)
        family = context.family.name if context.family else None
        if any(is_kernel(name, family) for name in self.packages.remove):
            return  # it changes the kernel
        for index, name in enumerate(self.packages.install):
            if is_kernel(name, family) and (message := _second_kernel(context, name)):
                hint = "use a step `kernel`, which removes the other"
                yield context.diagnostic(rules.SECOND_KERNEL, ("packages", "install", index), message, hint)

    def to_action(self, context: StepContext) -> Run:
        """Return the command that removes and installs the packages."""
        return change_packages(context, self.packages.install, self.packages.remove)

    def describe(self) -> str:
        """Return a description of the removed and installed packages."""
        return describe_packages(self.packages.install, self.packages.remove)


def _second_kernel(context: StepContext, name: str) -> str:
    """Return the consequence of a second installed kernel, empty if it is the only one."""
    if context.hook == "after_init":
        return f"the kernel {name} has no initrd: it comes after init, which generates initrds"
    if _SYSTEM_KERNEL in context.skipped_steps:
        return ""
    which = "highest" if context.release >= _HIGHEST_SINCE else "lowest"
    return f"the kernel {name} is a second one besides that of install: init uses the {which} version of the two"


def describe_packages(install: Sequence[str], remove: Sequence[str]) -> str:
    """Return a description of the removed and installed packages."""
    installed = [f"install {' '.join(install)}"] if install else []
    removed = [f"remove {' '.join(remove)}"] if remove else []
    return ", ".join([*removed, *installed])


def change_packages(context: StepContext, install: Sequence[str], remove: Sequence[str]) -> Run:
    """Return the command that removes some packages and installs others."""
    manager = context.family.manager if context.family else None
    if manager is None:
        return run_lines(context, lambda each, cached: package_lines(each, install, remove, cached=cached))
    commands = manager.commands(install, remove, cached=True)
    if len(commands) == 1:
        return Run(commands[0], _caches(context, manager), _env(context, manager))
    return run_lines(context, lambda each, cached: package_lines(each, install, remove, cached=cached))


def package_lines(manager: Manager, install: Sequence[str], remove: Sequence[str], *, cached: bool) -> list[str]:
    """Return the lines of a shell that remove some packages and install others."""
    return [joined(command) for command in manager.commands(install, remove, cached=cached)]


def run_lines(context: StepContext, lines: Callable[[Manager, bool], list[str]]) -> Run:
    """Return the command that runs the lines for the manager of the image.

    If only the image has its family, the command has the lines of each family. Then it has no mounts, because a cache
    must be known before the image is read.
    """
    manager = context.family.manager if context.family else None
    if manager is not None:
        return Run((*SHELL, "\n".join(lines(manager, True))), _caches(context, manager), _env(context, manager))
    cases = [
        CASE.format(ids=" | ".join(each.ids), lines="\n".join(f"        {line}" for line in lines(each.manager, False)))
        for each in FAMILIES
        if each.manager
    ]
    env = tuple(pair for each in FAMILIES if each.manager for pair in _env(context, each.manager))
    return Run((*SHELL, DETECT.format(cases="\n".join(cases))), (), env)


def _env(context: StepContext, manager: Manager) -> tuple[tuple[str, str], ...]:
    """Return the variables of a manager, with the one for kernel packages if init generates the initrd later."""
    return (*manager.env, NO_INITRD) if manager is APT and context.makes_initrd else manager.env


def _caches(context: StepContext, manager: Manager) -> tuple[Mount, ...]:
    """Cache the downloads of a manager, for one step at a time; bases and architectures do not share them."""
    base = normalize_reference(context.base).partition("@")[0]
    name = f"kairosfile {base} {context.args.get('TARGETARCH', '')} "
    return tuple(Mount("cache", path, id=f"{name}{path}", sharing="locked") for path in manager.caches)
