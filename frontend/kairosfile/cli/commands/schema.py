"""`kairosfile schema`."""

from __future__ import annotations

import sys

from kairosfile.cli import options

app = options.command()


@app.command()
def schema() -> None:
    """Print the JSON Schema of a Kairosfile, for editors.

    Example: kairosfile schema > kairosfile.schema.json
    """
    from kairosfile.spec import schema as schemas  # noqa: PLC0415

    sys.stdout.write(schemas.text())
