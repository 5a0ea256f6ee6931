"""arm64 programs on this machine: the binfmt_misc entry that every sandbox registers and the last one removes.

The entry is the kernel's, shared by all of the machine: it has a name that only this project uses, so no state
is kept, and the entries of other programs are never touched.
"""

from __future__ import annotations

import subprocess

ENTRY = "kairosfile-aarch64"
_MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"

# Name, match by magic at offset 0, mask; interpreter and flags follow. P keeps argv[0], without which busybox
# cannot run its own applets; O and C open the program for the interpreter; F holds the interpreter open, for
# all roots.
REGISTRATION = f":{ENTRY}:M::{_MAGIC}:{_MASK}"

_REMOVE = f"""
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || exit 0
if [ -e /proc/sys/fs/binfmt_misc/{ENTRY} ]; then echo -1 > /proc/sys/fs/binfmt_misc/{ENTRY}; fi
"""


def remove() -> None:
    """Remove our entry where it is still there, seen through a mount that is gone afterwards."""
    subprocess.run(["unshare", "--mount", "sh", "-c", _REMOVE], check=False, capture_output=True)
