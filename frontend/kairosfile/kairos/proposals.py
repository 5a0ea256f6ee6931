"""What to start a new image from, distribution by distribution and board by board.

The bases are those that kairos-init tests (.github/workflows/test.yml of kairos-init v0.17.3) or Kairos published
images of; NVIDIA's boards have packages for one Ubuntu each, and the Red Hat family has no kernel for the Raspberry
Pi. Releases of providers are ones that Kairos published images with.
"""

from __future__ import annotations

from typing import Final

GENERIC: Final = "generic"
_RASPBERRY: Final = ("rpi3", "rpi4")

HADRON_TRUSTED: Final = "ghcr.io/kairos-io/hadron-trusted:v0.5.1"

# By the name that a person says, for each model. The first distribution is the default.
BASES: dict[str, dict[str, str]] = {
    "ubuntu": {
        GENERIC: "ubuntu:24.04",
        **dict.fromkeys(_RASPBERRY, "ubuntu:22.04"),
        "nvidia-jetson-agx-orin": "ubuntu:22.04",
        "nvidia-jetson-orin-nx": "ubuntu:22.04",
        "nvidia-jetson-thor": "ubuntu:24.04",
        "nvidia-dgx-spark": "ubuntu:24.04",
    },
    "debian": dict.fromkeys((GENERIC, *_RASPBERRY), "debian:13"),
    "alpine": {GENERIC: "alpine:3.23", **dict.fromkeys(_RASPBERRY, "alpine:3.21")},
    "opensuse": dict.fromkeys((GENERIC, *_RASPBERRY), "opensuse/leap:15.6"),
    "fedora": {GENERIC: "fedora:43"},
    "rockylinux": {GENERIC: "rockylinux/rockylinux:9"},
    "almalinux": {GENERIC: "almalinux:9"},
    "hadron": dict.fromkeys((GENERIC, *_RASPBERRY), "ghcr.io/kairos-io/hadron:v0.5.1"),
}

# Where Trusted Boot was tried, by the base that it starts from; the model is generic.
TRUSTED: dict[str, str] = {
    "ubuntu": BASES["ubuntu"][GENERIC],
    "fedora": BASES["fedora"][GENERIC],
    "hadron": HADRON_TRUSTED,
}

PROVIDERS: dict[str, str] = {"k3s": "v1.33.2+k3s1", "k0s": "v1.33.4+k0s.0"}


def models() -> list[str]:
    """Return every model that some distribution is proposed for."""
    return list(dict.fromkeys(model for bases in BASES.values() for model in bases))


def distributions_for(model: str) -> list[str]:
    """Return the distributions that are proposed for a model."""
    return [name for name, bases in BASES.items() if model in bases]
