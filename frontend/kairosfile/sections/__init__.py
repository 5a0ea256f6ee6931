"""The sections of a Kairosfile, and `read`, which turns a text into a checked document.

Each section is a package with its model, its checks and its steps of a plan. `registry` lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.sections.document import Document
from kairosfile.sections.load import Loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.language.files import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.language.nodes import Source

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
    """Return the document of a text with build args, and its warnings.

    It is read for each of `platforms`, such as `linux/arm64`; without any, for those that the file names. The result is
    the document of the first one, `for_platforms` returns the others. `files` is the build context, with included files
    and other files that the text names; only these are read. `build_platform` is the platform where the build runs, by
    default the target platform. `lock` is the lock file next to the text, if any.

    Raises KairosfileError with all diagnostics if one of them is an error.
    """
    loader = Loader(source, build_args or {}, files, build_platform, lambda: lock)
    return loader.documents(platforms or loader.platforms)[0]
