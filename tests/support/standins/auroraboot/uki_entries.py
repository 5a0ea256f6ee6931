"""The boot entries of a UKI: which EFI programs are made, with which kernel command lines, titles and file names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.standins.auroraboot.commandline import Call

BASE = (
    "console=ttyS0 console=tty1 net.ifnames=1 rd.immucore.oemlabel=COS_OEM rd.immucore.oemtimeout=2 "
    "rd.immucore.uki selinux=0 panic=5 rd.shell=0 systemd.crash_reboot=yes"
)
INSTALL = "install-mode"
_UNSAFE = re.compile(r"[^a-zA-Z0-9._-]+")


@dataclass(frozen=True)
class Entry:
    """One EFI program; `added` is its kernel command line behind BASE."""

    title: str
    file_name: str
    added: str

    @property
    def line(self) -> str:
        """The whole kernel command line."""
        return f"{BASE} {self.added}"


def entries(call: Call) -> list[Entry]:
    """Return the entries of a build-uki call, the default one first."""
    branding = call.text("boot-branding")
    if extended := call.text("extend-cmdline"):
        default = [Entry(branding, "norole", f"{INSTALL} {extended}")]
    else:
        default = [Entry(branding, "norole", INSTALL)]
    extra = [
        Entry(branding, _file_name("norole", f"{INSTALL} {line}"), f"{INSTALL} {line}")
        for line in call.texts("extra-cmdline")
    ]
    return [*default, *extra, *(_single(branding, text) for text in call.texts("single-efi-cmdline"))]


def _single(branding: str, text: str) -> Entry:
    title, has_title, line = text.partition(":")
    if has_title:
        return Entry(f"{branding} ({title})", title.replace(" ", "_").lower(), f"{INSTALL} {line}")
    return Entry(branding, _file_name("single_entry", text), f"{INSTALL} {text}")


def _file_name(start: str, line: str) -> str:
    """Return a name that FAT and a shell can bear."""
    return f"{start}_{_UNSAFE.sub('_', line)}".removesuffix("_").lower()
