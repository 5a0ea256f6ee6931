"""A throw-away root directory on which the stand-in's script runs for real, without root and without a chroot.

The one idea: the script puts KAIROS_STANDIN_ROOT before every path, and this module never runs it without.
`accept` is for command lines alone: thousands of them in one shell, which stops after the parsing.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.engine.cache import cache_dir
from tests.support.standins.kairos_init import script

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SHELLS = {"dash": ("dash",), "busybox": ("busybox", "sh")}
"""The shells that the script must run under: the one of Debian and the one of a busybox root."""

DEBIAN_SOURCES = "/etc/apt/sources.list.d/debian.sources"
"""Where Debian's official image names its repositories."""

_MAIN = 'main "$@"\n'
_MARK = "@@ exit"


@dataclass(frozen=True)
class Run:
    """The result of one run of the script: its exit code and output."""

    exit: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Everything printed."""
        return self.stdout + self.stderr


@dataclass(frozen=True)
class Image:
    """The root directory of an image under construction."""

    root: Path
    shell: str = "dash"

    @classmethod
    def make(cls, root: Path, os_release: str, *, under: str = "dash") -> Image:
        """Make the root of a base image that holds nothing but its os-release and a few directories."""
        image = cls(root.resolve(), under)
        for directory in ("etc", "boot", "tmp", "usr/bin", "var/tmp", "var/log"):
            (image.root / directory).mkdir(parents=True)
        image.write("/etc/os-release", os_release)
        if "ID=debian" in os_release.splitlines():
            image.write(DEBIAN_SOURCES, "Types: deb\nComponents: main\n")
        image.write("/etc/machine-id", "0123456789abcdef\n")
        image.write("/etc/hostname", "builder\n")
        return image

    def run(self, release: str, *argv: str, wrap: Sequence[str] = (), **environment: str) -> Run:
        """Run the stand-in of a release as an image build does: in the root, as if mounted at its path."""
        done = subprocess.run(
            [*wrap, *command(self.shell), str(self.program(release)), *argv],
            cwd=self.root,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def program(self, release: str) -> Path:
        """Return the path of the release's script, outside the root as a mounted one is."""
        path = self.root.parent / f"kairos-init-{release}"
        if not path.exists():
            path.write_text(script(release), "utf-8")
        return path

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a run: of the machine's own only PATH."""
        return {
            "PATH": os.environ["PATH"],
            "KAIROS_STANDIN_ROOT": str(self.root),
            "KAIROS_STANDIN_MACHINE": "x86_64",
            **more,
        }

    def write(self, path: str, text: str) -> None:
        """Write a file of the image."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def read(self, path: str) -> str:
        """Return a file's text."""
        return (self.root / path.lstrip("/")).read_text("utf-8")

    def has(self, path: str) -> bool:
        """Return whether the image has the path, a link counting as itself."""
        return os.path.lexists(self.root / path.lstrip("/"))

    def release_file(self) -> dict[str, str]:
        """Return /etc/kairos-release as written: the values keep their quotes."""
        return dict(line.split("=", 1) for line in self.read("/etc/kairos-release").splitlines())

    def calls(self) -> list[dict[str, Any]]:
        """Return the recorded calls, in their order."""
        lines = self.read("/etc/kairos/stand-in-calls").splitlines()
        return [json.loads(line.removeprefix("call ")) for line in lines if line.startswith("call ")]

    def extensions(self) -> list[str]:
        """Return `FILE POINT` of each recorded stage extension, in the order of their turn."""
        lines = self.read("/etc/kairos/stand-in-calls").splitlines()
        return [line.removeprefix("extension ") for line in lines if line.startswith("extension ")]

    def tree(self) -> dict[str, tuple[int, str]]:
        """Return mode and content (of a link its target) of everything in the image."""
        return {
            str(path.relative_to(self.root)): (path.lstat().st_mode, _content(path))
            for path in sorted(self.root.rglob("*"))
        }


def _content(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    return path.read_text("utf-8") if path.is_file() else ""


def command(shell: str) -> list[str]:
    """Return the argv that starts a shell, independent of the PATH of a run."""
    program, *words = SHELLS[shell]
    return [shutil.which(program) or program, *words]


def present_shells() -> list[str]:
    """Return the shells that this machine has."""
    borrow_busybox()
    return [name for name, words in SHELLS.items() if shutil.which(words[0])]


def borrow_busybox() -> None:
    """Put the busybox of the test engines' tiny base on PATH, where the machine has none and the base is made."""
    result = sorted(cache_dir().glob("busybox-*/amd64.tar.gz"))
    if result and not shutil.which("busybox"):
        program = cache_dir() / "tools/bin/busybox"
        program.parent.mkdir(parents=True, exist_ok=True)
        unfinished = program.with_suffix(f".{os.getpid()}")
        with tarfile.open(result[0]) as layer:
            actual = layer.extractfile("./bin/busybox")
            assert actual
            unfinished.write_bytes(actual.read())
        unfinished.chmod(0o755)
        unfinished.replace(program)
        os.environ["PATH"] += f":{program.parent}"


def missing_shell(shell: str) -> str | None:
    """Return why a shell cannot be used here, or None where it can."""
    return None if shell in present_shells() else f"{SHELLS[shell][0]} is not installed on this machine"


def accept(
    cases: Iterable[tuple[str, Sequence[str]]], directory: Path, *, under: str, machine: str = "aarch64"
) -> list[Run]:
    """Parse many command lines, (release, arguments), in one process; the rest is not run."""
    cases = list(cases)
    driver = directory / "driver"
    driver.write_text("\n".join(_driver(cases, directory)), "utf-8")
    done = subprocess.run(
        [*command(under), str(driver)],
        cwd=directory,
        env={
            "PATH": os.environ["PATH"],
            "KAIROS_STANDIN_ROOT": str(directory),
            "KAIROS_STANDIN_MACHINE": machine,
            "KAIROS_STANDIN_PARSE_ONLY": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    outputs = done.stdout.split(_MARK)
    codes = [int(output.split("\n", 1)[0]) for output in outputs[1:]]
    texts = [outputs[0], *(output.split("\n", 1)[1] for output in outputs[1:])]
    return [Run(code, text, "") for code, text in zip(codes, texts, strict=False)]


def _driver(cases: list[tuple[str, Sequence[str]]], directory: Path) -> Iterable[str]:
    """Yield a script that reads each release's program once and calls its main in subshells."""
    loaded = ""
    for release, words in cases:
        if release != loaded:
            functions = directory / f"functions-{release}"
            functions.write_text(script(release).removesuffix(_MAIN), "utf-8")
            if loaded:
                yield ")"
            yield f"( . {shlex.quote(str(functions))}"
            loaded = release
        yield f"( main {shlex.join(words)} ) 2>&1; printf '{_MARK} %s\\n' $?"
    yield ")"
