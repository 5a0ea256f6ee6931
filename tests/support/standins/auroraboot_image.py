"""The image of the stand-in for AuroraBoot: Debian's tools, boot loaders of both architectures, and the program.

It has three layers. The tools (one per architecture) and the boot files are made once and kept, like the parts
of the engines; the program is packed anew each time, and the registry has it by its digest. Packages
are unpacked, never configured, so that those of arm64 need no emulation.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.engine import cache, layers, provision
from tests.support.engine.images import PATH
from tests.support.engine.publish import Image, push
from tests.support.standins.auroraboot.releases import commands
from tests.support.standins.kairos_init import LABEL

if TYPE_CHECKING:
    from tests.support.engine import Registry

ARCHITECTURES = ("amd64", "arm64")
PROGRAM = "/usr/bin/auroraboot"
NAME = "auroraboot-stand-in"

_LIBRARY = "usr/lib/auroraboot-stand-in"
_SOURCE = Path(__file__).parent
_TOOLS = (
    "base-files,coreutils,cpio,dash,dosfstools,e2fsprogs,efitools,fdisk,findutils,grep,gzip,mount,mtools,openssl,"
    "python3,rsync,sbsigntool,sed,squashfs-tools,systemd-ukify,tar,xorriso,zstd"
)
# From sid: the 257 of trixie does not know `uki` in the entries that AuroraBoot writes, and finds nothing to start.
_SYSTEMD_BOOT = "systemd-boot-efi"
_GRUB = {"amd64": "base-files,grub-common,grub-efi-amd64-bin,grub-pc-bin", "arm64": "grub-efi-arm64-bin"}

# Runs in the directory that the trees were unpacked to.
_PACK = f"""set -eu
boot=boot/{_LIBRARY}/boot
systemd_boot=usr/lib/systemd/boot/efi
mkdir -p $boot grub-amd64/out boot/$systemd_boot
cp systemd-boot-*/$systemd_boot/*.efi* boot/$systemd_boot/
cp -r grub-arm64/usr/lib/grub/arm64-efi grub-amd64/usr/lib/grub/
common='boot configfile echo gzio iso9660 linux loadenv ls normal part_gpt part_msdos search search_fs_file'
common="$common loopback search_fs_uuid search_label serial test true"
make_grub() {{ # FORMAT FILE PREFIX MODULES
    chroot grub-amd64 grub-mkimage -O "$1" -o "/out/$2" -p "$3" $common $4
}}
make_grub i386-pc-eltorito eltorito.img /boot/grub2 'all_video biosdisk chain ext2 vbe vga'
make_grub x86_64-efi bootx64.efi /EFI/BOOT 'all_video chain ext2 fat'
make_grub arm64-efi bootaa64.efi /EFI/BOOT 'all_video chain ext2 fat'
cp grub-amd64/out/* grub-amd64/usr/lib/grub/i386-pc/boot_hybrid.img $boot/
pack() {{ # TREE
    tar -C "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c --exclude='./usr/share/*' \\
        --exclude='./var/lib/dpkg' --exclude='./dev/*' . | gzip -n6 > "$1.tar.gz"
}}
chmod 1777 tools-amd64/tmp tools-arm64/tmp
pack tools-amd64
pack tools-arm64
pack boot
rm -r grub-* systemd-boot-* tools-arm64
"""

_LAUNCHER = f"""#!/usr/bin/python3
# AuroraBoot stand-in (not the real AuroraBoot): see tests/support/standins/auroraboot.
import sys

sys.path.insert(0, "/{_LIBRARY}")
from tests.support.standins.auroraboot.app import main

sys.exit(main(sys.argv[1:], "%s"))
"""


def tools() -> Path:
    """Return the directory with the layers, and `tools-amd64` unpacked for tests that look into artifacts."""
    return cache.get_or_make("auroraboot", _PACK + _TOOLS + repr(_GRUB) + _SYSTEMD_BOOT, _make)


def _make(to: Path) -> None:
    for arch in ARCHITECTURES:
        for name, suite, packages in (
            ("tools", "trixie", _TOOLS),
            ("grub", "trixie", _GRUB[arch]),
            ("systemd-boot", "sid", _SYSTEMD_BOOT),
        ):
            options = ["--variant=extract", f"--include={packages}", f"--architectures={arch}", *provision.AGED]
            provision.mmdebstrap(suite, to / f"{name}-{arch}", options)
    provision.contained(["sh", "-c", _PACK], to, to / "pack.log")


def write_program(release: str, directory: Path) -> None:
    """Write the program of a release into a root directory; raises UnknownReleaseError."""
    commands(release)
    library = directory / _LIBRARY / "tests/support/standins"
    shutil.copytree(_SOURCE / "auroraboot", library / "auroraboot", ignore=shutil.ignore_patterns("__pycache__"))
    for package in (library, *library.parents[:2]):
        (package / "__init__.py").touch()
    launcher = directory / PROGRAM.lstrip("/")
    launcher.parent.mkdir(parents=True)
    launcher.write_text(_LAUNCHER % release, "utf-8")
    launcher.chmod(0o755)


def publish(registry: Registry, release: str) -> str:
    """Push the image of a release for both architectures; return its reference."""
    result = tools()
    with tempfile.TemporaryDirectory() as scratch:
        write_program(release, Path(scratch) / "root")
        program = layers.pack(Path(scratch) / "root", Path(scratch) / "program.tar.gz")
        images = [
            Image(
                f"linux/{arch}",
                [result / f"tools-{arch}.tar.gz", result / "boot.tar.gz", program],
                entrypoint=[PROGRAM],
                env={**PATH, "TMPDIR": "/tmp"},  # noqa: S108 - as in the real image
                labels={LABEL: f"auroraboot {release}"},
            )
            for arch in ARCHITECTURES
        ]
        push(registry, f"{NAME}:{release}", *images)
    return f"{registry.address}/{NAME}:{release}"
