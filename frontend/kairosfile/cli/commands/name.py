"""`kairosfile name`: the conventional names of the image and artifacts of a Kairosfile, for each platform.

An image is `<flavor>:<release>-<variant>-<arch>-<model>-<version>`, followed by the provider and its release for a
standard one; a file is `kairos-<flavor>-` and the same. The styles differ in the separator between provider and
release: Kairos' SDK uses none (versioneer/versioneer.go of kairos-sdk), images published since Kairos v3.5 use a dash
(the default tag of kairos-factory-action). A tag cannot contain a plus, which becomes a dash; a file name keeps it.
Files have the SDK's style, because AuroraBoot uses it.

Names are computed from the data before a build. AuroraBoot derives a file's name from /etc/kairos-release in the
image, where the release of the distribution may have more numbers than the tag of the base.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kairosfile import language, sections
from kairosfile.cli import options
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import Loaded, LoadOptions, load_all, locate, report_errors
from kairosfile.cli.output import safe_rows
from kairosfile.kairos.distributions import TRUSTED_HADRON, Base, detect_distribution
from kairosfile.kairos.releases import MODELS_FOR_ANY_PLATFORM, UNPINNED
from kairosfile.plan.kairos import variant
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


TagStyle = Literal["published", "sdk"]
BETWEEN: dict[TagStyle, str] = {"published": "-", "sdk": ""}

UKI = "-uki"
LONGEST_TAG = 128

# Names of Kairos' repositories that differ from the ID in /etc/os-release; files are named by the ID.
REPOSITORIES = {"rocky": "rockylinux"}
# Recorded as one flavor, with the kind before the number: leap-15.6 (pkg/stages of kairos-init).
_OPENSUSE = {"opensuse-leap": "leap", "opensuse-tumbleweed": "tumbleweed"}
# How many of the tag's numbers VERSION_ID has.
_NUMBERS = {"debian": 1, "fedora": 1, "alpine": 2}

SCHEMA = "kairosfile.name/1"
TAG_STYLES: tuple[TagStyle, ...] = ("published", "sdk")


@dataclass(frozen=True, slots=True)
class Flavor:
    """The part of a name for the base: `ubuntu` and `24.04`; `repository` is the repository of Kairos' images."""

    name: str
    release: str

    @property
    def repository(self) -> str:
        """The last part of an image's repository."""
        return REPOSITORIES.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class Named:
    """The parts of an image's name; `provider` is empty for core, `file_name` for Kairos' convention."""

    flavor: Flavor
    variant: str
    architecture: str
    model: str
    version: str
    provider: str = ""
    provider_version: str = ""
    trusted_boot: bool = False
    file_name: str = ""

    def common(self, style: TagStyle) -> str:
        """Return the common part of the names of image and files, with every plus."""
        version = self.version if self.version.startswith("v") else f"v{self.version}"
        parts = [self.flavor.release, self.variant, self.architecture, self.model, version]
        if self.provider:
            parts.append(f"{self.provider}{BETWEEN[style]}{self.provider_version}")
        return "-".join(parts)

    def tag(self, style: TagStyle) -> str:
        """Return the tag; `-uki` marks Trusted Boot in the style of published images, the SDK does not mark it."""
        mark = UKI if self.trusted_boot and style == "published" else ""
        return self.common(style).replace("+", "-") + mark

    def image(self, style: TagStyle, registry: str = "") -> str:
        """Return the image in a registry and organisation such as `quay.io/kairos`; without one, its name alone."""
        name = f"{self.flavor.repository}:{self.tag(style)}"
        return f"{registry.rstrip('/')}/{name}" if registry else name

    def files(self) -> tuple[str, ...]:
        """Return the artifacts of AuroraBoot: an ISO for Trusted Boot, disks for boards, both else."""
        stem = self.file_name or f"kairos-{self.flavor.name}-{self.common('sdk')}"
        if self.trusted_boot:
            return (f"{stem}{UKI}.iso",)
        return (f"{stem}.iso", f"{stem}.raw") if self.model in MODELS_FOR_ANY_PLATFORM else (f"{stem}.raw",)


def flavor_of(base: str) -> Flavor | None:
    """Return the flavor of a base image; None if its name has no release.

    An unknown distribution is named after its repository and tag.
    """
    known = detect_distribution(base)
    if known is None:
        path, colon, tag = base.partition("@")[0].rpartition("/")[2].partition(":")
        return Flavor(path, tag) if colon else None
    release = _release(known)
    if known.distribution in _OPENSUSE:
        kind = _OPENSUSE[known.distribution]
        return Flavor("opensuse", f"{kind}-{release}") if release else _moving(kind)
    name = "hadron" if known.distribution == TRUSTED_HADRON else known.distribution
    return Flavor(name, release) if release else None


