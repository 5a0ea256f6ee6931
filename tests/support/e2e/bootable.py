"""A base image that boots: the tiny one with Debian's kernel, an initrd that finds the root, and a program of the root.

The root itself prints the text that a boot test reads on the console, by a program for its processor.
The initrd only follows the kernel's command line to the root, as that of a distribution does, and hands over to it. In
a UKI, whose initrd is the root, the same program is what the kernel starts.

It is made once of Debian's packages, which are unpacked and never configured: arm64 needs no emulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.support.engine import cache, provision
from tests.support.engine.images import PATH
from tests.support.engine.publish import Image, push

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import Registry

FOLDER = "/usr/lib/boot-test"
INITRD = f"{FOLDER}/initrd"
REPORT = f"{FOLDER}/report"
GREETING = "/etc/greeting"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
ARCHITECTURES = tuple(_MACHINES)
_PREFIX = "boot test: "

_MODULES = (
    "scsi_common scsi_mod virtio_scsi virtio_blk cdrom sr_mod isofs loop squashfs failover net_failover virtio_net"
)

_INIT = f"""#!/bin/busybox sh
export PATH=/bin
busybox mkdir -p /proc /sys /dev /medium /root
busybox mount -t proc proc /proc
busybox --install -s /bin
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in {_MODULES}; do insmod /modules/$module.ko; done
word() {{ # NAME: what the kernel's command line says of it
    tr ' ' '\\n' < /proc/cmdline | sed -n "s|^$1=||p" | tail -n 1
}}
has_label() {{ # DEVICE NAME: an ISO or ext2 of that name
    (dd if=$1 bs=1 skip=32808 count=32; dd if=$1 bs=1 skip=1144 count=16) 2>/dev/null | tr -d '\\0' | grep -q "$2"
}}
find_medium() {{ # NAME: sets device
    # A disk goes before its partitions: the first one of an ISO has the ISO's label too, and ends early.
    for device in /dev/sr0 /dev/vda /dev/vda?; do
        test -b $device && has_label $device "$1" && return
    done
    false
}}
name=$(word root | cut -d= -f2) url=$(word root | sed -n s/^live:http/http/p)
case $(word root) in
live:http*) file=/root.squashfs ;;
live:CDLABEL=*) file=$(word rd.live.dir)$(word rd.live.squashimg) ;;
LABEL=*) file=$(word cos-img/filename) ;;
esac
# QEMU gives its one guest this address.
ifconfig eth0 10.0.2.15 netmask 255.255.255.0
if test "$url"; then
    wget -q -O /medium$file $url
else
    for try in $(seq 100); do
        find_medium "$name" && break
        sleep 0.2
    done
    mount -o ro $device /medium
