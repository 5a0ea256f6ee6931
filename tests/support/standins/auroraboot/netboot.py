"""netboot: kernel, initrd and squashfs of an ISO, as files that a network boot serves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.releases import NEWEST, at_least
from tests.support.standins.auroraboot.work import Failed, Log, run

if TYPE_CHECKING:
    from tests.support.standins.auroraboot.commandline import Call

_FILES = {"/rootfs.squashfs": ".squashfs", "/boot/kernel": "-kernel", "/boot/initrd": "-initrd"}
_WORDS = ("iso-file", "output-dir", "output-artifact-prefix")


def extract_netboot(call: Call, release: str) -> None:
    """Take the three files out of an ISO; the directory for them must exist. Raises Failed."""
    if len(call.words) < len(_WORDS):
        raise Failed(f"{_WORDS[len(call.words)]} is required")
    iso, directory, prefix = call.words
    if not Path(directory).exists():
        raise Failed(f"destination directory {directory} does not exist: stat {directory}: no such file or directory")
    log = Log("debug" if call.switch("debug") else "info")
    log.info(f"Extracting netboot artifacts prefix={prefix} source={iso} destination={directory}")
    _open(Path(iso), release)
    for inside, suffix in _FILES.items():
        to = Path(directory) / f"{prefix}{suffix}"
        run("osirrox", "-indev", iso, "-extract", inside, to)
        to.chmod(0o644)
    log.info("Artifacts extracted")


def _open(iso: Path, release: str) -> None:
    """Open an ISO as the release does: the newest opens it read-only; older ones may open it for writing."""
    try:
        with iso.open("rb" if at_least(release, NEWEST) else "r+b"):
            pass
    except OSError as error:
        raise Failed(f"could not open device {iso} with mode 130: {error.strerror}") from error
