"""`kairosfile new`: asks questions on a terminal, and writes new files.

The bases are those that kairos-init tests (.github/workflows/test.yml of kairos-init v0.17.3) or of which Kairos
published images; NVIDIA's boards have packages for one Ubuntu each, and the Red Hat family has no kernel for the
Raspberry Pi. Kairos published images with the releases of the providers. Equal answers give equal files.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kairosfile import language, sections
from kairosfile.cli import options
from kairosfile.cli.command_line import command_line
from kairosfile.cli.errors import CliError
from kairosfile.cli.output import LONGEST_LINE
from kairosfile.cli.syntax_line import FRONTEND
from kairosfile.kairos.distributions import detect_distribution
from kairosfile.kairos.releases import MODEL_ARCHITECTURE, NEWEST, is_version
from kairosfile.language import rules
from kairosfile.language.diagnostics import did_you_mean, listing, nearest
from kairosfile.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

GENERIC: Final = "generic"
_RASPBERRY: Final = ("rpi3", "rpi4")

HADRON_TRUSTED: Final = "ghcr.io/kairos-io/hadron-trusted:v0.5.1"

# Distributions by their usual name, for each model. The first one is the default.
BASES: dict[str, dict[str, str]] = {
    "ubuntu": {
        GENERIC: "ubuntu:24.04",
        **dict.fromkeys(_RASPBERRY, "ubuntu:22.04"),
        "nvidia-jetson-agx-orin": "ubuntu:22.04",
        "nvidia-jetson-orin-nx": "ubuntu:22.04",
        "nvidia-jetson-thor": "ubuntu:24.04",
        "nvidia-dgx-spark": "ubuntu:24.04",
    },
    "debian": dict.fromkeys((GENERIC, *_RASPBERRY), "debian:13"),
    "alpine": {GENERIC: "alpine:3.23", **dict.fromkeys(_RASPBERRY, "alpine:3.21")},
    "opensuse": dict.fromkeys((GENERIC, *_RASPBERRY), "opensuse/leap:15.6"),
    "fedora": {GENERIC: "fedora:43"},
    "rockylinux": {GENERIC: "rockylinux/rockylinux:9"},
    "almalinux": {GENERIC: "almalinux:9"},
    "hadron": dict.fromkeys((GENERIC, *_RASPBERRY), "ghcr.io/kairos-io/hadron:v0.5.1"),
}

# The bases with which Trusted Boot was tested; the model is generic.
TRUSTED: dict[str, str] = {
    "ubuntu": BASES["ubuntu"][GENERIC],
    "fedora": BASES["fedora"][GENERIC],
    "hadron": HADRON_TRUSTED,
}

PROVIDERS: dict[str, str] = {"k3s": "v1.33.2+k3s1", "k0s": "v1.33.4+k0s.0"}

# A wheel has the CI files next to this module; a checkout in their source folder.
CI_FOLDERS = (Path(__file__).parents[1] / "ci", Path(__file__).parents[4] / "examples" / "ci")
# For each kind of CI, the example and the path that this CI reads.
CI_FILES = {
    "github": ("github-registry-cache.yml", ".github/workflows/kairos.yml"),
    "gitlab": ("gitlab-ci.yml", ".gitlab-ci.yml"),
    "tekton": ("tekton.yaml", "tekton.yaml"),
    "shell": ("build.sh", "build.sh"),
}
# The text of the schema; the page of the repository that shows it is HTML, which no editor reads.
SCHEMA = "https://raw.githubusercontent.com/kairos-io/kairosfile/main/kairosfile-spec/kairosfile.schema.json"
CI_PLATFORM = "linux/amd64"
FIRST_VERSION = "v0.1.0"

DOCKERIGNORE = """\
# What never goes to a build. The frontend asks only for files that steps name, so this is about folders that they copy.
.git
**/.env
**/*.iso
**/*.raw
**/*.img
**/*.key
**/*private*.pem
"""

KAIROSFILE = """\
# syntax={frontend}
# yaml-language-server: $schema={schema}
#
# {title}.
#
# Find mistakes:          kairosfile check
# See what a build does:  kairosfile plan
# Build the image:        kairosfile build
#
# `kairosfile lock` pins the images of this file by digest, in Kairosfile.lock beside it, which builds then keep to.
base: {base}
{model}{provider}{trusted}
# The version of the image that you make. A new one runs init again, and no more.
version: {version}

# The release of kairos-init, which makes the image bootable.
kairos_init: {kairos_init}
{hooks}{artifacts}"""

MODEL = """
# The board, which needs {platform}.
model: {model}
"""
PROVIDER = """
# The Kubernetes distribution. Without one the image is core.
provider:
  name: {name}
  version: {version}
"""
CORE = """
# Without a Kubernetes distribution the image is core. For a standard one:
# provider: {{name: {name}, version: {version}}}
"""
TRUSTED_SECTION = """
# Trusted Boot: one signed file in place of kernel and initrd. Artifacts are signed with your keys.
trusted_boot: true
"""
HOOKS = """
# Your own steps: before_install, after_install (before the initrd is made) and after_init.
# hooks:
#   after_install:
#     - packages: [vim, htop]
#     - copy: overlay/etc
#       to: /etc/
"""
ISO = """
# What machines boot from. An ISO, which is written to the folder build:
#
#     kairosfile build --target iso
#
# To configure it, such as with the cloud-config that it boots with:
# artifacts:
#   iso: {cloud_config: install.yaml}
"""
RAW = """
# What the board boots from. A disk image, which is written to the folder build; making one mounts partitions:
#
#     kairosfile build --target raw --allow security.insecure
#
# To configure it, such as with the cloud-config that it boots with:
# artifacts:
#   raw: {cloud_config: install.yaml}
"""
UKI = """
# What machines boot from. A UKI, which is written to the folder build, once the section below names the folder with the
# public keys. Private keys are secrets of the build, from a folder outside of this one:
#
#     kairosfile build --target uki --secret id=db.key,src=../keys/db.key --secret id=db.pem,src=../keys/db.pem \\
#         --secret id=tpm2-pcr-private.pem,src=../keys/tpm2-pcr-private.pem
#
# artifacts:
#   uki: {keys: {public_keys: keys}}
"""
HOOKS_WITHOUT_PACKAGES = HOOKS.replace("#     - packages: [vim, htop]\n", "")

NONE = "none"
EXECUTABLE = 0o755
# Tags are pinned by the lock file, which a new image has not yet.
UNPINNED_RULES = (rules.BASE_PINNED, rules.KAIROS_INIT_PINNED)


def models() -> list[str]:
    """Return every model with a proposed distribution."""
    return list(dict.fromkeys(model for bases in BASES.values() for model in bases))


def distributions_for(model: str) -> list[str]:
    """Return the proposed distributions for a model."""
    return [name for name, bases in BASES.items() if model in bases]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of the user; an empty provider means core, an empty ci none."""

    base: str
    model: str = GENERIC
    provider: str = ""
    version: str = FIRST_VERSION
    trusted_boot: bool = False
    ci: str = ""

    @property
    def platform(self) -> str:
        """The platform that CI builds for."""
        return CI_PLATFORM if self.model == GENERIC else f"linux/{MODEL_ARCHITECTURE}"


def files(answers: Answers) -> dict[str, str]:
    """Return the files to write, by their paths."""
    texts = {"Kairosfile": kairosfile(answers), ".dockerignore": DOCKERIGNORE}
    if answers.ci:
        example, path = CI_FILES[answers.ci]
        texts[path] = example_text(example).replace(CI_PLATFORM, answers.platform)
    return texts


def kairosfile(answers: Answers) -> str:
    """Return the text of the Kairosfile."""
    base = detect_distribution(answers.base)
    has_packages = base is None or not base.distribution.startswith("hadron")
    return KAIROSFILE.format(
        frontend=FRONTEND,
        schema=SCHEMA,
        title=_title(answers),
        base=answers.base,
        model=_model(answers),
        provider=_provider(answers),
        trusted=TRUSTED_SECTION if answers.trusted_boot else "",
        version=answers.version,
        kairos_init=NEWEST,
        hooks=HOOKS if has_packages else HOOKS_WITHOUT_PACKAGES,
        artifacts=UKI if answers.trusted_boot else ISO if answers.model == GENERIC else RAW,
    )


def example_text(name: str) -> str:
    """Return a file of examples/ci."""
    return next(folder / name for folder in CI_FOLDERS if (folder / name).exists()).read_text()


def _title(answers: Answers) -> str:
    base = detect_distribution(answers.base)
    kind = f"standard, with {answers.provider}" if answers.provider else "core"
    board = "any machine" if answers.model == GENERIC else answers.model
    return f"A Kairos image of {base.name if base else answers.base} for {board}: {kind}"


def _model(answers: Answers) -> str:
    return "" if answers.model == GENERIC else MODEL.format(model=answers.model, platform=answers.platform)


def _provider(answers: Answers) -> str:
    name = answers.provider or next(iter(PROVIDERS))
    return (PROVIDER if answers.provider else CORE).format(name=name, version=PROVIDERS[name])


@dataclass(frozen=True, slots=True)
class NewOptions:
    """The options of the command line; None for missing ones."""

    distribution: str | None = None
    model: str | None = None
    provider: str | None = None
    version: str | None = None
    trusted_boot: bool | None = None
    ci: str | None = None


def start(folder: str, options: NewOptions, *, ask: bool, force: bool) -> int:
    """Write the files of a new image; returns the exit status. Raises CliError, and then writes nothing."""
    asks = ask and sys.stdin.isatty() and sys.stdout.isatty()
    target = Path(folder)
    _check_writable(target)
    if not force:
        _refuse_existing(target, _paths(options))
    texts = texts_of(_ask(options) if asks else options)
    if not force:
        _refuse_existing(target, texts)
    _write(target, texts)
    change_folder = "" if folder == "." else f"{command_line(['cd', folder])} && "
    sys.stdout.write(f"The next step: {change_folder}kairosfile build\n")
    return 0


def texts_of(options: NewOptions) -> dict[str, str]:
    """Return the files to write, by their paths; raises CliError for options that do not go together."""
    texts = files(_answers(options))
    _check_rules(texts["Kairosfile"])
    return texts


def _check_writable(folder: Path) -> None:
    """Raise CliError for a folder that cannot be written, before the first question."""
    nearest_folder = next(target for target in (folder, *folder.absolute().parents) if target.exists())
    if not nearest_folder.is_dir():
        raise CliError(f"{nearest_folder} is not a folder; name one to write to")
    if not os.access(nearest_folder, os.W_OK | os.X_OK):
        raise CliError(f"{nearest_folder} cannot be written: permission denied")


def _paths(options: NewOptions) -> list[str]:
    """Return the files that are always written."""
    ci = [CI_FILES[options.ci][1]] if options.ci in CI_FILES else []
    return ["Kairosfile", ".dockerignore", *ci]


def _answers(options: NewOptions) -> Answers:
    """Return the answers with defaults for missing ones; raises CliError for contradictions."""
    model = _known("model", options.model or GENERIC, models())
    fitting = distributions_for(model)
    distribution = _known("distro", options.distribution or fitting[0], list(BASES))
    provider = _known("provider", options.provider or NONE, [NONE, *PROVIDERS])
    ci = _known("ci", options.ci or NONE, [NONE, *CI_FILES])
    version = options.version or FIRST_VERSION
    if not is_version(version):
        raise CliError(f"invalid --version {version}: kairos-init cannot parse it; write one such as {FIRST_VERSION}")
    if distribution not in fitting:
        raise CliError(f"there is no {distribution} for the model {model}; choose --distro {listing_or(fitting)}")
    return Answers(
        _base(distribution, model, trusted_boot=bool(options.trusted_boot)),
        model,
        "" if provider == NONE else provider,
        version,
        bool(options.trusted_boot),
        "" if ci == NONE else ci,
    )


def _base(distribution: str, model: str, *, trusted_boot: bool) -> str:
    if not trusted_boot:
        return BASES[distribution][model]
    if model != GENERIC or distribution not in TRUSTED:
        names = listing_or(list(TRUSTED))
        raise CliError(f"Trusted Boot is for the model {GENERIC} and --distro {names}")
    return TRUSTED[distribution]


def _known(flag: str, word: str, known: list[str]) -> str:
    if word not in known:
        hint = did_you_mean(nearest(word, known)) or f"known are {listing(known)}"
        raise CliError(f'--{flag} "{word}" is unknown; {hint}')
    return word


def listing_or(items: list[str]) -> str:
    """Return `a, b or c`."""
    return " or ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def _ask(options: NewOptions) -> NewOptions:
    """Ask for missing options; each question offers the values that match the previous answers."""
    from rich.prompt import Confirm, Prompt  # noqa: PLC0415 - only for interactive use

    def choose(question: str, chosen: str | None, choices: list[str]) -> str:
        return chosen or str(Prompt.ask(question, choices=choices, default=choices[0]))

    model = choose("Board", options.model, models())
    distribution = choose("Distribution", options.distribution, distributions_for(model) or list(BASES))
    provider = choose("Kubernetes", options.provider, [NONE, *PROVIDERS])
    version = options.version or Prompt.ask("Version of your image", default=FIRST_VERSION)
    trusted = options.trusted_boot
    if trusted is None and model == GENERIC and distribution in TRUSTED:
        trusted = Confirm.ask("Trusted Boot", default=False)
    return NewOptions(distribution, model, provider, version, trusted, choose("CI", options.ci, [NONE, *CI_FILES]))


def _check_rules(text: str) -> None:
    """Raise CliError if the file would have an error or a warning, such as a version without its v."""
    try:
        diagnostics = sections.read(language.Source("Kairosfile", text)).warnings
    except language.KairosfileError as error:
        diagnostics = error.diagnostics
    shown = [one for one in diagnostics if one.severity != "note" and one.rule not in UNPINNED_RULES]
    if shown:
        raise CliError(shown[0].sentence)


def _refuse_existing(folder: Path, paths: Iterable[str]) -> None:
    existing = [path for path in paths if (folder / path).exists()]
    if existing:
        raise CliError(f"{listing(existing)} would be overwritten in {folder}; --force does it. Nothing was written")


def _write(folder: Path, texts: dict[str, str]) -> None:
    try:
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
            if text.startswith("#!"):
                (folder / path).chmod(EXECUTABLE)
            sys.stdout.write(f"wrote {one_line(str(folder / path), LONGEST_LINE)}\n")
    except OSError as error:
        raise CliError(f"{error.filename} cannot be written: {error.strerror}") from error


app = options.command()


@app.command()
def new(
    *,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Where to write.")] = ".",
    distro: Annotated[
        str | None,
        typer.Option(
            "--distro",
            metavar="NAME",
            help="ubuntu, debian, alpine, opensuse, fedora, rockylinux, almalinux or hadron.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="BOARD", help="generic, rpi3, rpi4, nvidia-jetson-agx-orin, ...")
    ] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Kubernetes: none, k3s or k0s.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", metavar="VERSION", help="Version of your image. Default: v0.1.0.")
    ] = None,
    trusted_boot: Annotated[
        bool | None, typer.Option("--trusted-boot/--no-trusted-boot", help="Build for Trusted Boot.")
    ] = None,
    ci: Annotated[
        str | None, typer.Option("--ci", metavar="KIND", help="A file for CI too: none, github, gitlab, tekton, shell.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="On a terminal, ask for missing options.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Write a commented Kairosfile, and a file for CI.

    Also a .dockerignore.

    Exit status: 0, 2 for contradicting arguments, or files that exist already.

    Example: kairosfile new --distro ubuntu --model rpi4 --provider k3s --ci github my-os
    """
    options = NewOptions(distro, model, provider, version, trusted_boot, ci)
    raise typer.Exit(start(folder, options, ask=ask, force=force))
