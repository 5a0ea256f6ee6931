"""The build args that BuildKit and its frontends define, whatever file is built.

Source: frontend/dockerui/config.go, frontend/attestations/parse.go, and buildx, which consumes some of them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.proxies import FIELDS as PROXIES

if TYPE_CHECKING:
    from collections.abc import Iterable

HONOURED = frozenset(
    {
        "BUILDKIT_ATTEST_PROVENANCE",
        "BUILDKIT_ATTEST_SBOM",
        "BUILDKIT_BUILD_NAME",
        "BUILDKIT_CACHE_MOUNT_NS",
        "BUILDKIT_CONTEXT_KEEP_GIT_DIR",
        "BUILDKIT_DOCKERFILE_CHECK",
        "BUILDKIT_INLINE_CACHE",
        "BUILDKIT_MULTI_PLATFORM",
        "BUILDKIT_SANDBOX_HOSTNAME",
        "BUILDKIT_SYNTAX",
        "SOURCE_DATE_EPOCH",
    }
)

# What they ask for, for which there is nothing to do.
WITHOUT_EFFECT = {
    "BUILDKIT_SBOM_SCAN_CONTEXT": "the build context is not scanned: an SBOM is of the finished image alone",
    "BUILDKIT_SBOM_SCAN_STAGE": "steps are not scanned on their own: an SBOM is of the finished image alone",
}


def is_predefined(name: str) -> bool:
    """Tell whether a build arg is one that no file has to name."""
    return name in HONOURED or name in WITHOUT_EFFECT or name.upper() in PROXIES


def without_effect(names: Iterable[str]) -> list[str]:
    """Return a sentence on each predefined build arg that changes nothing here."""
    found = sorted(set(names) & WITHOUT_EFFECT.keys())
    return [f"--build-arg {name} has no effect: {WITHOUT_EFFECT[name]}" for name in found]
