"""What an op runs on or is made for, in containerd's terms.

A platform is kept as it was written; `normalized` gives the one spelling that BuildKit compares. Nothing here
asks which machine it runs on: a platform without a system or an architecture is an error, not a default.
"""

from __future__ import annotations

from kairosfile.named_tuple import NamedTuple

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
        written = {("arm64", ""): "v8"} if variant else {("arm", "v7"): ""}
        normal = written.get((architecture, normal), normal)
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
