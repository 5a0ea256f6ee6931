"""A git repository as a source.

The identifier leaves out how the repository is reached, so that one commit fetched over SSH and over HTTPS is
the same source; the URL itself is an attribute.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb import caps, paths
from kairosfile.llb.source import Attributes, SourceVertex, sourced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.state import State

AUTH_HEADER_SECRET = "GIT_AUTH_HEADER"  # noqa: S105 - the name of a secret
AUTH_TOKEN_SECRET = "GIT_AUTH_TOKEN"  # noqa: S105 - the name of a secret

_SCHEMES = ("git", "http", "https", "ssh")
_URL = re.compile(r"[a-zA-Z0-9]+://")
_SCP = re.compile(r"[a-zA-Z0-9_-]+@([a-zA-Z0-9.-]+):([^?#]*)")


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
    constraints: Constraints | None = None,
) -> State:
    """Return the files of a repository at `ref`, a branch, tag or commit, or those of `subdir` in it.

    `fragment` is the short form `ref[:subdir]`, which `ref` and `subdir` override. A URL without a scheme is
    taken as https, `user@host:path` as SSH; there `known_ssh_hosts` are lines of known_hosts, and
    `mount_ssh_sock` is the client's agent. `checksum` is the commit that the ref must be. Raise ValueError
    for a scheme that git does not speak or a URL without a host.
    """
    remote = _parse(url)
    short_ref, _, short_subdir = fragment.partition(":")
    ref, subdir = ref or short_ref, subdir or paths.clean(f"/{short_subdir}")[1:]
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
    return sourced(SourceVertex(_identifier(remote, ref, subdir), attributes, constraints))


def _identifier(remote: _Remote, ref: str, subdir: str) -> str:
    place = f"git://{remote.host}{paths.clean(f'/{remote.path}')}"
    if not ref and not subdir:
        return place
    return f"{place}#{ref}:{subdir}" if subdir else f"{place}#{ref}"


def _parse(url: str) -> _Remote:
    # Few graphs have repositories, and every build would pay for the import.
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415

    if not _URL.match(url):
        if scp := _SCP.match(url):
            return _Remote(scp[0], scp[1], scp[2], ssh=True)
        url = f"https://{url}"
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise ValueError(f"git source {url!r}: the scheme is none of {', '.join(_SCHEMES)}")
    remote = parts._replace(query="", fragment="").geturl()
    host = parts.netloc.rpartition("@")[2]
    if not host:
        raise ValueError(f"git source {url!r}: the host is missing")
    return _Remote(remote, host, unquote(parts.path), parts.scheme == "ssh")
