"""The user's own steps where they stand: what cannot work there, or undoes what Kairos needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.kairos.families import distribution_of, family_for
from kairosfile.kairos.releases import release
from kairosfile.spec import rules
from kairosfile.spec.checks.steps import naming_steps, verb_of, words
from kairosfile.spec.model import CopyStep, FileStep, KernelStep, RunStep, SystemdStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Step

# kairos-init empties both at the end of init, from this release on.
CLEANED = ("/tmp", "/var/tmp")  # noqa: S108 - paths of the image
FIRST_CLEANUP = release("v0.5.0")

# Units whose masking `kairos-init validate` refuses, by family; None is any.
NEVER_MASKED: dict[str | None, tuple[str, ...]] = {
    None: ("getty.target",),
    "redhat": ("systemd-udevd", "systemd-logind"),
}
OPPOSITES = (("install", "remove"), ("enable", "disable"), ("enable", "mask"), ("mask", "unmask"))

# The gaps are bounded, or a long text would take a time that grows with its square.
_REMOVES_APT_LISTS = re.compile(r"\brm\b[^\n;&|]{0,200}?/var/lib/apt(?:/lists|/?\*|/?(?=[\s\"';&|]|$))")
_HOST_KEY = "/etc/ssh/ssh_host_"
_MAKES_HOST_KEYS = re.compile(
    r"\bssh-keygen\b[^\n;&|]{0,200}?(?:\s-A\b|/etc/ssh/ssh_host_)|\bdpkg-reconfigure\b[^\n;&|]{0,200}?openssh"
)


def kernels(document: Document) -> Iterator[Diagnostic]:
    """A kernel is changed before init, which links it and makes its initrd."""
    for path, step in document.steps():
        if isinstance(step, KernelStep) and path[1] == "after_init":
            message = "a kernel that comes after init has no initrd: init has made that of the kernel before"
            hint = "move the step to after_install"
            yield document.fault(rules.KERNEL_AFTER_INIT, (*path, "kernel"), message, hint)


def temporary(document: Document) -> Iterator[Diagnostic]:
    """What is put below /tmp before init is gone after it; it is of use only to a `run` step in between."""
    if document.model.kairos_init.release < FIRST_CLEANUP:
        return
    before_init = [(path, step) for path, step in document.steps() if path[1] != "after_init"]
    last_run = max((place for place, (_, step) in enumerate(before_init) if isinstance(step, RunStep)), default=-1)
    for path, step in before_init[last_run + 1 :]:
        field, target = _target(step)
        if _is_cleaned(target):
            message = f"{target} is gone after init, which empties /tmp and /var/tmp, and no run step before it uses it"
            hint = "put it elsewhere, for example below /usr/local, or move the step to after_init"
            yield document.fault(rules.TEMPORARY, (*path, field), message, hint)


def _target(step: Step) -> tuple[str, str]:
    """Return the field and the path of what a step puts into the image."""
    if isinstance(step, CopyStep):
        return "to", step.to
    return ("file", step.file) if isinstance(step, FileStep) else ("", "")


def _is_cleaned(target: str) -> bool:
    path = "/" + "/".join(part for part in target.split("/") if part not in ("", "."))
    return any(path == folder or path.startswith(f"{folder}/") for folder in CLEANED)


def apt_lists(document: Document) -> Iterator[Diagnostic]:
    """Trusted boot's init on Ubuntu downloads kernel modules by the lists that install left."""
    if not document.model.trusted_boot or distribution_of(document.model.base) != "ubuntu":
        return
    for path, step in document.steps():
        if path[1] == "after_install" and isinstance(step, RunStep) and _REMOVES_APT_LISTS.search(_text(step)):
            message = "init of trusted boot on Ubuntu needs the lists of apt to download kernel modules"
            hint = "leave /var/lib/apt/lists to init, which removes them at its end"
            yield document.fault(rules.APT_LISTS, (*path, "run"), message, hint)


