"""One build request: the client to the daemon, its options, and the entry file once it has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from kairosfile.gateway.bridge import Bridge, Reading, Ref
    from kairosfile.gateway.grpc import Deferred
    from kairosfile.gateway.options import Options
    from kairosfile.llb import Definition, SourceMap, State


class EntryFile(NamedTuple):
    """The file that `-f` names, and the graph that loaded it.

    `ref` contains it and, if the user has one, `<filename>.dockerignore`. `companion` is the content of the file that
    was requested with it, if any; the content is None if that file does not exist.
    """

    source_map: SourceMap
    definition: Definition
    ref: Ref
    companion: Reading | None = None

    @property
    def vertex(self) -> str:
        """The digest of the op that loaded the file, known to the user's client."""
        return self.definition.head


class RemoteContext(NamedTuple):
    """A build context that is not a directory of the client.

    `entry` is the source of the entry file, unless the request names a directory for it. If the context is that one
    file, `filename` is its name there and `title` its name for messages. `location` is for messages.
    """

    context: State | None
    entry: State | None
    location: str
    filename: str = ""
    title: str = ""


class Request:
    """The argument of a build function. It caches its resolved contexts, so that each is requested once.

    `remote` is the context if it is not the client's (contexts.main), `dockerignore_patterns` what its ignore file
    excludes.
    """

    def __init__(self, bridge: Bridge, options: Options) -> None:
        self.bridge = bridge
        self.options = options
        self.entry: EntryFile | None = None
        self.remote: Deferred[RemoteContext] | None = None
        self.dockerignore_patterns: list[str] | None = None
