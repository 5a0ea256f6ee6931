"""What an op runs on or is made for, in containerd's terms.

A platform is kept as it was written; `normalized` gives the one spelling that BuildKit compares. Nothing here
asks which machine it runs on: a platform without a system or an architecture is an error, not a default.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SYSTEM = r"([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)((?:\+[A-Za-z0-9_.-]+)*)\))?"
_PLATFORM = rf"{_SYSTEM}/([A-Za-z0-9_.-]+)(?:/([A-Za-z0-9_.-]+))?"

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
        match = re.fullmatch(_PLATFORM, text)
        if match is None:
            raise ValueError(f"platform {text!r}: write os/architecture or os/architecture/variant")
        system, version, features, architecture, variant = match.groups(default="")
        architecture, normal = _normalize(architecture, variant)
        written = {("arm64", ""): "v8"} if variant else {("arm", "v7"): ""}
        normal = written.get((architecture, normal), normal)
        return cls(_normalize_system(system), architecture, normal, version, tuple(features.split("+")[1:]))

    def normalized(self) -> Platform:
        """Return the platform as BuildKit compares it: `linux/aarch64/v8` becomes `linux/arm64`."""
        architecture, variant = _normalize(self.architecture, self.variant)
        features = tuple(sorted(set(self.os_features)))
        return Platform(_normalize_system(self.os), architecture, variant, self.os_version, features)

    def __str__(self) -> str:
        options = "+".join((self.os_version, *sorted(self.os_features)))
        system = f"{self.os}({options})" if options else self.os
        return "/".join(part for part in (system, self.architecture, self.variant) if part)


def _normalize_system(system: str) -> str:
    lowered = system.lower()
    return _SYSTEMS.get(lowered, lowered)


def _normalize(architecture: str, variant: str) -> tuple[str, str]:
    name, implied = _ARCHITECTURES.get(architecture.lower(), (architecture.lower(), None))
    variant = variant.lower() if implied is None else implied
    return name, _VARIANTS.get((name, variant), variant)
