"""Artifacts to boot: a file, or a folder with netboot files, by AuroraBoot's names."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.boot.machine import ARCHITECTURES, Drives, Kernel
from kairosfile.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The address of this machine in the user network of QEMU.
HOST = "10.0.2.2"
# The command line of Kairos' documentation for netboot, with the root as a download. Programs use the last console.
NETBOOT = "rd.neednet=1 ip=dhcp rd.cos.disable netboot nodepair.enable root=live:{root} console=tty0 console={console}"
_ARCH = re.compile(r"(?:^|[-_.])(amd64|arm64|riscv64)(?=[-_.])")
WRITERS = ("xorriso", "genisoimage", "mkisofs")


class Kind(StrEnum):
    """The kind of an artifact; also the target that builds it."""

    ISO = "iso"
    RAW = "raw"
    UKI = "uki"
    NETBOOT = "netboot"


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact: a file, for netboot the kernel; only netboot has `root` and `initrd`."""

    kind: Kind
    path: Path
    initrd: Path | None = None
    root: Path | None = None

    @property
    def arch(self) -> str:
        """The architecture in its name, empty without one."""
        match = _ARCH.search(self.path.name)
        return match[1] if match else ""


def find(path: Path, kind: Kind | None = None) -> Artifact:
    """Return the artifact at a path: a file, or the one of a folder; raises CliError for none or several.

    Args:
        path: A file or a folder.
        kind: The kind to find in a folder. Default: any.
    """
    if path.is_file():
        return _of_file(path)
    artifacts = [one for file in sorted(path.iterdir()) if (one := _in_folder(file)) and kind in {None, one.kind}]
    if len(artifacts) != 1:
        names = ", ".join(one.path.name for one in artifacts) or "none"
        raise CliError(f"{path} has {len(artifacts)} artifacts to boot ({names}); name the file")
    return artifacts[0]


def _in_folder(file: Path) -> Artifact | None:
    try:
        return _of_file(file) if file.is_file() else None
    except CliError:
        return None


def _of_file(path: Path) -> Artifact:
    if path.suffix == ".iso":
        return Artifact(Kind.UKI if path.stem.endswith("-uki") else Kind.ISO, path)
    if path.suffix in {".raw", ".img"}:
        return Artifact(Kind.RAW, path)
    if path.suffix == ".efi":
        return Artifact(Kind.UKI, path)
    stem = path.name.removesuffix("-kernel")
    initrd, root = path.with_name(f"{stem}-initrd"), path.with_name(f"{stem}.squashfs")
    if stem != path.name and initrd.is_file() and root.is_file():
        return Artifact(Kind.NETBOOT, path, initrd, root)
    raise CliError(f"{path} does not boot: give an .iso, .raw, .img, .efi, or a -kernel with initrd and root")


@contextmanager
def plugged(artifact: Artifact, arch: str, drives: Drives) -> Iterator[tuple[Drives, Kernel | None]]:
    """Yield the drives with the artifact in them, and the kernel that QEMU starts; netboot files are served for it."""
    if artifact.kind is Kind.RAW:
        if drives.disk:
            raise CliError("--disk: a disk image is the machine's disk already")
        # The artifact stays as it was built.
        yield replace(drives, disk=artifact.path, keep_disk=False), None
    elif artifact.path.suffix == ".iso":
        yield replace(drives, cd=artifact.path), None
    elif artifact.kind is Kind.UKI:
        yield drives, Kernel(artifact.path)
    else:
        with _served(artifact.path.parent) as port:
            root = f"http://{HOST}:{port}/{artifact.root.name if artifact.root else ''}"
            line = NETBOOT.format(root=root, console=ARCHITECTURES[arch].console)
            yield drives, Kernel(artifact.path, artifact.initrd, line)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing: the terminal is the machine's console."""


@contextmanager
def _served(folder: Path) -> Iterator[int]:
    """Serve a folder to this machine alone; yields the port."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def write_config(config: Path, folder: Path) -> Path:
    """Return an ISO named `cidata` with a cloud-config as its `user-data`; raises CliError without a writer of ISOs.

    Kairos reads it as the datasource `cdrom`.
    """
    program = next((path for name in WRITERS if (path := shutil.which(name))), None)
    if program is None:
        raise CliError(f"--cloud-config needs one of {', '.join(WRITERS)} to write an ISO: install xorriso")
    source, image = folder / "cidata", folder / "cidata.iso"
    source.mkdir()
    try:
        shutil.copyfile(config, source / "user-data")
    except OSError as error:
        raise CliError(f"cannot read {config}: {error.strerror}") from error
    (source / "meta-data").write_text("instance-id: kairosfile\n", "utf-8")
    compatible = ["-as", "mkisofs"] if program.endswith("xorriso") else []
    options = ["-quiet", "-volid", "cidata", "-joliet", "-rock", "-output", str(image)]
    command = [program, *compatible, *options, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CliError(f"{Path(program).name} cannot write an ISO: {done.stderr.strip()}")
    return image


def create_disk(path: Path, size: str) -> None:
    """Create a sparse disk unless it exists; raises CliError for an invalid size.

    Args:
        path: The file; an existing one is not changed.
        size: A number with K, M, G or T, such as 40G.
    """
    match = re.fullmatch(r"([0-9]{1,9})([KMGT])", size.upper())
    if match is None:
        raise CliError(f"invalid disk size {size!r}: give a number with K, M, G or T, such as 40G")
    if not path.exists():
        with path.open("wb") as file:
            file.truncate(int(match[1]) << {"K": 10, "M": 20, "G": 30, "T": 40}[match[2]])
