"""A virtual machine as the command line of QEMU: processor, firmware, drives, network, console.

Firmware is found by the descriptors that its packages install for QEMU (QEMU's docs/interop/firmware.json), in the
order of their names, on all distributions.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from kairosfile.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Iterator

KVM = Path("/dev/kvm")
_KVM = ("-accel", "kvm", "-cpu", "host")
_SECONDS = 20
_SSH = 22

PACKAGES = "install qemu-system-x86 and ovmf, or qemu-system-arm and qemu-efi-aarch64 (Debian, Ubuntu)"


class Firmware(StrEnum):
    """The firmware of the machine."""

    UEFI = "uefi"
    SECURE_BOOT = "secure-boot"
    BIOS = "bios"


@dataclass(frozen=True, slots=True)
class Architecture:
    """An architecture: QEMU's names of it and of its machine, and the kernel's name of the serial console."""

    program: str
    name: str
    machine: str
    console: str


ARCHITECTURES = {
    "amd64": Architecture("qemu-system-x86_64", "x86_64", "q35", "ttyS0"),
    "arm64": Architecture("qemu-system-aarch64", "aarch64", "virt", "ttyAMA0"),
    "riscv64": Architecture("qemu-system-riscv64", "riscv64", "virt", "ttyS0"),
}


@dataclass(frozen=True, slots=True)
class Drives:
    """The files in the machine's drives, None for an empty drive; `disk_format` is QEMU's name of the format."""

    cd: Path | None = None
    config: Path | None = None
    disk: Path | None = None
    disk_format: str = "raw"
    keep_disk: bool = True


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel that QEMU starts itself: a UKI alone, or with an initrd and a command line."""

    path: Path
    initrd: Path | None = None
    line: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A virtual machine. `memory` is in MiB; `ssh_port` of the host is forwarded to its port 22, 0 for none.

    If `reboots` is false, a reboot that would start the same again ends the machine.
    """

    arch: str
    firmware: Firmware = Firmware.UEFI
    memory: int = 4096
    cpus: int = 2
    ssh_port: int = 0
    accelerator: str = ""
    reboots: bool = True


class _File(BaseModel):
    filename: str
    format: str = "raw"


class _Mapping(BaseModel):
    device: str
    executable: _File | None = None
    nvram_template: _File | None = None


class _Descriptor(BaseModel):
    """The fields of a firmware descriptor that are read."""

    interface_types: list[str]
    mapping: _Mapping
    targets: list[dict[str, Any]]
    features: list[str]


@dataclass(frozen=True, slots=True)
class Flash:
    """Firmware in flash memory: its code, the variables of a new machine, and whether SMM must protect these."""

    code: Path
    variables: Path
    guarded: bool


def find_firmware(arch: str, firmware: Firmware, folders: list[Path] | None = None) -> Flash | None:
    """Return UEFI firmware for an architecture, or None; with Secure Boot it has no keys enrolled.

    Args:
        arch: As in `ARCHITECTURES`.
        firmware: `uefi` or `secure-boot`.
        folders: Folders of descriptors. Default: QEMU's folders of the user, the machine and the distribution.
    """
    secure = firmware is Firmware.SECURE_BOOT
    for path in sorted(_descriptors(folders or _folders(arch)), key=lambda path: path.name):
        try:
            descriptor = _Descriptor.model_validate(_renamed(json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, ValidationError):
            continue  # another one may work
        if _fits(descriptor, ARCHITECTURES[arch].name, secure=secure) and descriptor.mapping.executable:
            variables = descriptor.mapping.nvram_template
            flash = Flash(
                Path(descriptor.mapping.executable.filename),
                Path(variables.filename if variables else ""),
                "requires-smm" in descriptor.features,
            )
            if flash.code.is_file() and flash.variables.is_file():
                return flash
    return None


def _renamed(value: Any) -> Any:  # noqa: ANN401 - JSON of any form
    """Return JSON with `_` for `-` in its keys."""
    if isinstance(value, dict):
        return {str(key).replace("-", "_"): _renamed(one) for key, one in value.items()}
    return value


def _fits(descriptor: _Descriptor, architecture: str, *, secure: bool) -> bool:
    formats = {file.format for file in (descriptor.mapping.executable, descriptor.mapping.nvram_template) if file}
    return (
        "uefi" in descriptor.interface_types
        and descriptor.mapping.device == "flash"
        and formats == {"raw"}
        and any(target.get("architecture") == architecture for target in descriptor.targets)
        and ("secure-boot" in descriptor.features) is secure
        and "enrolled-keys" not in descriptor.features
    )


def _folders(arch: str) -> list[Path]:
    program = shutil.which(ARCHITECTURES[arch].program)
    beside = [Path(program).resolve().parent.parent / "share/qemu/firmware"] if program else []
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "qemu/firmware"
    return [config, Path("/etc/qemu/firmware"), Path("/usr/share/qemu/firmware"), *beside]


def _descriptors(folders: list[Path]) -> Iterator[Path]:
    """Yield the descriptors; one of an earlier folder replaces a later one of the same name."""
    names: set[str] = set()
    for folder in folders:
        for path in folder.glob("*.json"):
            if path.name not in names:
                names.add(path.name)
                yield path


def has_kvm(arch: str) -> bool:
    """Return whether QEMU starts a machine of that architecture by KVM.

    The device alone does not say so: a container may lack the right to open it, and the KVM of a virtual machine may
    refuse what QEMU sets. So QEMU starts a machine that runs nothing and ends at once.
    """
    known = ARCHITECTURES[arch]
    if {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine()) != arch or not KVM.exists():
        return False
    command = [known.program, *_KVM, "-machine", known.machine, *("-nodefaults", "-display", "none")]
    try:
        done = subprocess.run(
            [*command, "-S", "-monitor", "stdio"], input=b"quit\n", capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def to_argv(machine: Machine, drives: Drives, kernel: Kernel | None, folder: Path) -> list[str]:
    """Return the command line of QEMU; raises CliError if the host lacks a requirement.

    Args:
        machine: The machine.
        drives: The files in its drives.
        kernel: A kernel that needs no boot loader, None to boot from a drive.
        folder: The folder of the firmware's variables while the machine runs.
    """
    architecture = ARCHITECTURES[machine.arch]
    if shutil.which(architecture.program) is None:
        raise CliError(f"{architecture.program} is not installed: {PACKAGES}; see `kairosfile doctor --boot`")
    accelerator = machine.accelerator or ("kvm" if has_kvm(machine.arch) else "tcg")
    return [
        architecture.program,
        *("-accel", accelerator, "-cpu", "max" if accelerator == "tcg" else "host"),
        *("-smp", str(machine.cpus), "-m", f"{machine.memory}M", *_start(machine, drives, kernel)),
        *("-display", "none", "-device", "virtio-rng-pci"),
        *_firmware(machine, folder),
        *_network(machine),
        *_drives(drives),
        *_kernel(kernel),
    ]


def _start(machine: Machine, drives: Drives, kernel: Kernel | None) -> Iterator[str]:
    """Yield what decides the start, and a reboot: an installation changes the disk, Secure Boot enrols keys."""
    if kernel is None:
        yield from ("-boot", "menu=off")
    changes = drives.disk is not None or machine.firmware is Firmware.SECURE_BOOT
    if kernel or not (machine.reboots or changes):
        yield "-no-reboot"


def _firmware(machine: Machine, folder: Path) -> list[str]:
    architecture = ARCHITECTURES[machine.arch]
    if machine.firmware is Firmware.BIOS:
        if machine.arch != "amd64":
            raise CliError(f"--firmware bios: {machine.arch} has no BIOS")
        return ["-machine", architecture.machine]
    flash = find_firmware(machine.arch, machine.firmware)
    if flash is None:
        raise CliError(f"there is no {machine.firmware} firmware for {machine.arch}: {PACKAGES}")
    variables = folder / "variables.fd"
    if not variables.exists():
        shutil.copyfile(flash.variables, variables)
        variables.chmod(0o600)
    # Without SMM the system could write the variables past the firmware, which then refuses to start.
    guard = ["-global", "driver=cfi.pflash01,property=secure,value=on"] if flash.guarded else []
    return [
        *("-machine", architecture.machine + (",smm=on" if flash.guarded else "")),
        *guard,
        *("-drive", f"if=pflash,format=raw,readonly=on,file={_escaped(flash.code)}"),
        *("-drive", f"if=pflash,format=raw,file={_escaped(variables)}"),
    ]


def _network(machine: Machine) -> list[str]:
    forward = f",hostfwd=tcp:127.0.0.1:{machine.ssh_port}-:{_SSH}" if machine.ssh_port else ""
    return ["-nic", f"user,model=virtio-net-pci{forward}"]


def _drives(drives: Drives) -> Iterator[str]:
    """Yield the drives. The disk is first: an empty one does not boot, an installed one does."""
    yield from ("-device", "virtio-scsi-pci,id=scsi")
    if drives.disk:
        snapshot = "" if drives.keep_disk else ",snapshot=on"
        yield from ("-drive", f"id=disk,if=none,format={drives.disk_format}{snapshot},file={_escaped(drives.disk)}")
        yield from ("-device", "virtio-blk-pci,drive=disk,bootindex=0")
    for number, (name, path) in enumerate((("cd", drives.cd), ("config", drives.config)), 1):
        if path:
            yield from ("-drive", f"id={name},if=none,format=raw,media=cdrom,readonly=on,file={_escaped(path)}")
            yield from ("-device", f"scsi-cd,bus=scsi.0,drive={name},bootindex={number}")


def _kernel(kernel: Kernel | None) -> Iterator[str]:
    if kernel is None:
        return
    yield from ("-kernel", str(kernel.path))
    if kernel.initrd:
        yield from ("-initrd", str(kernel.initrd))
    if kernel.line:
        yield from ("-append", kernel.line)


def _escaped(path: Path) -> str:
    """Return a path as a value of QEMU's options, in which commas are doubled."""
    return str(path.absolute()).replace(",", ",,")
