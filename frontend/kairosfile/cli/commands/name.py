"""`kairosfile name`: the conventional names of the image and artifacts of a Kairosfile, for each platform."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kairosfile import language, sections
from kairosfile.cli import options
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import Loaded, LoadOptions, load_all, locate, report_errors
from kairosfile.kairos.naming import LONGEST_TAG, Named, TagStyle, flavor_of
from kairosfile.kairos.releases import UNPINNED
from kairosfile.plan.kairos import variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


SCHEMA = "kairosfile.name/1"
TAG_STYLES: tuple[TagStyle, ...] = ("published", "sdk")


def show(file: str, load_options: LoadOptions, registry: str, output_format: str) -> int:
    """Print the names; errors of the file go to standard error. Returns the exit status; raises CliError."""
    try:
        names = names_of(load_all(file, load_options))
    except language.KairosfileError as error:
        return report_errors(error)
    is_data = output_format == "json"
    sys.stdout.write(json.dumps(to_data(names, registry), indent=2) + "\n" if is_data else _text(names, registry))
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
    made = Named(*parts, file_name=(model.artifacts and model.artifacts.name) or "")
    if len(made.tag("published")) > LONGEST_TAG:
        raise CliError(f"the tag {made.tag('published')} has more than {LONGEST_TAG} characters; shorten the version")
    return made


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
    return "\n".join(rows) + "\n"


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
