"""Failed attempts of each address: after too many wrong codes or tokens within a minute, it is refused for a while.

Codes and tokens count apart: a page that still sends the cookie of a server that has ended does not keep its user from
the exchange of a new code. A valid token or cookie is answered in any case, since nobody guesses 256 bits, and another
user of this machine, who has the same address, could otherwise shut its owner out.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Literal

MOST, SECONDS = 10, 60
MOST_ADDRESSES = 1000  # that are remembered; the one that failed first is forgotten first

Kind = Literal["code", "token"]


class Failures:
    """The times of the failures of each kind and address."""

    def __init__(self) -> None:
        self._times: dict[tuple[Kind, str], deque[float]] = {}

    def note(self, kind: Kind, address: str) -> None:
        """Note a failure of an address."""
        times = self._times.setdefault((kind, address), deque(maxlen=MOST))
        times.append(time.monotonic())
        if len(self._times) > MOST_ADDRESSES:
            del self._times[next(iter(self._times))]

    def are_many(self, kind: Kind, address: str) -> bool:
        """Whether an address has failed too often within the last minute."""
        times = self._times.get((kind, address))
        return times is not None and len(times) == MOST and time.monotonic() - times[0] <= SECONDS
