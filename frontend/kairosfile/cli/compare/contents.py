"""The contents of an image that matter to an operator, from its tree: one record, by which images are compared.

The paths are those of kairos-init (`/boot`, `/etc/kairos-release`, its programs) and of systemd and OpenRC.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.cli.compare import packages
from kairosfile.cli.image.tree import Kind, ReadPolicy, merge, scan
from kairosfile.cli.verify.checks import parse as parse_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kairosfile.cli.compare.packages import Package
    from kairosfile.cli.image.stores import Image
    from kairosfile.cli.image.tree import Content, Entry, Layer, Tree

_RELEASES = {"etc/kairos-release": 1 << 16, "etc/os-release": 1 << 16, "usr/lib/os-release": 1 << 16}
KERNEL, INITRD = "boot/vmlinuz", "boot/initrd"
# Programs of Kairos and of Kubernetes that say no version of themselves without being run.
PROGRAMS = {
    "usr/bin/kairos-agent": "kairos-agent",
    "usr/bin/immucore": "immucore",
    "usr/bin/kairos": "kairos",
    "usr/bin/edgevpn": "edgevpn",
    "system/providers/agent-provider-kairos": "provider-kairos",
    "system/discovery/kcrypt-discovery-challenger": "kcrypt-discovery-challenger",
    "system/installer/kairos-installer": "kairos-installer",
    **{f"{folder}/{name}": name for folder in ("usr/bin", "usr/local/bin") for name in ("k3s", "k0s", "kubeadm")},
}
_MODULES = re.compile(r"(?:usr/)?lib/modules/([^/]{1,255})/modules\.dep")
_SYSTEMD = re.compile(r"(?:etc|usr/lib|lib)/systemd/system/([^/]{1,255})\.(?:wants|requires|upholds)/([^/]{1,255})")
_OPENRC = re.compile(r"etc/runlevels/([^/]{1,255})/([^/]{1,255})")
_MASKED = re.compile(r"etc/systemd/system/([^/]{1,255})")
_LEVELS_OF_LINKS = 20
SETUID, SETGID = 0o4000, 0o2000

# In the order of their bits (linux/capability.h), without `cap_`.
_CAPABILITIES = re.findall(
    r"\w+",
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin "
    "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override "
    "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore",
)
# A revision with its effective bit, then permitted and inheritable, the low halves before the high ones.
_RAW_CAPABILITY, _EFFECTIVE = struct.Struct("<IIIII"), 1


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of a layer: `stored` as downloaded, `unpacked` of its files, `dead` of files that higher layers hide."""

    digest: str
    created_by: str
    stored: int
    unpacked: int
    dead: int


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of an image.

    `release` has the variables of /etc/kairos-release, `system` is the pretty name of the distribution, `boot` the
    digests of kernel and initrd, `kernels` the releases that have modules, `programs` digests by name; `services` are
    enabled units as `target: unit`; `masked` units; `privileged` files with their privileges.
    """

    name: str
    digest: str
    platform: str
    layers: tuple[Size, ...]
    packages: tuple[Package, ...]
    release: Mapping[str, str]
    system: str
    boot: Mapping[str, str]
    kernels: frozenset[str]
    programs: Mapping[str, str]
    services: frozenset[str]
    masked: frozenset[str]
    privileged: Mapping[str, str]

    @property
    def stored(self) -> int:
        """The download size of all layers, without duplicates."""
        return sum({layer.digest: layer.stored for layer in self.layers}.values())


def read(image: Image, name: str, scanned: dict[str, Layer]) -> Contents:
    """Return the contents of an image; raises UnreadableError, RegistryError.

    Args:
        image: The image, whose layers are read one after the other.
        name: The name that the user gave.
        scanned: The layers that have been read, by digest; those of the image are added.
    """
    for layer in image.layers:
        if layer.digest not in scanned:
            scanned[layer.digest] = scan(image.open(layer), layer.digest, _policy)
    tree = merge(scanned[layer.digest] for layer in image.layers)
    sizes = tuple(
        Size(it.digest, it.created_by, it.size, tree.unpacked[it.digest], tree.dead[it.digest]) for it in image.layers
    )
    data = {path: held.data for path, held in _held(tree) if held.data is not None}
    system = parse_variables(data.get("etc/os-release") or data.get("usr/lib/os-release") or b"")
    return Contents(
        name,
        image.digest,
        image.platform,
        sizes,
        tuple(packages.read({path: content for path, content in data.items() if packages.limit(path)})),
        parse_variables(data.get("etc/kairos-release", b"")),
        system.get("PRETTY_NAME", ""),
        {name: digest for name in (KERNEL, INITRD) if (digest := _digest(tree, name))},
        frozenset(match[1] for path in tree.entries if (match := _MODULES.fullmatch(path))),
        {name: digest for path, name in PROGRAMS.items() if (digest := _digest(tree, path))},
        frozenset(_services(tree)),
        frozenset(_masked(tree)),
        dict(_privileged(tree)),
    )


def _policy(path: str) -> ReadPolicy:
    limit = _RELEASES.get(path) or packages.limit(path)
    return ReadPolicy(digest=path in PROGRAMS or path.startswith("boot/"), limit=limit)


def _held(tree: Tree) -> Iterator[tuple[str, Content]]:
    return ((path, entry.content) for path, entry in tree.entries.items() if entry.content)


def _digest(tree: Tree, path: str) -> str:
    """Return the digest of a file, links followed; empty if it is missing or was not requested."""
    for _ in range(_LEVELS_OF_LINKS):
        entry = tree.entries.get(path)
        if entry is None or entry.kind is not Kind.LINK:
            return entry.content.digest if entry and entry.content else ""
        path = _joined(path.rpartition("/")[0], entry.target)
    return ""


def _joined(folder: str, target: str) -> str:
    """Return the target of a link as a path from the root."""
    parts: list[str] = []
    for part in (target if target.startswith("/") else f"{folder}/{target}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _services(tree: Tree) -> Iterator[str]:
    """Yield the enabled units: a link in a folder of systemd's dependencies, or of an OpenRC runlevel."""
    for path, entry in tree.entries.items():
        match = (_SYSTEMD.fullmatch(path) or _OPENRC.fullmatch(path)) if entry.kind is Kind.LINK else None
        if match and entry.target != "/dev/null":
            yield f"{match[1]}: {match[2]}"


