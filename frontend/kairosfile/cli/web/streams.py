"""Server-sent events: their responses, their OpenAPI description, and the limit on open streams."""

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


# Before OpenAPI 3.2, the schema of a stream is the schema of each event.
_EVENT = {name: {"type": "string"} for name in ("id", "event", "data")}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {EventStream.media_type: {"schema": {"type": "object", "properties": _EVENT}}}}
}


class Streams:
    """The open streams; each one uses memory and polls files, so their number is limited."""

    def __init__(self) -> None:
        self.count = 0

    def answer(self, source: AsyncIterator[str]) -> EventStream:
        """Return a response that streams; raises ProblemError if too many streams are open."""
        if self.count >= MOST:
            raise ProblemError(429, f"too many open streams, the limit is {MOST}; close a page")
        return EventStream(self._counted(source))

    async def _counted(self, source: AsyncIterator[str]) -> AsyncIterator[str]:
        self.count += 1
        try:
            async for part in source:
                yield part
        finally:
            self.count -= 1
