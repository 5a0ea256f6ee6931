"""The mounts of a booted machine over the root file system of its image, and the folders that it keeps on its disk.

Installed: with grub the partitions of the persistent state and of OEM, with trusted boot also the EFI partition. The
live medium does not hide /usr/local and /oem, so a test with it proves nothing.
"""

from __future__ import annotations

# Paths whose files are hidden on an installed machine, with the mount that hides them and the solution.
HIDDEN: dict[str, tuple[str, str]] = {
    "/usr/local": ("the persistent partition", "put it below /usr, for example in /usr/bin or /usr/lib"),
    "/oem": ("the OEM partition", "use the section cloud_config, whose files are in /system/oem"),
    "/run": ("a file system in memory", "have a step of a cloud-config write it, or systemd-tmpfiles"),
    "/tmp": ("a file system in memory", "put it below /usr"),  # noqa: S108 - a path of the image
    "/dev": ("the devices of the machine", "write a rule of udev"),
    "/proc": ("the kernel's", "use a step with sysctl in a cloud-config"),
    "/sys": ("the kernel's", "have a step of a cloud-config write it"),
}
# The folders that an installed machine has on its persistent partition, and fills with `rsync -au` from the image at
# each boot (immucore v0.20.4; older releases differ in few of them).
_KEPT_BELOW: dict[str, tuple[str, ...]] = {
    "/etc": (
        *("cni", "init.d", "iscsi", "k0s", "kubernetes", "modprobe.d", "pwx", "rancher", "runlevels", "ssh"),
        *("ssl/certs", "sysconfig", "systemd", "zfs"),
    ),
    "/var/lib": (
        *("ca-certificates", "calico", "cni", "confexts", "containerd", "dbus", "etcd", "extensions", "k0s", "kairos"),
        *("kubelet", "longhorn", "osd", "rancher", "rook", "tailscale", "wicked"),
    ),
    "": ("home", "opt", "root", "usr/libexec", "var/cores", "var/log"),
}
PERSISTENT = tuple(f"{folder}/{name}" for folder, names in _KEPT_BELOW.items() for name in names)
HIDDEN_BY_TRUSTED_BOOT = {"/efi": ("the EFI partition", "name the files in the section artifacts")}


def hidden(path: str, *, trusted_boot: bool) -> tuple[str, str, str] | None:
    """Return the mount point that hides a path of the image, its description and the solution, else None."""
    clean = _clean(path)
    for folder, (what, remedy) in (HIDDEN | HIDDEN_BY_TRUSTED_BOOT if trusted_boot else HIDDEN).items():
        if f"{clean}/".startswith(f"{folder}/"):
            return folder, what, remedy
    return None


def is_kept(path: str) -> bool:
    """Return whether a file of the image is copied to the folder's copy on the machine."""
    return any(f"{_clean(path)}/".startswith(f"{folder}/") for folder in PERSISTENT)


def _clean(path: str) -> str:
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))
