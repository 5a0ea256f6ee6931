"""`kairosfile version`."""

from __future__ import annotations

import sys

from kairosfile.cli import options

app = options.command()


@app.command()
def version() -> None:
    """Print the versions of this command and of kairos-init.

    The version of kairos-init is the newest known one.

    Example: kairosfile version
    """
    sys.stdout.write(text())


def text() -> str:
    """Return the versions in one line."""
    from kairosfile import __version__  # noqa: PLC0415
    from kairosfile.kairos.releases import NEWEST  # noqa: PLC0415

    return f"kairosfile {__version__}, kairos-init up to {NEWEST}\n"
