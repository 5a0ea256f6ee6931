"""Programs compiled by this machine's `go` from the modules of their source, as the module proxy serves them.

The one idea: what cannot be had is no failure of ours. A machine without Go, or a module that is refused, raises
`Unavailable` with the reason, which the tests that wanted the program are skipped with. Sources, objects and
programs stay in the cache of the test engines; GOPATH and GOCACHE of the environment go first.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine import cache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_USUAL = "/usr/local/go/bin"  # where Go's own archive is unpacked to


class Unavailable(Exception):  # noqa: N818 - a fact about the machine, not an error
    """A program cannot be compiled here; the text says why."""


@dataclass(frozen=True)
class Module:
    """A module of Go at a version."""

    path: str
    version: str

    def copy_source(self, to: Path) -> Path:
        """Copy the source to a folder that does not exist yet, where it may be changed; return it."""
        done = _go(["mod", "download", "-json", f"{self.path}@{self.version}"], Path.home())
        answer = json.loads(done.stdout or "{}")
        if "Dir" not in answer:
            raise Unavailable(f"{self.path} {self.version} cannot be had: {answer.get('Error', done.stderr)}")
        shutil.copytree(answer["Dir"], to, copy_function=shutil.copyfile)
        for folder in (to, *(path for path in to.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        return to


def compile_program(source: Path, to: Path, variables: Mapping[str, str], *, with_c: bool = False) -> Path:
    """Compile the program in the root of a module's source, for amd64, with these variables set in it; return it.

    A go.mod that was changed is completed. `with_c` is for a program that is in C too, which then needs the C library
    of this machine or a newer one.
    """
    if with_c and shutil.which("gcc") is None:
        raise Unavailable("there is no C compiler on this machine; Debian's package is gcc")
    flags = " ".join(("-w", "-s", *(f"-X {name}={value}" for name, value in variables.items())))
    command = ["build", "-mod=mod", "-trimpath", "-buildvcs=false", "-o", str(to), "-ldflags", flags, "."]
    done = _go(command, source, with_c=with_c)
    if done.returncode:
        raise Unavailable(f"{source.name} cannot be compiled:\n{done.stderr[-2000:]}")
    return to


def _go(arguments: Sequence[str], folder: Path, *, with_c: bool = False) -> subprocess.CompletedProcess[str]:
    program = shutil.which("go", path=f"{os.environ.get('PATH', '')}:{_USUAL}")
    if program is None:
        raise Unavailable("there is no Go on this machine; Debian's package is golang-go")
    room = cache.cache_dir()
    folders = {"GOPATH": str(room / "go"), "GOCACHE": str(room / "go-build")}
    fixed = {"CGO_ENABLED": "1" if with_c else "0", "GOOS": "linux", "GOARCH": "amd64"}
    env = {**folders, **os.environ, **fixed}
    return subprocess.run([program, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False)
