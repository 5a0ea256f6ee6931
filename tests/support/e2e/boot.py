"""Virtual machines that boot what was built: QEMU and its firmware, of both architectures, from Debian's packages.

They are unpacked once into their own folder. A machine runs there, in its own namespaces, and ends with the
test, however that ends. All of it is emulated: a KVM inside of another may be there and not work.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from tests.support.engine import cache, machine, provision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PACKAGES = "base-files,dash,coreutils,ovmf,qemu-efi-aarch64,qemu-system-arm,qemu-system-x86,seabios"
# A third is left: there are nine firmwares of 64 MiB for arm64, and emulators of many names.
_TRIM = """set -eu
cd root
find usr/bin -name 'qemu-*' ! -name qemu-system-x86_64 ! -name qemu-system-aarch64 -delete
find usr/share/AAVMF -mindepth 1 ! -name AAVMF_CODE.secboot.fd ! -name AAVMF_VARS.fd -delete
mkdir -p mnt
"""
_SECONDS = 900
_COMMON = (
    *("-accel", "tcg", "-cpu", "max", "-m", "768M", "-no-reboot"),
    *("-nographic", "-nic", "none", "-monitor", "none", "-serial", "stdio"),
)
# Runs a command in the second of two folders, where the first is /mnt.
_INSIDE = 'mount --bind "$1" "$2/mnt" && mount --rbind /dev "$2/dev" && shift && exec chroot "$@"'
_BOXED = ("setpriv", "--pdeathsig", "KILL", *provision.INSIDE, "sh", "-c", _INSIDE, "sh")


@dataclass(frozen=True)
class Machine:
    """A virtual machine without network: QEMU's words for it, and what its kernel calls the serial console."""

    words: tuple[str, ...]
    console: str = "ttyS0"

    def boot(self, folder: Path, *words: str, until: str = "") -> str:
        """Boot with further words, in which /mnt is the folder; return the serial console.

        That is until the machine switches itself off or, where a text is given, prints that; then it is switched off.
        Raises TimeoutError, with what was printed, for a machine that does neither.
        """
        console, deadline = folder / "console", time.monotonic() + _SECONDS
        with console.open("wb") as out, self._running(folder, words, out) as running:
            while running.poll() is None and not (until and until in _text(console)):
                if time.monotonic() > deadline:
                    raise TimeoutError(_text(console))
                time.sleep(0.2)
        return _text(console)

    @contextmanager
    def _running(self, folder: Path, words: tuple[str, ...], console: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
        command = [*_BOXED, str(folder), str(_qemu()), *self.words, *_COMMON, *words]
        env, nothing = {"PATH": machine.search_path()}, subprocess.DEVNULL
        running = subprocess.Popen(command, env=env, stdin=nothing, stdout=console, stderr=console)
        try:
            yield running
        finally:
            running.kill()
            running.wait()


def _qemu() -> Path:
    def make(to: Path) -> None:
        provision.mmdebstrap("trixie", to / "root", ["--variant=extract", f"--include={_PACKAGES}"])
        provision.contained(["sh", "-c", _TRIM], to, to / "trim.log")

    return cache.made("qemu", _PACKAGES + _TRIM, make) / "root"


def _text(console: Path) -> str:
    return console.read_text("utf-8", errors="replace")


_X86, _ARM = ("qemu-system-x86_64",), ("qemu-system-aarch64", "-machine", "virt")
BIOS = Machine(_X86)
UEFI = {
    "amd64": Machine((*_X86, "-bios", "/usr/share/ovmf/OVMF.fd")),
    "arm64": Machine((*_ARM, "-bios", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"), "ttyAMA0"),
}
WITHOUT_FIRMWARE = {"amd64": BIOS, "arm64": Machine(_ARM, "ttyAMA0")}
"""Machines whose kernel QEMU is given; the one for amd64 has a BIOS, which loads it."""


def cd(file: str) -> list[str]:
    """Return the words for a file of the folder as a CD in a SCSI drive."""
    drive = f"file=/mnt/{file},format=raw,if=none,id=cd,media=cdrom,readonly=on"
    return ["-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=cd,bootindex=0", "-drive", drive]


def disk(file: str) -> list[str]:
    """Return the words for a disk, or a stick, that a file of the folder was written to."""
    drive = f"file=/mnt/{file},format=raw,if=none,id=disk,readonly=on"
    return ["-drive", drive, "-device", "virtio-blk-pci,drive=disk,bootindex=1"]


def folder_as_disk(path: str) -> list[str]:
    """Return the words for a disk with one FAT partition that holds what a folder in the folder holds."""
    drive = f"file=fat:/mnt/{path},format=raw,if=none,id=disk,readonly=on"
    return ["-drive", drive, "-device", "virtio-blk-pci,drive=disk,bootindex=1"]


_SECURE = {
    "amd64": ("OVMF/OVMF_CODE_4M.secboot.fd", "OVMF/OVMF_VARS_4M.fd"),
    "arm64": ("AAVMF/AAVMF_CODE.secboot.fd", "AAVMF/AAVMF_VARS.fd"),
}
# Without it the system could write the variables past the firmware, which then refuses to start.
_GUARDED = ("-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on")


def with_secure_boot(arch: str, folder: Path) -> Machine:
    """Return a machine that knows Secure Boot, with the variables that are in the folder.

    If there are none they are a new machine's, which has no keys yet and starts whatever it finds.
    """
    code, template = _SECURE[arch]
    if not (folder / "variables").exists():
        shutil.copyfile(_qemu() / "usr/share" / template, folder / "variables")
    flash = [f"file=/usr/share/{code},readonly=on", "file=/mnt/variables"]
    drives = [word for each in flash for word in ("-drive", f"if=pflash,format=raw,{each}")]
    plain = UEFI[arch]
    return replace(plain, words=(*plain.words[:-2], *(_GUARDED if arch == "amd64" else ()), *drives))
