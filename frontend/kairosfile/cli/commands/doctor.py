"""`kairosfile doctor`: the table of its checks, and its report.

`--boot` adds the requirements of `kairosfile boot`: QEMU, firmware, KVM, and a program that writes ISOs.
"""

from __future__ import annotations

import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile import language
from kairosfile.cli import doctor as machine
from kairosfile.cli import options
from kairosfile.cli.boot.artifacts import WRITERS
from kairosfile.cli.boot.machine import ARCHITECTURES, PACKAGES, Firmware, find_firmware, has_kvm
from kairosfile.cli.doctor import Environment, Finding
from kairosfile.cli.load import LoadOptions, here, load_all, locate
from kairosfile.cli.output import to_json, to_text, worst
from kairosfile.cli.syntax_line import FRONTEND, frontend_of
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kairosfile.cli.doctor import Status

SCHEMA = "kairosfile.doctor/1"
EXIT_OK, EXIT_ERRORS = 0, 1

# In the order of the report: a check comes after those that it depends on.
CHECKS: tuple[Callable[[Environment], Iterable[Finding]], ...] = (
    machine.answers,
    machine.image_store,
    machine.buildx,
    machine.buildkit,
    machine.platforms,
    machine.reachable,
    machine.credentials,
    machine.disk,
    machine.clock,
)
GOOD = "nothing prevents a build"


def check_virtual_machines(platforms: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding for each requirement of each architecture to boot."""
    for arch in sorted({platform.split("/")[1] for platform in (platforms or [here()])}):
        yield from _architecture(arch)
    if any(shutil.which(name) for name in WRITERS):
        yield Finding("boot", "ok", "an ISO with a cloud-config can be written")
    else:
        yield Finding("boot", "warning", "no program writes ISOs, for --cloud-config", "install xorriso")


def _architecture(arch: str) -> Iterator[Finding]:
    if arch not in ARCHITECTURES:
        yield Finding("boot", "unknown", f"`kairosfile boot` has no machine for {arch}")
        return
    program = ARCHITECTURES[arch].program
    if shutil.which(program) is None:
        yield Finding("boot", "error", f"{program} is not installed", PACKAGES)
        return
    for firmware in (Firmware.UEFI, Firmware.SECURE_BOOT):
        code = find_firmware(arch, firmware)
        if code:
            yield Finding("boot", "ok", f"{arch}: {firmware} firmware {code.code}")
        else:
            status: Status = "error" if firmware is Firmware.UEFI else "warning"
            yield Finding("boot", status, f"{arch}: there is no {firmware} firmware", PACKAGES)
    if has_kvm(arch):
        yield Finding("boot", "ok", f"{arch}: KVM runs it")
    else:
        yield Finding("boot", "unknown", f"{arch}: emulated, because this machine offers no KVM for it")


def show(
    file: str | None, load_options: LoadOptions, pushes_to: Sequence[str], output_format: str, *, boot: bool = False
) -> int:
    """Print the findings; returns the exit status. Raises CliError for a file that cannot be read."""
    environment, findings = examine(file, load_options, pushes_to)
    findings += check_virtual_machines(environment.platforms) if boot else []
    sys.stdout.write(to_json(SCHEMA, findings) if output_format == "json" else to_text(findings, GOOD))
    return EXIT_ERRORS if worst(findings) == "error" else EXIT_OK


def examine(file: str | None, load_options: LoadOptions, pushes_to: Sequence[str]) -> tuple[Environment, list[Finding]]:
    """Return this machine and its findings; raises CliError for a file that cannot be read."""
    environment, findings = _needs(file, load_options, [host.partition("/")[0] for host in pushes_to])
    for check in CHECKS:
        findings += check(environment)
    return environment, findings


def _needs(file: str | None, load_options: LoadOptions, pushes_to: list[str]) -> tuple[Environment, list[Finding]]:
    """Return the requirements of the build of a file, or of most builds without a file."""
    platforms, images, findings = list(load_options.platforms), [FRONTEND, "docker.io"], []
    if file or Path("Kairosfile").exists():
        name = file or "Kairosfile"
        try:
            platforms, images = _of_file(name, load_options)
            findings = [Finding("kairosfile", "ok", f"{name} has no errors")]
        except language.KairosfileError as error:
            advice = " ".join(["kairosfile check", *(f"--platform {platform}" for platform in platforms), name])
            findings = [Finding("kairosfile", "error", f"{name} has errors ({len(error.diagnostics)})", advice)]
    hosts = [image.partition("/")[0] for image in images]
    return Environment(platforms, sorted({*hosts, *pushes_to}), pushes_to), findings


def _of_file(file: str, load_options: LoadOptions) -> tuple[list[str], list[str]]:
    """Return the platforms of a file and the images that its build pulls, with their registries."""
    loaded = load_all(file, load_options)
    frontend = frontend_of(loaded[0].document.source.text) or FRONTEND
    images = {frontend, *(image.reference for one in loaded for image in one.plan.images)}
    return [one.plan.platform for one in loaded], sorted(map(normalize_reference, images))


class Format(StrEnum):
    """Output formats of `doctor`."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def doctor(
    *,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="The file to build. Default: Kairosfile, if it exists.")
    ] = None,
    file_option: options.FileOption = None,
    platform: options.Platforms = None,
    registry: Annotated[
        list[str] | None, typer.Option("--registry", metavar="HOST/ORG", help="Registry to push to; repeat it.")
    ] = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    boot: Annotated[bool, typer.Option("--boot", help="Also check the requirements of `kairosfile boot`.")] = False,
    output_format: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Find what prevents builds on this machine.

    Each finding has advice.

    Exit status: 0 nothing or warnings only, 1 errors, 2 arguments or files that cannot be used.

    Example: kairosfile doctor --platform linux/amd64,linux/arm64 --registry quay.io/acme
    """
    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, platform, context))
    path = name if file or file_option else None
    raise typer.Exit(show(path, load_options, registry or (), output_format.value, boot=boot))
