"""Names of images, completed as Docker completes them.

`debian` is `docker.io/library/debian:latest`: a name without a registry is Docker Hub's, and one with neither
tag nor digest is tagged latest.
"""

from __future__ import annotations

import re

_HUB, _OLD_HUB, _HUB_NAMESPACE = "docker.io", "index.docker.io", "library/"
_DEFAULT_TAG = "latest"
_LOCALHOST = "localhost"
_LONGEST_PATH = 255

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}"
_TAGGED = rf"{_DOMAIN}((?:/{_COMPONENT})+)(:{_TAG})?"
_LENGTH_OF_ID = 64
_IMAGE_ID = r"[a-f0-9]+"


def normalize_reference(ref: str) -> str:
    """Return the full name of an image; raise ValueError for what Docker would not accept as one."""
    if len(ref) == _LENGTH_OF_ID and re.fullmatch(_IMAGE_ID, ref):
        raise ValueError(f"image {ref!r}: this is the id of an image, write its name")
    domain, rest = _split_domain(ref)
    full = f"{domain}/{rest}"
    tagged, at, digest = full.partition("@")
    match = re.fullmatch(_TAGGED, tagged, re.ASCII)
    if match is None or (at and not re.fullmatch(_DIGEST, digest)):
        raise ValueError(f"image {ref!r}: {_fault(rest)}")
    path, tag = match.groups()
    if len(path.removeprefix("/")) > _LONGEST_PATH:
        raise ValueError(f"image {ref!r}: the name has more than {_LONGEST_PATH} characters")
    return full if tag or digest else f"{full}:{_DEFAULT_TAG}"


def familiar_reference(ref: str) -> str:
    """Return the short name of an image, as people write it: without what `normalize_reference` adds.

    Raise ValueError for what Docker would not accept as a name.
    """
    full = normalize_reference(ref).removesuffix(f":{_DEFAULT_TAG}")
    return full.removeprefix(f"{_HUB}/{_HUB_NAMESPACE}").removeprefix(f"{_HUB}/")


def _split_domain(ref: str) -> tuple[str, str]:
    first, slash, rest = ref.partition("/")
    named = "." in first or ":" in first or first == _LOCALHOST or first != first.lower()
    domain, path = (first, rest) if slash and named else (_HUB, ref)
    domain = _HUB if domain == _OLD_HUB else domain
    return domain, _HUB_NAMESPACE + path if domain == _HUB and "/" not in path else path


def _fault(rest: str) -> str:
    name = rest.partition("@")[0].partition(":")[0]
    if name != name.lower():
        return "the name of a repository is in lower case"
    return "this is not the name of an image; write [registry/]name[:tag][@digest]"
