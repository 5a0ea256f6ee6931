"""The Kairosfile language: text to a checked model that knows where each part of it stands.

`read` is the one way in. It knows Kairos' words, not BuildKit's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec.diagnostics import Diagnostic, KairosfileError
from kairosfile.spec.document import Document
from kairosfile.spec.files import DictFiles, Files
from kairosfile.spec.reading import Reading
from kairosfile.spec.source import Position, Range, Source
from kairosfile.spec.text import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.spec.lock import Lock

__all__ = [
    "Diagnostic",
    "DictFiles",
    "Document",
    "Files",
    "KairosfileError",
    "Position",
    "Range",
    "Source",
    "decode",
    "read",
]


def read(
    source: Source,
    build_args: Mapping[str, str] | None = None,
    *,
    platforms: Sequence[str] = (),
    files: Files | None = None,
    build_platform: str = "",
    lock: Lock | None = None,
) -> Document:
    """Return the document that a text and build args make, with its warnings.

    It is read for each of `platforms`, such as `linux/arm64`; without any, for those that the file names. The document
    is that of the first one, `for_platforms` gives the others. `files` is the build context, where included files and
    what a file names beside them are looked up; nothing of it is read unless the file says so. `build_platform` is
    where the build runs, by default the platform that it is for. `lock` is the lock file beside the text, if any.

    Raises KairosfileError with all that was found at once where any of it is an error.
    """
    reading = Reading(source, build_args or {}, files, build_platform, lock)
    return reading.documents(platforms or reading.platforms)[0]
