"""The steps of kairos-init: install, init and validate, and the check of the provider.

Each gets only the fields that it reads. `validate` of kairos-init v0.5.0 and newer has no flag for the provider and
treats every image as core, so a standard image gets an additional check: that it contains its Kubernetes. Older
releases check this themselves. An image that skips a step that installs or records the provider is not checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.json_text import to_json
from kairosfile.kairos.commands import (
    OF_PROVIDER,
    PROVIDER_BINARIES,
    STAGE_EXTENSIONS,
    Command,
    CommandLineSchema,
    Stage,
    schema_for,
    steps_of,
    variable,
)
from kairosfile.kairos.distributions import detect_distribution
from kairosfile.kairos.releases import FOLDER, PLAIN, UNPINNED, Release, log_folders
from kairosfile.language.files import clean
from kairosfile.named_tuple import NamedTuple
from kairosfile.plan.model import KAIROS_INIT, Copy, File, Mount, Network, Run, Step
from kairosfile.sections.document import image_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.kairos.commands import Settings
    from kairosfile.kairos.install_parts import Part
    from kairosfile.language.nodes import Range
    from kairosfile.plan.model import SecretEnv
    from kairosfile.sections.document import Document
    from kairosfile.sections.hooks.mount_records import Mount as WrittenMount
    from kairosfile.sections.image.records import Provider
    from kairosfile.sections.records import Kairosfile


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

# Its library prints the usage, 9 to 27 lines, after any error. The files are in memory, see `Run`.
PRINTS_USAGE = Release(0, 5, 0, "rc", 1)
ERRORS = f"{FOLDER}/errors"
VALIDATE_ERRORS = f"{VALIDATE_RUN}/errors"

# Settings of the command table that a file spells differently; the default variant depends on the provider.
FIELDS = {"trusted": ("trusted_boot",), "variant": ("variant", "provider.name")}

# As for `validate`: under a tmpfs on /run mount points can be made, though the root is read-only.
CHECK_RUN = "/run"
CHECK_OUTPUT = "/run/checked"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROVIDER_CHECK_FIELDS = ("kairos_init", "provider.name", "skip_steps")

# Builtins of a POSIX shell only. $1 is the provider.
SCRIPT = """\
failed=0
version=
prefix=
fault() {
    echo "check: $1" >&2
    failed=1
}
[ -x /system/providers/agent-provider-kairos ] ||
    fault "the provider is missing: no program /system/providers/agent-provider-kairos"
command -v "$1" >/dev/null ||
    fault "Kubernetes is missing: no program $1 in $PATH"
if [ -r /etc/kairos-release ]; then
    while IFS='=' read -r key value; do
        case $key in
        KAIROS_SOFTWARE_VERSION) version=$value ;;
        KAIROS_SOFTWARE_VERSION_PREFIX) prefix=$value ;;
        esac
    done </etc/kairos-release
fi
case $version in
'' | '""') fault "/etc/kairos-release has no KAIROS_SOFTWARE_VERSION: the version of $1 is unknown" ;;
esac
case $prefix in
"$1" | "\\"$1\\"") ;;
*) fault "/etc/kairos-release has KAIROS_SOFTWARE_VERSION_PREFIX=$prefix where $1 is expected" ;;
esac
exit $failed
"""

# A plugin decides what it installs and need not record a version: a missing record is only reported.
PLUGIN_SCRIPT = """\
plugin=/system/providers/agent-provider-$1
if ! [ -x "$plugin" ]; then
    echo "check: the plugin is missing: no program $plugin" >&2
    exit 1
fi
version=
if [ -r /etc/kairos-release ]; then
    while IFS='=' read -r key value; do
        case $key in KAIROS_SOFTWARE_VERSION) version=$value ;; esac
    done </etc/kairos-release
