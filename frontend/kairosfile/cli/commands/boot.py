"""`kairosfile boot`: boots a built artifact in a virtual machine."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile.cli import options
from kairosfile.cli.boot.artifacts import Kind
from kairosfile.cli.boot.machine import ARCHITECTURES, Firmware, Machine
from kairosfile.cli.command_line import command_line
from kairosfile.cli.errors import CliError
from kairosfile.cli.output import say

if TYPE_CHECKING:
    from kairosfile.cli.boot.artifacts import Artifact
    from kairosfile.cli.load import LoadOptions

PASSED, FAILED = 0, 1
MOST_MINUTES = 10 * 60


def run(argv: list[str], text: str | None, seconds: float) -> int:
    """Run a machine; returns the exit status. Raises CliError."""
    from kairosfile.cli.boot import console  # noqa: PLC0415

    if text is None and console.is_terminal():
        say("Ctrl-A X ends the machine")
        return console.interact(argv)
    end = console.watch(argv, text or "", seconds, sys.stdout.buffer)
    if end is console.End.TIMEOUT:
        sys.stderr.write("\n")
        say(f"the machine did not {_expectation(text)} within {seconds:g} seconds")
        return FAILED
    if end is console.End.OFF and text:
        sys.stderr.write("\n")
        say(f"the machine powered off or rebooted and did not {_expectation(text)}")
        return FAILED
    return PASSED


def _expectation(text: str | None) -> str:
    return f"print {text!r}" if text else "switch itself off"


def built(file: str, kind: Kind, load_options: LoadOptions, folder: Path) -> tuple[int, Artifact | None]:
    """Build an artifact of a Kairosfile into a folder; returns the exit status and, if it is 0, the artifact."""
    from kairosfile.cli.boot.artifacts import find  # noqa: PLC0415
    from kairosfile.cli.build import outputs  # noqa: PLC0415

    allowed = ["--allow", "security.insecure"] if kind.value == "raw" else []
    build_outputs = outputs.BuildOutputs(target=kind.value, outputs=[str(folder)], extra_args=allowed)
    status = outputs.build(file, load_options, build_outputs, outputs.AUTO)
    return status, None if status else find(folder, kind)


def data_disk(disk: str | None, folder: Path) -> Path | None:
    """Return the disk to install to: FILE, `FILE:SIZE`, which is created if missing, or SIZE for a temporary one."""
    from kairosfile.cli.boot.artifacts import create_disk  # noqa: PLC0415

    if disk is None:
        return None
    path, colon, size = disk.rpartition(":")
    if colon:
        create_disk(Path(path), size)
        return Path(path)
    if Path(disk).is_file():
        return Path(disk)
    create_disk(folder / "disk.raw", disk)
    return folder / "disk.raw"


app = options.command()


@app.command()
def boot(
    *,
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="An artifact, a folder with one, or a Kairosfile, which is built."),
    ] = options.FILE,
    artifact: Annotated[
        Kind | None,
        typer.Option("--artifact", help="Artifact to build of a Kairosfile (default: iso), or to find in a folder."),
    ] = None,
    platform: options.OnePlatform = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    firmware: Annotated[Firmware, typer.Option("--firmware", help="Firmware of the machine.")] = Firmware.UEFI,
    memory: Annotated[int, typer.Option("--memory", metavar="MIB", min=128, help="Memory in MiB.")] = 4096,
    cpus: Annotated[int, typer.Option("--cpus", min=1, max=64, help="Processors.")] = 2,
    disk: Annotated[
        str | None,
        typer.Option("--disk", metavar="SIZE|FILE", help="A disk to install to: 40G, FILE, or FILE:40G to keep it."),
    ] = None,
    cloud_config: Annotated[
        Path | None, typer.Option("--cloud-config", metavar="FILE", help="A cloud-config, on a CD named cidata.")
    ] = None,
    ssh_port: Annotated[
        int, typer.Option("--ssh-port", metavar="PORT", min=0, max=65535, help="Local port for SSH to the machine.")
    ] = 0,
    accelerator: Annotated[
        str, typer.Option("--accel", metavar="NAME", help="kvm, hvf or tcg. Default: kvm if it works, else tcg.")
    ] = "",
    wait_for: Annotated[
        str | None, typer.Option("--wait-for", metavar="TEXT", help="Stop once the console prints this text.")
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=1, max=MOST_MINUTES * 60, help="Maximum time to wait.")
    ] = 900,
    printed: Annotated[bool, typer.Option("--print", help="Only print the command of QEMU.")] = False,
) -> None:
    """Boot a built ISO, disk or UKI in QEMU.

    Also netboot files. The artifact itself is not changed. On a terminal you use the serial console; otherwise its
    output is copied until the machine powers off, prints the text of --wait-for, or the time is up.

    Exit status: 0, 1 if the text did not appear or the file has errors, 2 if the machine cannot be started.

    Example: kairosfile boot --disk 40G --cloud-config config.yaml --wait-for "login:" build/kairos.iso
    """
    from kairosfile.cli.boot import artifacts, machine  # noqa: PLC0415
    from kairosfile.cli.load import LoadOptions, here  # noqa: PLC0415

    load_options = LoadOptions.parse(build_arg, platform, context)
    path = Path(what)
    if not path.exists():
        raise CliError(f"{what} does not exist; give an artifact, a folder with one, or a Kairosfile")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kairosfile-")))
        image: Artifact | None
        if path.is_dir() or not is_kairosfile(path):
            image = artifacts.find(path, artifact)
        else:
            status, image = built(what, artifact or Kind.ISO, load_options, folder / "build")
            if image is None:
                raise typer.Exit(status)
        platform_option = next(iter(load_options.platforms), "")
        arch = (platform_option or here()).split("/")[1] if platform_option or not image.arch else image.arch
        if arch not in ARCHITECTURES:
            raise CliError(f"there is no machine for {arch}: known are {', '.join(ARCHITECTURES)}")
        config = artifacts.write_config(cloud_config, folder) if cloud_config else None
        drives = machine.Drives(config=config, disk=data_disk(disk, folder))
        virtual = Machine(arch, firmware, memory, cpus, ssh_port, accelerator, reboots=wait_for is None)
        filled, kernel = stack.enter_context(artifacts.plugged(image, arch, drives))
        argv = machine.to_argv(virtual, filled, kernel, folder)
        if printed:
            sys.stdout.write(command_line(argv) + "\n")
            return
        raise typer.Exit(run(argv, wait_for, timeout))


def is_kairosfile(path: Path) -> bool:
    """Return whether a file is a text, and so not an artifact."""
    with path.open("rb") as file:
        start = file.read(4096)
    return path.suffix not in {".iso", ".raw", ".img", ".efi"} and b"\0" not in start
