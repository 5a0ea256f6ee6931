"""The keys of `--set`, which select the artifact of AuroraBoot without a command.

The real one ignores a key that it does not know, and so makes a wrong artifact; the stand-in
refuses it. It also refuses keys for serving files or waiting for machines: no build uses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.releases import at_least
from tests.support.standins.auroraboot.work import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

Settings = dict[str, str]

# Key and the oldest release that is known to have it.
_KEYS = {
    "container_image": "v0.5.0",
    "state_dir": "v0.5.0",
    "arch": "v0.14.0",
    "disable_http_server": "v0.5.0",
    "disable_netboot": "v0.5.0",
    "no_default_cloud_config": "v0.20.0",
    "disk.raw": "v0.5.0",
    "disk.mbr": "v0.5.0",
    "disk.gce": "v0.5.0",
    "disk.vhd": "v0.5.0",
    "disk.size": "v0.5.0",
    "disk.state_size": "v0.6.5",
    "disk.efi": "v0.6.0",
    "disk.bios": "v0.6.0",
    "disk.maas": "v0.26.0",
    "disk.partitions": "v0.26.0",
    "disk.recovery_image_size": "v0.26.0",
}
_ALIASES = {"disk.raw": "disk.efi", "disk.mbr": "disk.bios"}
_SERVERS = ("disable_http_server", "disable_netboot")
_DISKS = ("efi", "bios", "gce", "vhd", "maas", "partitions")


def read(pairs: Iterable[str], release: str) -> Settings:
    """Return the settings of `key=value` texts, under today's names; raises Failed."""
    settings: Settings = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        since = _KEYS.get(key)
        if since is None or not at_least(release, since):
            raise Failed(f"stand-in: the real AuroraBoot {release} silently ignores the key {key}")
        settings[_ALIASES.get(key, key)] = value
    for server in _SERVERS:
        if settings.get(server) != "true":
            raise Failed(f"stand-in: without --set {server}=true the real AuroraBoot goes on to serve what it made")
    return settings


def kind_of_disk(settings: Settings) -> str:
    """Return the one requested kind of disk; raise Failed on an error."""
    expected = [kind for kind in _DISKS if settings.get(f"disk.{kind}") == "true"]
    if len(expected) != 1:
        raise Failed(f"stand-in: one of disk.{', disk.'.join(_DISKS)} must be true")
    return expected[0]


def megabytes(settings: Settings, key: str) -> int:
    """Return a size in MiB, 0 without one; raise Failed on an error."""
    text = settings.get(key, "")
    if text and not text.isdigit():
        raise Failed(f"stand-in: {key} is a number of megabytes, not {text}")
    return int(text or 0)