def _moving(kind: str) -> Flavor | None:
    """Return Tumbleweed, whose number is only in the image."""
    return Flavor("opensuse", kind) if kind == "tumbleweed" else None


def _release(base: Base) -> str:
    if base.distribution in {"hadron", TRUSTED_HADRON}:
        return base.tag  # with its v, as Kairos' own images of it
    numbers = base.release[: _NUMBERS.get(base.distribution)]
    return ".".join(
        f"{number:02}" if index and base.distribution == "ubuntu" else str(number)
        for index, number in enumerate(numbers)
    )


def show(file: str, load_options: LoadOptions, registry: str, output_format: str) -> int:
    """Print the names; errors of the file go to standard error. Returns the exit status; raises CliError."""
    try:
        names = names_of(load_all(file, load_options))
    except language.KairosfileError as error:
        return report_errors(error)
    is_data = output_format == "json"
    sys.stdout.write(printable_json(to_data(names, registry)) if is_data else _text(names, registry))
    return 0


def names_of(images: Iterable[Loaded]) -> dict[str, Named]:
    """Return the name of the image of each platform; raises CliError if one has no name."""
    return {image.plan.platform: named(image.document, image.plan.platform) for image in images}


def named(document: sections.Document, platform: str) -> Named:
    """Return the parts of an image's name; raises CliError if one of them is not known before the build."""
    model = document.model
    flavor = flavor_of(model.base)
    if flavor is None:
        raise CliError(f"the base {model.base} does not say its release, which is part of the name; write it as a tag")
    provider, release = _provider(document)
    architecture = platform.split("/")[1]
    parts = (flavor, variant(model), architecture, model.model, model.version, provider, release, model.trusted_boot)
    image_name = Named(*parts, file_name=(model.artifacts and model.artifacts.name) or "")
    if len(image_name.tag("published")) > LONGEST_TAG:
        raise CliError(
            f"the tag {image_name.tag('published')} has more than {LONGEST_TAG} characters; shorten the version"
        )
    return image_name


def registry_of(text: str) -> str:
    """Return the value of `--registry` in lower case, as registries require; raises CliError for a URL."""
    if "://" in text:
        bare = text.partition("://")[2].strip("/").lower()
        raise CliError(f"invalid --registry {text}: write it without the protocol: {bare}")
    host, slash, organisation = text.strip("/").partition("/")
    return f"{host}{slash}{organisation.lower()}"


def _provider(document: sections.Document) -> tuple[str, str]:
    provider = document.model.provider
    if provider is None:
        return "", ""
    if provider.version in {None, UNPINNED}:
        why = f"the provider {provider.name} has no version, which is part of the name"
        raise CliError(f"{why}; pin it: `provider: {{name: {provider.name}, version: ...}}`")
    return provider.name, provider.version or ""


def to_data(names: Mapping[str, Named], registry: str) -> dict[str, Any]:
    """Return names in the form of `--format json`."""
    platforms = [
        {
            "platform": platform,
            "images": {style: one.image(style, registry) for style in TAG_STYLES},
            "tags": {style: one.tag(style) for style in TAG_STYLES},
            "files": list(one.files()),
        }
        for platform, one in names.items()
    ]
    return {"schema": SCHEMA, "platforms": platforms}


def _text(names: Mapping[str, Named], registry: str) -> str:
    return "\n".join(_block(platform, one, registry) for platform, one in names.items())


def _block(platform: str, one: Named, registry: str) -> str:
    published, sdk = (one.image(style, registry) for style in TAG_STYLES)
    rows = [platform, f"  image      {published}"]
    rows += [f"  image, sdk {sdk}"] if sdk != published else []
    rows += [f"  artifact   {name}" for name in one.files()]
    return safe_rows(rows)


class Format(StrEnum):
    """Output formats of `name`."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def name(
    *,
    file: options.File = None,
    file_option: options.FileOption = None,
    build_arg: options.BuildArgs = None,
    platform: options.Platforms = None,
    registry: options.Registry = "",
    context: options.Context = None,
    output_format: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Print Kairos' names of the image and its artifacts.

    In both tag styles: that of published images and that of Kairos' SDK.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or an image without a name.

    Example: kairosfile name --platform linux/arm64 --registry quay.io/acme Kairosfile
    """
    path, load_options = locate(file, file_option, LoadOptions.parse(build_arg, platform, context))
    raise typer.Exit(show(path, load_options, registry_of(registry), output_format.value))
