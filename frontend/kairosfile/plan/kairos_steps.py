"""The steps of kairos-init: install, init and validate, with what each needs and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kairosfile.kairos.commands import Command, Dialect, Settings, Stage, dialect_of
from kairosfile.kairos.names import UNPINNED
from kairosfile.kairos.releases import image_of, release_of
from kairosfile.plan.model import KAIROS_INIT, Mount, Network, Run, Step

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Kairosfile
    from kairosfile.spec.source import Range

PROGRAM = "/kairos-init"
LOG_LEVEL = "info"

# The root of `validate` is read-only, so nothing can be mounted at a path that the image lacks. /run exists in
# every image; under a tmpfs there, mount points can be made.
VALIDATE_RUN = "/run"
VALIDATE_PROGRAM = "/run/kairos-init"
VALIDATE_OUTPUT = "/run/validated"
VALIDATE_SCRATCH = "/tmp"  # noqa: S108 - a mount point in the image; lsinitrd unpacks there

# Settings of the command table that a file spells differently; the variant follows the provider when left out.
FIELDS = {"trusted": ("trusted_boot",), "log_level": (), "variant": ("variant", "provider.name")}


def install(document: Document, start: str) -> Step:
    """Install packages, kernel, Kairos' binaries and Kubernetes; the image version plays no part."""
    step = _step(document, "install", start, "default")
    detail = _provider_text(document.model)
    return replace(step, name=f"install kairos ({detail})" if detail else "install kairos")


def init(document: Document, start: str) -> Step:
    """Make the image bootable: kairos-release, initrd, services.

    It needs no network, but for trusted boot, whose Ubuntu form downloads a package of kernel modules, and for
    releases before v0.5.0, which may refresh package indexes.
    """
    online = document.model.trusted_boot or _dialect(document.model).init_network
    step = _step(document, "init", start, "default" if online else "none")
    return replace(step, name=f"init kairos {document.model.version}")


def validate(document: Document, start: str) -> Step:
    """Check the finished image, on a read-only root; its empty result makes it part of the graph."""
    command = _command(document.model, "validate", VALIDATE_PROGRAM)
    mounts = (
        Mount("tmpfs", VALIDATE_RUN),
        Mount("tmpfs", VALIDATE_SCRATCH),
        Mount("image", VALIDATE_PROGRAM, KAIROS_INIT, PROGRAM),
        Mount("empty", VALIDATE_OUTPUT),
    )
    env = (("TMPDIR", VALIDATE_SCRATCH),)
    run = Run(command.argv, mounts, env, network="none", read_only_root=True)
    fields = _fields(command)
    return Step("validate", "validate kairos", start, run, _ranges(document, fields), fields)


def _step(document: Document, stage: Stage, start: str, network: Network) -> Step:
    command = _command(document.model, stage, PROGRAM)
    run = Run(command.argv, (Mount("image", PROGRAM, KAIROS_INIT, PROGRAM),), network=network)
    fields = _fields(command)
    return Step(stage, stage, start, run, _ranges(document, fields), fields)


def _dialect(model: Kairosfile) -> Dialect:
    return dialect_of(release_of(image_of(model.kairos_init)))


def _command(model: Kairosfile, stage: Stage, program: str) -> Command:
    return _dialect(model).command(program, stage, settings(model))


def settings(model: Kairosfile) -> Settings:
    """Return the settings of the command table that a model means."""
    provider = model.provider
    version = provider.version if provider else None
    return {
        "log_level": LOG_LEVEL,
        "model": model.model,
        "variant": variant(model),
        "provider.name": provider.name if provider else None,
        "provider.version": None if version == UNPINNED else version,
        "version": model.version,
        "trusted": "true" if model.trusted_boot else "false",
        "fips": model.fips,
    }


def variant(model: Kairosfile) -> str:
    """Return the variant: as written, else standard with a provider and core without."""
    return model.variant or ("standard" if model.provider else "core")


def _fields(command: Command) -> tuple[str, ...]:
    read = [field for setting in command.settings for field in FIELDS.get(setting, (setting,))]
    return tuple(dict.fromkeys(("kairos_init", *read)))


def _provider_text(model: Kairosfile) -> str:
    provider = model.provider
    return " ".join((provider.name, provider.version or UNPINNED)) if provider else ""


def _ranges(document: Document, fields: tuple[str, ...]) -> tuple[Range, ...]:
    """Return the lines of the fields that a stage reads, or of the base where the file has none of them."""
    names = dict.fromkeys(field.split(".")[0] for field in fields)
    return tuple(document.range(name) for name in names if document.has(name)) or (document.range("base"),)
