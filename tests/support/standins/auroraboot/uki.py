"""build-uki: EFI programs that hold kernel, the whole root as initrd and a command line, signed for Secure Boot.

They are real: systemd's stub, put together by ukify, signed by sbsign. What is missing is the signed PCR policy
(Debian's systemd-measure would bring all of systemd); the policy's public key is in them.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot import root as roots
from tests.support.standins.auroraboot.releases import machine, names_by_release_file
from tests.support.standins.auroraboot.uki_entries import Entry, entries
from tests.support.standins.auroraboot.uki_keys import Keys, keys_of
from tests.support.standins.auroraboot.uki_output import OUTPUTS, Tree, imported
from tests.support.standins.auroraboot.work import Failed, Log, run

if TYPE_CHECKING:
    from tests.support.standins.auroraboot.commandline import Call

_VERSION = re.compile(r'^KAIROS_RELEASE="(.*)"', re.MULTILINE)
_STUBS = "/usr/lib/systemd/boot/efi"
_EFI = {"amd64": ("x64", "BOOTX64.EFI"), "arm64": ("aa64", "BOOTAA64.EFI")}
_NOT_IN_INITRD = ("sys", "run", "dev", "tmp", "proc")
_PACK = 'find . -mindepth 1 -print0 | sort -z | cpio --null --create --format newc --quiet | zstd -q -1 > "$1"'


@dataclass(frozen=True)
class _Parts:
    """The parts of every EFI program of a run."""

    version: str
    kernel: Path
    initrd: Path
    root: Path
    keys: Keys
    scratch: Path


def build_uki(call: Call, release: str) -> None:
    """Make the output of a call; raise Failed on an error."""
    _check(call)
    keys = keys_of(call, release)
    if os.geteuid() != 0:
        raise Failed("this command requires root privileges")
    if not call.words:
        raise Failed("no image provided")
    log = Log("debug" if call.switch("debug") else "info")
    with tempfile.TemporaryDirectory(prefix="auroraboot-build-uki-") as scratch:
        _build(call, release, keys, Path(scratch), log)
    log.info(f"Done building {call.text('output-type')} at: {call.text('output-dir')}")


def _check(call: Call) -> None:
    if call.texts("extra-cmdline") and call.text("extend-cmdline"):
        raise Failed("extra-cmdline and extend-cmdline flags are mutually exclusive")
    if call.text("output-type") not in OUTPUTS:
        raise Failed(f"invalid output type: {call.text('output-type')}")
    for flag in ("overlay-rootfs", "overlay-iso"):
        if call.text(flag) and not Path(call.text(flag)).is_dir():
            raise Failed(f"{flag} directory does not exist: {call.text(flag)}")
    if call.text("overlay-iso") and call.text("output-type") != "iso":
        raise Failed("overlay-iso is only supported for iso artifacts")
    for flag in ("cmd-lines-v2", "sdboot-in-source"):
        if call.switch(flag):
            raise Failed(f"stand-in: --{flag} is not made here")


def _build(call: Call, release: str, keys: Keys, scratch: Path, log: Log) -> None:
    root = scratch / "root"
    log.info("Extracting image to a temporary directory")
    roots.copy(call.words[0], root, log)
    if call.text("overlay-rootfs"):
        roots.copy(f"dir:{call.text('overlay-rootfs')}", root, log)
    name = f"kairos-{roots.artifact_name(root)}-uki" if names_by_release_file(release) else "kairos"
    parts = _parts(root, keys, scratch, log)
    result = _programs(call, parts, scratch, log)
    OUTPUTS[call.text("output-type")](call, result, name, scratch)


def _parts(root: Path, keys: Keys, scratch: Path, log: Log) -> _Parts:
    version = _version(root)
    if (root / "init").is_symlink() or (root / "init").exists():
        raise Failed(f"error creating symlink: symlink /usr/bin/immucore {root}/init: file exists")
    (root / "init").symlink_to("/usr/bin/immucore")
    for directory in ("oem", "efi", "usr/local/cloud-config"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    log.info("Copying kernel")
    kernel = Path(shutil.copyfile(_kernel(root), scratch / "vmlinuz"))
    shutil.rmtree(root / "boot")
    log.info("Creating an initramfs file")
    for directory in _NOT_IN_INITRD:
        shutil.rmtree(root / directory, ignore_errors=True)
    run("sh", "-ec", _PACK, "pack", scratch / "initrd", cwd=root)
    return _Parts(version, kernel, scratch / "initrd", root, keys, scratch)


def _version(root: Path) -> str:
    places = [root / "etc/kairos-release", root / "etc/os-release"]
    actual = next((place for place in places if place.exists()), None)
    if actual is None:
        raise Failed("reading kairos-release or os-release file: no such file or directory")
    match = _VERSION.search(actual.read_text("utf-8"))
    if match is None:
        raise Failed("unexpected number of matches for KAIROS_RELEASE in os-release: 0")
    return match[1]


def _kernel(root: Path) -> Path:
    """Return the kernel: the file in /boot of the name that the link points to, wherever that is."""
    link = root / "boot/vmlinuz"
    kernel = link.parent / (link.readlink() if link.is_symlink() else link).name
    if not kernel.is_file():
        raise Failed(f"copying kernel: open {kernel}: no such file or directory")
    return kernel


def _programs(call: Call, parts: _Parts, scratch: Path, log: Log) -> Tree:
    expected = entries(call)
    programs = []
    for entry in expected:
        log.info(f"Running ukify for cmdline: {entry.title}: {entry.line}")
        programs.append(_program(call, entry, parts))
        if programs[-1].stat().st_size > int(call.text("efi-size-warn")) * 1024 * 1024:
            log.warn(f"EFI file {programs[-1].name} is larger than {call.text('efi-size-warn')} MB")
    loader = scratch / _EFI[machine()][1]
    short = _EFI[machine()][0]
    certificate = parts.keys.certificate_in_pem(scratch)
    signer = ("sbsign", "--key", parts.keys.key, "--cert", certificate, "--output", loader)
    run(*signer, f"{_STUBS}/systemd-boot{short}.efi")
    return imported(call, expected, programs, loader, parts.version, parts.keys.enrolled, scratch)


def _program(call: Call, entry: Entry, parts: _Parts) -> Path:
    to = parts.scratch / f"{entry.file_name}.efi"
    certificate = parts.keys.certificate_in_pem(parts.scratch)
    splash = (f"--splash={call.text('splash')}",) if call.text("splash") else ()
    run(
        *("ukify", "build", f"--linux={parts.kernel}", f"--initrd={parts.initrd}", f"--cmdline={entry.line}"),
        *(f"--os-release=@{parts.root}/etc/os-release", f"--uname={parts.version}", f"--output={to}"),
        *(f"--stub={_STUBS}/linux{_EFI[machine()][0]}.efi.stub", "--signtool=sbsign", "--no-sign-kernel"),
        *(f"--secureboot-private-key={parts.keys.key}", f"--secureboot-certificate={certificate}"),
        *(f"--pcrpkey={parts.keys.policy_public_key(parts.scratch)}", *splash),
    )
    return to
