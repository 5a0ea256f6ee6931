"""One build request: whom to ask, what was asked for, and the entry file once it has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kairosfile.gateway.bridge import Bridge
    from kairosfile.gateway.calls import Answer
    from kairosfile.gateway.contexts.main import Remote
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.ref import Ref
    from kairosfile.llb import SourceMap


class EntryFile(NamedTuple):
    """The file that `-f` names; `vertex` is the digest of the op that loaded it, known to the user's client.

    `ref` holds it and, if the user has one, `<filename>.dockerignore`. `beside` is the content of the file that was
    asked for with it, None where there is none.
    """

    source_map: SourceMap
    vertex: str
    ref: Ref
    beside: bytes | None = None


class Request:
    """What a build function is given; what its contexts turned out to be is kept here, so that it is asked for once.

    `remote` says which files are not the client's (contexts.main), `excluded` what its ignore file keeps out.
    """

    def __init__(self, bridge: Bridge, options: Options) -> None:
        self.bridge = bridge
        self.options = options
        self.entry: EntryFile | None = None
        self.remote: Answer[Remote] | None = None
        self.excluded: list[str] | None = None
