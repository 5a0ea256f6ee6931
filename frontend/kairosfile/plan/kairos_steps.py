"""The steps of kairos-init: install, init and validate, with what each needs and no more."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

from kairosfile.kairos.bases import recognise
from kairosfile.kairos.commands import Command, Dialect, Settings, Stage, dialect_of
from kairosfile.kairos.environment import STAGE_EXTENSIONS, variable
from kairosfile.kairos.log import PLAIN, log_folders
from kairosfile.kairos.names import UNPINNED
from kairosfile.kairos.skip_steps import steps_of
from kairosfile.plan.model import KAIROS_INIT, File, Mount, Network, Run, Step
from kairosfile.spec.files import clean

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Kairosfile
    from kairosfile.spec.source import Range

PROGRAM = "/kairos-init"

# Not below /tmp, whose content init removes: it would fail on a mount point.
EXTENSIONS = "/kairos-init-stage-extensions"
PROVIDER_CONFIG = "/kairos-init-provider-config"
INIT_VERSIONS = "/etc/kairos/.init_versions.yaml"

# The root of `validate` is read-only, so nothing can be mounted at a path that the image lacks. /run exists in
# every image; under a tmpfs there, mount points can be made.
VALIDATE_RUN = "/run"
VALIDATE_PROGRAM = "/run/kairos-init"
VALIDATE_OUTPUT = "/run/validated"
VALIDATE_SCRATCH = "/tmp"  # noqa: S108 - a mount point in the image; lsinitrd unpacks there

# Settings of the command table that a file spells differently; the variant follows the provider when left out.
FIELDS = {"trusted": ("trusted_boot",), "variant": ("variant", "provider.name")}


def binaries(document: Document, start: str) -> list[Step]:
    """Name the binaries that install downloads instead of its own; no step where the file names none."""
    wanted = document.model.binaries.model_dump(exclude_none=True)
    if not wanted:
        return []
    content = "".join(f"{name}: {json.dumps(tag)}\n" for name, tag in wanted.items())
    where = (document.range("binaries"),)
    return [Step("binaries", "choose binaries", start, File(INIT_VERSIONS, content), where, ("binaries",))]


def install(document: Document, start: str) -> Step:
    """Install packages, kernel, Kairos' binaries and Kubernetes; the image version plays no part."""
    step = _step(document, "install", start, "default")
    detail = _provider_text(document.model)
    return step._replace(name=f"install kairos ({detail})" if detail else "install kairos")


def init(document: Document, start: str) -> Step:
    """Make the image bootable: kairos-release, initrd, services."""
    step = _step(document, "init", start, "default" if network_of_init(document.model) else "none")
    return step._replace(name=f"init kairos {document.model.version}")


def network_of_init(model: Kairosfile) -> Literal["old release", "trusted boot"] | None:
    """Tell what init needs the network for, None for nothing.

    Releases before v0.5.0 may refresh package indexes. For trusted boot on Ubuntu a package of kernel modules is
    downloaded.
    """
    if _dialect(model).init_network:
        return "old release"
    return "trusted boot" if model.trusted_boot and _may_be_ubuntu(model) else None


def _may_be_ubuntu(model: Kairosfile) -> bool:
    base = recognise(model.base)
    return base is None or base.distribution == "ubuntu"


def validate(document: Document, start: str) -> Step:
    """Check the finished image, on a read-only root; its empty result makes it part of the graph."""
    command = _command(document.model, "validate", VALIDATE_PROGRAM)
    mounts = (
        Mount("tmpfs", VALIDATE_RUN),
        Mount("tmpfs", VALIDATE_SCRATCH),
        Mount("image", VALIDATE_PROGRAM, KAIROS_INIT, PROGRAM),
        Mount("empty", VALIDATE_OUTPUT),
    )
    env = (PLAIN, ("TMPDIR", VALIDATE_SCRATCH))
    run = Run(command.argv, mounts, env, network="none", read_only_root=True)
    fields = _fields(document.model, command)
    return Step("validate", "validate kairos", start, run, _ranges(document, fields), fields)


