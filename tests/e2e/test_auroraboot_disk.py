"""Disks of the stand-in for AuroraBoot: real ones where it may mount, the failure of the real one where it may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.e2e.auroraboot import RELEASE, Bench, pushed
from tests.support.standins.auroraboot.releases import FIRST, NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import Engine

SETTINGS = ("container_image=dir:/rootfs", "state_dir=/out", "disable_http_server=true", "disable_netboot=true")
WORDS = tuple(word for setting in SETTINGS for word in ("--set", setting))
NAME = "kairos-debian-13-standard-amd64-generic-v1.2.3-k3sv1.33.1+k3s1"

# A privileged container makes a root, builds a disk from it, and prints the content of the disk.
SCRIPT = """set -e
mkdir -p /rootfs/etc/cos /rootfs/boot
echo menu > /rootfs/etc/cos/grub.cfg
echo kernel > /rootfs/boot/vmlinuz
printf %s "$RELEASE" > /rootfs/etc/kairos-release
echo '#cloud-config of mine' > /mine.yaml
auroraboot "$@" 2>&1
cd /out
find . -type f -printf '%P %s %m\\n' | sort
for disk in *.raw; do
    [ -f "$disk" ] || exit 0
    sfdisk --quiet --dump "$disk" | grep name=
    part() {
        line=$(sfdisk --quiet --dump "$disk" | grep "name=\\"$1\\"")
        start=$(echo "$line" | sed 's/.*start= *\\([0-9]*\\),.*/\\1/')
        size=$(echo "$line" | sed 's/.*size= *\\([0-9]*\\),.*/\\1/')
        dd if="$disk" of="/$1.img" bs=1M skip=$((start / 2048)) count=$((size / 2048)) status=none
    }
    part oem
    debugfs -R 'cat 90_custom.yaml' /oem.img 2>/dev/null
    debugfs -R 'cat 01_reset.yaml' /oem.img 2>/dev/null
    part recovery
    debugfs -R 'dump cOS/recovery.img /system.img' /recovery.img 2>/dev/null
    debugfs -R 'stat proc' /system.img 2>/dev/null | grep Type:
    debugfs -R 'cat boot/vmlinuz' /system.img 2>/dev/null
done
"""


def privileged(engine: Engine, release: str, *words: str) -> str:
    """Run a release in a privileged container; return its output and that of the inspection."""
    text = RELEASE.format(arch="amd64", flavor="debian")
    command = ["docker", "run", "--rm", "--privileged", "--network", "none", "--env", f"RELEASE={text}"]
    command += ["--entrypoint", "/bin/sh", pushed(release), "-c", SCRIPT, "sh", *words]
    done = engine.run(command, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(visited: str) -> dict[str, int]:
    """Return the sizes of the files that were left, by name."""
    lines = [line.split() for line in visited.splitlines()]
    return {words[0]: int(words[1]) for words in lines if len(words) == 3 and words[1].isdigit()}


def test_a_disk_needs_the_privilege_to_mount(tmp_path: Path, docker28: Engine, base: str) -> None:
    bench = Bench(tmp_path, docker28, base, pushed(NEWEST))
    bench.prepare = "mkdir /etc/cos && touch /etc/cos/grub.cfg"
    assert "mount: exit status" in bench.fails(*WORDS, "--set", "disk.efi=true")


def test_a_disk_has_efi_oem_and_recovery_with_the_root_inside(docker28: Engine) -> None:
    words = ("--cloud-config", "/mine.yaml", *WORDS, "--set", "disk.efi=true", "--set", "disk.size=200")
    visited = privileged(docker28, NEWEST, *words, "--set", "disk.state_size=777")
    assert f"{NAME}.raw {200 * 1024 * 1024} 777\n" in visited
    assert [line.split("name=")[1] for line in visited.splitlines() if "name=" in line] == [
        '"efi"',
        '"oem"',
        '"recovery"',
    ]
    assert "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B" in visited
    assert "#cloud-config of mine\n" in visited
    assert "size: 777" in visited
    assert "Type: directory    Mode:  0555" in visited, visited
    assert visited.endswith("kernel\n")


@pytest.mark.parametrize(
    ("kind", "end"), [("bios", ".raw"), ("vhd", ".raw.vhd"), ("gce", ".raw.gce.tar.gz"), ("maas", ".raw.gz")]
)
def test_every_form_of_a_disk_has_the_name_of_the_real_one(docker28: Engine, kind: str, end: str) -> None:
    visited = privileged(docker28, NEWEST, *WORDS, "--set", f"disk.{kind}=true")
    sizes = files(visited)
    assert set(sizes) == {f"{NAME}{end}", *([f"{NAME}.raw"] if kind == "maas" else [])}
    assert kind != "vhd" or sizes[f"{NAME}{end}"] % 2**20 == 512
    assert (f"{NAME}.raw" in sizes) == ('passwd: "kairos"' in visited)


def test_partitions_stay_separate_files_on_request(docker28: Engine) -> None:
    visited = privileged(docker28, NEWEST, *WORDS, "--set", "disk.partitions=true")
    assert set(files(visited)) == {"efi.img", "oem.img", "recovery_partition.img"}


def test_the_first_release_calls_it_disk_and_puts_it_into_a_folder(docker28: Engine) -> None:
    assert set(files(privileged(docker28, FIRST, *WORDS, "--set", "disk.raw=true"))) == {"build/disk.raw"}
