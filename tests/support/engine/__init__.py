"""A real Docker Engine, registry and images for tests, on a machine that has none; see README.md here.

Needs root, Debian's packages and the standard library. No general tool: two engines, one registry.
"""

from __future__ import annotations

from .client import DockerEngine
from .engine import Engine
from .errors import EngineUnavailable
from .host import HostEngine, engine_named
from .images import BASE, DEBIAN
from .publish import Image, push
from .registry import Registry

__all__ = [
    "BASE",
    "DEBIAN",
    "DockerEngine",
    "Engine",
    "EngineUnavailable",
    "HostEngine",
    "Image",
    "Registry",
    "engine_named",
    "push",
]
