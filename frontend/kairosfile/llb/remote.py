"""Sources of the web: git repositories, and files that are fetched over HTTP.

The identifier of a git repository omits the protocol, so that one commit fetched over SSH and over HTTPS is the same
source; the URL itself is an attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.llb import caps
from kairosfile.llb.graph import validate_choice
from kairosfile.llb.source import Attributes, SourceVertex, sourced
from kairosfile.named_tuple import NamedTuple
from kairosfile.paths import normpath
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb.graph import Constraints
    from kairosfile.llb.state import State

AUTH_HEADER_SECRET = "GIT_AUTH_HEADER"  # noqa: S105 - the name of a secret
AUTH_TOKEN_SECRET = "GIT_AUTH_TOKEN"  # noqa: S105 - the name of a secret
_GIT_SCHEMES = ("git", "http", "https", "ssh")
_URL = compile_later(r"[a-zA-Z0-9]+://")
_SCP = compile_later(r"[a-zA-Z0-9_-]+@([a-zA-Z0-9.-]+):([^?#]*)")
GitMtime = Literal["checkout", "commit"]
GIT_MTIMES = ("checkout", "commit")
_HTTP_SCHEMES = ("http://", "https://")
_PERMISSIONS = 0o777


class _Remote(NamedTuple):
    url: str
    host: str
    path: str
    ssh: bool


def git(
    url: str,
    fragment: str = "",
    *,
    ref: str = "",
    subdir: str = "",
    keep_git_dir: bool = False,
    auth_token_secret: str = AUTH_TOKEN_SECRET,
    auth_header_secret: str = AUTH_HEADER_SECRET,
    known_ssh_hosts: Sequence[str] = (),
    mount_ssh_sock: str = "default",
    checksum: str = "",
    skip_submodules: bool = False,
    mtime: GitMtime = "checkout",
    constraints: Constraints | None = None,
) -> State:
    """Return the files of a git repository.

    Args:
        url: URL; without a scheme it means https, `user@host:path` means SSH.
        fragment: The short form `ref[:subdir]`, which `ref` and `subdir` override.
        ref: A branch, tag or commit, empty for the default branch.
        subdir: The directory to check out, empty for all.
        keep_git_dir: Whether `.git` is kept.
        auth_token_secret: Id of the secret with a token for HTTPS.
        auth_header_secret: Id of the secret with an authorization header for HTTPS.
        known_ssh_hosts: Lines of known_hosts.
        mount_ssh_sock: Id of the client's SSH agent.
        checksum: The commit that `ref` must be.
        skip_submodules: Whether submodules are left out.
        mtime: Modification time of the files: `checkout`, or `commit` (BuildKit 0.29 and newer).
        constraints: Constraints of the op.

    Raises:
        ValueError: git does not support the scheme, the URL has no host, or `mtime` is unknown.
    """
    validate_choice("mtime", mtime, GIT_MTIMES)
    remote = _parse(url)
    short_ref, _, short_subdir = fragment.partition(":")
    ref, subdir = ref or short_ref, subdir or normpath(f"/{short_subdir}")[1:]
    attributes = Attributes(caps.SOURCE_GIT)
    attributes.add("git.keepgitdir", "true" if keep_git_dir else None, caps.SOURCE_GIT_KEEP_DIR)
    attributes.add("git.fullurl", remote.url, caps.SOURCE_GIT_FULL_URL)
    chosen = (auth_token_secret, auth_header_secret) != (AUTH_TOKEN_SECRET, AUTH_HEADER_SECRET)
    auth = caps.SOURCE_GIT_HTTP_AUTH if chosen else None
    attributes.add("git.authtokensecret", auth_token_secret, auth)
    attributes.add("git.authheadersecret", auth_header_secret, auth)
    if remote.ssh:
        hosts = "".join(line.removesuffix("\n") + "\n" for line in known_ssh_hosts)
        attributes.add("git.knownsshhosts", hosts, caps.SOURCE_GIT_KNOWN_SSH_HOSTS)
        attributes.add("git.mountsshsock", mount_ssh_sock, caps.SOURCE_GIT_MOUNT_SSH_SOCK)
    attributes.add("git.checksum", checksum, caps.SOURCE_GIT_CHECKSUM)
    attributes.add("git.skipsubmodules", "true" if skip_submodules else None, caps.SOURCE_GIT_SKIP_SUBMODULES)
    attributes.add("git.mtime", mtime if mtime == "commit" else None, caps.SOURCE_GIT_MTIME)
    return sourced(SourceVertex(_identifier(remote, ref, subdir), attributes, constraints))


def _identifier(remote: _Remote, ref: str, subdir: str) -> str:
    address = f"git://{remote.host}{normpath(f'/{remote.path}')}"
    if not ref and not subdir:
        return address
    return f"{address}#{ref}:{subdir}" if subdir else f"{address}#{ref}"


def _parse(url: str) -> _Remote:
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - slow to import

    if not _URL.match(url):
        if scp := _SCP.match(url):
            return _Remote(scp[0], scp[1], scp[2], ssh=True)
        url = f"https://{url}"
    parts = urlsplit(url)
    if parts.scheme not in _GIT_SCHEMES:
        raise ValueError(f"git source {url!r}: unsupported scheme; use one of {', '.join(_GIT_SCHEMES)}")
    remote = parts._replace(query="", fragment="").geturl()
    host = parts.netloc.rpartition("@")[2]
    if not host:
        raise ValueError(f"git source {url!r}: the host is missing")
    return _Remote(remote, host, unquote(parts.path), parts.scheme == "ssh")


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
    """Return a state with one downloaded file at its root.

    Args:
        url: An http or https URL.
        checksum: The digest that the content must have, empty for any.
        filename: Name of the file, empty for that of the server or the URL.
        mode: Permission bits, 0 for the daemon's 0600.
        uid: Owner's id, 0 for root.
        gid: Group's id, 0 for root.
        auth_header_secret: Id of the secret with an authorization header.
        accept: The Accept header.
        user_agent: The User-Agent header.
        constraints: Constraints of the op.

    Raises:
        ValueError: The URL is neither http nor https.
    """
    if not url.startswith(_HTTP_SCHEMES):
        raise ValueError(f"http source {url!r}: the URL does not start with {' or '.join(_HTTP_SCHEMES)}")
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
