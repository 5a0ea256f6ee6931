"""The texts that `kairosfile new` writes: equal answers give equal files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kairosfile.cli.syntax_line import FRONTEND
from kairosfile.kairos.bases import recognise
from kairosfile.kairos.names import MODEL_ARCHITECTURE
from kairosfile.kairos.proposals import GENERIC, PROVIDERS
from kairosfile.kairos.releases import NEWEST
from kairosfile.spec.schema import ID

# A wheel carries the CI files beside this module; a checkout has them where they are written.
CI_FOLDERS = (Path(__file__).with_name("ci"), Path(__file__).parents[3] / "examples" / "ci")
# For each kind of CI, the example and where that CI looks for it.
CI_FILES = {
    "github": ("github-registry-cache.yml", ".github/workflows/kairos.yml"),
    "gitlab": ("gitlab-ci.yml", ".gitlab-ci.yml"),
    "tekton": ("tekton.yaml", "tekton.yaml"),
    "shell": ("build.sh", "build.sh"),
}
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
# `kairosfile check` finds mistakes, `kairosfile plan` shows the steps, `kairosfile build` makes the image.

# A tag may name another image tomorrow. `kairosfile lock` writes down what the tags of this file name today, in
# Kairosfile.lock beside it, which builds then keep to. Remove the comment there once you have one.
base: {base}  # kairosfile: ignore KF501
{model}{provider}{trusted}
# The version of the image that you make. A new one runs init again, and no more.
version: {version}

# The release of kairos-init, which makes the image bootable.
kairos_init: {kairos_init}  # kairosfile: ignore KF502
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
TRUSTED = """
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
ARTIFACTS = """
# What machines boot from: `docker buildx build --target iso -o build .` makes an ISO of this file as it is. To ask for
# more, such as what the ISO is told when it boots:
# artifacts:
#   iso: {cloud_config: install.yaml}
"""
UKI = """
# What machines boot from: `docker buildx build --target uki -o build .` makes a UKI once the file says what it is
# signed with. Private keys are secrets of the build, `--secret id=db.key,src=...`, never files beside this one.
# artifacts:
#   uki: {keys: {public_keys: keys}}
"""
HOOKS_WITHOUT_PACKAGES = HOOKS.replace("#     - packages: [vim, htop]\n", "")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person wants; an empty provider is core, an empty ci none."""

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
    made = {"Kairosfile": kairosfile(answers), ".dockerignore": DOCKERIGNORE}
    if answers.ci:
        example, path = CI_FILES[answers.ci]
        made[path] = example_text(example).replace(CI_PLATFORM, answers.platform)
    return made


def kairosfile(answers: Answers) -> str:
    """Return the text of the Kairosfile."""
    base = recognise(answers.base)
    has_packages = base is None or not base.distribution.startswith("hadron")
    return KAIROSFILE.format(
        frontend=FRONTEND,
        schema=ID,
        title=_title(answers),
        base=answers.base,
        model=_model(answers),
        provider=_provider(answers),
        trusted=TRUSTED if answers.trusted_boot else "",
        version=answers.version,
        kairos_init=NEWEST,
        hooks=HOOKS if has_packages else HOOKS_WITHOUT_PACKAGES,
        artifacts=UKI if answers.trusted_boot else ARTIFACTS,
    )


def example_text(name: str) -> str:
    """Return a file of examples/ci."""
    return next(folder / name for folder in CI_FOLDERS if (folder / name).exists()).read_text()


def _title(answers: Answers) -> str:
    base = recognise(answers.base)
    kind = f"standard, with {answers.provider}" if answers.provider else "core"
    board = "any machine" if answers.model == GENERIC else answers.model
    return f"A Kairos image of {base.name if base else answers.base} for {board}: {kind}"


def _model(answers: Answers) -> str:
    return "" if answers.model == GENERIC else MODEL.format(model=answers.model, platform=answers.platform)


def _provider(answers: Answers) -> str:
    name = answers.provider or next(iter(PROVIDERS))
    return (PROVIDER if answers.provider else CORE).format(name=name, version=PROVIDERS[name])
