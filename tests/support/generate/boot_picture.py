"""The picture of `kairosfile boot`: a real run, which builds an ISO on a real engine and boots it in QEMU.

    python -m tests.support.generate.boot_picture

kairos-init and AuroraBoot are the stand-ins of the tests, the kernel is Debian's. A terminal draws the output of the
serial console up to the text that the command waits for.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path

from tests.support import images
from tests.support.browser import chromium
from tests.support.browser.terminal import draw
from tests.support.e2e.boot import CONSOLES, command, environment
from tests.support.e2e.bootable import GREETING, INITRD, push_bootable
from tests.support.engine import Engine, Registry
from tests.support.engine import images as bases
from tests.support.generate.pictures import COLUMNS, IMAGES
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

RELEASE = "v0.17.3"
ROWS = 30
# The last line of the root's program that the picture has.
TEXT = "boot test: firmware: UEFI"
WORDS = ["boot", "--memory", "768", "--wait-for", TEXT]
KAIROSFILE = """\
# syntax={frontend}
base: {base}
kairos_init: {kairos_init}
version: v1.2.3
hooks:
  after_init:
    - {{file: {greeting}, content: hello from the image of the Kairosfile}}
    - {{name: initrd, run: cp {initrd} /boot/initrd}}
artifacts:
  auroraboot: {auroraboot}
  iso: {{extend_cmdline: 'console={console},115200 panic=10 no_timer_check'}}
"""


def main() -> None:
    """Take the picture."""
    with Registry() as registry, Engine("sid") as engine, tempfile.TemporaryDirectory() as folder:
        bases.ensure(registry)
        text = KAIROSFILE.format(
            frontend=images.push_frontend(engine),
            base=push_bootable(registry),
            kairos_init=images.push_stand_in(engine, RELEASE),
            auroraboot=images.push_auroraboot(AURORABOOT),
            console=CONSOLES["amd64"],
            greeting=GREETING,
            initrd=INITRD,
        )
        (Path(folder) / "Kairosfile").write_text(text)
        output = _boot(engine, Path(folder))
    with chromium() as browser:
        title = shlex.join(["kairosfile", *WORDS])
        draw(browser, title, output, (COLUMNS, ROWS), IMAGES / "boot.png")


def _boot(engine: Engine, folder: Path) -> bytes:
    """Return what the command printed on standard output."""
    done = subprocess.run(
        command(*WORDS),
        cwd=folder,
        env=environment(engine.env()),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")
    return done.stdout


if __name__ == "__main__":
    main()
