"""A Docker Engine of one Debian suite, with the Docker client and buildx of that suite."""

from __future__ import annotations

import json
import os
import secrets
import socket
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, Literal

from . import cache, provision
from .client import DockerEngine
from .record import cgroup_of
from .registry import PORTS
from .sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

Data = Literal["kept", "fresh"]
Network = Literal["shared", "none"]

# What would lead a client astray from the engine named by DOCKER_HOST.
STRAY = ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "BUILDX_BUILDER", "BUILDKIT_HOST")


# The program of the plugin, which runs without `docker` too.
BUILDX = "cli-plugins/docker-buildx"


class Engine(DockerEngine):
    """An engine of a suite with its own data: kept for the next start, or `fresh`: empty, removed at the end.

    Its network reaches what the machine's does and the ports of the registries, or nothing at all: `none`. `entitled`
    lets builds have what they are allowed with `--allow security.insecure`, the machine's devices.

    Several of one suite run side by side under different names. The name is the suite's unless given, with
    `-fresh` where the data is.
    """

    def __init__(
        self,
        suite: str,
        *,
        name: str | None = None,
        data: Data = "kept",
        network: Network = "shared",
        entitled: bool = False,
    ) -> None:
        if suite not in provision.SUITES:
            raise ValueError(f"no engine {suite}: there are {', '.join(provision.SUITES)}")
        self.suite = suite
        self.data: Data = data
        self.network: Network = network
        self.entitled = entitled
        self.name = name or (suite if data == "kept" else f"{suite}-fresh")
        self._sandbox: Sandbox | None = None

    @property
    def socket(self) -> Path:
        """The host's path of the engine's API."""
        return self._get_sandbox().run / "docker.sock"

    @property
    def data_directory(self) -> Path:
        """The host's path of its images and build cache; the caller manages them after the last start."""
        return self._get_sandbox().data

    @property
    def log(self) -> Path:
        return self._get_sandbox().log

    def start(self, *, stays: bool = False) -> Self:
        self._get_sandbox().start(stays=stays, ready=self._answers)
        return self

    def stop(self) -> None:
        self._get_sandbox().stop()

    def leave(self) -> None:
        self._get_sandbox().leave()

    def env(self) -> dict[str, str]:
        client = self._client()
        remaining = {key: value for key, value in os.environ.items() if key not in STRAY}
        return remaining | {
            "PATH": f"{client / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_CONFIG": str(client / "config"),
            "BUILDX_CONFIG": str(client / "buildx"),
        }

    def buildx(self) -> list[str]:
        return [str(self._client() / "config" / BUILDX)]

    def _get_sandbox(self) -> Sandbox:
        if self._sandbox is None:
            self._sandbox = self._make_sandbox()
        return self._sandbox

    def _make_sandbox(self) -> Sandbox:
        provisions = provision.provide()
        fresh = self.data == "fresh"
        store = f"{self.name}.{secrets.token_hex(4)}" if fresh else self.name
        return Sandbox(
            self.name,
            provisions.roots[self.suite],
            ["dockerd", "--config-file", "/run/daemon.json"],
            cache.cache_dir() / "data" / self.suite / store,
            "/var/lib/docker",
            fresh=fresh,
            shared=self.name == self.suite,
            ports="none" if self.network == "none" else f"{PORTS[0]}-{PORTS[-1]}",
            emulator=provisions.emulator,
            files={"daemon.json": json.dumps(self._config())},
        )

    def _config(self) -> dict[str, Any]:
        builder: dict[str, Any] = {"gc": {"enabled": True, "defaultKeepStorage": "8GB"}}
        if self.entitled:
            builder["entitlements"] = {"security-insecure": True}
        return {
            # supports several platforms, attestations and a cache in a registry
            "features": {"containerd-snapshotter": True},
            "cgroup-parent": f"/{cgroup_of(self.name)}",
            "insecure-registries": ["127.0.0.0/8"],
            "builder": builder,
        }

    def _client(self) -> Path:
        """Return a directory with the suite's client programs and their own configuration."""
        root = provision.provide().roots[self.suite]
        client = cache.cache_dir() / "client" / self.name
        _link(client / "bin" / "docker", root / "usr/bin/docker")
        _link(client / "config" / BUILDX, root / "usr/libexec/docker" / BUILDX)
        return client

    def _answers(self) -> bool:
        with suppress(OSError, HTTPException), closing(_UnixConnection(self.socket)) as connection:
            connection.request("GET", "/_ping")
            return connection.getresponse().status == 200
        return False


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    unfinished = link.with_suffix(f".{os.getpid()}")
    unfinished.symlink_to(target)
    unfinished.rename(link)
