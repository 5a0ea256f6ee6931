"""The proxies of a build, which buildx sends as build args.

They reach every command with a network and are part of no cache key; so they are nothing that a file says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import ProxyEnv

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = {"HTTP_PROXY": "http", "HTTPS_PROXY": "https", "FTP_PROXY": "ftp", "NO_PROXY": "no", "ALL_PROXY": "all"}


def proxy_env(build_args: Mapping[str, str]) -> ProxyEnv | None:
    """Return the proxies among build args, None where there are none; of two spellings the lower case wins."""
    named = {FIELDS[name.upper()]: build_args[name] for name in sorted(build_args) if name.upper() in FIELDS}
    return ProxyEnv(**named) if any(named.values()) else None
