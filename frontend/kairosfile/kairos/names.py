"""The words that Kairos knows: providers with the form of their releases, models with their architectures."""

from __future__ import annotations

import re

# From hashicorp/go-version, NewSemver: what --version of kairos-init v0.2.6 and later can parse.
VERSION = re.compile(
    r"v?[0-9]+(\.[0-9]+)*?"
    r"(-[0-9]+[0-9A-Za-z\-~]*(\.[0-9A-Za-z\-~]+)*|-[A-Za-z\-~]+[0-9A-Za-z\-~]*(\.[0-9A-Za-z\-~]+)*)?"
    r"(\+[0-9A-Za-z\-~]+(\.[0-9A-Za-z\-~]+)*)?"
)

PROVIDER_VERSIONS = {
    "k3s": (re.compile(r"v\d+\.\d+\.\d+(-rc\d+)?\+k3s\d+"), "v1.33.1+k3s1"),
    "k0s": (re.compile(r"v\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?\+k0s\.\d+"), "v1.33.1+k0s.0"),
}

# `latest` is what the generic Dockerfile calls a provider version that is not pinned.
UNPINNED = "latest"

MODELS_FOR_ANY_PLATFORM = frozenset({"generic"})
MODEL_ARCHITECTURE = "arm64"

# Names that kairos-init itself changed, at v0.7.0.
RENAMED_MODELS = {
    "agx-orin": "nvidia-jetson-agx-orin",
    "orin-nx": "nvidia-jetson-orin-nx",
}
