"""Runs `docker buildx build`: its command line, the same line without secrets, and its process.

Nothing here depends on Kairos; the build is described by plain values.

Signals do not end this process before buildx ends. The terminal sends Ctrl-C to buildx, or it is passed on; buildx then
cancels the build on the engine, which takes a moment, and its exit status is the result.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.cli.command_line import command_line
from kairosfile.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType


HIDDEN = "***"

# Attributes of caches and outputs that are credentials, as in type=s3,secret_access_key=... or type=gha,token=...
_ATTRIBUTE = re.compile(r"token|secret|password|^access_key_id$", re.IGNORECASE)
_BUILD_ARG = re.compile(r"passwd|password|token|secret|api_?key|access_?key", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(://[^\s/:@]*:)[^\s/@]+@")

NO_DOCKER = """\
there is no `docker` command on the PATH, and buildx is its plugin.
Install Docker (https://docs.docker.com/engine/install), or run the command of --print on a machine with docker."""
NO_BUILDX = """\
`docker buildx` does not work here: {why}
Install the plugin (its package is docker-buildx-plugin or docker-buildx),
or run the command of --print on a machine with docker."""

# docker/buildx v0.13.0 added --progress=rawjson.
FIRST_WITH_RAW_JSON = (0, 13)

KILLED = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxCommand:
    """One run of `docker buildx build`, each field in the form of its option.

    Caches and outputs have the syntax of buildx, such as `type=registry,ref=...`. `extra_args` are passed unchanged,
    after all others.
    """

    file: str
    context: str
    platforms: Sequence[str]
    target: str = ""
    tags: Sequence[str] = ()
    build_args: Mapping[str, str] | None = None
    outputs: Sequence[str] = ()
    caches_from: Sequence[str] = ()
    caches_to: Sequence[str] = ()
    push: bool = False
    load: bool = False
    extra_args: Sequence[str] = ()
    attestations: Sequence[str] = ()

    def to_argv(self, progress: str = "") -> list[str]:
        """Return the command line; `progress` is a kind of buildx's, its default for an empty one."""
        argv = ["docker", "buildx", "build"]
        for flag, values in self._options(progress):
            argv += [word for value in values for word in (flag, value)]
        argv += [flag for flag, is_on in (("--push", self.push), ("--load", self.load)) if is_on]
        return [*argv, *self.extra_args, self.context]

    def _options(self, progress: str) -> Iterator[tuple[str, Sequence[str]]]:
        yield "--progress", [progress] if progress else []
        yield "--file", [self.file]
        yield "--target", [self.target] if self.target else []
        yield "--platform", [",".join(self.platforms)]
        yield "--tag", self.tags
        yield "--build-arg", [f"{name}={value}" for name, value in (self.build_args or {}).items()]
        yield "--cache-from", self.caches_from
        yield "--cache-to", self.caches_to
        yield "--output", self.outputs
        yield "--attest", self.attestations


def flags(**values: bool | str | Sequence[str] | None) -> list[str]:
    """Return options of buildx as argv, by their names in Python; those without a value are omitted."""
    argv: list[str] = []
    for name, value in values.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            argv += [flag] if value else []
        else:
            texts = [value] if isinstance(value, str) else value or ()
            argv += [part for each in texts if each for part in (flag, each)]
    return argv


def looks_secret(build_arg: str) -> bool:
    """Return whether a build arg, `NAME=VALUE`, has the name of a secret."""
    name, _, value = build_arg.partition("=")
    return bool(value) and _BUILD_ARG.search(name) is not None


def shown(argv: Sequence[str], mask: Callable[[str], str] = str) -> str:
    """Return a command line for a shell, with `***` in place of each possible secret.

    Args:
        argv: The command line.
        mask: Hides further secrets in one argument.
    """
    return command_line(_mask(before, mask, word) for before, word in zip(["", *argv], argv, strict=False))


def _mask(before: str, mask: Callable[[str], str], word: str) -> str:
    flag, equals, value = word.partition("=")
    if flag.startswith("--") and equals:
        return f"{flag}={_mask(flag, mask, value)}"
    if before == "--build-arg":
        word = f"{flag}={HIDDEN}" if looks_secret(word) else word
    elif before in {"--cache-from", "--cache-to", "--output", "-o"}:
        word = ",".join(map(_without_credential, word.split(",")))
    parts = _IN_ADDRESS.sub(rf"\g<1>{HIDDEN}@", word).split(HIDDEN)  # hidden texts are not masked again
    return HIDDEN.join(map(mask, parts))


def _without_credential(attribute: str) -> str:
    name, equals, value = attribute.partition("=")
    return f"{name}={HIDDEN}" if equals and value and _ATTRIBUTE.search(name) else attribute


@dataclass(frozen=True, slots=True)
class Buildx:
    """One buildx; `version` is empty for a development build without a version."""

    version: tuple[int, ...]
    text: str

    @property
    def has_raw_json(self) -> bool:
        """Whether it can report its progress as JSON; a build without a version counts as new."""
        return not self.version or self.version >= FIRST_WITH_RAW_JSON


def find() -> Buildx:
    """Return the buildx of the `docker` on the PATH; raises CliError if it is missing."""
    if not shutil.which("docker"):
        raise CliError(NO_DOCKER)
    done = subprocess.run(["docker", "buildx", "version"], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise CliError(NO_BUILDX.format(why=lines[0] if lines else "it gives no reason"))
    return read_version(done.stdout)


def read_version(text: str) -> Buildx:
    """Parse the output of `docker buildx version`: `github.com/docker/buildx v0.29.1 0123abc`."""
    match = re.search(r"\bv?([0-9]+)\.([0-9]+)\.([0-9]+)", text)
    return Buildx(tuple(map(int, match.groups())) if match else (), text.strip())


def run(argv: Sequence[str], line: Callable[[str], None] | None = None) -> int:
    """Run a command and return its exit status, 128 and more for a signal.

    `line` is called with each line of its standard error; without it, standard error is inherited.
    """
    error = subprocess.PIPE if line else None
    with subprocess.Popen(argv, stderr=error, text=True, errors="replace") as child, _handing_on(child):
        if line and child.stderr:
            for text in child.stderr:
                line(text)
        status = child.wait()
    return status if status >= 0 else KILLED - status


@contextmanager
def _handing_on(child: subprocess.Popen[str]) -> Iterator[None]:
    def hand_on(number: int, _: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
