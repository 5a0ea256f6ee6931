"""What `kairosfile boot` needs of this machine: QEMU, firmware, KVM, a writer of ISOs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kairosfile.cli.boot.artifacts import WRITERS
from kairosfile.cli.boot.machine import ARCHITECTURES, PACKAGES, Firmware, find_firmware, has_kvm
from kairosfile.cli.doctor.environment import Finding
from kairosfile.cli.load import here

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.cli.doctor.environment import Status


def check(platforms: Sequence[str]) -> Iterator[Finding]:
    """Yield what is there and what is missing, for each architecture that is to be booted."""
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
        found = find_firmware(arch, firmware)
        if found:
            yield Finding("boot", "ok", f"{arch}: {firmware} firmware {found.code}")
        else:
            status: Status = "error" if firmware is Firmware.UEFI else "warning"
            yield Finding("boot", status, f"{arch}: there is no {firmware} firmware", PACKAGES)
    if has_kvm(arch):
        yield Finding("boot", "ok", f"{arch}: KVM runs it")
    else:
        yield Finding("boot", "unknown", f"{arch}: emulated, because this machine offers no KVM for it")
