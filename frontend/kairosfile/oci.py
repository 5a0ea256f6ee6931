"""Platforms and names of images as containerd and Docker write them.

Checks of a Kairosfile need these and no build graph, whose import costs a tenth of a `kairosfile check`.

A platform is kept as it was written; `normalized` gives the one spelling that BuildKit compares. Nothing here asks
which machine it runs on: a platform without a system or an architecture is an error, not a default.

A name is completed as Docker does: `debian` is `docker.io/library/debian:latest`. A name without a registry is Docker
Hub's, and one with neither tag nor digest is tagged latest.
"""

from __future__ import annotations

from kairosfile.named_tuple import NamedTuple

__all__ = ["Platform", "familiar_reference", "normalize_reference"]


# Characters of parts of platforms and names. Patterns would be compiled by each build.
_DIGITS = frozenset("0123456789")
_OF_A_SYSTEM = _DIGITS.union("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_OF_A_PART = _OF_A_SYSTEM | {"."}
_OF_A_LABEL = _OF_A_SYSTEM - {"_"}
_OF_A_COMPONENT = _DIGITS.union("abcdefghijklmnopqrstuvwxyz._-")
_HEX = _DIGITS.union("abcdef")
_OF_AN_ADDRESS = _HEX.union("ABCDEF:")
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
_MOST_KNOWN = 16
_known: dict[str, str] = {}  # the first references and full names: each stage of a build needs those of its images

_SEPARATORS = frozenset("._-")
# Inside a component of a path, separators are one dot, one or two underscores, or any number of hyphens.
_WRONG_SEPARATORS = ("..", "._", "_.", ".-", "-.", "_-", "-_", "___")
_LONGEST_TAG = 128
_HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}
_LENGTH_OF_ID = 64


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
    full = _known.get(ref)
    if full is None:
        full = _normalize_reference(ref)
        if len(_known) < _MOST_KNOWN:
            _known[ref] = _known[full] = full
    return full


def _normalize_reference(ref: str) -> str:
    if len(ref) == _LENGTH_OF_ID and _is_of(_HEX, ref):
        raise ValueError(f"image {ref!r}: this is the id of an image, write its name")
    domain, rest = _split_domain(ref)
    full = f"{domain}/{rest}"
    name, at, digest = rest.partition("@")
    path, colon, tag = name.partition(":")
    is_name = _is_domain(domain) and all(map(_is_component, path.split("/")))
    if not is_name or (colon and not _is_tag(tag)) or (at and not _is_digest(digest)):
        raise ValueError(f"image {ref!r}: {_syntax_error(rest)}")
    if len(path) > _LONGEST_PATH:
        raise ValueError(f"image {ref!r}: the name has more than {_LONGEST_PATH} characters")
    return full if tag or digest else f"{full}:{_DEFAULT_TAG}"


def _is_domain(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    if not (colon and _is_of(_DIGITS, port)):
        host = text
    if host.startswith("["):
        return host.endswith("]") and _is_of(_OF_AN_ADDRESS, host[1:-1])
    return all(_is_of(_OF_A_LABEL, label) and "-" not in (label[0], label[-1]) for label in host.split("."))


def _is_component(text: str) -> bool:
    """Return True for one part of a path, between slashes."""
    return (
        _is_of(_OF_A_COMPONENT, text)
        and text[0] not in _SEPARATORS
        and text[-1] not in _SEPARATORS
        and not any(wrong in text for wrong in _WRONG_SEPARATORS)
    )


def _is_tag(text: str) -> bool:
    return _is_of(_OF_A_PART, text) and text[0] not in ".-" and len(text) <= _LONGEST_TAG


def _is_digest(text: str) -> bool:
    algorithm, _, digits = text.partition(":")
    return _is_of(_HEX, digits) and _HEX_DIGITS.get(algorithm) == len(digits)


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
