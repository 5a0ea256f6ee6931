"""The file op: changes to a directory tree without a container.

Actions form a chain, each working on the result of the one before. A copy may read what another chain makes
of another state inside the same op. Inputs of the op come first in the numbering, results of actions follow in
the order of the actions; only the last result is an output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb.actions import Place
from kairosfile.llb.canonical import delimited
from kairosfile.llb.copy import Copy
from kairosfile.llb.graph import NO_INPUT, NO_OUTPUT, Body, InputTable, Vertex
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kairosfile.llb.actions import MkDir, MkFile, Rm, Symlink
    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.graph import Output, Scope
    from kairosfile.llb.settings import Settings
    from kairosfile.llb.state import State

    Action = Copy | MkDir | MkFile | Rm | Symlink


class Applied:
    """What a chain of actions makes of a state, for a copy to read without an op of its own."""

    __slots__ = ("_actions", "_state")

    def __init__(self, state: State, *actions: Action) -> None:
        if not actions:
            raise ValueError("a file op needs at least one action")
        self._state = state
        self._actions = actions

    @property
    def content(self) -> Output | None:
        """What the first action works on."""
        return self._state.content

    @property
    def settings(self) -> Settings:
        """What the state hands down, its working directory above all."""
        return self._state.settings

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions in order."""
        return self._actions


class FileVertex(Vertex):
    """A file op to be."""

    __slots__ = ("_chain",)

    def __init__(self, chain: Applied, constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._chain = chain

    def inputs(self) -> Iterator[Output]:
        """Yield what is read, as the reference client visits it: the last action first."""
        return filter(None, _visited(self._chain))

    def body(self, scope: Scope) -> Body:
        """Encode the op."""
        inputs = InputTable(scope)
        for read in _numbered(self._chain):
            inputs.add(read)
        writer = _Writer(inputs)
        writer.write(self._chain)
        member = delimited(ops_pb2.Op.FILE_FIELD_NUMBER, writer.finish().SerializeToString())
        extra = writer.caps if scope.extra_file_caps else frozenset()
        return Body(member, inputs.edges(), extra | {caps.FILE_BASE})


class _Writer:
    """Writes chains into one op, a chain that is read from twice only once."""

    __slots__ = ("_inputs", "_op", "_results", "caps")

    def __init__(self, inputs: InputTable) -> None:
        self._inputs = inputs
        self._op = ops_pb2.FileOp()
        self._results: dict[Applied, int] = {}
        self.caps: frozenset[str] = frozenset()

    def write(self, chain: Applied) -> int:
        """Write the actions and return the number of the last result."""
        if chain in self._results:
            return self._results[chain]
        result = base = self._inputs.add(chain.content)
        for action in chain.actions:
            # A nested chain is written before the action that reads it.
            read = self._read(action)
            message = self._op.actions.add(input=result, secondaryInput=read, output=NO_OUTPUT)
            action.encode(message, Place(chain.settings.cwd, base))
            self.caps |= action.caps()
            result = len(self._inputs) + len(self._op.actions) - 1
        self._results[chain] = result
        return result

    def _read(self, action: Action) -> int:
        if not isinstance(action, Copy):
            return NO_INPUT
        if isinstance(action.source, Applied):
            return self.write(action.source)
        return self._inputs.add(action.source.content)

    def finish(self) -> ops_pb2.FileOp:
        """Return the op, its last result being the output."""
        self._op.actions[-1].output = 0
        return self._op


def _read_by(action: Action, walk: Callable[[Applied], Iterator[Output | None]]) -> Iterator[Output | None]:
    if isinstance(action, Copy):
        if isinstance(action.source, Applied):
            yield from walk(action.source)
        else:
            yield action.source.content


def _visited(chain: Applied) -> Iterator[Output | None]:
    yield chain.content
    for action in reversed(chain.actions):
        yield from _read_by(action, _visited)


def _numbered(chain: Applied) -> Iterator[Output | None]:
    yield chain.content
    for action in chain.actions:
        yield from _read_by(action, _numbered)
