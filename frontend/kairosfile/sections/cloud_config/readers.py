"""The programs that read a cloud-config, by release of kairos-init: each contains a different yip.

kairos-init runs stage extensions, immucore the stages rootfs and initramfs, kairos-agent all other stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.kairos.releases import Release, release
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections.cloud_config.schema import IMMUCORE_STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

Place = Literal["image", "iso", "disk", "extension"]

FOLDER = "/system/oem"  # where the image carries its own
HEADERS = ("#cloud-config", "#kairos-config", "#node-config")
HEADER_LINES = 9  # in which kairos-agent looks for a header

# Since these releases kairos-agent and immucore are built without git, and immucore cannot unpack images.
NO_GIT = release("v0.7.0")

# Before this release yip looked for its header on the first line only.
_HEADER_BELOW_COMMENTS = release("v1.22.0")

# The first release of kairos-init with these versions of yip: its own, kairos-agent's, immucore's.
_VERSIONS = (
    ("v0.5.0", "v1.16.3", "v1.16.2", "v1.16.2"),
    ("v0.5.2", "v1.16.3", "v1.16.3", "v1.16.3"),
    ("v0.5.11", "v1.16.4", "v1.16.3", "v1.16.3"),
    ("v0.5.12", "v1.16.5", "v1.16.3", "v1.16.3"),
    ("v0.5.16", "v1.16.5", "v1.16.5", "v1.16.3"),
    ("v0.5.20", "v1.16.5", "v1.18.0", "v1.18.0"),
    ("v0.5.29", "v1.16.5", "v1.18.0", "v1.18.1"),
    ("v0.6.0", "v1.18.0", "v1.18.0", "v1.18.0"),
    ("v0.6.1", "v1.18.1", "v1.18.1", "v1.18.0"),
    ("v0.6.2", "v1.18.1", "v1.18.1", "v1.18.1"),
    ("v0.6.3", "v1.18.1", "v1.19.0", "v1.19.0"),
    ("v0.7.0", "v1.21.2", "v1.21.2", "v1.21.2"),
    ("v0.7.1", "v1.22.0", "v1.21.2", "v1.21.2"),
    ("v0.7.2", "v1.23.0", "v1.23.0", "v1.21.2"),
    ("v0.7.4", "v1.23.1", "v1.23.0", "v1.21.2"),
    ("v0.8.6", "v1.23.3", "v1.23.3", "v1.23.3"),
)


class Reader(NamedTuple):
    """The reader of a text: its path, the release of kairos-init with its programs, and its name there.

    `names` are the names of the steps of other files in the same directory, by stage, as `after` can refer to them.
    """

    place: Place
    release: Release
    path: str = ""
    names: dict[str, frozenset[str]] = {}  # noqa: RUF012 - never changed

    def yip(self, stage: str) -> Release:
        """Return the version of yip that runs a stage."""
        own, agent, immucore = _versions(self.release)
        if self.place == "extension":
            return own
        return immucore if stage.partition(".")[0] in IMMUCORE_STAGES else agent

    @property
    def finds_late_headers(self) -> bool:
        """Whether every reader finds a header below empty lines and comments."""
        return min(_versions(self.release)[1:]) >= _HEADER_BELOW_COMMENTS


def _versions(chosen: Release) -> Sequence[Release]:
    row = _VERSIONS[0]
    for other in _VERSIONS:
        row = other if release(other[0]) <= chosen else row
    return [release(version) for version in row[1:]]


class Header(NamedTuple):
    """The header of a file: whether yip reads its cloud-init keys, and whether kairos-agent reads it.

    `line` is the line of the header, 0 without one.
    """

    cloud_init: bool
    agent: bool
    line: int = 0


WITH_HEADER = Header(cloud_init=True, agent=True, line=1)


def header_of(text: str, *, below_comments: bool) -> Header:
    """Return the header of a text; `below_comments` is True if yip finds one that is not on the first line."""
    lines = [line.rstrip() for line in text.split("\n")[:HEADER_LINES]]
    line = next((number for number, line in enumerate(lines, 1) if line in HEADERS), 0)
    if not line:
        return Header(cloud_init=False, agent=False)
    first = line == 1 or (below_comments and all(not above or above.startswith("#") for above in lines[: line - 1]))
    return Header(cloud_init=first and lines[line - 1] == HEADERS[0], agent=True, line=line)
