"""URLs of git repositories as contexts: which ones are, and what they say beside the address.

The short form is `URL#ref:subdir`, the long one a query, `URL?branch=main&subdir=os` (util/gitutil and
frontend/dockerfile/dfgitutil of BuildKit). A web address is a repository when its path ends in `.git`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway import option_values as values
from kairosfile.gateway.contexts.web import without_secrets
from kairosfile.gateway.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_REPOSITORY = re.compile(r"(git://|ssh://|github\.com/|[\w.-]+@[\w.-]+:|https?://[^?#]+\.git($|[?#]))")
_KEYS = ("ref", "branch", "tag", "commit", "checksum", "subdir", "keep-git-dir", "submodules")


def is_git(url: str) -> bool:
    """Tell whether a URL is that of a repository."""
    return _REPOSITORY.match(url) is not None


def source(url: str, constraints: llb.Constraints, *, keep_git_dir: bool, capabilities: llb.Capabilities) -> llb.State:
    """Return the files of the repository that a URL names.

    `keep_git_dir` holds where the URL does not say it. Raises UnsupportedError for a query that asks for what is not
    known here or to the daemon, OptionError for a value that is no boolean.
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
    return llb.git(
        remote,
        ref=ref or checksum,
        subdir=subdir,
        keep_git_dir=_flag(asked, "keep-git-dir", default=keep_git_dir),
        skip_submodules=not _flag(asked, "submodules", default=True),
        checksum=checksum,
        constraints=constraints,
    )


def _asked(query: str) -> Mapping[str, str]:
    if not query:
        return {}
    from urllib.parse import parse_qsl  # noqa: PLC0415 - few contexts have a query

    asked: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in _KEYS:
            raise UnsupportedError(f'the git URL asks for "{key}", which is not known here: use {", ".join(_KEYS)}')
        if asked.setdefault(key, value) != value:
            raise UnsupportedError(f'the git URL says "{key}" twice: say it once')
    return asked


def _place(fragment: str, asked: Mapping[str, str], url: str) -> tuple[str, str]:
    """Return the ref and the folder, each of which may be said in several ways that have to agree."""
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
