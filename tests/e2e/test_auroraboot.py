"""What the stand-in for AuroraBoot makes, seen from inside: ISOs are opened with the tools of its own image."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests import images
from tests.engine.images import BASE
from tests.standin.auroraboot.releases import FIRST, NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine import Engine, Registry

RELEASE = """KAIROS_ARCH="{arch}"
KAIROS_FLAVOR="{flavor}"
KAIROS_FLAVOR_RELEASE="13"
KAIROS_MODEL="generic"
KAIROS_RELEASE="v1.2.3"
KAIROS_SOFTWARE_VERSION="v1.33.1+k3s1"
KAIROS_SOFTWARE_VERSION_PREFIX="k3s"
KAIROS_VARIANT="standard"
"""
NAME = "kairos-debian-13-standard-amd64-generic-v1.2.3-k3sv1.33.1+k3s1"
SECRET = "token-of-nobody-5b7c"

# The stage `root` is a Kairos root as far as AuroraBoot looks; `made` is what a run left in /out.
DOCKERFILE = """FROM {base} AS root
RUN mkdir -p /boot && echo the kernel > /boot/vmlinuz-6 && ln -s /boot/vmlinuz-6 /boot/vmlinuz \\
    && echo the initrd > /boot/initrd && echo hidden > /tmp/left && {prepare}
COPY kairos-release /etc/kairos-release
FROM {auroraboot} AS made
{keys}
RUN --network=none --mount=from=root,target=/rootfs,ro --mount=type=tmpfs,target=/tmp --mount=target=/context \\
    [{words}]
{look}
FROM scratch
COPY --from=made /out /out
{also}
"""
LOOK = """RUN cd /out && osirrox -indev *.iso -extract / /tree && chmod -R u+w /tree \\
    && unsquashfs -quiet -dest /root-of-iso /tree/rootfs.squashfs \\
    && xorriso -indev *.iso -report_el_torito plain > /boot.txt && mdir -/ -b -i /tree/boot/uefi.img > /efi.txt"""
ALSO = """COPY --from=made /tree /tree
COPY --from=made /root-of-iso /root
COPY --from=made /boot.txt /efi.txt /"""


class Bench:
    """A folder in which the stand-in of one release runs as a build step on a small root."""

    def __init__(self, folder: Path, engine: Engine, registry: Registry, release: str) -> None:
        self.folder = folder
        self.engine = engine
        self.base = f"{registry.address}/{BASE}"
        self.auroraboot = images.push_auroraboot(release)
        self.log = ""

    def write(self, path: str, text: str) -> None:
        """Write a file of the context, which a run sees under /context."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(
        self,
        *words: str,
        arch: str = "amd64",
        flavor: str = "debian",
        release: str = RELEASE,
        prepare: str = "true",
        look: str = LOOK,
        also: str = ALSO,
        keys: str = "",
        options: tuple[str, ...] = (),
    ) -> Path | None:
        """Run `auroraboot` with these words; return the directory with what it left, None where it failed."""
        self.write("kairos-release", release.format(arch=arch, flavor=flavor))
        settings = {"prepare": prepare, "look": look, "also": also, "keys": keys}
        quoted = ", ".join(f'"{word}"' for word in ("/usr/bin/auroraboot", *words))
        text = DOCKERFILE.format(base=self.base, auroraboot=self.auroraboot, words=quoted, **settings)
        self.write("Dockerfile", text)
        out = self.folder / "out"
        command = ["docker", "buildx", "build", "--progress", "plain", "--output", str(out), *options, str(self.folder)]
        done = self.engine.run(command, timeout=300)
        self.log = done.stderr
        return out if done.returncode == 0 else None

    def must_run(self, *words: str, **settings: str) -> Path:
        """Run it; a failure fails the test with all that was printed."""
        out = self.run(*words, **settings)  # type: ignore[arg-type]
        assert out, self.log
        return out


@pytest.fixture
def newest(tmp_path: Path, sid: Engine, registry: Registry) -> Bench:
    """The newest release."""
    return Bench(tmp_path, sid, registry, NEWEST)


