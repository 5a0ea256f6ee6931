"""The root file system of an artifact: its copy, and its kairos-release."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.standins.auroraboot.work import Failed, Log, run

_SKIPPED = ("mnt", "proc", "sys", "dev", "tmp", "host", "run")
_MOUNT_POINTS = {"dev": 0o755, "oem": 0o755, "run": 0o755, "proc": 0o555, "sys": 0o555, "tmp": 0o1777}
_LINE = re.compile(r'^([A-Z0-9_]+)=(?:"([^"\n]*)"|([^"\s]*))$', re.MULTILINE)
_NAME = ("FLAVOR", "FLAVOR_RELEASE", "VARIANT", "ARCH", "MODEL", "VERSION")
_KERNELS = ("uImage", "Image", "zImage", "vmlinuz", "image")
_INITRDS = ("initrd", "initramfs")


def copy(source: str, to: Path, log: Log) -> None:
    """Copy a source `dir:PATH` as the real one does: without hard links, attributes and some directories.

    Raises Failed for any other kind of source: there is no registry and no Docker here.
    """
    kind, _, path = source.partition(":")
    if kind != "dir" or not path:
        raise Failed(f"stand-in: only dir:PATH can be a source, not {source}")
    if not Path(path).is_dir():
        raise Failed(f"could not dump source {source}: stat {path}: no such file or directory")
    log.info(f"Copying {path} to {to}")
    to.mkdir(parents=True, exist_ok=True)
    run("rsync", "--archive", "--acls", *(f"--exclude=/{name}" for name in _SKIPPED), f"{path}/", f"{to}/")


def with_mount_points(root: Path) -> Path:
    """Return the root with the directories that a system mounts at when it starts; `copy` leaves most of them out."""
    for name, mode in _MOUNT_POINTS.items():
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(mode)
    return root


def release_file(root: Path) -> dict[str, str]:
    """Return the keys of /etc/kairos-release, or else of /etc/os-release."""
    for name in ("kairos-release", "os-release"):
        file = root / "etc" / name
        if file.exists():
            return {key: quoted or bare for key, quoted, bare in _LINE.findall(file.read_text("utf-8"))}
    return {}


def artifact_name(root: Path) -> str:
    """Return Kairos' name for an artifact of this root, without the prefix `kairos-` and without a suffix.

    A missing key leaves an empty part; without a kairos-release it is flavor and image label of os-release.
    """
    keys = release_file(root)
    if not (root / "etc/kairos-release").exists():
        return f"{keys.get('KAIROS_FLAVOR', '')}-{keys.get('KAIROS_IMAGE_LABEL', '')}"
    name = "-".join(keys.get(f"KAIROS_{part}", "") for part in _NAME)
    prefix = keys.get("KAIROS_SOFTWARE_VERSION_PREFIX")
    if prefix and keys.get("KAIROS_VARIANT") == "standard":
        name += f"-{prefix}{keys.get('KAIROS_SOFTWARE_VERSION', '')}"
    return name


def kernel_and_initrd(root: Path) -> tuple[Path, Path]:
    """Return the kernel and the initrd of an ISO, chosen as by the real one; raise Failed if one is missing."""
    return _first(root / "boot", _KERNELS), _first(root / "boot", _INITRDS)


def _first(boot: Path, starts: tuple[str, ...]) -> Path:
    """Return the first file by name that starts so.

    A link is followed, an absolute one outside the root; where that leads nowhere, the next name counts.
    """
    for file in sorted(boot.iterdir()) if boot.is_dir() else ():
        actual = boot / file.readlink() if file.is_symlink() else file
        if file.name.startswith(starts) and actual.is_file():
            return actual
    raise Failed(f"No file found with prefixes: [{' '.join(starts)}]")
