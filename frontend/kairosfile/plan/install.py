"""The install stage of kairos-init: one step, or one for each of its parts.

A part gets only the settings that its steps of kairos-init read, so another provider leaves packages and kernel cached,
and images of several providers share them (kairos/install_parts.py). Files that init would remove after the packages of
Debian and Ubuntu are kept out of the layers: machines download every layer at each upgrade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import PROVIDER_BINARIES, steps_of
from kairosfile.kairos.distributions import NO_INITRD, detect_distribution, family_for
from kairosfile.kairos.install_parts import (
    GROUP,
    INSTALL_KERNEL,
    KAIROS_BINARIES,
    PACKAGES,
    PROVIDER,
    PROVIDER_STEPS,
    WHOLE_STAGE,
    Part,
    is_tried,
    parts_of,
)
from kairosfile.kairos.releases import UNPINNED, Release
from kairosfile.plan.kairos import PROGRAM, StageRun, binaries, may_be_ubuntu, plugin, stage_step
from kairosfile.plan.model import KAIROS_INIT, Mount, Step
from kairosfile.sections.hooks.steps import makes_initrd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.sections.document import Document
    from kairosfile.sections.records import Kairosfile

APT_LISTS = "/var/lib/apt/lists"
SSH = "/etc/ssh"
HOST_KEYS = tuple(f"{SSH}/ssh_host_{kind}_key" for kind in ("rsa", "ecdsa", "ed25519"))

# Since this release init empties the lists at its end; with older ones, steps after init may read them too.
_CLEANS_UP_SINCE = Release(0, 5, 0, "rc", 1)
_ENDS_CLEANUP = frozenset({"init", "cleanup"})


def install(document: Document, start: str) -> list[Step]:
    """Install packages, kernel, Kairos' binaries and Kubernetes; the image version plays no part."""
    parts = _parts(document)
    steps: list[Step] = []

    def last() -> str:
        return steps[-1].id if steps else start

    if not parts:
        steps += binaries(document, last())
        steps += plugin(document, last())
        return [*steps, _whole(document, last())]
    for part in parts:
        if not {KAIROS_BINARIES, *PROVIDER_STEPS}.isdisjoint(part.steps) and all(it.id != "binaries" for it in steps):
            steps += binaries(document, last())
        if part.id == PROVIDER:
            steps += plugin(document, last())
        steps.append(_part(document, part, last()))
    return steps


def in_parts(model: Kairosfile) -> bool:
    """Return whether install runs in parts: requested by the file or tested, and no setting spans several parts."""
    is_split = model.install.parts
    if is_split is None:
        is_split = is_tried(model.kairos_init.release, model.model, detect_distribution(model.base))
    if not is_split or WHOLE_STAGE in model.skip_steps or model.stage_extensions is not None:
        return False
    return bool(_every_part(model))


def _every_part(model: Kairosfile) -> tuple[Part, ...]:
    family = family_for(model.family, model.base)
    return parts_of(model.kairos_init.release, model.model, family.name if family else None)


def _parts(document: Document) -> list[Part]:
    """Return the parts that run a command; an empty result if install is one step."""
    model = document.model
    if not in_parts(model):
        return []
    skipped = {*model.skip_steps, *_implied(document)}
    parts = [part for part in _every_part(model) if not skipped.issuperset(part.steps)]
    return [part for part in parts if part.id != PROVIDER or model.provider is not None]


def _whole(document: Document, start: str) -> Step:
    run = StageRun(
        "install",
        skipped=_implied(document),
        fields=tuple(_implied_fields(document)),
        mounts=tuple(_mounts(document)),
        env=_env(document),
    )
    step = stage_step(document, run, start)
    detail = _provider_text(document.model)
    return step._replace(name=f"install kairos ({detail})" if detail else "install kairos")


