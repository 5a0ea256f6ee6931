"""`packages` and `kernel`: the package manager of the base's family, with its downloads kept outside the image.

Where one command does it, the step is that command. Several become the lines of a shell, every word quoted. Where the
family is not known, the shell asks the image's /etc/os-release and has the lines of each family.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from kairosfile.kairos.families import FAMILIES, family_for
from kairosfile.oci import normalize_reference
from kairosfile.plan.model import Mount, Run
from kairosfile.plan.steps.run import SHELL
from kairosfile.spec.model import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.kairos.managers import Manager
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Packages

# {cases} are the families; an ID comes before the ones that it says it is like.
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


def fields() -> tuple[str, ...]:
    """Return the fields that decide the family; each base has caches of its own too."""
    return ("base", "family")


def change(document: Document, packages: Packages | Kernel) -> Run:
    """Return the command that removes and installs packages."""
    manager = _manager(document)
    if manager is None:
        return _detect(lambda each: _lines(each, packages, cached=False))
    commands = manager.commands(packages.install, packages.remove, cached=True)
    if len(commands) == 1:
        return Run(commands[0], _caches(document, manager), manager.env)
    return _shell(_lines(manager, packages, cached=True), manager.env, _caches(document, manager))


def replace_kernel(document: Document, kernel: Kernel) -> Run:
    """Return the command that removes the kernels of the image, or the named ones, and installs another."""
    if kernel.remove:
        return change(document, kernel)
    manager = _manager(document)
    if manager is None:
        return _detect(lambda each: _kernel_lines(each, kernel, cached=False))
    return _shell(_kernel_lines(manager, kernel, cached=True), manager.env, _caches(document, manager))


def describe(packages: Packages | Kernel) -> str:
    """Return what is installed and removed."""
    install = [f"install {' '.join(packages.install)}"] if packages.install else []
    remove = [f"remove {' '.join(packages.remove)}"] if packages.remove else []
    return ", ".join([*remove, *install])


def _manager(document: Document) -> Manager | None:
    known = family_for(document.model.family, document.model.base)
    return known.manager if known else None


def _lines(manager: Manager, packages: Packages | Kernel, *, cached: bool) -> list[str]:
    return [shlex.join(command) for command in manager.commands(packages.install, packages.remove, cached=cached)]


def _kernel_lines(manager: Manager, kernel: Kernel, *, cached: bool) -> list[str]:
    """Return the lines that remove what is installed at that moment, so the names are left to be split."""
    purge = shlex.join(manager.purge or manager.remove)
    removing = [f"old=$({manager.kernels})", f'[ -z "$old" ] || {purge} $old']
    return [*removing, *_lines(manager, Kernel(install=kernel.install), cached=cached)]


def _detect(lines: Callable[[Manager], list[str]]) -> Run:
    """Return the command that has the lines of each family and runs those of the image that it is in.

    Nothing is mounted: a cache would have to be known before the image is looked at.
    """
    cases = [
        CASE.format(ids=" | ".join(each.ids), lines="\n".join(f"        {line}" for line in lines(each.manager)))
        for each in FAMILIES
        if each.manager
    ]
    env = tuple(pair for each in FAMILIES if each.manager for pair in each.manager.env)
    return _shell([DETECT.format(cases="\n".join(cases))], env)


def _caches(document: Document, manager: Manager) -> tuple[Mount, ...]:
    """Keep what a manager downloads, for one step at a time; bases and architectures do not share it."""
    base = normalize_reference(document.model.base).partition("@")[0]
    name = f"kairosfile {base} {document.args.get('TARGETARCH', '')} "
    return tuple(Mount("cache", path, id=f"{name}{path}", sharing="locked") for path in manager.caches)


def _shell(lines: list[str], env: tuple[tuple[str, str], ...], mounts: tuple[Mount, ...] = ()) -> Run:
    return Run((*SHELL, "\n".join(lines)), mounts, env)
