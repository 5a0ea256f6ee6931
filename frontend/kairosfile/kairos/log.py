"""The log of kairos-init: on standard output, and once more in files of the image that it works on.

The files say what the output of the build says, with the time on each line: they would make every build another image.
Source: kairos-sdk, types/logger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import release

if TYPE_CHECKING:
    from kairosfile.kairos.releases import Release

FOLDER = "/var/log/kairos"
RUNTIME_FOLDER = "/run/kairos"

# Lines on standard output are coloured, terminal or not, unless this is set; BuildKit hands the codes on as they are.
PLAIN = ("NO_COLOR", "1")

_ONE_FOLDER_SINCE = release("v0.4.8")


def log_folders(used: Release) -> tuple[str, ...]:
    """Return the folders that a release writes its log to."""
    return (FOLDER,) if used >= _ONE_FOLDER_SINCE else (RUNTIME_FOLDER, FOLDER)
