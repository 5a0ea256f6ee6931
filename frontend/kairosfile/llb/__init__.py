"""Build graphs for BuildKit: immutable states that marshal to the bytes of the reference Go client.

Start from a source (`image`, `local`, `git`, `http`, `oci_layout`, `scratch`), build on it (`State.run`,
`State.file`, `merge`, `diff`) and `marshal` the last state for a platform. The package knows BuildKit's
format; it does not talk to a daemon and does not know what the images hold.
"""

from __future__ import annotations

from kairosfile.llb import caps
from kairosfile.llb.actions import mkdir, mkfile, rm, symlink
from kairosfile.llb.caps import Capabilities
from kairosfile.llb.constraints import Constraints, LinuxResources, ProgressGroup
from kairosfile.llb.copy import copy
from kairosfile.llb.definition import Definition
from kairosfile.llb.diff import diff
from kairosfile.llb.file import Applied
from kairosfile.llb.git import git
from kairosfile.llb.http import http
from kairosfile.llb.image import image, oci_layout
from kairosfile.llb.imported import imported
from kairosfile.llb.local import Differ, local
from kairosfile.llb.marshal import marshal
from kairosfile.llb.merge import merge
from kairosfile.llb.mount import Mount
from kairosfile.llb.owner import Owner
from kairosfile.llb.process import CdiDevice, ProxyEnv
from kairosfile.llb.secret import Secret, Ssh
from kairosfile.llb.settings import Host, Ulimit
from kairosfile.llb.source import scratch
from kairosfile.llb.sourcemap import Location, Range, SourceMap
from kairosfile.llb.state import Run, State
from kairosfile.oci import Platform, normalize_reference

__all__ = [
    "Applied",
    "Capabilities",
    "CdiDevice",
    "Constraints",
    "Definition",
    "Differ",
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
    "git",
    "http",
    "image",
    "imported",
    "local",
    "marshal",
    "merge",
    "mkdir",
    "mkfile",
    "normalize_reference",
    "oci_layout",
    "rm",
    "scratch",
    "symlink",
]
