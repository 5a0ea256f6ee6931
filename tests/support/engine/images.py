"""The base images of the tests, by name; they are put into a registry, and named after its address there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import provision
from .publish import Image, push

if TYPE_CHECKING:
    from .registry import Registry

DEBIAN = "test/debian:13"  # amd64: Debian 13 with apt, like an ordinary base
BASE = "test/base:1"  # amd64 and arm64: busybox and an /etc/os-release of Debian, quick and small

PATH = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def ensure(registry: Registry) -> None:
    """Push the images that the registry does not have yet."""
    layers = provision.provide().layers
    push(registry, DEBIAN, Image("linux/amd64", [layers["debian"]], env=PATH, cmd=["bash"]))
    settings: dict[str, Any] = {"env": PATH, "cmd": ["sh"], "labels": {"test.base": "busybox"}}
    platforms = [Image(f"linux/{arch}", [layers[f"busybox-{arch}"]], **settings) for arch in ("amd64", "arm64")]
    push(registry, BASE, *platforms)