def _part(document: Document, part: Part, start: str) -> Step:
    model = document.model
    left_out = {*model.skip_steps, *((PROVIDER_BINARIES,) if model.provider and model.provider.plugin else ())}
    others = [name for name in _steps(model) if name not in part.steps or name in left_out]
    brings_packages = INSTALL_KERNEL in part.steps or part.id == PACKAGES
    of_kernel = INSTALL_KERNEL in part.steps
    run = StageRun(
        "install",
        part=part,
        skipped=(*others, *(_implied(document) if of_kernel else ())),
        fields=("install.parts", *_part_fields(document, part)),
        mounts=tuple(_mounts(document)) if brings_packages else (),
        env=_env(document) if brings_packages else (),
        network="default" if part.has_network or _downloads_binaries(model) else "none",
    )
    return stage_step(document, run, start)._replace(id=part.id, name=f"install {_part_name(model, part)}")


def _steps(model: Kairosfile) -> list[str]:
    """Return the names of the steps of install that one run can skip."""
    known = steps_of(model.kairos_init.release)
    return [name for name, stage in known.items() if stage == GROUP and name != WHOLE_STAGE]


def _part_fields(document: Document, part: Part) -> Iterator[str]:
    """Yield the fields that decide which of its steps a part runs."""
    for index, name in enumerate(document.model.skip_steps):
        if name in part.steps:
            yield f"skip_steps[{index}]"
    if INSTALL_KERNEL in part.steps:
        yield from _implied_fields(document)


def _part_name(model: Kairosfile, part: Part) -> str:
    if part.id == PROVIDER:
        return _provider_text(model)
    if KAIROS_BINARIES in part.steps and part.id == PACKAGES:
        return "packages, kernel and kairos"
    return "packages and kernel" if part.id == PACKAGES and INSTALL_KERNEL in part.steps else part.id


def _provider_text(model: Kairosfile) -> str:
    provider = model.provider
    if provider is None:
        return ""
    return " ".join(filter(None, (provider.name, provider.version or (UNPINNED if provider.is_bundled else ""))))


def _downloads_binaries(model: Kairosfile) -> bool:
    return bool(model.binaries.dump())


def _implied(document: Document) -> tuple[str, ...]:
    """Return the steps that a hook replaces: a `kernel` step would remove the kernel of installKernel."""
    known = steps_of(document.model.kairos_init.release)
    return (INSTALL_KERNEL,) if document.kernel_step and INSTALL_KERNEL in known else ()


def _implied_fields(document: Document) -> Iterator[str]:
    if _implied(document) and document.kernel_step:
        _, hook, index = document.kernel_step
        yield f"hooks.{hook}[{index}].kernel"


def _env(document: Document) -> tuple[tuple[str, str], ...]:
    family = family_for(document.model.family, document.model.base)
    is_debian = family is None or family.name == "debian"
    return (NO_INITRD,) if is_debian and makes_initrd(document.model) else ()


def _mounts(document: Document) -> Iterator[Mount]:
    """Yield the mounts that keep apt's lists and the private keys of openssh-server out of the image.

    A base of unknown family gets none: a mount point in a missing folder would stay in the image. openssh-server
    generates no key if any file exists at its path. BuildKit removes the mount points.
    """
    model = document.model
    family = family_for(model.family, model.base)
    if family is None or family.name != "debian":
        return
    if not _needs_lists(document) and not _overlaps(document, APT_LISTS):
        yield Mount("tmpfs", APT_LISTS)
    if not _overlaps(document, SSH):
        yield from (Mount("image", path, KAIROS_INIT, PROGRAM) for path in HOST_KEYS)


def _needs_lists(document: Document) -> bool:
    """Return whether a step after the packages may read the lists without an update."""
    model = document.model
    if model.stage_extensions is not None or (model.trusted_boot and may_be_ubuntu(model)):
        return True
    is_emptied = model.kairos_init.release >= _CLEANS_UP_SINCE and _ENDS_CLEANUP.isdisjoint(model.skip_steps)
    hooks = ("after_install",) if is_emptied else ("after_install", "after_init")
    return any(step.may_use_lists() for path, step in document.steps() if path[1] in hooks)


def _overlaps(document: Document, folder: str) -> bool:
    """Return whether the file mounts something at a folder, above or below it."""
    targets: Sequence[str] = [(mount.target or "/").rstrip("/") for mount in document.model.install.mounts]
    return any(f"{folder}/".startswith(f"{it}/") or f"{it}/".startswith(f"{folder}/") for it in targets)
