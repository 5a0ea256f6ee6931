"""The sections of a Kairosfile, and `read`, which turns a text into a checked document.

Each section is a package: its model, its checks and how it becomes steps of a plan. `registry` lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.sections.document import Document
from kairosfile.sections.load import Loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.language.files import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.language.source import Source

__all__ = ["Document", "Loader", "read"]


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
    loader = Loader(source, build_args or {}, files, build_platform, lock)
    return loader.documents(platforms or loader.platforms)[0]
