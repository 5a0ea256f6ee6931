"""`make benchmark-web`: the figures of the page and its server, as a table in Markdown, after `make page`.

Bytes, rows and requests are counts, alike on every machine. Times are of this one: the least and the 95th percentile
of some tries are printed, and how busy it was.
"""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import chain
from pathlib import Path

from tests.support.benchmarks.web import page, server


def main() -> None:
    """Measure all, and print a row for each figure with its aim."""
    out = sys.stdout.write
    out("| figure | aim | measured |\n|---|---|---|\n")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, aim, measured in chain(page.bundle(), server.measure(home / "server"), page.measure(home / "page")):
            out(f"| {name} | {aim} | {measured} |\n")
            sys.stdout.flush()
    out(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end\n")


if __name__ == "__main__":
    main()
