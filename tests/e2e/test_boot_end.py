"""`kairosfile boot --wait-for` with machines of QEMU that power off, or reboot, before they print the text.

They have a boot sector and no system, so that each takes seconds.
"""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e.boot import boot_words, command, environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.boot

TEXT = b"no root device\r\n"
# 16-bit code of x86 for any address. Prints the text that follows the code to the first serial port.
PRINT = "0e1f baf803 e80000 5e 83c6 {text:02x} fc ac84c07403eeebf8"
COUNTED_FROM = 8  # bytes before the place that `call` pushes
POWER_OFF = "ba0406 b80020 ef"  # the port of ACPI's register PM1a_CNT in SeaBIOS' table
REBOOT = "b0fe e664"  # the line of the keyboard's controller that resets the processor
HALT = "f4 ebfd"


def iso(folder: Path, ending: str) -> Path:
    """Return an ISO whose boot sector prints the text and ends so."""
    size = len(bytes.fromhex(PRINT.format(text=0) + ending + HALT))
    code = bytes.fromhex(PRINT.format(text=size - COUNTED_FROM) + ending + HALT)
    source = folder / "source"
    source.mkdir()
    (source / "boot.img").write_bytes((code + TEXT + b"\0").ljust(2048, b"\0"))
    path = folder / "end-amd64.iso"
    options = ("-b", "boot.img", "-no-emul-boot", "-boot-load-size", "4", "-o", str(path), str(source))
    words = [*command()[:-1], "xorriso", "-as", "mkisofs", "-quiet", *options]
    subprocess.run(words, env=environment(), check=True, capture_output=True)
    return path


@pytest.mark.parametrize("ending", [POWER_OFF, REBOOT], ids=["powers off", "reboots"])
def test_a_machine_that_ends_before_the_text_is_not_waited_for(tmp_path: Path, ending: str) -> None:
    words = boot_words("amd64", "--firmware", "bios", "--wait-for", "login:", str(iso(tmp_path, ending)))
    start = time.monotonic()
    done = subprocess.run(words, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)

    assert done.returncode == 1, done.stderr
    assert done.stdout.count(TEXT) == 1
    assert done.stderr.decode().endswith("powered off or rebooted and did not print 'login:'\n")
    assert time.monotonic() - start < 300  # the timeout is 900


def test_a_machine_with_a_disk_to_install_to_reboots(tmp_path: Path) -> None:
    twice = (2 * TEXT).decode()
    words = boot_words("amd64", "--firmware", "bios", "--disk", "1M", "--wait-for", twice, str(iso(tmp_path, REBOOT)))
    done = subprocess.run(words, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
