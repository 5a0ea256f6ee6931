"""Platforms and names of images as containerd and Docker write them; imports only `re`.

Checks of a Kairosfile need these and no build graph, whose import costs a tenth of a `kairosfile check`.

A platform is kept as it was written; `normalized` gives the one spelling that BuildKit compares. Nothing here asks
which machine it runs on: a platform without a system or an architecture is an error, not a default.

A name is completed as Docker does: `debian` is `docker.io/library/debian:latest`. A name without a registry is Docker
Hub's, and one with neither tag nor digest is tagged latest.
"""

from __future__ import annotations

import re

from kairosfile.named_tuple import NamedTuple

__all__ = ["Platform", "familiar_reference", "normalize_reference"]


# Characters of the name of a system, and of all other parts. A pattern would be compiled by each build.
_OF_A_SYSTEM = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_OF_A_PART = _OF_A_SYSTEM | {"."}
_NUMBERS_OF_PARTS = (1, 2)  # behind the system: an architecture, and a variant

_SYSTEMS = {"macos": "darwin"}
# How kernels and people call an architecture: its name, and its variant where that is implied.
_ARCHITECTURES: dict[str, tuple[str, str | None]] = {
    "aarch64": ("arm64", None),
    "armel": ("arm", "v6"),
    "armhf": ("arm", "v7"),
    "i386": ("386", ""),
    "x86-64": ("amd64", None),
    "x86_64": ("amd64", None),
}
_VARIANTS = {
    ("amd64", "v1"): "",
    ("arm", ""): "v7",
    ("arm", "5"): "v5",
    ("arm", "6"): "v6",
    ("arm", "7"): "v7",
    ("arm", "8"): "v8",
    ("arm64", "8"): "",
    ("arm64", "v8"): "",
    ("arm64", "v8.0"): "",
    ("arm64", "9"): "v9",
    ("arm64", "9.0"): "v9",
    ("arm64", "v9.0"): "v9",
}

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


class Platform(NamedTuple):
    """An OCI platform; `str()` gives it as containerd's FormatAll does, such as `linux/arm/v7`."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    os_features: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read `system[(version+feature...)]/architecture[/variant]`; raise ValueError for anything else.

        As in containerd, names are normalised while they are read, and a variant is there only if written.
        """
        system, *parts = text.split("/")
        system, bracket, options = system.partition("(")
        version, *features = options.removesuffix(")").split("+")
        is_form = (
            len(parts) in _NUMBERS_OF_PARTS
            and options.endswith(")") == bool(bracket)
            and _OF_A_PART.issuperset(version)
        )
        if not (
            is_form and _is_of(_OF_A_SYSTEM, system) and all(_is_of(_OF_A_PART, each) for each in (*parts, *features))
        ):
            raise ValueError(f"platform {text!r}: write os/architecture or os/architecture/variant")
        variant = parts[1] if parts[1:] else ""
        architecture, normal = _normalize(parts[0], variant)
        variants = {("arm64", ""): "v8"} if variant else {("arm", "v7"): ""}
        normal = variants.get((architecture, normal), normal)
        return cls(_normalize_system(system), architecture, normal, version, tuple(features))

    def normalized(self) -> Platform:
        """Return the platform as BuildKit compares it: `linux/aarch64/v8` becomes `linux/arm64`."""
        architecture, variant = _normalize(self.architecture, self.variant)
        features = tuple(sorted(set(self.os_features)))
        return Platform(_normalize_system(self.os), architecture, variant, self.os_version, features)

    def __str__(self) -> str:
        options = "+".join((self.os_version, *sorted(self.os_features)))
        system = f"{self.os}({options})" if options else self.os
        return "/".join(part for part in (system, self.architecture, self.variant) if part)


def _is_of(characters: frozenset[str], text: str) -> bool:
    return bool(text) and characters.issuperset(text)


def _normalize_system(system: str) -> str:
    lowered = system.lower()
    return _SYSTEMS.get(lowered, lowered)


def _normalize(architecture: str, variant: str) -> tuple[str, str]:
    name, implied = _ARCHITECTURES.get(architecture.lower(), (architecture.lower(), None))
    variant = variant.lower() if implied is None else implied
    return name, _VARIANTS.get((name, variant), variant)


def normalize_reference(ref: str) -> str:
    """Return the full name of an image; raise ValueError for what Docker would not accept as one."""
    if len(ref) == _LENGTH_OF_ID and re.fullmatch(_IMAGE_ID, ref):
        raise ValueError(f"image {ref!r}: this is the id of an image, write its name")
    domain, rest = _split_domain(ref)
    full = f"{domain}/{rest}"
    tagged, at, digest = full.partition("@")
    match = re.fullmatch(_TAGGED, tagged, re.ASCII)
    if match is None or (at and not re.fullmatch(_DIGEST, digest)):
        raise ValueError(f"image {ref!r}: {_syntax_error(rest)}")
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


def _syntax_error(rest: str) -> str:
    name = rest.partition("@")[0].partition(":")[0]
    if name != name.lower():
        return "the name of a repository is in lower case"
    return "this is not the name of an image; write [registry/]name[:tag][@digest]"
