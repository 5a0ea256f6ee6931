"""`kairosfile boot`: the command line of QEMU, the detection of boot files, and how a machine ends."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from kairosfile.cli.boot import machine
from kairosfile.cli.boot.artifacts import WRITERS, Artifact, Kind, create_disk, find, plugged, write_config
from kairosfile.cli.boot.console import End, watch
from kairosfile.cli.boot.machine import Drives, Firmware, Kernel, Machine, find_firmware, to_argv
from kairosfile.cli.commands import doctor
from kairosfile.cli.errors import CliError

COMMAND = str(Path(sys.executable).with_name("kairosfile"))


def descriptor(folder: Path, name: str, *features: str, architecture: str = "x86_64", **mapping: Any) -> None:
    """Write a firmware descriptor and its files, as a package installs them."""
    files = {}
    for kind in ("executable", "nvram-template"):
        path = folder / f"{name}-{kind}.fd"
        path.write_bytes(b"flash")
        files[kind] = {"filename": str(path), "format": "raw"}
    text = {
        "description": name,
        "interface-types": ["uefi"],
        "mapping": {"device": "flash", **files, **mapping},
        "targets": [{"architecture": architecture, "machines": ["*"]}],
        "features": features,
    }
    (folder / f"{name}.json").write_text(json.dumps(text))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with programs named as QEMU's and firmware for amd64, without KVM; returns its firmware."""
    programs, firmware = tmp_path / "bin", tmp_path / "firmware"
    programs.mkdir()
    firmware.mkdir()
    for name in ("qemu-system-x86_64", "qemu-system-aarch64"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(machine, "_folders", lambda _: [firmware])
    monkeypatch.setattr(machine, "KVM", tmp_path / "no-kvm")
    descriptor(firmware, "40-enrolled", "secure-boot", "enrolled-keys", "requires-smm")
    descriptor(firmware, "50-secure", "secure-boot", "requires-smm")
    descriptor(firmware, "60-plain")
    return firmware


def test_firmware_is_found_by_its_descriptor(host: Path) -> None:
    assert host
    plain, secure = (find_firmware("amd64", kind) for kind in (Firmware.UEFI, Firmware.SECURE_BOOT))

    assert plain
    assert secure
    assert (plain.code.name, plain.guarded) == ("60-plain-executable.fd", False)
    assert (secure.code.name, secure.guarded) == ("50-secure-executable.fd", True)
    assert find_firmware("arm64", Firmware.UEFI) is None


def test_descriptors_that_cannot_be_used_are_passed_over(host: Path) -> None:
    (host / "10-broken.json").write_text("{")
    (host / "11-odd.json").write_text('{"mapping": []}')
    descriptor(host, "12-memory", device="memory")
    descriptor(host, "13-gone")
    (host / "13-gone-executable.fd").unlink()
    descriptor(host, "14-qcow", executable={"filename": "x", "format": "qcow2"})

    actual = find_firmware("amd64", Firmware.UEFI)

    assert actual
    assert actual.code.name == "60-plain-executable.fd"


def test_a_machine_has_its_firmware_with_variables_of_its_own(host: Path, tmp_path: Path) -> None:
    line = " ".join(to_argv(Machine("amd64", Firmware.SECURE_BOOT, ssh_port=2222), Drives(), None, tmp_path))

    assert "-machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on" in line
    assert f"readonly=on,file={host}/50-secure-executable.fd" in line
    assert f"file={tmp_path}/variables.fd" in line
    assert (tmp_path / "variables.fd").read_bytes() == b"flash"
    assert "hostfwd=tcp:127.0.0.1:2222-:22" in line
    assert "-accel tcg -cpu max" in line


def test_kvm_is_used_if_qemu_starts_with_it(host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert host
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert not machine.has_kvm("amd64")

    monkeypatch.setattr(machine, "KVM", tmp_path / "kvm")
    (tmp_path / "kvm").touch()
    assert machine.has_kvm("amd64")
    assert not machine.has_kvm("arm64")

    (tmp_path / "bin/qemu-system-x86_64").write_text('#!/bin/sh\ncase "$*" in *"-accel kvm"*) kill -ABRT $$ ;; esac\n')
    assert not machine.has_kvm("amd64")
    assert "-accel tcg -cpu max" in " ".join(to_argv(Machine("amd64"), Drives(), None, tmp_path))


def test_bios_takes_no_flash_and_is_for_amd64_alone(host: Path, tmp_path: Path) -> None:
    assert host
    assert "pflash" not in " ".join(to_argv(Machine("amd64", Firmware.BIOS), Drives(), None, tmp_path))
    with pytest.raises(CliError, match="arm64 has no BIOS"):
        to_argv(Machine("arm64", Firmware.BIOS), Drives(), None, tmp_path)


def test_missing_packages_are_reported_with_the_install_command(host: Path, tmp_path: Path) -> None:
    with pytest.raises(CliError, match="there is no uefi firmware for arm64: install qemu"):
        to_argv(Machine("arm64"), Drives(), None, tmp_path)
    with pytest.raises(CliError, match="qemu-system-riscv64 is not installed"):
        to_argv(Machine("riscv64"), Drives(), None, tmp_path)
    actual = [
        (one.status, one.message)
        for one in doctor.check_virtual_machines(["linux/amd64", "linux/arm64", "linux/arm/v7"])
    ]
    assert ("ok", f"amd64: uefi firmware {host}/60-plain-executable.fd") in actual
    assert ("error", "arm64: there is no uefi firmware") in actual
    assert ("unknown", "amd64: emulated, because this machine offers no KVM for it") in actual
    assert ("unknown", "`kairosfile boot` has no machine for arm") in actual


def test_the_disk_boots_before_the_cd_that_installs_to_it(host: Path, tmp_path: Path) -> None:
    assert host
    drives = Drives(cd=Path("/a,b.iso"), config=Path("/c.iso"), disk=Path("/d.raw"))
    line = " ".join(to_argv(Machine("amd64"), drives, None, tmp_path))

    assert "file=/d.raw -device virtio-blk-pci,drive=disk,bootindex=0" in line
    assert "file=/a,,b.iso -device scsi-cd,bus=scsi.0,drive=cd,bootindex=1" in line
    assert "drive=config,bootindex=2" in line


def test_an_artifact_is_known_by_its_name(tmp_path: Path) -> None:
    for name in (
        "a-amd64-b.iso",
        "b-arm64-uki.iso",
        "c.raw",
        "d.efi",
        "e-kernel",
        "e-initrd",
        "e.squashfs",
        "f-kernel",
    ):
        (tmp_path / name).touch()

    kinds = {name: find(tmp_path / name) for name in ("a-amd64-b.iso", "b-arm64-uki.iso", "c.raw", "d.efi", "e-kernel")}
    assert [one.kind.value for one in kinds.values()] == ["iso", "uki", "raw", "uki", "netboot"]
    assert [one.arch for one in kinds.values()] == ["amd64", "arm64", "", "", ""]
    assert find(tmp_path, Kind.RAW).path.name == "c.raw"
    with pytest.raises(CliError, match="5 artifacts to boot"):
        find(tmp_path)
    with pytest.raises(CliError, match="f-kernel does not boot"):
        find(tmp_path / "f-kernel")


def test_a_built_disk_is_not_written_to(host: Path, tmp_path: Path) -> None:
    assert host
    with plugged(Artifact(Kind.RAW, Path("/x.raw")), "amd64", Drives()) as (drives, kernel):
        assert kernel is None
        assert "snapshot=on,file=/x.raw" in " ".join(to_argv(Machine("amd64"), drives, kernel, tmp_path))
    with (
        pytest.raises(CliError, match="is the machine's disk already"),
        plugged(Artifact(Kind.RAW, Path("/x.raw")), "amd64", Drives(disk=Path("/d"))),
    ):
        pass


def test_netboot_loads_its_root_from_this_machine(host: Path, tmp_path: Path) -> None:
    assert host
    for name in ("e-kernel", "e-initrd", "e.squashfs"):
        (tmp_path / name).write_text(name)
    with plugged(find(tmp_path / "e-kernel"), "amd64", Drives()) as (drives, kernel):
        assert kernel
        line = " ".join(to_argv(Machine("amd64"), drives, kernel, tmp_path))
        address = kernel.line.split("root=live:")[1].split(" ")[0]
        with urllib.request.urlopen(address.replace("10.0.2.2", "127.0.0.1"), timeout=10) as answer:  # noqa: S310
            assert answer.read() == b"e.squashfs"

    assert f"-kernel {tmp_path}/e-kernel -initrd {tmp_path}/e-initrd -append rd.neednet=1" in line
    assert line.rstrip().endswith("console=ttyS0")  # programs print up to the last one


def test_a_uki_is_started_by_the_firmware(tmp_path: Path, host: Path) -> None:
    assert host
    line = to_argv(Machine("amd64"), Drives(), Kernel(Path("/d.efi")), tmp_path)

    assert line[-2:] == ["-kernel", "/d.efi"]


def test_a_disk_is_made_where_it_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    create_disk(path, "3m")
    assert path.stat().st_size == 3 << 20
    create_disk(path, "1G")
    assert path.stat().st_size == 3 << 20
    with pytest.raises(CliError, match="invalid disk size 'big'"):
        create_disk(path, "big")


@pytest.mark.parametrize(
    ("script", "end"),
    [
        ("printf 'Welcome to Kai'; sleep 0.2; echo 'ros'; sleep 600", End.PRINTED),
        ("echo bye", End.OFF),
        ("sleep 600", End.TIMEOUT),
    ],
)
def test_a_machine_is_left_when_it_has_printed_the_text_ended_or_taken_too_long(script: str, end: End) -> None:
    out = io.BytesIO()

    assert watch(["sh", "-c", script, "sh"], "to Kairos", 2 if end is End.TIMEOUT else 60, out) is end
    assert out.getvalue().startswith({End.PRINTED: b"Welcome", End.OFF: b"bye", End.TIMEOUT: b""}[end])


def test_a_machine_that_cannot_start_says_why() -> None:
    with pytest.raises(CliError, match="ended with status 1: no such thing"):
        watch(["sh", "-c", "echo no such thing >&2; exec >&-; sleep 0.2; exit 1", "sh"], "", 60, io.BytesIO())
    with pytest.raises(CliError, match="cannot run /no/qemu"):
        watch(["/no/qemu"], "", 60, io.BytesIO())


@pytest.mark.parametrize(
    ("drives", "kernel", "machine_of", "ends"),
    [
        (Drives(cd=Path("/a.iso")), None, Machine("amd64", reboots=False), True),
        (Drives(cd=Path("/a.iso")), None, Machine("amd64"), False),
        (Drives(cd=Path("/a.iso"), disk=Path("/d")), None, Machine("amd64", reboots=False), False),
        (Drives(cd=Path("/a.iso")), None, Machine("amd64", Firmware.SECURE_BOOT, reboots=False), False),
        (Drives(), Kernel(Path("/d.efi")), Machine("amd64"), True),
    ],
)
def test_a_reboot_ends_a_machine_that_would_start_the_same_again(
    host: Path, tmp_path: Path, drives: Drives, kernel: Kernel | None, machine_of: Machine, *, ends: bool
) -> None:
    assert host
    assert ("-no-reboot" in to_argv(machine_of, drives, kernel, tmp_path)) is ends


@pytest.mark.parametrize("ending", ["exit 0", 'case " $* " in *" -no-reboot "*) exit 0 ;; esac; sleep 600'])
def test_a_text_that_can_no_longer_come_is_not_waited_for(host: Path, tmp_path: Path, ending: str) -> None:
    """A program that exits as QEMU does when its machine powers off or reboots."""
    program = host.parent / "bin/qemu-system-x86_64"
    program.write_text(f'#!/bin/sh\ncase "$*" in *"-accel kvm"*) exit 1 ;; esac\necho no root device\n{ending}\n')
    (tmp_path / "a-amd64.iso").touch()
    command = [COMMAND, "boot", "--firmware", "bios", "--wait-for", "login:", "a-amd64.iso"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout) == (1, "no root device\n")
    assert done.stderr == "\nkairosfile: the machine powered off or rebooted and did not print 'login:'\n"


def test_a_cloud_config_needs_a_program_that_writes_isos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CliError, match=f"needs one of {', '.join(WRITERS)}"):
        write_config(tmp_path / "config.yaml", tmp_path)


def test_the_command_prints_what_it_would_run_and_reports_what_it_cannot(host: Path, tmp_path: Path) -> None:
    assert host
    missing = subprocess.run([COMMAND, "boot", "none"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert missing.returncode == 2
    assert "none does not exist" in missing.stderr

    (tmp_path / "a-amd64.iso").touch()
    command = [COMMAND, "boot", "--firmware", "bios", "--disk", "1G", "--print", "a-amd64.iso"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("qemu-system-x86_64 -accel ")
    assert "a-amd64.iso" in shown.stdout
