"""The solves of one platform: one, or, where a plan hands its result over (plan/hand_over.py), three in a row."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kairosfile.gateway.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile.gateway.bridge import Bridge
    from kairosfile.gateway.calls import Answer
    from kairosfile.gateway.options import CacheImport
    from kairosfile.gateway.ref import Ref
    from kairosfile.llb import Definition
    from kairosfile.plan.compile import Solves


class Solving:
    """A platform on its way; made, its first solve has started.

    A solve is lazy and refuses nothing until somebody reads of it: `evaluate` runs it and waits. What others wait for
    is always evaluated. Only the first can be answered from the cache that a user imports.
    """

    def __init__(
        self, bridge: Bridge, solves: Solves[Definition], imports: Iterable[CacheImport], *, evaluate: bool
    ) -> None:
        self._bridge = bridge
        self._solves = solves
        first, is_handed_over = solves.before or solves.result, solves.before is not None
        self._first = bridge.solve(first, cache_imports=imports, evaluate=evaluate or is_handed_over)

    def wait(self) -> Ref:
        """Return the result; raises RpcError."""
        first = self._first.wait()
        return self._bridge.solve(self._solves.result, evaluate=True).wait() if self._solves.before else first

    def start_to_clear(self) -> Answer[Ref] | None:
        """Start what is left to do when all is done, or has failed."""
        return self._bridge.solve(self._solves.after, evaluate=True) if self._solves.after else None


@contextmanager
def cleared(solving: Sequence[Solving]) -> Iterator[None]:
    """Clear what was handed over, also after a failure, which is then what is raised; raises RpcError."""
    try:
        yield
    except GatewayError:
        with suppress(GatewayError):
            _clear(solving)
        raise
    _clear(solving)


def _clear(solving: Sequence[Solving]) -> None:
    for answer in [each.start_to_clear() for each in solving]:
        if answer:
            answer.wait()
