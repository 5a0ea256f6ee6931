"""The language server over a WebSocket: one session of `kairosfile lsp` for each connection.

A page names files as `kairosfile://PROJECT/PATH`, which hides their location on this machine; other addresses are
refused. So are messages that are not on the list: an editor on this machine may use more methods than a page.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.websockets import WebSocket

    from kairosfile.cli.web.language_session import Page
    from kairosfile.cli.web.projects import Project
    from kairosfile.cli.web.workers import Workers

PATH = "/api/v1/lsp"
MOST_SESSIONS = 20
TRY_LATER = 1013


class Sessions:
    """The connections of all pages.

    Args:
        folders: The projects.
        workers: The processes that check texts.
    """

    def __init__(self, folders: Sequence[Project], workers: Workers) -> None:
        self.folders = folders
        self.workers = workers
        self._open = 0

    async def serve(self, socket: WebSocket) -> None:
        """Serve one page until it disconnects."""
        await socket.accept()
        if self._open >= MOST_SESSIONS:
            await socket.close(TRY_LATER, "too many pages are open")
            return
        self._open += 1
        try:
            session = await asyncio.to_thread(_session)
            await session(self.folders, self.workers, socket).run()
        finally:
            self._open -= 1


def _session() -> type[Page]:
    from kairosfile.cli.web.language_session import Page  # noqa: PLC0415 - a second and 18 MB, which no log needs

    return Page
