"""`kairosfile boot` with QEMU and its firmware, for amd64 and arm64, from Debian's packages.

The packages are unpacked once, into a folder, and not installed. The command runs in namespaces in which /usr/share has
their files too: it finds the firmware by the descriptors of the packages. The programs on its PATH are scripts that
start the unpacked ones with their libraries. All ends with the test, however that ends.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.boot.machine import ARCHITECTURES
from tests.support.engine import cache, machine, provision

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGES = "ipxe-qemu,ovmf,qemu-efi-aarch64,qemu-system-arm,qemu-system-x86,seabios,xorriso"
_PROGRAMS = ("qemu-system-x86_64", "qemu-system-aarch64", "xorriso")
# Most of the size: the firmware for arm64 is padded to 64 MiB each, and there are emulators of many names.
_TRIM = """set -eu
cd root
find usr/bin -type f -name 'qemu-*' ! -name qemu-system-x86_64 ! -name qemu-system-aarch64 -delete
rm -rf usr/share/doc usr/share/man usr/share/locale
find usr/share/AAVMF -type f ! -name 'AAVMF_CODE*' ! -name AAVMF_VARS.fd -delete
"""
# QEMU looks for its own files next to its program, which is the loader here.
_SCRIPT = """#!/bin/sh
lib={root}/usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR=$lib/qemu
exec $lib/ld-linux-x86-64.so.2 --library-path $lib:$lib/pulseaudio {root}/usr/bin/{program} {options} "$@"
"""
_OWN_FILES = ("/usr/share/qemu", "/usr/share/seabios", "/usr/lib/ipxe/qemu")
_WITH_SHARE = 'mount -t overlay -o "lowerdir=$1/usr/share:/usr/share" overlay /usr/share && shift && exec "$@"'
_CONTAINED = ("setpriv", "--pdeathsig", "KILL", *provision.INSIDE, "sh", "-c", _WITH_SHARE, "sh")
_SECONDS = 900
CONSOLES = {arch: known.console for arch, known in ARCHITECTURES.items()}
"""The kernel's name of the serial console, by architecture."""


def command(*arguments: str) -> list[str]:
    """Return the command line of `kairosfile` with these arguments, on a machine that has QEMU."""
    folder = _qemu()
    return [*_CONTAINED, str(folder / "root"), str(Path(sys.executable).with_name("kairosfile")), *arguments]


def environment(stdin: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of such a command: PATH starts with QEMU; `given` is that of an engine's client."""
    path = (stdin or {}).get("PATH", machine.search_path())
    return {**(stdin or {}), "PATH": f"{_qemu() / 'bin'}:{path}:{machine.search_path()}"}


def boot_words(arch: str, *arguments: str) -> list[str]:
    """Return the command line that boots, on a small machine of an architecture."""
    small = ("--platform", f"linux/{arch}", "--memory", "768", "--timeout", str(_SECONDS))
    return command("boot", *small, *arguments)


def boot(arch: str, what: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Boot an artifact, a folder or a Kairosfile by `kairosfile boot`; return the output of the serial console.

    Args:
        arch: The architecture of the machine.
        what: The artifact.
        arguments: Further arguments. Without --wait-for the machine has to power off.
        env: The environment of an engine's client, to build.
    """
    words = boot_words(arch, *arguments, str(what))
    done = subprocess.run(words, env=environment(env), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    console = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, console + done.stderr.decode("utf-8", "replace")
    return console


def _qemu() -> Path:
    """Return the folder with the unpacked packages in `root` and the scripts in `bin`."""

    def make(to: Path) -> None:
        provision.mmdebstrap("trixie", to / "root", ["--variant=extract", f"--include={_PACKAGES}"])
        provision.contained(["sh", "-c", _TRIM], to, to / "trim.log")

    folder = cache.get_or_make("qemu", _PACKAGES + _TRIM, make)
    _write_scripts(folder)
    return folder


def _write_scripts(folder: Path) -> None:
    """Write the scripts, which name the folder by its path, unless they are there."""
    (folder / "bin").mkdir(exist_ok=True)
    root = folder / "root"
    for program in _PROGRAMS:
        own = " ".join(f"-L {root}{path}" for path in _OWN_FILES) if program.startswith("qemu") else ""
        text = _SCRIPT.format(root=root, program=program, options=own)
        script = folder / "bin" / program
        if not script.exists() or script.read_text("utf-8") != text:
            script.write_text(text, "utf-8")
            script.chmod(0o755)
