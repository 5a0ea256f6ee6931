"""What a booted machine mounts over the root file system of its image, and which of its folders it keeps on its disk.

Installed: on grub the partitions of the persistent state and of OEM, on trusted boot the EFI partition too. On the live
medium nothing of /usr/local and /oem is hidden, so a look at it there proves nothing.
"""

from __future__ import annotations

# Where files of the image cannot be seen on an installed machine, with what is there instead and what to do.
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
KEPT = tuple(f"{folder}/{name}" for folder, names in _KEPT_BELOW.items() for name in names)
HIDDEN_BY_TRUSTED_BOOT = {"/efi": ("the EFI partition", "name the files in the section artifacts")}


def hidden(path: str, *, trusted_boot: bool) -> tuple[str, str, str] | None:
    """Return the mount point that hides a path of the image, what is there instead and what to do, else None."""
    clean = _clean(path)
    for folder, (what, remedy) in (HIDDEN | HIDDEN_BY_TRUSTED_BOOT if trusted_boot else HIDDEN).items():
        if f"{clean}/".startswith(f"{folder}/"):
            return folder, what, remedy
    return None


def is_kept(path: str) -> bool:
    """Return whether a file of the image is brought to the machine's own copy of its folder."""
    return any(f"{_clean(path)}/".startswith(f"{folder}/") for folder in KEPT)


def _clean(path: str) -> str:
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))
