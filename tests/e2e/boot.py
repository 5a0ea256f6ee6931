"""What a boot test needs: a base image with Debian's kernel, and QEMU, which boots what was made of it.

Both come from Debian's packages, are made once and kept. The base is the tiny one plus a kernel; its initrd does one
thing: it looks for the ISO, opens the squashfs in it, says on the console what it found there, and switches off.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.engine import cache, machine, provision
from tests.engine.images import PATH
from tests.engine.publish import Image, push

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.engine import Registry

INITRD = "/usr/lib/boot-test/initrd"
GREETING = "/etc/greeting"

_KERNEL = "linux-image-cloud-amd64"
_QEMU = "base-files,dash,coreutils,ovmf,qemu-system-x86,seabios"
_MODULES = "scsi_common scsi_mod virtio_scsi virtio_blk cdrom sr_mod isofs loop squashfs"

_INIT = f"""#!/bin/busybox sh
export PATH=/bin
busybox mkdir -p /proc /sys /iso /root
busybox mount -t proc proc /proc
busybox --install -s /bin
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in {_MODULES}; do insmod /modules/$module.ko; done
for try in $(seq 100); do
    mount -t iso9660 -o ro /dev/sr0 /iso 2>/dev/null && break
    mount -t iso9660 -o ro /dev/vda /iso 2>/dev/null && break
    sleep 0.1
done
mount -t squashfs -o ro,loop /iso/rootfs.squashfs /root
echo "boot test: root: $(cat /root{GREETING})"
echo "boot test: release: $(grep KAIROS_VERSION= /root/etc/kairos-release)"
echo "boot test: config: $(tail -n 1 /iso/config.yaml)"
echo "boot test: line: $(cat /proc/cmdline)"
poweroff -f
"""
_PACK = f"""set -eu
release=$(ls root/usr/lib/modules)
mkdir -p layer/boot layer/lib/modules/$release layer/usr/lib/boot-test initrd/bin initrd/dev initrd/modules
cp root/boot/vmlinuz-$release layer/boot/
cp root/usr/bin/busybox initrd/bin/
for module in {_MODULES}; do
    root/usr/bin/busybox xzcat "$(find root/usr/lib/modules -name $module.ko.xz)" > initrd/modules/$module.ko
done
cp init initrd/init
chmod 755 initrd/init
pack() {{ # TREE
    (cd "$1" && find . | sort | ../root/usr/bin/busybox cpio -o -H newc)
}}
# Kairos' validation looks for two programs, by name: they go before the rest, in the clear as microcode does.
mkdir -p names/usr/bin
touch names/usr/bin/immucore names/usr/bin/kairos-agent
(pack names && pack initrd | gzip -n1) > layer{INITRD}
tar -C layer --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c . | gzip -n1 > layer.tar.gz
rm -r root layer initrd names
"""


def push_bootable(registry: Registry) -> str:
    """Push the tiny base with a kernel, for amd64; return its reference."""
    layers = [provision.provide().layers["busybox-amd64"], _kernel() / "layer.tar.gz"]
    push(registry, "test/bootable:1", Image("linux/amd64", layers, env=PATH, cmd=["sh"]))
    return f"{registry.address}/test/bootable:1"


def _kernel() -> Path:
    def make(to: Path) -> None:
        (to / "init").write_text(_INIT, "utf-8")
        options = ["--variant=extract", f"--include={_KERNEL},busybox-static"]
        provision.mmdebstrap("trixie", to / "root", options)
        provision.contained(["sh", "-c", _PACK], to, to / "pack.log")

    return cache.made("bootable", _INIT + _PACK + _KERNEL, make)


def _qemu() -> Path:
    def make(to: Path) -> None:
        provision.mmdebstrap("trixie", to / "root", ["--variant=extract", f"--include={_QEMU}"])
        (to / "root/mnt").mkdir(exist_ok=True)

    return cache.made("qemu", _QEMU, make) / "root"


@dataclass(frozen=True)
class Machine:
    """A virtual machine without network, all of it emulated: a KVM inside of another may be there and not work."""

    firmware: Sequence[str] = ()
    """QEMU's options for the firmware; BIOS without any."""

    memory: str = "512M"

    def boot(self, drive: Sequence[str], iso: Path, *, seconds: float) -> str:
        """Boot an ISO, seen as /mnt/NAME by the drive's options, until it switches off; return the serial console.

        Raises subprocess.TimeoutExpired, with what was printed, where it does not switch off in time.
        """
        root = _qemu()
        command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", self.memory, "-nographic", "-no-reboot"]
        command += ["-nic", "none", "-monitor", "none", "-serial", "stdio", *self.firmware, *drive]
        inside = (
            f"mount --bind {iso.parent} {root}/mnt && mount --rbind /dev {root}/dev && exec chroot {root} " + '"$@"'
        )
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", inside, "sh", *command],
            env={"PATH": machine.search_path()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
        return done.stdout


UEFI = Machine(("-bios", "/usr/share/ovmf/OVMF.fd"))
BIOS = Machine()


def as_cd(iso: Path) -> list[str]:
    """Return the options for a CD in a SCSI drive."""
    drive = f"file=/mnt/{iso.name},format=raw,if=none,id=cd,media=cdrom,readonly=on"
    return ["-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=cd,bootindex=0", "-drive", drive]


def as_disk(iso: Path) -> list[str]:
    """Return the options for a disk or stick that the ISO was written to."""
    return ["-drive", f"file=/mnt/{iso.name},format=raw,if=virtio,readonly=on"]
