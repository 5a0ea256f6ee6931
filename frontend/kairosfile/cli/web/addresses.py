"""The addresses of files in messages of the language server: `kairosfile://PROJECT/PATH` for a page, paths for us."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from pygls import uris

from kairosfile.cli.web.projects import PathError, find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.cli.web.projects import Project

SCHEME = "kairosfile://"
LONGEST_MESSAGE = 4 * 1024 * 1024  # characters


class Addresses:
    """Translates between the page's addresses of files and their paths.

    Args:
        folders: The projects.
    """

    def __init__(self, folders: Sequence[Project]) -> None:
        self.folders = folders
        self._addresses: dict[str, str] = {}

    def inward(self, message: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return a message with the addresses of this machine; raises PathError for any other address."""
        if isinstance(message, dict):
            return {
                name: self._place(value) if name in {"uri", "targetUri"} else self.inward(value)
                for name, value in message.items()
            }
        return [self.inward(item) for item in message] if isinstance(message, list) else message

    def outward(self, message: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return a message with the addresses of the page."""
        if isinstance(message, dict):
            return {self._name(name): self.outward(value) for name, value in message.items()}
        if isinstance(message, list):
            return [self.outward(item) for item in message]
        return self._name(message) if isinstance(message, str) else message

    def _place(self, address: object) -> str:
        if not isinstance(address, str) or not address.startswith(SCHEME):
            raise PathError(400, f"files are named {SCHEME}PROJECT/PATH")
        project, _, path = address.removeprefix(SCHEME).partition("/")
        place = find(self.folders, project).place(unquote(path))
        uri = str(uris.from_fs_path(str(place)))
        self._addresses[uri] = address
        return uri

    def _name(self, text: str) -> str:
        if not text.startswith("file:"):
            return text
        if text in self._addresses:
            return self._addresses[text]
        place = Path(uris.to_fs_path(text) or "/")
        for project in self.folders:
            if place.is_relative_to(project.root):
                return f"{SCHEME}{project.id}/{quote(str(place.relative_to(project.root)))}"
        return f"{SCHEME}elsewhere/{quote(place.name)}"
