"""build-iso: a bootable live ISO, laid out as Kairos has it.

Two layouts of the working files, as the releases have them: old ones copy the root to the output directory and
leave that, netboot and config.yaml there; new ones work in TMPDIR and leave the ISO and its checksum.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot import root as roots
from tests.support.standins.auroraboot.bootloader import add_bootloader, burn
from tests.support.standins.auroraboot.releases import machine, names_by_release_file
from tests.support.standins.auroraboot.work import Failed, Log, run

if TYPE_CHECKING:
    from tests.support.standins.auroraboot.commandline import Call

_OVERLAYS = ("overlay-iso", "overlay-rootfs", "overlay-uefi")
_ARCHITECTURES = {"amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64"}
_TEMPLATE = re.compile(r"\[\[\[.*?\]\]\]", re.DOTALL)


def build_iso(call: Call, release: str) -> None:
    """Make the ISO of a call; raise Failed on an error."""
    log = Log(call.text("loglevel") or "info")
    source = _check(call, release)
    output = Path(call.text("output") or "/tmp/auroraboot")  # noqa: S108 - the real default
    output.mkdir(parents=True, exist_ok=True)
    config = output / "config.yaml"
    _park(config, _cloud_config(call), log)
    tidy = names_by_release_file(release)
    with tempfile.TemporaryDirectory(prefix="auroraboot-") as scratch:
        root = Path(scratch) / "rootfs" if tidy else output / "temp-rootfs"
        roots.copy(source, root, log)
        iso = _output_file(call, release, root, output)
        log.info(f"Generating iso '{iso.name}' from '{root}' to '{output}'")
        _make(call, release, root, config, iso, Path(scratch), log)
    if tidy:
        config.unlink()
    else:
        (output / "netboot").mkdir(exist_ok=True)


def _check(call: Call, release: str) -> str:
    if not call.words:
        raise Failed("no source defined")
    arch = call.text("arch")
    allowed = ("amd64", "arm64") if names_by_release_file(release) else tuple(_ARCHITECTURES)
    if arch and arch not in allowed:
        raise Failed(f"invalid architecture '{arch}': must be 'amd64' or 'arm64'")
    for name in _OVERLAYS:
        if call.text(name) and not Path(call.text(name)).exists():
            raise Failed(f"invalid path '{call.text(name)}'")
    return call.words[0]


def _cloud_config(call: Call) -> str:
    """Return the cloud-config: a template between [[[ and ]]] has no values and becomes empty."""
    place = call.text("cloud-config")
    if not place:
        return ""
    if place != "-" and not Path(place).is_file():
        raise Failed(f"reading cloud config: stat {place}: no such file or directory")
    text = sys.stdin.read() if place == "-" else Path(place).read_text("utf-8")
    if not text:
        raise Failed("reading cloud config: cloud config set but contents are empty")
    return _TEMPLATE.sub("", text)


def _park(place: Path, text: str, log: Log) -> None:
    """Write the cloud-config to the output directory; the real one prints all of it too, secrets included."""
    log.info(f"Copying cloud config to {place}: {text}")
    place.touch(mode=0o600)
    place.chmod(0o600)
    place.write_text(text, "utf-8")


def _output_file(call: Call, release: str, root: Path, output: Path) -> Path:
    name = call.text("name") or "kairos"
    if names_by_release_file(release):
        name = call.text("override-name") or f"kairos-{roots.artifact_name(root)}"
    date = f".{datetime.now(UTC):%Y%m%d}" if call.switch("date") else ""
    return output / f"{name}{date}.iso"


def _make(call: Call, release: str, root: Path, config: Path, iso: Path, scratch: Path, log: Log) -> None:
    tree = scratch / "iso"
    (tree / "boot").mkdir(parents=True)
    kernel, initrd = roots.kernel_and_initrd(root)
    shutil.copyfile(config, tree / "config.yaml")
    _overlay(call, "overlay-rootfs", root, log)
    _overlay(call, "overlay-iso", tree, log)
    shutil.copyfile(kernel, tree / "boot/kernel")
    shutil.copyfile(initrd, tree / "boot/initrd")
    arch = _architecture(call, release, root)
    log.info("Creating EFI image...")
    add_bootloader(tree, arch, roots.release_file(root).get("KAIROS_FLAVOR", ""), _console(call), scratch)
    log.info("Creating squashfs...")
    run("mksquashfs", roots.with_mount_points(root), tree / "rootfs.squashfs", "-b", "1024k", "-no-progress")
    log.info("Creating ISO image...")
    burn(tree, arch, iso)
    digest = hashlib.sha256(iso.read_bytes()).hexdigest()
    iso.with_name(f"{iso.name}.sha256").write_text(f"{digest} {iso.name}\n", "utf-8")


def _overlay(call: Call, flag: str, onto: Path, log: Log) -> None:
    if call.text(flag):
        roots.copy(f"dir:{call.text(flag)}", onto, log)


def _architecture(call: Call, release: str, root: Path) -> str:
    """Return the ISO's architecture: of the root in new releases, of --arch or this machine in old ones."""
    named = roots.release_file(root).get("KAIROS_ARCH") if names_by_release_file(release) else call.text("arch")
    arch = _ARCHITECTURES.get(named or machine())
    if arch is None:
        raise Failed(f"not supported architecture: {named}")
    return arch


def _console(call: Call) -> str:
    """Return the call's additions to the kernel's command line."""
    return f"{call.text('live-console') or 'console=ttyS0 console=tty1'} {call.text('extend-live-cmdline')}".strip()