def _masked(tree: Tree) -> Iterator[str]:
    for path, entry in tree.entries.items():
        if entry.kind is Kind.LINK and entry.target == "/dev/null" and (match := _MASKED.fullmatch(path)):
            yield match[1]


def _privileged(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the files that give their user more privileges: setuid, setgid, capabilities."""
    for path, entry in tree.entries.items():
        powers = list(_powers(entry)) if entry.kind is Kind.FILE else []
        if powers:
            yield f"/{path}", ", ".join(powers)


def _powers(entry: Entry) -> Iterator[str]:
    if entry.mode & SETUID:
        yield f"setuid {entry.owner[0]}"
    if entry.mode & SETGID:
        yield f"setgid {entry.owner[1]}"
    if entry.capability:
        yield capabilities(entry.capability)


def capabilities(raw: bytes) -> str:
    """Return the attribute `security.capability` as text, in the format of `getcap`."""
    if len(raw) < _RAW_CAPABILITY.size:
        return f"capabilities 0x{raw.hex()}"
    magic, permitted, inheritable, permitted_high, inheritable_high = _RAW_CAPABILITY.unpack_from(raw)
    sets = {"p": permitted | permitted_high << 32, "i": inheritable | inheritable_high << 32}
    flags = {
        name: "".join(flag for flag, bits in sets.items() if bits >> number & 1)
        for number, name in enumerate(_CAPABILITIES)
    }
    effective = "e" if magic & _EFFECTIVE else ""
    return " ".join(f"cap_{name}={effective}{held}" for name, held in flags.items() if held) or "no capability"
