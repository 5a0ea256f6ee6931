"""Server-sent events: how they are answered, described and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import StreamingResponse

from kairosfile.cli.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST = 200


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


# Before OpenAPI 3.2 the schema of a stream is that of each event.
_EVENT = {name: {"type": "string"} for name in ("id", "event", "data")}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {EventStream.media_type: {"schema": {"type": "object", "properties": _EVENT}}}}
}


class Streams:
    """The streams that are open; each one holds memory and looks at files, so their number has a limit."""

    def __init__(self) -> None:
        self.count = 0

    def answer(self, source: AsyncIterator[str]) -> EventStream:
        """Answer with a stream; raises ProblemError where too many are open."""
        if self.count >= MOST:
            raise ProblemError(429, f"{MOST} streams are open already; close a page")
        return EventStream(self._counted(source))

    async def _counted(self, source: AsyncIterator[str]) -> AsyncIterator[str]:
        self.count += 1
        try:
            async for part in source:
                yield part
        finally:
            self.count -= 1
