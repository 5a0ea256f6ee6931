"""The image of the real AuroraBoot: what its Dockerfile installs, taken from Debian's packages instead.

The one idea: paths are those of the real image, where the program looks for them. Its own boot files are packages of
Kairos; here GRUB is made of Debian's modules and systemd-boot is Debian's. Nothing is there for boards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine import cache as caches
from tests.engine import layers, provision
from tests.engine.images import PATH
from tests.engine.publish import Image, push

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine import Registry

NAME = "auroraboot-real"
PROGRAM = "/usr/bin/auroraboot"

# Debian's names for what the Dockerfile asks Fedora for, without what only a development machine uses.
_TOOLS = (
    "base-files,base-passwd,bash,binutils,busybox-static,coreutils,dash,dosfstools,e2fsprogs,fdisk,findutils,gdisk,grep,"
    "grub-pc-bin,grub2-common,gzip,kpartx,mount,mtools,openssl,parted,rsync,sbsigntool,sed,squashfs-tools,"
    "systemd-boot-efi,tar,util-linux,xorriso,zstd"
)
_EFI = {"amd64": "grub-efi-amd64-bin,systemd-boot-efi", "arm64": "grub-efi-arm64-bin,systemd-boot-efi"}

# Runs in the directory that the trees were unpacked to.
_PACK = """set -eu
modules='all_video boot chain configfile echo ext2 fat gzio iso9660 linux loadenv loopback ls normal part_gpt part_msdos
search search_fs_file search_fs_uuid search_label serial squash4 test true'
cp -r efi-amd64/usr/lib/grub/x86_64-efi efi-arm64/usr/lib/grub/arm64-efi tools/usr/lib/grub/
for each in amd:amd64:x86_64-efi:x64 arm:arm64:arm64-efi:aa64; do
    IFS=: read -r folder arch format short <<-END
$each
END
    mkdir -p "tools/$folder/systemd-boot" "tools/$folder/raw/grubartifacts/EFI/BOOT"
    cp "efi-$arch/usr/lib/systemd/boot/efi/systemd-boot$short.efi" "tools/$folder/systemd-boot/"
    cp "efi-$arch/usr/lib/systemd/boot/efi/linux$short.efi.stub" "tools/$folder/systemd-boot/"
    chroot tools grub-mkimage -O "$format" -p /EFI/BOOT -o "/$folder/raw/grubartifacts/EFI/BOOT/grub.efi" $modules
done
ln -s grub-install tools/usr/sbin/grub2-install
ln -s ../bin/busybox tools/usr/sbin/busybox
chmod 1777 tools/tmp
tar -C tools --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c --exclude='./usr/share/doc' \\
    --exclude='./usr/share/locale' --exclude='./usr/share/man' --exclude='./var/lib/dpkg' --exclude='./dev/*' . |
    gzip -n6 > tools.tar.gz
rm -r tools efi-amd64 efi-arm64
"""


def publish(registry: Registry, program: Path, tag: str) -> str:
    """Push an image with a program for this machine's kind, amd64; return its reference."""
    root = program.parent / "root"
    (root / PROGRAM.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
    target = root / PROGRAM.lstrip("/")
    if not target.exists():
        target.hardlink_to(program)
    layer = layers.pack(root, program.parent / "program.tar.gz")
    env = {**PATH, "TMPDIR": "/tmp"}  # noqa: S108 - as in the real image
    push(registry, f"{NAME}:{tag}", Image("linux/amd64", [_tools(), layer], entrypoint=[PROGRAM], env=env))
    return f"{registry.address}/{NAME}:{tag}"


def _tools() -> Path:
    return caches.made("auroraboot-real-tools", _PACK + _TOOLS + repr(_EFI), _make) / "tools.tar.gz"


def _make(to: Path) -> None:
    provision.mmdebstrap("trixie", to / "tools", ["--variant=extract", f"--include={_TOOLS}"])
    for arch, packages in _EFI.items():
        options = ["--variant=extract", f"--include={packages}", f"--architectures={arch}"]
        provision.mmdebstrap("trixie", to / f"efi-{arch}", options)
    provision.contained(["sh", "-c", _PACK], to, to / "pack.log")