def _step(document: Document, stage: Stage, start: str, network: Network) -> Step:
    model = document.model
    command = _command(model, stage, PROGRAM)
    program = Mount("image", PROGRAM, KAIROS_INIT, PROGRAM)
    mounts = (program, *_context_mounts(model, command), *_log_mounts(model))
    run = Run(command.argv, mounts, _environment(model, stage), network=network)
    variables = (f"environment.{name}" for name in sorted(model.environment) if _reads(stage, name))
    fields = (*_fields(model, command), *variables)
    return Step(stage, stage, start, run, _ranges(document, fields), fields)


def _context_mounts(model: Kairosfile, command: Command) -> tuple[Mount, ...]:
    """Show the files of the build context that the command is told of, and no others."""
    config = model.provider.config if model.provider else None
    paths = {"stage_extensions": (EXTENSIONS, model.stage_extensions), "provider.config": (PROVIDER_CONFIG, config)}
    shown = [paths[setting] for setting in command.settings if setting in paths]
    return tuple(Mount("context", target, path=clean(path)) for target, path in shown if path)


def _log_mounts(model: Kairosfile) -> tuple[Mount, ...]:
    """Keep the dated log out of the image, of which it would make another one each time."""
    return tuple(Mount("tmpfs", folder) for folder in log_folders(model.kairos_init.release))


def _environment(model: Kairosfile, stage: Stage) -> tuple[tuple[str, str], ...]:
    """Return the variables that a stage reads, sorted by name."""
    pairs = [PLAIN]
    pairs += [(name, text) for name, text in model.environment.items() if _reads(stage, name)]
    if model.stage_extensions:
        pairs.append((STAGE_EXTENSIONS, EXTENSIONS))
    return tuple(sorted(pairs))


def _reads(stage: Stage, name: str) -> bool:
    known = variable(name)
    return known is not None and stage in known.stages


def _dialect(model: Kairosfile) -> Dialect:
    return dialect_of(model.kairos_init.release)


def _command(model: Kairosfile, stage: Stage, program: str) -> Command:
    return _dialect(model).command(program, stage, settings(model))


def settings(model: Kairosfile) -> Settings:
    """Return the settings of the command table that a model means."""
    provider = model.provider
    version = provider.version if provider else None
    return {
        "log_level": model.log_level,
        "model": model.model,
        "variant": variant(model),
        "provider.name": provider.name if provider else None,
        "provider.version": None if version == UNPINNED else version,
        "provider.config": PROVIDER_CONFIG if provider and provider.config else None,
        "version": model.version,
        "trusted": "true" if model.trusted_boot else "false",
        "fips": model.fips,
        "framework.version": model.framework.version,
        "framework.registry": model.framework.registry,
        "stage_extensions": model.stage_extensions is not None,
        "skip_steps.install": _skipped(model, "install"),
        "skip_steps.init": _skipped(model, "init"),
    }


def _skipped(model: Kairosfile, stage: Stage) -> str | None:
    """Return the steps of a stage that are left out, as one word."""
    return ",".join(dict.fromkeys(model.skip_steps[index] for index in _skips(model, stage))) or None


def _skips(model: Kairosfile, stage: str) -> list[int]:
    """Return which of the steps that are left out belong to a stage."""
    known = steps_of(model.kairos_init.release)
    return [index for index, name in enumerate(model.skip_steps) if known.get(name) == stage]


def variant(model: Kairosfile) -> str:
    """Return the variant: as written, else standard with a provider and core without."""
    return model.variant or ("standard" if model.provider else "core")


def _fields(model: Kairosfile, command: Command) -> tuple[str, ...]:
    read = [field for setting in command.settings for field in _fields_of(model, setting)]
    return tuple(dict.fromkeys(("kairos_init", *read)))


def _fields_of(model: Kairosfile, setting: str) -> tuple[str, ...]:
    """Return the fields that fill a setting; of `skip_steps` only the stage's own items."""
    name, _, stage = setting.partition(".")
    if name == "skip_steps":
        return tuple(f"skip_steps[{index}]" for index in _skips(model, stage))
    return FIELDS.get(setting, (setting,))


def _provider_text(model: Kairosfile) -> str:
    provider = model.provider
    return " ".join((provider.name, provider.version or UNPINNED)) if provider else ""


def _ranges(document: Document, fields: tuple[str, ...]) -> tuple[Range, ...]:
    """Return the lines of the fields that a stage reads, or of the base where the file has none of them."""
    names = dict.fromkeys(re.split(r"[.\[]", field)[0] for field in fields)
    return tuple(document.range(name) for name in names if document.has(name)) or (document.range("base"),)
