"""`kairosfile schema`."""

from __future__ import annotations

import sys

from kairosfile.cli import options

app = options.command()


@app.command()
def schema() -> None:
    """Print the JSON Schema of a Kairosfile.

    Example: kairosfile schema > kairosfile.schema.json
    """
    from kairosfile.sections import schema as schemas  # noqa: PLC0415

    sys.stdout.write(schemas.text())