fi
case $version in
'' | '""') echo "check: /etc/kairos-release has no KAIROS_SOFTWARE_VERSION: the plugin told init none" ;;
esac
"""


def binaries(document: Document, start: str) -> list[Step]:
    """Set the releases of the binaries that install downloads; no step if the file sets none."""
    tags = document.model.binaries.dump()
    if not tags:
        return []
    content = "".join(f"{name}: {to_json(tag)}\n" for name, tag in tags.items())
    ranges = (document.range("binaries"),)
    return [Step("binaries", "choose binaries", start, File(INIT_VERSIONS, content), ranges, ("binaries",))]


def plugin(document: Document, start: str) -> list[Step]:
    """Add the plugin that installs the provider; no step if the file has none."""
    provider = document.model.provider
    if provider is None or provider.plugin is None:
        return []
    image = image_id(document, provider.from_) if provider.from_ else ""
    action = Copy((provider.plugin,), plugin_path(provider), image, mode=0o755)
    fields = ("provider.name", "provider.plugin", *(["provider.from"] if image else []))
    return [Step("plugin", f"add the plugin for {provider.name}", start, action, (document.range("provider"),), fields)]


def plugin_path(provider: Provider) -> str:
    """Return the path where kairos-init and the agent of a machine look for the plugin of a provider."""
    return f"/system/providers/agent-provider-{provider.name}"


class StageRun(NamedTuple):
    """A run of a whole stage, or of a `part` of install, with what the file does not set for the stage.

    `skipped` are further steps to skip, `fields` the fields that decide about them and others.
    """

    stage: Stage
    part: Part | None = None
    skipped: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    network: Network = "default"


def init(document: Document, start: str) -> Step:
    """Make the image bootable: kairos-release, initrd, services."""
    network: Network = "default" if network_of_init(document) else "none"
    step = stage_step(document, StageRun("init", network=network), start)
    return step._replace(name=f"init kairos {document.model.version}")


def network_of_init(document: Document) -> Literal["old release", "trusted boot", "extension"] | None:
    """Return the reason for which init needs the network, None if it needs none.

    Releases before v0.5.0 may refresh package indexes. For trusted boot on Ubuntu a package of kernel modules is
    downloaded. A stage extension may do anything.
    """
    model = document.model
    if _schema(model).init_network:
        return "old release"
    if model.trusted_boot and may_be_ubuntu(model):
        return "trusted boot"
    return "extension" if model.stage_extensions and _extensions_need_network(document) else None


def _extensions_need_network(document: Document) -> bool:
    from kairosfile.sections.cloud_config.extensions import extensions_of, needs_network  # noqa: PLC0415 - few files

    return any(needs_network(source) for source in extensions_of(document))


def may_be_ubuntu(model: Kairosfile) -> bool:
    """Return whether the base is Ubuntu, or its distribution is unknown."""
    base = detect_distribution(model.base)
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
    errors = _errors(document.model, VALIDATE_ERRORS)
    run = Run(command.argv, mounts, env, network="none", read_only_root=True, error_file=errors)
    fields = _fields(document.model, command)
    return Step("validate", "validate kairos", start, run, _ranges(document, fields), fields)


def stage_step(document: Document, stage_run: StageRun, start: str) -> Step:
    """Return the step of a run of install or init."""
    model, stage = document.model, stage_run.stage
    command = _command(model, stage, PROGRAM, stage_run)
    program = Mount("image", PROGRAM, KAIROS_INIT, PROGRAM)
    mounts = (program, *_context_mounts(model, command), *_log_mounts(model), *stage_run.mounts)
    own, secrets = _planned_mounts(document, stage)
    run = Run(
        command.argv,
        (*mounts, *own),
        _environment(model, stage_run),
        network=stage_run.network,
        secret_env=secrets,
        error_file=_errors(model, ERRORS),
    )
    fields = (
        *_fields(model, command, stage_run.part),
        *_section_fields(model, stage_run),
        *_variable_fields(model, stage_run),
    )
    fields = tuple(dict.fromkeys((*fields, *stage_run.fields)))
    return Step(stage, stage, start, run, _ranges(document, fields), fields)


def _errors(model: Kairosfile, file: str) -> str:
    """Return the path of the file that collects a stage's errors, empty if no usage follows them."""
    return file if model.kairos_init.release >= PRINTS_USAGE else ""


def _mounts_of(model: Kairosfile, stage: Stage) -> tuple[WrittenMount, ...]:
    return {"install": model.install.mounts, "init": model.init.mounts}.get(stage, ())


def _planned_mounts(document: Document, stage: Stage) -> tuple[tuple[Mount, ...], tuple[SecretEnv, ...]]:
    """Return the mounts that the file has for a stage, and the variables that hold secrets."""
    mounts = _mounts_of(document.model, stage)
    if not mounts:
        return (), ()
    from kairosfile.sections.hooks.mounts import plan_mounts, secret_variables  # noqa: PLC0415 - few stages have some

    return plan_mounts(mounts, lambda reference: image_id(document, reference)), secret_variables(mounts)


def _section_fields(model: Kairosfile, run: StageRun) -> Iterator[str]:
    """Yield the fields of a stage's own section that the file has."""
    if _mounts_of(model, run.stage):
        yield f"{run.stage}.mounts"
    reads_fips = run.part is None or run.part.reads_setting("fips")
    if run.stage == "install" and model.install.fips is not None and reads_fips:
        yield "install.fips"
    names_provider = run.part is None or run.part.reads_setting("provider.name")
    if run.stage == "install" and names_provider and model.provider is not None and model.provider.plugin is not None:
        yield "provider.plugin"  # and so the step that brings another one is skipped


def _variable_fields(model: Kairosfile, run: StageRun) -> Iterator[str]:
    return (f"environment.{name}" for name in sorted(model.environment) if _reads(run, name))


def _context_mounts(model: Kairosfile, command: Command) -> tuple[Mount, ...]:
    """Mount the files of the build context that the command's flags name, and no others."""
    config = model.provider.config if model.provider else None
    paths = {"stage_extensions": (EXTENSIONS, model.stage_extensions), "provider.config": (PROVIDER_CONFIG, config)}
    shown = [paths[setting] for setting in command.settings if setting in paths]
    return tuple(Mount("context", target, path=clean(path)) for target, path in shown if path)


