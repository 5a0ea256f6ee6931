"""Build graphs for BuildKit: immutable states that marshal to the bytes of the reference Go client.

Start from a source (`image`, `local`, `git`, `http`, `oci_layout`, `scratch`), build on it (`State.run`,
`State.file`, `merge`, `diff`) and `marshal` the last state for a platform. The package implements BuildKit's
format; it does not connect to a daemon and makes no assumptions about the content of images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.interpreter import import_module
from kairosfile.llb import caps
from kairosfile.llb.caps import Capabilities
from kairosfile.llb.exec import Mount
from kairosfile.llb.file import FileActionChain, copy
from kairosfile.llb.graph import Constraints, FileSystem, Location, Range, SourceMap
from kairosfile.llb.marshal import Definition, marshal, marshal_together
from kairosfile.llb.source import Differ, image, local, oci_layout, scratch
from kairosfile.llb.state import Run, State, merge
from kairosfile.oci import Platform, normalize_reference

if TYPE_CHECKING:
    from kairosfile.llb.credentials import Secret, Ssh
    from kairosfile.llb.difference import diff
    from kairosfile.llb.file_actions import Owner, mkdir, mkfile, rm, symlink
    from kairosfile.llb.imported import from_definition
    from kairosfile.llb.options import CdiDevice, Host, LinuxResources, ProgressGroup, ProxyEnv, Ulimit
    from kairosfile.llb.remote import GitMtime, git, http
else:

    def __getattr__(name: str) -> object:
        """Return a name that few graphs use; its module is imported at the first use."""
        modules = {
            "credentials": ("Secret", "Ssh"),
            "difference": ("diff",),
            "file_actions": ("Owner", "mkdir", "mkfile", "rm", "symlink"),
            "imported": ("from_definition",),
            "options": ("CdiDevice", "Host", "LinuxResources", "ProgressGroup", "ProxyEnv", "Ulimit"),
            "remote": ("GitMtime", "git", "http"),
        }
        for module, names in modules.items():
            if name in names:
                value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
                return value
        raise AttributeError(f"module {__name__} has no attribute {name}")


__all__ = [
    "Capabilities",
    "CdiDevice",
    "Constraints",
    "Definition",
    "Differ",
    "FileActionChain",
    "FileSystem",
    "GitMtime",
    "Host",
    "LinuxResources",
    "Location",
    "Mount",
    "Owner",
    "Platform",
    "ProgressGroup",
    "ProxyEnv",
    "Range",
    "Run",
    "Secret",
    "SourceMap",
    "Ssh",
    "State",
    "Ulimit",
    "caps",
    "copy",
    "diff",
    "from_definition",
    "git",
    "http",
    "image",
    "local",
    "marshal",
    "marshal_together",
    "merge",
    "mkdir",
    "mkfile",
    "normalize_reference",
    "oci_layout",
    "rm",
    "scratch",
    "symlink",
]