def host_keys(document: Document) -> Iterator[Diagnostic]:
    """Init removes SSH host keys, so that no two machines share them; `validate` refuses an image that has some."""
    for path, step in document.steps():
        field, target = _target(step)
        makes = isinstance(step, RunStep) and _MAKES_HOST_KEYS.search(_text(step))
        if path[1] == "after_init" and (makes or target.startswith(_HOST_KEY)):
            message = "kairos-init validate refuses an image with SSH host keys: all machines would share them"
            hint = "remove the step, each machine makes its own at its first boot"
            yield document.fault(rules.HOST_KEYS, (*path, field or "run"), message, hint)


def _text(step: RunStep) -> str:
    return step.run if isinstance(step.run, str) else " ".join(step.run)


def host_network(document: Document) -> Iterator[Diagnostic]:
    """The host's network is refused unless who builds allows it."""
    for path, step in document.steps():
        if isinstance(step, RunStep) and step.network == "host":
            message = "the step uses the network of the machine that builds, which BuildKit refuses by itself"
            hint = "build with --allow network.host, on a builder that grants it"
            yield document.fault(rules.HOST_NETWORK, (*path, "network"), message, hint)


def masked_units(document: Document) -> Iterator[Diagnostic]:
    """Units that `validate` wants to find unmasked are not masked."""
    known = family_for(document.model.family, document.model.base)
    needed = {*NEVER_MASKED[None], *NEVER_MASKED.get(known.name if known else None, ())}
    for path, step in naming_steps(document):
        for verb, index, unit in words(step):
            if verb == "mask" and unit.removesuffix(".service") in needed:
                message = f"kairos-init validate refuses an image in which {unit} is masked"
                hint = "remove it from the list; a unit can be disabled instead"
                yield document.fault(rules.MASKED_UNIT, (*path, "systemd", verb, index), message, hint)


def contradictions(document: Document) -> Iterator[Diagnostic]:
    """No package is installed and removed by one step, no unit enabled and disabled."""
    for path, step in naming_steps(document):
        named = list(words(step))
        for one, other in OPPOSITES:
            first = {word for verb, _, word in named if verb == one}
            for verb, index, word in named:
                if verb == other and word in first:
                    message = f'"{word}" stands under {one} and under {other} of this step'
                    place = (*path, verb_of(step), verb, index)
                    yield document.fault(rules.CONTRADICTION, place, message, "remove it from one of the two")


def nothing_to_do(document: Document) -> Iterator[Diagnostic]:
    """A step that names packages or units names at least one."""
    for path, step in naming_steps(document):
        verb = verb_of(step)
        if isinstance(step, KernelStep) and not step.kernel.install:
            message = "the image would be without a kernel: this step installs none"
            hint = "name the wanted kernel under `install`, or remove packages with a packages step"
            yield document.fault(rules.EMPTY_STEP, (*path, verb), message, hint)
        elif not any(True for _ in words(step)):
            example = "`enable: [sshd.service]`" if verb == "systemd" else "`install: [curl]`"
            yield document.fault(rules.EMPTY_STEP, (*path, verb), "this step names nothing to do", f"write {example}")


def families(document: Document) -> Iterator[Diagnostic]:
    """The base has the package manager and the init system that steps need."""
    known = family_for(document.model.family, document.model.base)
    for path, step in naming_steps(document) if known else ():
        if not isinstance(step, SystemdStep) and known and known.manager is None:
            message = f"a base of the family {known.name} has no package manager"
            hint = "copy the files into the image instead, or choose another base"
            yield document.fault(rules.FAMILY, (*path, verb_of(step)), message, hint)
        if isinstance(step, SystemdStep) and known and not known.has_systemd:
            message = f"a base of the family {known.name} has no systemd"
            hint = "write a run step: rc-update add SERVICE default"
            yield document.fault(rules.FAMILY, (*path, "systemd"), message, hint)
