"""Files that are a mapping, for tests and texts without a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.files import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class DictFiles:
    """Files that are a mapping from paths to contents."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = {clean(path): content for path, content in contents.items()}

    def load(self, paths: Iterable[str]) -> None:
        """Do nothing: all files are loaded."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file."""
        return self.contents.get(clean(path))

    def names(self, path: str) -> list[str] | None:
        """Return the same as `list`: it needs no transfer."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder."""
        inside = [name.removeprefix(f"{clean(path)}/") for name in self.contents if name.startswith(f"{clean(path)}/")]
        return sorted(name for name in inside if "/" not in name) if inside else None

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder."""
        return sorted(name for name in self.contents if name.startswith(f"{clean(path)}/"))

    def exists(self, path: str) -> bool:
        """Return whether a path exists."""
        return not clean(path) or clean(path) in self.contents or bool(self.below(path))
