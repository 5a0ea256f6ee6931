"""The suggestion for an unknown word: the word in another case, a synonym from other tools, or the most similar one.

Only words that are valid at the place are suggested, so a synonym can have several meanings: `file` is `path` in a
test, and the step `file` in a hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterable

# Names in Docker, cloud-init, Ansible, Kubernetes and common use for what the language names differently.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "add": ("copy", "fetch"),
    "apk": ("packages",),
    "apt": ("packages",),
    "arch": ("platforms", "platform"),
    "architecture": ("platforms", "platform"),
    "architectures": ("platforms", "platform"),
    "arguments": ("args",),
    "arm64": ("linux/arm64",),
    "aarch64": ("linux/arm64",),
    "linux/aarch64": ("linux/arm64",),
    "amd64": ("linux/amd64",),
    "x86_64": ("linux/amd64",),
    "linux/x86_64": ("linux/amd64",),
    "base_image": ("base",),
    "before_init": ("after_install",),
    "board": ("model",),
    "build_args": ("args",),
    "checksum": ("sha256",),
    "chmod": ("mode",),
    "chown": ("owner",),
    "cloudinit": ("cloud_config",),
    "cloud_init": ("cloud_config",),
    "cloud_image": ("raw",),
    "cmd": ("run",),
    "command": ("run",),
    "commands": ("run",),
    "cwd": ("workdir",),
    "data": ("content",),
    "dest": ("to", "target"),
    "destination": ("to", "target"),
    "digest": ("sha256",),
    "directory": ("path",),
    "disk": ("raw",),
    "dnf": ("packages",),
    "download": ("fetch",),
    "disk_image": ("raw",),
    "dst": ("to", "target"),
    "entries": ("content",),
    "environment": ("env",),
    "exec": ("run",),
    "exit": ("exit_code",),
    "exitcode": ("exit_code",),
    "expect": ("stdout",),
    "expected": ("stdout",),
    "extend": ("extends",),
    "file": ("path",),
    "filename": ("path", "file", "name"),
    "folder": ("path", "directory"),
    "from": ("base",),
    "hash": ("sha256",),
    "ignore": ("exclude",),
    "image": ("base",),
    "img": ("raw",),
    "includes": ("include",),
    "install": ("packages",),
    "k8s": ("provider",),
    "kernel_version": ("kernel",),
    "kubernetes": ("provider",),
    "link": ("symlink",),
    "kubernetes_distro": ("provider",),
    "output": ("stdout",),
    "package": ("packages",),
    "path": ("file",),
    "permissions": ("mode",),
    "perms": ("mode",),
    "pi3": ("rpi3",),
    "pi4": ("rpi4",),
    "pkgs": ("packages",),
    "platform": ("platforms",),
    "post_init": ("after_init",),
    "post_install": ("after_install",),
    "pre_init": ("after_install",),
    "pre_install": ("before_install",),
    "pxe": ("netboot",),
    "raspberry3": ("rpi3",),
    "raspberry4": ("rpi4",),
    "raspberrypi3": ("rpi3",),
    "raspberrypi4": ("rpi4",),
    "raspberry_pi_3": ("rpi3",),
    "raspberry_pi_4": ("rpi4",),
    "release": ("version",),
    "rpi": ("rpi4",),
    "script": ("run",),
    "secret": ("mounts",),
    "secrets": ("mounts",),
    "secure_boot": ("trusted_boot",),
    "secureboot": ("trusted_boot",),
    "service": ("systemd",),
    "services": ("systemd",),
    "shell": ("run",),
    "source": ("copy",),
    "src": ("copy",),
    "status": ("exit_code",),
    "step": ("hooks",),
    "steps": ("hooks",),
    "tag": ("version",),
    "test": ("tests",),
    "text": ("content",),
    "uefi": ("uki",),
    "unit": ("systemd",),
    "units": ("systemd",),
    "url": ("fetch",),
    "usb": ("iso",),
    "volumes": ("mounts",),
    "write": ("file",),
    "write_file": ("file",),
    "write_files": ("file",),
    "yum": ("packages",),
    "zypper": ("packages",),
}
_HUMP = compile_later(r"(?<=[a-z0-9])(?=[A-Z])")
# A longer word is not a mistyped word of the language.
_LONGEST = 64
_DIGITS = "0123456789"


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the most similar known word, empty if no similarity reaches `cutoff` (0 to 1)."""
    words = [*known]
    same = {_plain(each): each for each in reversed(words)}
    plain = _plain(word)
    if plain in same:
        return same[plain]
    if synonym := next((each for each in SYNONYMS.get(plain, ()) if each in words), ""):
        return synonym
    from difflib import get_close_matches  # noqa: PLC0415 - only a file with a diagnostic needs it

    alike = [each for each in same if not _is_another_number(plain, each)]
    matches = get_close_matches(plain, alike, n=1, cutoff=cutoff) or get_close_matches(
        word, [same[each] for each in alike], n=1, cutoff=cutoff
    )
    return next((same.get(each, each) for each in matches), "")


def _is_another_number(word: str, known: str) -> bool:
    """Return whether words differ in the number behind them alone, and not in the order of its digits: rpi5, rpi4."""
    name, other = word.rstrip(_DIGITS), known.rstrip(_DIGITS)
    return name == other and sorted(word[len(name) :]) != sorted(known[len(other) :])


def _plain(word: str) -> str:
    """Return a word in lower case, with _ between its parts."""
    if len(word) > _LONGEST:
        return word
    return _HUMP.sub("_", word).lower().replace("-", "_").replace(" ", "_")