@pytest.fixture
def first(tmp_path: Path, sid: Engine, registry: Registry) -> Bench:
    """The first documented release."""
    return Bench(tmp_path, sid, registry, FIRST)


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_an_iso_has_kernel_initrd_squashfs_and_config_where_kairos_has_them(newest: Bench) -> None:
    out = newest.must_run("build-iso", "--output", "/out", "dir:/rootfs")
    assert names(out / "out") == {f"{NAME}.iso", f"{NAME}.iso.sha256"}
    tree = out / "tree"
    assert ((tree / "boot/kernel").read_text(), (tree / "boot/initrd").read_text()) == ("the kernel\n", "the initrd\n")
    assert (tree / "config.yaml").read_text() == ""
    menu = (tree / "boot/grub2/grub.cfg").read_text()
    assert "linux ($root)/boot/kernel cdroot root=live:CDLABEL=COS_LIVE" in menu
    assert "configfile $prefix/grub.cfg" in (tree / "EFI/BOOT/grub.cfg").read_text()
    root = out / "root"
    assert "ID=debian" in (root / "etc/os-release").read_text()
    assert (root / "boot/vmlinuz").is_symlink()
    assert list((root / "tmp").iterdir()) == []


def test_an_iso_boots_under_bios_and_uefi_and_its_checksum_is_right(newest: Bench) -> None:
    out = newest.must_run("build-iso", "--output", "/out", "dir:/rootfs")
    boot = (out / "boot.txt").read_text()
    assert "/boot/eltorito.img" in boot
    assert "UEFI" in boot
    assert "/boot/uefi.img" in boot
    assert "BOOTX64.EFI" in (out / "efi.txt").read_text().upper()
    digest = hashlib.sha256((out / f"out/{NAME}.iso").read_bytes()).hexdigest()
    assert (out / f"out/{NAME}.iso.sha256").read_text() == f"{digest} {NAME}.iso\n"


def test_an_iso_of_arm64_is_made_on_amd64_and_boots_under_uefi_alone(newest: Bench) -> None:
    out = newest.must_run("build-iso", "--output", "/out", "dir:/rootfs", arch="arm64", flavor="ubuntu")
    assert "kairos-ubuntu-13-standard-arm64-generic-v1.2.3-k3sv1.33.1+k3s1.iso" in names(out / "out")
    assert "BOOTAA64.EFI" in (out / "efi.txt").read_text().upper()
    assert "eltorito" not in (out / "boot.txt").read_text()
    assert (out / "tree/EFI/ubuntu/grub.cfg").exists()


def test_overlays_and_command_line_end_where_they_should(newest: Bench) -> None:
    newest.write("iso/config.yaml", f"#cloud-config\n# {SECRET}\n")
    newest.write("root/etc/motd", "hello\n")
    overlays = ("--overlay-iso", "/context/iso", "--overlay-rootfs", "/context/root")
    line = ("--extend-live-cmdline", "console=ttyS0,115200 debug", "--live-console", "console=tty1")
    out = newest.must_run("build-iso", "-n", "my-os", "-o", "/out", *overlays, *line, "dir:/rootfs")
    assert names(out / "out") == {"my-os.iso", "my-os.iso.sha256"}
    assert SECRET in (out / "tree/config.yaml").read_text()
    assert (out / "root/etc/motd").read_text() == "hello\n"
    lines = [each for each in (out / "tree/boot/grub2/grub.cfg").read_text().splitlines() if "/boot/kernel " in each]
    assert all(each.endswith("console=tty1 console=ttyS0,115200 debug") for each in lines)
    assert SECRET not in newest.log


def test_a_cloud_config_by_flag_is_printed_unless_the_level_is_above_info(newest: Bench) -> None:
    newest.write("config.yaml", f"#cloud-config\n# {SECRET} [[[ .Template ]]]\n")
    words = ("-c", "/context/config.yaml", "-o", "/out", "dir:/rootfs")
    out = newest.must_run("build-iso", *words)
    assert (out / "tree/config.yaml").read_text() == f"#cloud-config\n# {SECRET} \n"
    assert SECRET in newest.log
    newest.must_run("build-iso", "--loglevel", "warn", *words)
    assert SECRET not in newest.log


def test_the_first_release_names_it_kairos_and_leaves_its_working_files(first: Bench) -> None:
    out = first.must_run("build-iso", "--output", "/out", "dir:/rootfs")
    assert names(out / "out") == {"kairos.iso", "kairos.iso.sha256", "config.yaml", "netboot", "temp-rootfs"}
    assert "BOOTX64.EFI" in (out / "efi.txt").read_text().upper()
    assert (out / "out/temp-rootfs/etc/kairos-release").exists()


def test_a_root_without_initrd_is_refused(newest: Bench) -> None:
    assert newest.run("build-iso", "-o", "/out", "dir:/rootfs", prepare="rm /boot/initrd") is None
    assert "could not find kernel and/or initrd: /boot/initrd is missing" in newest.log
