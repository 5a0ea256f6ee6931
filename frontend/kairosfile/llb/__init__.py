"""Build graphs for BuildKit: immutable states that marshal to the bytes of the reference Go client.

Start from a source (`image`, `local`, `git`, `http`, `oci_layout`, `scratch`), build on it (`State.run`,
`State.file`, `merge`, `diff`) and `marshal` the last state for a platform. The package implements BuildKit's
format; it does not connect to a daemon and makes no assumptions about the content of images.
"""

from __future__ import annotations

from kairosfile.llb import caps
from kairosfile.llb.caps import Capabilities
from kairosfile.llb.exec import Mount, Secret, Ssh
from kairosfile.llb.file import FileActionChain, Owner, copy, mkdir, mkfile, rm, symlink
from kairosfile.llb.graph import Constraints, FileSystem, LinuxResources, Location, ProgressGroup, Range, SourceMap
from kairosfile.llb.marshal import Definition, marshal, marshal_together
from kairosfile.llb.settings import CdiDevice, Host, ProxyEnv, Ulimit
from kairosfile.llb.source import Differ, GitMtime, git, http, image, local, oci_layout, scratch
from kairosfile.llb.state import Run, State, diff, from_definition, merge
from kairosfile.oci import Platform, normalize_reference

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
