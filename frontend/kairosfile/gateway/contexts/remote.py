"""Git repositories and web addresses as contexts.

The short form of a repository is `URL#ref:subdir`, the long one a query, `URL?branch=main&subdir=os` (util/gitutil and
frontend/dockerfile/dfgitutil of BuildKit). A web address is a repository if its path ends in `.git`; else it is an
archive, which is unpacked, or a single file, by its first bytes (isArchive of frontend/dockerui/context.go).
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway import options as values
from kairosfile.gateway.errors import UnsupportedError
from kairosfile.patterns import compile_later
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Mapping


_REPOSITORY = compile_later(
    r"(git://|ssh://|github\.com/|[\w.-]+@[\w.-]+:|https?://[^?#]+\.git($|[?#]))", needs=("git", "ssh://", "@")
)
_KEYS = ("ref", "branch", "tag", "commit", "checksum", "subdir", "keep-git-dir", "submodules")


def is_git(url: str) -> bool:
    """Return whether a URL is that of a repository."""
    return _REPOSITORY.match(url) is not None


def git_source(
    url: str, constraints: llb.Constraints, *, keep_git_dir: bool, capabilities: llb.Capabilities
) -> llb.State:
    """Return the files of the repository that a URL names.

    Args:
        url: The short form or the one with a query.
        constraints: Constraints of the op.
        keep_git_dir: Whether `.git` is kept if the URL does not set it.
        capabilities: Capabilities of the daemon.

    Raises:
        UnsupportedError: The query has an option that the frontend or the daemon lacks, or the URL is invalid.
        OptionError: A value is not a boolean.
    """
    rest, _, fragment = url.partition("#")
    remote, _, query = rest.partition("?")
    asked = _asked(query)
    ref, subdir = _place(fragment, asked, url)
    checksum = asked.get("checksum") or asked.get("commit", "")
    if checksum and not capabilities.supports(llb.caps.SOURCE_GIT_CHECKSUM):
        raise UnsupportedError(
            f"{without_secrets(url)}: this BuildKit cannot check the commit of a repository: "
            f"write #{checksum} instead, or use BuildKit 0.22 or newer"
        )
    keeps, submodules = _flag(asked, "keep-git-dir", default=keep_git_dir), _flag(asked, "submodules", default=True)
    try:
        return llb.git(
            remote,
            ref=ref or checksum,
            subdir=subdir,
            keep_git_dir=keeps,
            skip_submodules=not submodules,
            checksum=checksum,
            constraints=constraints,
        )
    except ValueError as error:  # its text has the whole URL, credentials included
        raise UnsupportedError(f"{without_secrets(url)}: this is not an address of a git repository") from error


def _asked(query: str) -> Mapping[str, str]:
    if not query:
        return {}
    from urllib.parse import parse_qsl  # noqa: PLC0415 - few contexts have a query

    asked: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in _KEYS:
            raise UnsupportedError(f'the git URL asks for "{key}", which is not known here: use {", ".join(_KEYS)}')
        if asked.setdefault(key, value) != value:
            raise UnsupportedError(f'the git URL has "{key}" twice: remove one')
    return asked


def _place(fragment: str, asked: Mapping[str, str], url: str) -> tuple[str, str]:
    """Return the ref and the folder; several ways to give one of them must agree."""
    short_ref, _, short_subdir = fragment.partition(":")
    refs = {short_ref, asked.get("ref", ""), _full("refs/heads/", asked, "branch"), _full("refs/tags/", asked, "tag")}
    subdirs = {short_subdir.strip("/"), asked.get("subdir", "").strip("/")}
    for what, said in (("refs", refs), ("folders", subdirs)):
        if len(said - {""}) > 1:
            listed = " and ".join(sorted(said - {""}))
            raise UnsupportedError(f"{without_secrets(url)} names several {what}, {listed}: leave one")
    return "".join(refs), "".join(subdirs)


def _full(namespace: str, asked: Mapping[str, str], key: str) -> str:
    name = asked.get(key, "")
    return namespace + name.removeprefix(namespace) if name else ""


def _flag(asked: Mapping[str, str], key: str, *, default: bool) -> bool:
    if key not in asked:
        return default
    return asked[key] == "" or values.boolean(key, asked[key])


HEAD_BYTES = 1024  # what `is_archive` wants to see
FILE = "context"  # what the fetched file is called

UPLOAD = "http://buildkit-session/"  # what buildx makes of `docker buildx build - < archive.tar`

_ADDRESS = compile_later(r"https?://", needs=("http",))
_SECRETS = compile_later(r"(?<=://)[^/@]+@")
_COMPRESSED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_TAR_BLOCK, _TAR_CHECKSUM = 512, slice(148, 156)


def is_web(url: str) -> bool:
    """Return whether a URL is fetched over HTTP."""
    return _ADDRESS.match(url) is not None


def web_source(url: str, name: str) -> llb.State:
    """Return the downloaded file, named `FILE`, with `name` in the progress."""
    return llb.http(url, filename=FILE, constraints=llb.Constraints(custom_name=name))


def upload(fetched: llb.State, platform: llb.Platform) -> llb.State:
    """Return a source with the digest that it has in a daemon before BuildKit 0.18.

    An archive from a client (`buildx build -`) can be fetched only once. The built-in frontend has done so, looking for
    the `# syntax=` line, and the daemon has the result for an equal op. Newer daemons compare the parts of an op, older
    ones its bytes, with all fields in the order of their numbers.
    """
    definition = llb.marshal(fetched, platform=platform)
    op = ops.Op.decode(definition.ops[0])
    numbered = op.replace(constraints=None).encode() + op.replace(source=None).encode()
    digest = f"sha256:{sha256(numbered).hexdigest()}"
    terminal = ops.Op(inputs=[ops.Input(digest=digest)]).encode()
    told = definition.metadata[definition.head]
    return llb.from_definition(ops.Definition(def_=[numbered, terminal], metadata={digest: told}))


def unpacked(fetched: llb.State) -> llb.State:
    """Return the files of the fetched archive."""
    extract = llb.copy(fetched, f"/{FILE}", "/", attempt_unpack=True)
    return llb.scratch().file(extract, constraints=llb.Constraints(custom_name="[internal] unpack build context"))


def is_archive(head: bytes) -> bool:
    """Return whether bytes are the start of a tar file, plain or compressed."""
    return head.startswith(_COMPRESSED) or _is_tar(head[:_TAR_BLOCK])


def _is_tar(block: bytes) -> bool:
    field = block[_TAR_CHECKSUM].strip(b" \0")
    if len(block) < _TAR_BLOCK or not field or not set(field) <= set(b"01234567"):
        return False
    start, end = _TAR_CHECKSUM.start, _TAR_CHECKSUM.stop
    return int(field, 8) == sum(block[:start]) + sum(block[end:]) + (end - start) * ord(" ")


def last_part(url: str) -> str:
    """Return the name of the file that a URL ends with, empty for none."""
    return re.split(r"[?#]", url, maxsplit=1)[0].partition("://")[2].partition("/")[2].rpartition("/")[2]


def without_secrets(url: str) -> str:
    """Return a URL without a password and a query, for messages."""
    return _SECRETS.sub("", url.partition("?")[0])
