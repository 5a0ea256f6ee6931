"""The options of a request as the user wrote them: `--add-host`, where buildx sends `add-hosts`.

What stands here is also what this frontend knows: an option of no row is one of a later BuildKit (`unknown`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# The keys that dockerui/config.go and attr.go read and buildx sends (build/opt.go), with the flag that asks for each.
# Keys without a flag are plumbing between buildx, daemon and frontend. A key that ends in a colon begins a family.
FLAGS = {
    "add-hosts": "--add-host",
    "attest:": "--attest",
    "build-arg:": "--build-arg",
    "cache-from": "--cache-from",
    "cache-imports": "--cache-from",
    "cgroup-parent": "--cgroup-parent",
    "cmdline": "",
    "context": "",
    "context:": "--build-context",
    "contextkey": "",
    "contextsubdir": "",
    "cpuperiod": "--cpu-period",
    "cpuquota": "--cpu-quota",
    "cpusetcpus": "--cpuset-cpus",
    "cpusetmems": "--cpuset-mems",
    "cpushares": "--cpu-shares",
    "dockerfilekey": "",
    "filename": "--file",
    "force-network-mode": "--network",
    "frontend.caps": "",
    "hostname": "",
    "image-resolve-mode": "--pull",
    "input-metadata:": "",
    "input:": "",
    "label:": "--label",
    "local-sessionid:": "",
    "memory": "--memory",
    "memswap": "--memory-swap",
    "multi-platform": "",
    "no-cache": "--no-cache-filter",
    "platform": "--platform",
    "requestid": "--call",
    "sharedkey:": "",
    "shm-size": "--shm-size",
    "source": "",
    "target": "--target",
    "ulimit": "--ulimit",
    "vcs:": "",
}


def flag(key: str) -> str:
    """Return an option as it is written on the command line, `--build-arg NAME`; `option KEY` where it has no flag."""
    family, colon, name = key.partition(":")
    written = FLAGS.get(family + colon)
    return f"{written} {name}".rstrip() if written else f"option {key}"


def unknown(keys: Iterable[str]) -> list[str]:
    """Return the keys of which nothing is known here, sorted."""
    return sorted(key for key in keys if "".join(key.partition(":")[:2]) not in FLAGS)
