"""A file from a web server as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb.source import Attributes, SourceVertex, sourced

if TYPE_CHECKING:
    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.state import State

_SCHEMES = ("http://", "https://")
_PERMISSIONS = 0o777


def http(
    url: str,
    *,
    checksum: str | None = None,
    filename: str | None = None,
    mode: int = 0,
    uid: int = 0,
    gid: int = 0,
    auth_header_secret: str | None = None,
    accept: str | None = None,
    user_agent: str | None = None,
    constraints: Constraints | None = None,
) -> State:
    """Return a state with one file at its root, named `filename` or as the server or the URL says.

    `checksum` is the digest that its bytes must have. `mode` 0 leaves the daemon's 0600. `accept` and
    `user_agent` are sent as headers; `auth_header_secret` is the client's secret to authorise with. Raise
    ValueError for a URL that is not of the web.
    """
    if not url.startswith(_SCHEMES):
        raise ValueError(f"http source {url!r}: the URL does not start with {' or '.join(_SCHEMES)}")
    attributes = Attributes(caps.SOURCE_HTTP)
    attributes.add("http.checksum", checksum, caps.SOURCE_HTTP_CHECKSUM)
    attributes.add("http.filename", filename)
    permissions = mode & _PERMISSIONS
    attributes.add("http.perm", f"0{permissions:o}" if permissions else None, caps.SOURCE_HTTP_PERM)
    attributes.add("http.uid", str(uid) if uid else None, caps.SOURCE_HTTP_UID_GID)
    attributes.add("http.gid", str(gid) if gid else None, caps.SOURCE_HTTP_UID_GID)
    attributes.add("http.authheadersecret", auth_header_secret, caps.SOURCE_HTTP_AUTH)
    attributes.add("http.header.accept", accept, caps.SOURCE_HTTP_HEADER)
    attributes.add("http.header.user-agent", user_agent, caps.SOURCE_HTTP_HEADER)
    return sourced(SourceVertex(url, attributes, constraints))
