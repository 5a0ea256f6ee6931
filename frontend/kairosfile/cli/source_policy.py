"""A lock as a source policy of BuildKit: for builds whose frontend knows no lock file, a Dockerfile's for one.

The form is that of moby/buildkit sourcepolicy/pb/policy.proto; buildx reads the file that
EXPERIMENTAL_BUILDKIT_SOURCE_POLICY names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGE = "docker-image://"


def text(images: Mapping[str, str]) -> str:
    """Return the policy that gives each tag the digest it is locked to, JSON."""
    return json.dumps({"rules": [_rule(name, digest) for name, digest in sorted(images.items())]}, indent=2) + "\n"


def _rule(name: str, digest: str) -> dict[str, object]:
    return {
        "action": "CONVERT",
        "selector": {"identifier": f"{IMAGE}{name}", "matchType": "EXACT"},
        "updates": {"identifier": f"{IMAGE}{name}@{digest}"},
    }
