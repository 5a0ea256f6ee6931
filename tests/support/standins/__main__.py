"""`python -m tests.support.standins --release TAG --output DIR`: the build context of a stand-in's image."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.support.standins.kairos_init import write_build_context
from tests.support.standins.releases import UnknownReleaseError


def main() -> int:
    """Write the context; return the exit code, 2 where the release is unknown."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.standins", description=__doc__)
    parser.add_argument("--release", required=True, metavar="TAG", help="release of kairos-init, such as v0.17.3")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="directory to write to")
    options = parser.parse_args()
    try:
        write_build_context(options.release, options.output)
    except UnknownReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
