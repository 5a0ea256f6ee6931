"""The options, build args and proxies that BuildKit defines, whatever frontend is used.

Options are listed by their key in a request (`add-hosts`) with the flag that a user writes (`--add-host`). A key that
is not listed belongs to a later BuildKit (`unknown`). buildx passes proxies as build args; they are set in every
command with a network and are part of no cache key, so no file can set them.

Source: frontend/dockerui/config.go, frontend/attestations/parse.go, and buildx, which consumes some of them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kairosfile.llb import ProxyEnv


# The keys that dockerui/config.go and attr.go read and buildx sends (build/opt.go), with the flag of each. Keys without
# a flag are internal to buildx, daemon and frontend. A key that ends in a colon is a prefix.
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

# The reason why each has no effect.
WITHOUT_EFFECT = {
    "BUILDKIT_SBOM_SCAN_CONTEXT": "the build context is not scanned: an SBOM is of the finished image alone",
    "BUILDKIT_SBOM_SCAN_STAGE": "steps are not scanned on their own: an SBOM is of the finished image alone",
}

FIELDS = {"HTTP_PROXY": "http", "HTTPS_PROXY": "https", "FTP_PROXY": "ftp", "NO_PROXY": "no", "ALL_PROXY": "all"}


def flag(key: str) -> str:
    """Return the command-line spelling of an option, such as `--build-arg NAME`; `option KEY` if it has no flag."""
    family, colon, name = key.partition(":")
    flag_name = FLAGS.get(family + colon)
    return f"{flag_name} {name}".rstrip() if flag_name else f"option {key}"


def unknown(keys: Iterable[str]) -> list[str]:
    """Return the keys that this module does not list, sorted."""
    return sorted(key for key in keys if "".join(key.partition(":")[:2]) not in FLAGS)


def is_predefined(name: str) -> bool:
    """Return whether BuildKit defines the build arg, so that a file need not declare it."""
    return name in HONOURED or name in WITHOUT_EFFECT or name.upper() in FIELDS


def without_effect(names: Iterable[str]) -> list[str]:
    """Return a sentence for each predefined build arg that has no effect here."""
    ignored = sorted(set(names) & WITHOUT_EFFECT.keys())
    return [f"--build-arg {name} has no effect: {WITHOUT_EFFECT[name]}" for name in ignored]


def proxy_env(build_args: Mapping[str, str]) -> ProxyEnv | None:
    """Return the proxies among build args, None without any; of two spellings the lower case wins."""
    named = {FIELDS[name.upper()]: build_args[name] for name in sorted(build_args) if name.upper() in FIELDS}
    if not any(named.values()):
        return None
    from kairosfile.llb import ProxyEnv  # noqa: PLC0415 - few builds have proxies

    return ProxyEnv(**named)
