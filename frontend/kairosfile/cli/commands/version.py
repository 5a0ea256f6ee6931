"""`kairosfile version`."""

from __future__ import annotations

import sys

from kairosfile.cli import options

app = options.command()


@app.command()
def version() -> None:
    """Print the version of this command and of the newest kairos-init that it knows.

    Example: kairosfile version
    """
    from kairosfile import __version__  # noqa: PLC0415
    from kairosfile.kairos.releases import NEWEST  # noqa: PLC0415

    sys.stdout.write(f"kairosfile {__version__}, kairos-init up to {NEWEST}\n")
