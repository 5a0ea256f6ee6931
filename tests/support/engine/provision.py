"""Makes the parts of the engines once: two root file systems and the layers of the test images.

All of it comes from Debian's packages. The file system of trixie also yields the Debian base image: it is
packed halfway, before Docker goes in. The one of sid also carries qemu for arm64, which both engines use.
"""

from __future__ import annotations

import functools
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import cache, machine, mirror
from .errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUITES = ("trixie", "sid")
PACKAGES = (
    "ca-certificates containerd docker-buildx docker-cli docker-registry docker.io git iptables mount "
    "passt runc tini"  # passt: the network of a sandbox; git: BuildKit's git sources
)
EMULATOR = "usr/bin/qemu-aarch64"

UNREAD = [f"path-exclude=/usr/share/{kind}/*" for kind in ("doc", "info", "locale", "man")]
# sid's index may be older than it allows itself to be.
AGED = ['--aptopt=Acquire::Check-Valid-Until "false"']
ONE_EMULATOR = ["path-exclude=/usr/bin/qemu-*", f"path-include=/{EMULATOR}"]

# Runs between Debian's essential packages and Docker's; adds what Debian's official image has as well: a few packages,
# and the settings of apt by which no downloads and no large indexes stay. The engine goes on without them.
PACK_DEBIAN = """set -eu
chroot "$1" apt-get -yqq --no-install-recommends install mount passwd tzdata
set -- "$1" "$1/etc/apt/apt.conf.d"
echo 'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";' > "$2/docker-clean"
for hook in APT::Update DPkg; do
    echo "$hook::Post-Invoke { \\"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true\\"; };"
done >> "$2/docker-clean"
echo 'Acquire::GzipIndexes "true";' > "$2/docker-gzip-indexes"
echo 'Acquire::Languages "none";' > "$2/docker-no-languages"
echo 'Apt::AutoRemove::SuggestsImportant "false";' > "$2/docker-autoremove-suggests"
tar -C "$1" --sort=name --one-file-system --numeric-owner -c \
    --exclude='./dev/*' --exclude='./tmp/*' --exclude='./etc/resolv.conf' --exclude='./etc/hostname' \
    --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/apt/archives/*' \
    --exclude='./var/cache/apt/*.bin' --exclude='./var/cache/debconf/*-old' . |
    gzip -n1 > "$1/../debian.tar.gz"
rm "$2"/docker-*
"""

# Links for all of busybox's commands, and enough of a distribution to identify it.
PACK_BUSYBOX = """set -eu
for arch in amd64 arm64; do
    tree=$arch/tree
    mkdir -p $tree/bin $tree/etc $tree/tmp $tree/root $tree/var $tree/proc $tree/sys $tree/dev
    ln -s bin $tree/sbin
    cp $arch/root/usr/bin/busybox $tree/bin/busybox
    for command in $(amd64/root/usr/bin/busybox --list); do
        test -e $tree/bin/$command || ln -s busybox $tree/bin/$command
    done
    printf '%s\\n' 'PRETTY_NAME="Debian busybox (test)"' 'NAME="Debian"' ID=debian 'VERSION_ID="13"' \\
        VERSION_CODENAME=trixie > $tree/etc/os-release
    mkdir -p $tree/etc/apt/sources.list.d
    printf '%s\\n' 'Types: deb' 'Components: main' > $tree/etc/apt/sources.list.d/debian.sources
    echo 'root:x:0:0:root:/root:/bin/sh' > $tree/etc/passwd
    echo 'root:x:0:' > $tree/etc/group
    chmod 1777 $tree/tmp
    tar -C $tree --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c . | gzip -n9 > $arch.tar.gz
done
rm -r amd64 arm64
"""


INSIDE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class Provisions:
    """Paths: the root file system of each suite, the arm64 emulator, and layers (tar.gz) by name."""

    roots: dict[str, Path]
    emulator: Path
    layers: dict[str, Path]


def provide() -> Provisions:
    """Return everything the engines and the images need; create missing parts."""
    return _provided(cache.cache_dir())


@functools.cache
def _provided(_: Path) -> Provisions:
    machine.require()
    trixie, sid, busybox = _all_at_once(_trixie, _sid, _busybox)
    layers = {"debian": trixie / "debian.tar.gz"}
    layers |= {f"busybox-{arch}": busybox / f"{arch}.tar.gz" for arch in ("amd64", "arm64")}
    return Provisions({"trixie": trixie / "root", "sid": sid / "root"}, sid / "root" / EMULATOR, layers)


def _all_at_once(*makers: Callable[[], Path]) -> list[Path]:
    with ThreadPoolExecutor(len(makers)) as pool:
        try:
            return list(pool.map(lambda make: make(), makers))
        except BaseException:
            for maker in list(_running):
                maker.kill()
            raise


def _trixie() -> Path:
    return _file_system("trixie", [f"--include={PACKAGES}", f"--essential-hook={PACK_DEBIAN}"])


def _sid() -> Path:
    options = [f"--include={PACKAGES} qemu-user", *(f"--dpkgopt={line}" for line in ONE_EMULATOR)]
    return _file_system("sid", [*options, *AGED])


def _file_system(suite: str, options: list[str]) -> Path:
    options = ["--variant=apt", *(f"--dpkgopt={line}" for line in UNREAD), *options]
    return cache.get_or_make(suite, repr(options), lambda to: mmdebstrap(suite, to / "root", options))


def _busybox() -> Path:
    def make(to: Path) -> None:
        for arch in ("amd64", "arm64"):
            options = ["--variant=extract", "--include=busybox-static", f"--architectures={arch}"]
            mmdebstrap("trixie", to / arch / "root", options)
        contained(["sh", "-c", PACK_BUSYBOX], to, to / "pack.log")

    return cache.get_or_make("busybox", PACK_BUSYBOX, make)


def mmdebstrap(suite: str, to: Path, options: list[str]) -> None:
    """Make a root file system of a suite from the machine's own mirror."""
    with cache.locked(cache.cache_dir() / "apt.lock"):
        machine.require_mmdebstrap()
    source = mirror.debian_mirror()
    to.parent.mkdir(parents=True, exist_ok=True)
    command = ["mmdebstrap", "--mode=root", *options, suite, str(to), source]
    contained(command, to.parent, to.parent / "mmdebstrap.log")


def contained(command: list[str], cwd: Path, log: Path) -> None:
    """Run a maker in separate namespaces, so that nothing of it, no mount either, outlives this process."""
    contained = ["setpriv", "--pdeathsig", "KILL", *INSIDE, *command]
    env = {**os.environ, "PATH": machine.search_path()}
    with log.open("w") as out:
        maker = subprocess.Popen(contained, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    _running.add(maker)
    failed = maker.wait()
    _running.discard(maker)
    if failed:
        raise EngineUnavailable(f"{command[0]} failed; the end of its output:\n{log.read_text()[-2000:]}")
