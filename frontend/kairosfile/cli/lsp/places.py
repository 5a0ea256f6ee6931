"""Places of a Kairosfile by the form of their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kairosfile.spec.nodes import Path

# Stands for any key or number.
ANY: Final = "*"

# What names a file of the build context; the first two are Kairosfiles themselves.
INCLUDES: tuple[Path, ...] = (("extends",), ("include", ANY))
CONTEXT_FILES: tuple[Path, ...] = (
    *INCLUDES,
    ("cloud_config", ANY, "from"),
    ("provider", "config"),
    ("hooks", ANY, ANY, "copy"),
    ("hooks", ANY, ANY, "copy", ANY),
    ("artifacts", ANY, "cloud_config"),
    ("artifacts", ANY, "cloud_config", "from"),
    ("artifacts", "uki", "splash"),
)

# What names a folder of it.
CONTEXT_FOLDERS: tuple[Path, ...] = (
    ("stage_extensions",),
    ("artifacts", ANY, "overlay_rootfs"),
    ("artifacts", ANY, "overlay_iso"),
)


def matches(path: Path, pattern: Path) -> bool:
    """Tell whether a path has a form."""
    return len(path) == len(pattern) and all(want in (ANY, part) for part, want in zip(path, pattern, strict=True))


def names_file(path: Path) -> bool:
    """Tell whether the value at a path names a file of the build context."""
    return any(matches(path, pattern) for pattern in CONTEXT_FILES)
