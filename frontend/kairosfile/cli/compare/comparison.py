"""The differences between two images as data: the same for people, for release notes and for programs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kairosfile.cli.compare.contents import INITRD, KERNEL
from kairosfile.cli.compare.packages import is_newer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kairosfile.cli.compare.contents import Contents, Size
    from kairosfile.cli.compare.packages import Package

SCHEMA = "kairosfile.compare/1"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A name with its value in the old and in the new image; None if an image has none."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """The packages that differ; `upgraded` and `downgraded` by the rules of their manager, `changed` if it has none."""

    added: tuple[Package, ...]
    removed: tuple[Package, ...]
    upgraded: tuple[tuple[Package, Package], ...]
    downgraded: tuple[tuple[Package, Package], ...]
    changed: tuple[tuple[Package, Package], ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two images and their differences.

    `release` are the variables of /etc/kairos-release, `programs` and `boot` digests, `kernels` the releases with
    modules, `privileged` files with setuid, setgid or capabilities.
    """

    old: Contents
    new: Contents
    system: Change
    release: tuple[Change, ...]
    kernels: Change
    boot: tuple[Change, ...]
    programs: tuple[Change, ...]
    packages: PackageChanges
    services: tuple[Change, ...]
    masked: tuple[Change, ...]
    privileged: tuple[Change, ...]

    @property
    def new_layers(self) -> tuple[Size, ...]:
        """The layers that are not in the old image, without duplicates."""
        have = {layer.digest for layer in self.old.layers}
        return tuple({layer.digest: layer for layer in self.new.layers if layer.digest not in have}.values())

    @property
    def download(self) -> int:
        """The bytes that a machine with the layers of the old image downloads."""
        return sum(layer.stored for layer in self.new_layers)


def compare(old: Contents, new: Contents) -> Comparison:
    """Return the differences between two images."""
    return Comparison(
        old,
        new,
        Change("system", old.system or None, new.system or None),
        _changes(old.release, new.release),
        Change("kernel", _joined(old.kernels), _joined(new.kernels)),
        _changes(old.boot, new.boot),
        _changes(old.programs, new.programs),
        _package_changes(old.packages, new.packages),
        _set_changes(old.services, new.services),
        _set_changes(old.masked, new.masked),
        _changes(old.privileged, new.privileged),
    )


def _joined(names: Iterable[str]) -> str | None:
    return ", ".join(sorted(names)) or None


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    names = sorted(old.keys() | new.keys())
    return tuple(Change(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def _set_changes(old: frozenset[str], new: frozenset[str]) -> tuple[Change, ...]:
    return _changes(dict.fromkeys(old, "enabled"), dict.fromkeys(new, "enabled"))


def _package_changes(old: Iterable[Package], new: Iterable[Package]) -> PackageChanges:
    """Return the differences of packages. One of several versions, such as a kernel of rpm, is added and removed."""
    added: list[Package] = []
    removed: list[Package] = []
    pairs: list[tuple[Package, Package]] = []
    unchanged = 0
    was, now = _by_name(old), _by_name(new)
    for name in sorted(was.keys() | now.keys()):
        gone, come = was[name] - now[name], now[name] - was[name]
        unchanged += len(was[name] & now[name])
        if len(was[name]) == len(now[name]) == len(gone) == 1:
            pairs.append((gone.pop(), come.pop()))
        else:
            removed += sorted(gone)
            added += sorted(come)
    order = {pair: is_newer(pair[1], pair[0]) for pair in pairs}
    upgraded, downgraded, changed = (tuple(it for it in pairs if order[it] is answer) for answer in (True, False, None))
    return PackageChanges(tuple(added), tuple(removed), upgraded, downgraded, changed, unchanged)


def _by_name(packages: Iterable[Package]) -> dict[tuple[str, str, str], set[Package]]:
    groups: dict[tuple[str, str, str], set[Package]] = defaultdict(set)
    for package in packages:
        groups[package.name, package.architecture, package.manager].add(package)
    return groups


def to_data(it: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values; sizes are bytes."""
    return {
        "schema": SCHEMA,
        "platform": it.new.platform,
        "old": _image_data(it.old),
        "new": _image_data(it.new),
        "system": _change_data(it.system),
        "release": [_change_data(change) for change in it.release],
        "kernel": {
            **_change_data(it.kernels),
            "image_changed": any(change.name == KERNEL for change in it.boot),
            "initrd_changed": any(change.name == INITRD for change in it.boot),
        },
        "programs": [_change_data(change) for change in it.programs],
        "packages": _packages_data(it.packages),
        "services": [_change_data(change) for change in it.services],
        "masked": [_change_data(change) for change in it.masked],
        "privileged": [_change_data(change) for change in it.privileged],
        "download": {"with_old_layers": it.download, "whole": it.new.stored, "new_layers": len(it.new_layers)},
    }


def _change_data(change: Change) -> dict[str, Any]:
    return {"name": change.name, "old": change.old, "new": change.new}


def _image_data(image: Contents) -> dict[str, Any]:
    return {
        "name": image.name,
        "digest": image.digest,
        "system": image.system,
        "packages": len(image.packages),
        "stored": image.stored,
        "unpacked": sum(layer.unpacked for layer in image.layers),
        "dead": sum(layer.dead for layer in image.layers),
        "layers": [
            {
                "digest": layer.digest,
                "created_by": layer.created_by,
                "stored": layer.stored,
                "unpacked": layer.unpacked,
                "dead": layer.dead,
            }
            for layer in image.layers
        ],
    }


def _packages_data(packages: PackageChanges) -> dict[str, Any]:
    single = {"added": packages.added, "removed": packages.removed}
    double = {"upgraded": packages.upgraded, "downgraded": packages.downgraded, "changed": packages.changed}
    return {
        **{key: [{**_package_data(one), "version": one.version} for one in ones] for key, ones in single.items()},
        **{
            key: [{**_package_data(new), "old": old.version, "new": new.version} for old, new in pairs]
            for key, pairs in double.items()
        },
        "unchanged": packages.unchanged,
    }


def _package_data(package: Package) -> dict[str, Any]:
    return {"name": package.name, "architecture": package.architecture, "manager": package.manager}
