"""`kairosfile compare`: the changes of an upgrade from one image to another."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile.cli import options
from kairosfile.cli.errors import CliError
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from kairosfile.cli.compare.comparison import Comparison
    from kairosfile.cli.image.stores import StoredImage
    from kairosfile.cli.image.tree import Layer
    from kairosfile.cli.load import LoadOptions

HELP = "A reference, an OCI layout (folder or archive; oci-layout:PATH:TAG), or a Kairosfile, which is built."


class Format(StrEnum):
    """Output formats of `compare`."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class BuildFailedError(Exception):
    """A Kairosfile could not be built; its errors have been printed. `status` is the exit status of the build."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def compare_images(old: str, new: str, platform: str | None, load_options: LoadOptions) -> Comparison:
    """Return the differences between two images; raises CliError, BuildFailedError."""
    from kairosfile.cli.compare import comparison, contents  # noqa: PLC0415
    from kairosfile.cli.image.layers import UnreadableError  # noqa: PLC0415
    from kairosfile.cli.image.stores import open_stored  # noqa: PLC0415
    from kairosfile.cli.registry import RegistryError  # noqa: PLC0415

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kairosfile-")))
        names = [_at_hand(name, folder / f"{number}.tar", load_options) for number, name in enumerate((old, new))]
        was, now = (stack.enter_context(open_stored(name)) for name in names)
        chosen = _platform(was, now, platform)
        layers: dict[str, Layer] = {}
        images = []
        for stored, name in ((was, old), (now, new)):
            try:
                images.append(contents.read(stored.image(chosen), name, layers))
            except (UnreadableError, RegistryError) as error:
                raise CliError(f"cannot read {name}: {error}") from error
        return comparison.compare(*images)


def _at_hand(name: str, archive: Path, load_options: LoadOptions) -> str:
    """Return the name of an image; for a Kairosfile, that of the built image in its archive."""
    from kairosfile.cli.image.stores import is_layout  # noqa: PLC0415

    path = Path(name)
    if not path.is_file() or is_layout(path):
        return name
    from kairosfile.cli.build import outputs  # noqa: PLC0415 - most images are built already

    build_outputs = outputs.BuildOutputs(outputs=[f"type=oci,dest={archive}"], provenance=outputs.OFF, sbom=outputs.OFF)
    status = outputs.build(name, load_options, build_outputs, outputs.AUTO)
    if status:
        raise BuildFailedError(status)
    return str(archive)


def _platform(old: StoredImage, new: StoredImage, option: str | None) -> str:
    """Return the platform to compare: the requested one, else this machine's, else the first of both images."""
    from kairosfile.cli.load import here  # noqa: PLC0415
    from kairosfile.language.platforms import normal  # noqa: PLC0415

    both = [platform for platform in new.manifests if platform in old.manifests]
    if option and normal(option) not in both:
        raise CliError(f"--platform {option}: both images have {', '.join(both) or 'no platform in common'}")
    if not both:
        raise CliError(f"{old.name} is for {', '.join(old.manifests)}, {new.name} for {', '.join(new.manifests)}")
    return normal(option) or "" if option else here() if here() in both else both[0]


app = options.command()


@app.command()
def compare(
    *,
    old: Annotated[str, typer.Argument(metavar="OLD", help=HELP)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The image that replaces it, in the same forms.")],
    platform: Annotated[
        str | None,
        typer.Option("--platform", metavar="OS/ARCH", help="Default: this machine's, else the first of both images."),
    ] = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    output_format: Annotated[
        Format, typer.Option("--format", help="For people, programs or release notes.")
    ] = Format.TEXT,
) -> None:
    """Show what an upgrade changes in an image.

    Packages, kernel, components, services, privileges, sizes and bytes to download. Layers are read as they are
    stored; no container is run.

    Exit status: 0, 1 for a Kairosfile with errors, 2 for images that cannot be read; that of buildx if it fails.

    Example: kairosfile compare quay.io/acme/my-os:v1.0.0 quay.io/acme/my-os:v1.1.0
    """
    from kairosfile.cli.compare import comparison, report  # noqa: PLC0415
    from kairosfile.cli.load import LoadOptions  # noqa: PLC0415

    try:
        result = compare_images(old, new, platform, LoadOptions.parse(build_arg, platform, context))
    except BuildFailedError as error:
        raise typer.Exit(error.status) from error
    if output_format is Format.JSON:
        sys.stdout.write(printable_json(comparison.to_data(result)))
    else:
        sys.stdout.write(report.to_text(result) if output_format is Format.TEXT else report.to_markdown(result))
