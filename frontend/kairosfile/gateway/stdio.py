"""Reserve the container's stdin and stdout for the gateway, before anything can print.

The daemon speaks HTTP/2 on both; one stray byte on stdout breaks the connection. So the pipes move to private
descriptors, and stdin and stdout become /dev/null and stderr for everything else.

Imports only `posix` and `sys`, which the interpreter contains, so that it can be imported first. `os` is written in
Python and takes 7 % of the instructions of a plain build; `posix` is the part of it that Linux has.
"""

from __future__ import annotations

import posix
import sys

STDIN, STDOUT, STDERR = 0, 1, 2
ROOT, NOBODY = 0, 65534
FIRST_PROCESS = 1


def claim() -> tuple[int, int]:
    """Move the daemon's pipes away and return them as (reader, writer), both close-on-exec.

    Afterwards descriptor 0 reads nothing, and descriptor 1 and `sys.stdout` are stderr: the daemon's log.
    """
    reader, writer = posix.dup(STDIN), posix.dup(STDOUT)  # posix.dup never gives an inheritable descriptor
    nothing = posix.open("/dev/null", posix.O_RDONLY)
    posix.dup2(nothing, STDIN)
    posix.close(nothing)
    posix.dup2(STDERR, STDOUT)
    sys.stdout = sys.stderr
    return reader, writer


def leave_root() -> None:
    """Drop to the user nobody, without capabilities: BuildKit starts a frontend as root, whatever user its image names.

    Only as the first process of a container, whose files are an image's and everybody's to read. Where a rootless
    daemon maps no such user, the process stays who it is: an ordinary user of the host.
    """
    if (posix.getpid(), posix.getuid()) != (FIRST_PROCESS, ROOT):
        return
    try:
        posix.setgroups([])
        posix.setgid(NOBODY)
        posix.setuid(NOBODY)
    except OSError:
        pass