fi
mount -o ro,loop /medium/$file /root
mount -t tmpfs tmpfs /root/run
mkdir -p /root/run/initramfs/live
mount --bind /medium /root/run/initramfs/live
umount /proc /sys /dev
exec switch_root /root {REPORT}
"""

# The module is Debian's and signed: a kernel that Secure Boot has locked down takes it.
_PROGRAM = f"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
say() {{
    echo "{_PREFIX}$*"
}}
firmware() {{
    if ! test -d /sys/firmware/efi; then echo not UEFI && return; fi
    insmod {FOLDER}/efivarfs.ko && mount -t efivarfs efivarfs /sys/firmware/efi/efivars
    # four bytes of attributes are before the value
    case $(od -An -tu1 -j4 /sys/firmware/efi/efivars/SecureBoot-*) in
    *1*) echo UEFI with Secure Boot ;;
    *) echo UEFI ;;
    esac
}}
say "root: $(cat {GREETING})"
say "release: $(grep KAIROS_VERSION= /etc/kairos-release)"
say "machine: $(uname -m)"
say "firmware: $(firmware)"
say "config: $(tail -n 1 /run/initramfs/live/config.yaml 2>/dev/null)"
say "line: $(cat /proc/cmdline)"
say "disk: $(cat /sys/block/vda/size 2>/dev/null)"
if mkdir /run/cidata 2>/dev/null && mount -o ro /dev/sr1 /run/cidata 2>/dev/null; then
    say "cidata: $(tail -n 1 /run/cidata/user-data)"
    nc -l -p 22 < {GREETING}
fi
poweroff -f
"""
_PACK = f"""set -eu
busybox=$PWD/amd64/root/usr/bin/busybox
pack() {{ # TREE
    (cd "$1" && find . | sort | $busybox cpio -o -H newc)
}}
for arch in {" ".join(ARCHITECTURES)}; do
    cd $arch
    release=$(ls root/usr/lib/modules)
    module() {{ # NAME TO
        $busybox xzcat "$(find root/usr/lib/modules -name $1.ko.xz)" > $2/$1.ko
    }}
    mkdir -p layer/boot layer/lib/modules/$release layer{FOLDER} initrd/bin initrd/dev initrd/modules names/usr/bin
    cp root/boot/vmlinuz-$release layer/boot/
    cp root/usr/bin/busybox initrd/bin/
    for name in {_MODULES}; do module $name initrd/modules; done
    module efivarfs layer{FOLDER}
    install -m 755 ../init initrd/init
    install -m 755 ../report layer{REPORT}
    # Kairos' validation looks for two programs, by name: they go before the rest, in the clear as microcode does.
    touch names/usr/bin/immucore names/usr/bin/kairos-agent
    (pack names && pack initrd | gzip -n1) > layer{INITRD}
    tar -C layer --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c . | gzip -n1 > ../$arch.tar.gz
    cd ..
done
rm -r {" ".join(ARCHITECTURES)}
"""


def push_bootable(registry: Registry) -> str:
    """Push the tiny base with a kernel, for both architectures; return its reference, by digest."""
    tiny, kernels = provision.provide().layers, _kernels()
    images = [
        Image(f"linux/{arch}", [tiny[f"busybox-{arch}"], kernels / f"{arch}.tar.gz"], env=PATH, cmd=["sh"])
        for arch in ARCHITECTURES
    ]
    digest = push(registry, "test/bootable:1", *images)
    return f"{registry.address}/test/bootable:1@{digest}"


class BootImage(NamedTuple):
    """The build result for an architecture, in a folder; the root prints a unique greeting."""

    arch: str
    folder: Path
    greeting: str

    def file(self, pattern: str) -> Path:
        """Return the one file of a pattern that was built."""
        (actual,) = self.folder.glob(f"build/{pattern}")
        return actual

    def stick(self, pattern: str) -> Path:
        """Return an ISO of a pattern as the disk that a stick is, to which it was written."""
        iso = self.file(pattern)
        stick = iso.with_name(f"{iso.stem}-stick") / f"{iso.stem}.img"
        stick.parent.mkdir(exist_ok=True)
        if not stick.exists():
            stick.hardlink_to(iso)
        return stick


def report_of(console: str) -> dict[str, str]:
    """Return the root's lines on a console, by subject: empty if the root did not start."""
    lines = [line.partition(_PREFIX)[2].partition(":") for line in console.splitlines() if _PREFIX in line]
    return {subject: text.strip() for subject, _, text in lines}


def reached(console: str, result: BootImage, firmware: str, config: str = "") -> str:
    """Compare the root's output with the built image; return the kernel's command line."""
    visited = report_of(console)
    assert visited.get("root") == result.greeting, console
    assert visited["release"] == 'KAIROS_VERSION="v1.2.3"'
    assert (visited["machine"], visited["firmware"], visited["config"]) == (_MACHINES[result.arch], firmware, config)
    return visited["line"]


def _kernels() -> Path:
    """Return the directory with a layer for each architecture."""

    def make(to: Path) -> None:
        (to / "init").write_text(_INIT, "utf-8")
        (to / "report").write_text(_PROGRAM, "utf-8")
        for arch in ARCHITECTURES:
            packages = f"linux-image-cloud-{arch},busybox-static"
            options = ["--variant=extract", f"--include={packages}", f"--architectures={arch}"]
            provision.mmdebstrap("trixie", to / arch / "root", options)
        provision.contained(["sh", "-c", _PACK], to, to / "pack.log")

    return cache.get_or_make("bootable", _INIT + _PROGRAM + _PACK, make)
