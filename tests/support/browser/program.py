"""Debian's Chromium as a program that can be started from anywhere: a folder with all that it needs, and a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.engine import cache, machine, provision

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGES = "base-files,dash,coreutils,chromium,fonts-dejavu-core,fonts-dejavu-extra"
# No postinst has run: the files that those make, and the mounts.
_FINISH = """set -eu
cd root
rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/icons
mkdir -p tmp proc dev
test -e etc/passwd || echo 'root:x:0:0:root:/root:/bin/sh' > etc/passwd
"""
# Playwright talks through the open files 3 and 4, which all of this hands on.
_SCRIPT = f"""#!/bin/sh
export PATH="$PATH:/usr/sbin:/sbin"
exec setpriv --pdeathsig KILL {" ".join(provision.INSIDE)} sh -c '
    for shared in /proc /dev /tmp; do mount --rbind "$shared" "$0$shared" || exit; done
    exec chroot "$0" /usr/lib/chromium/chromium "$@"' "${{0%/*}}/root" "$@"
"""


def program() -> Path:
    """Return the path of a script that starts Chromium with its arguments; create missing parts."""
    machine.require()
    result = cache.get_or_make("chromium", _PACKAGES + _FINISH + _SCRIPT, _make)
    return result / "chromium"


def _make(to: Path) -> None:
    provision.mmdebstrap("trixie", to / "root", ["--variant=extract", f"--include={_PACKAGES}"])
    provision.contained(["sh", "-c", _FINISH], to, to / "finish.log")
    script = to / "chromium"
    script.write_text(_SCRIPT)
    script.chmod(0o755)
