"""What a check found.

What the checks look at, each asked for once and only when a check needs it.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import docker
import requests
from docker.context import ContextAPI
from docker.errors import DockerException

from kairosfile.cli.build import buildx as buildx_client
from kairosfile.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.cli.build.buildx import Buildx


# `unknown` is what cannot be checked from here; it does not fail a report.
Status = Literal["ok", "unknown", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `advice` says what to do where there is something to do."""

    check: str
    status: Status
    message: str
    advice: str = ""


SECONDS = 10


@dataclass(frozen=True, slots=True)
class Engine:
    """What the engine says of itself (GET /info and /version of the Engine API), and where it listens."""

    address: str
    info: dict[str, Any]
    version: str

    @property
    def major(self) -> int:
        """The first number of its version, 0 where it has none."""
        match = re.match(r"[0-9]+", self.version)
        return int(match[0]) if match else 0


@dataclass(frozen=True)
class Builder:
    """What `docker buildx inspect` prints of the builder in use and of its first node, or why it prints nothing."""

    fields: dict[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def driver(self) -> str:
        """`docker` for the engine's own BuildKit, `docker-container` and others for one of its own."""
        return self.fields.get("Driver", "")

    @property
    def is_engine(self) -> bool:
        """Whether it is the BuildKit in the engine."""
        return self.driver == "docker"

    @property
    def platforms(self) -> list[str]:
        """What it can run; those that a person preferred have a star."""
        return [name.strip().rstrip("*") for name in self.fields.get("Platforms", "").split(",") if name.strip()]


@dataclass
class Environment:
    """This machine, its engine and its builder; `platforms` and `registries` are what the build will need."""

    platforms: Sequence[str] = ()
    registries: Sequence[str] = ()
    pushes_to: Sequence[str] = ()

    @cached_property
    def engine(self) -> Engine | str:
        """The engine, or why it does not answer. DOCKER_HOST goes before the context in use, as with docker itself."""
        try:
            address, client = _client()
            return Engine(address, client.info(), str(client.version()["Version"]))
        except (DockerException, requests.RequestException, OSError) as error:
            return _last_words(error)

    @cached_property
    def buildx(self) -> Buildx | CliError:
        """The buildx of this machine, or what to do without one."""
        try:
            return buildx_client.find()
        except CliError as error:
            return error

    @cached_property
    def builder(self) -> Builder:
        """The builder that `docker buildx build` would take."""
        if isinstance(self.buildx, CliError):
            return Builder(fault="there is no buildx")
        try:
            done = _run("docker", "buildx", "inspect")
        except subprocess.TimeoutExpired:
            return Builder(fault=f"it does not answer within {SECONDS} seconds")
        if done.returncode:
            return Builder(fault=" ".join(done.stderr.split()) or "it says nothing")
        return Builder(read_fields(done.stdout))


def read_fields(text: str) -> dict[str, str]:
    """Return the `Name: value` lines of `docker buildx inspect`, of several nodes those of the first."""
    pairs = [line.partition(":") for line in text.splitlines() if ":" in line and not line.startswith((" ", "\t"))]
    return {name.strip(): value.strip() for name, _, value in reversed(pairs)}


def _client() -> tuple[str, docker.DockerClient]:
    """Return where the engine listens and a client for it."""
    if address := os.environ.get("DOCKER_HOST"):
        return address, docker.from_env(timeout=SECONDS)
    context = ContextAPI.get_current_context()
    address = str(context.Host)
    return address, docker.DockerClient(base_url=address, tls=context.TLSConfig or False, timeout=SECONDS)


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=SECONDS)


def _last_words(error: BaseException) -> str:
    """Return the innermost reason of an error of the SDK, which wraps several."""
    match = re.search(r"(?:Error|Exception)\([0-9]*+,? ?'?([^'()]+)'?\)", str(error))
    return match[1] if match else str(error)