def _log_mounts(model: Kairosfile) -> tuple[Mount, ...]:
    """Keep the log out of the image: its timestamps would make every build differ."""
    return tuple(Mount("tmpfs", folder) for folder in log_folders(model.kairos_init.release))


def _environment(model: Kairosfile, run: StageRun) -> tuple[tuple[str, str], ...]:
    """Return the variables that a run reads, sorted by name."""
    pairs = [PLAIN, *run.env]
    pairs += [(name, text) for name, text in model.environment.items() if _reads(run, name)]
    if model.stage_extensions:
        pairs.append((STAGE_EXTENSIONS, EXTENSIONS))
    return tuple(sorted(pairs))


def _reads(run: StageRun, name: str) -> bool:
    known = variable(name)
    is_read = known is not None and run.stage in known.stages
    return is_read and (run.part is None or run.part.reads_variable(name))


def _schema(model: Kairosfile) -> CommandLineSchema:
    return schema_for(model.kairos_init.release)


def _command(model: Kairosfile, stage: Stage, program: str, run: StageRun | None = None) -> Command:
    values = settings(model)
    if stage == "install" and model.install.fips is not None:
        values = {**values, "fips": model.install.fips}
    if run is not None and run.skipped:
        own = (_skipped(model, stage) or "").split(",") if run.part is None else ()
        values = {**values, f"skip_steps.{stage}": ",".join(filter(None, dict.fromkeys((*own, *run.skipped))))}
    reads = run.part.reads_setting if run is not None and run.part is not None else None
    return _schema(model).command(program, stage, values, reads)


def settings(model: Kairosfile) -> Settings:
    """Return the settings of the command table for a model."""
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
    """Return the skipped steps of a stage as one argument."""
    skipped = [model.skip_steps[index] for index in _skips(model, stage)]
    if stage == "install" and model.provider is not None and model.provider.plugin is not None:
        skipped.append(PROVIDER_BINARIES)
    return ",".join(dict.fromkeys(skipped)) or None


def _skips(model: Kairosfile, stage: str) -> list[int]:
    """Return the skipped steps that belong to a stage."""
    if not model.skip_steps:  # as in most files
        return []
    known = steps_of(model.kairos_init.release)
    return [index for index, name in enumerate(model.skip_steps) if known.get(name) == stage]


def variant(model: Kairosfile) -> str:
    """Return the variant of the file; by default standard with a provider and core without."""
    return model.variant or ("standard" if model.provider else "core")


def _fields(model: Kairosfile, command: Command, part: Part | None = None) -> tuple[str, ...]:
    """Return the fields that set the options of a command; the caller adds those for the skipped steps of a part."""
    settings = [setting for setting in command.settings if part is None or not setting.startswith("skip_steps")]
    read = [field for setting in settings for field in _fields_of(model, setting)]
    return tuple(dict.fromkeys(("kairos_init", *read)))


def _fields_of(model: Kairosfile, setting: str) -> tuple[str, ...]:
    """Return the fields of a setting; of `skip_steps` only the items of the stage."""
    name, _, stage = setting.partition(".")
    if name == "skip_steps":
        return tuple(f"skip_steps[{index}]" for index in _skips(model, stage))
    return FIELDS.get(setting, (setting,))


def _ranges(document: Document, fields: tuple[str, ...]) -> tuple[Range, ...]:
    """Return the lines of the fields that a stage reads, or of the base if the file has none of them."""
    names = dict.fromkeys(field.replace("[", ".").partition(".")[0] for field in fields)
    return tuple(document.range(name) for name in names if document.has(name)) or (document.range("base"),)


def check(document: Document, start: str) -> list[Step]:
    """Check the provider, its Kubernetes and their records, where `validate` does not."""
    provider = document.model.provider
    if provider is None or not _is_needed(document.model) or not (provider.is_bundled or provider.plugin):
        return []
    argv = ("/bin/sh", "-c", PLUGIN_SCRIPT if provider.plugin else SCRIPT, "check", provider.name)
    mounts = (Mount("tmpfs", CHECK_RUN), Mount("empty", CHECK_OUTPUT))
    run = Run(argv, mounts, (("PATH", PATH),), network="none", read_only_root=True)
    name = f"check {provider.name}"
    fields = (*PROVIDER_CHECK_FIELDS, "provider.plugin") if provider.plugin else PROVIDER_CHECK_FIELDS
    return [Step("check", name, start, run, (document.range("provider"),), fields)]


def _is_needed(model: Kairosfile) -> bool:
    validate = schema_for(model.kairos_init.release).validate
    is_checked = any(flag.setting == "provider.name" for flag in validate)
    return not is_checked and OF_PROVIDER.isdisjoint(model.skip_steps)
