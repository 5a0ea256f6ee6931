"""What ends a command early."""

from __future__ import annotations


class StopError(Exception):
    """The command cannot do what it was asked; the message says why and what to do, for people."""

    status = 2
