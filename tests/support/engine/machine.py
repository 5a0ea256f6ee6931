"""Requirements on the machine, checked before anything is made or started, with one message for each."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from .errors import EngineUnavailable

NEEDED = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "pivot_root": "util-linux",
    "mount": "mount",
}


def require() -> None:
    """Raise EngineUnavailable unless a private Docker Engine can run here."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise EngineUnavailable("The test engines run on Linux on x86-64 only.")
    if os.geteuid() != 0:
        raise EngineUnavailable("The test engines need root: run this as root (or with sudo).")
    for tool, package in NEEDED.items():
        if not which(tool):
            raise EngineUnavailable(f"{tool} is missing: install the package {package}.")
    if not Path("/dev/net/tun").exists():
        raise EngineUnavailable("/dev/net/tun is missing: load the kernel module tun.")
    _require_namespaces()


def _require_namespaces() -> None:
    namespaces = ["unshare", "--mount", "--pid", "--net", "--fork", "true"]
    tried = subprocess.run(namespaces, check=False, capture_output=True)
    if tried.returncode:
        raise EngineUnavailable(
            "This root may not make namespaces. In a container, run it privileged (docker run --privileged)."
        )


def which(tool: str) -> str | None:
    """Find a program, in the directories of the administrator too."""
    return shutil.which(tool, path=search_path())


def search_path() -> str:
    """Return PATH with the directories of the administrator, which not every root's PATH has."""
    return os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"


def require_mmdebstrap() -> None:
    """Install mmdebstrap with apt-get where it is missing."""
    require_tool("mmdebstrap", "mmdebstrap", "debian-archive-keyring")


def require_tool(tool: str, *packages: str) -> None:
    """Install a program with apt-get, from these packages, where it is missing."""
    if which(tool):
        return
    if not which("apt-get"):
        raise EngineUnavailable(f"{tool} is missing: install it with your distribution's package tool.")
    install = ["install", "--yes", "--no-install-recommends", *packages]
    if _apt(install).returncode == 0:
        return
    _apt(["update"])
    tried = _apt(install)
    if tried.returncode:
        raise EngineUnavailable(f"apt-get could not install {tool}:\n{tried.stderr[-2000:]}")


def _apt(command: list[str]) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": search_path()}
    apt_get = ["apt-get", *command]
    return subprocess.run(apt_get, check=False, text=True, env=env, stdin=subprocess.DEVNULL, capture_output=True)
