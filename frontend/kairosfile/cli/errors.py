"""The error that ends a command."""

from __future__ import annotations


class CliError(Exception):
    """The command cannot do what was requested; the message says why and what to do. `status` is the exit status."""

    status = 2
