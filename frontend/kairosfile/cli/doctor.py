"""The checks of this machine: buildx, BuildKit, the engine, and the registries that a build reads from and writes to.

A check is a function from the environment to findings. None changes anything, and none prints a secret. The
environment requests each fact once, and only when a check needs it. Registries are requested from this machine, which
may not be the engine's.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import docker
import requests
from docker import auth
from docker.context import ContextAPI
from docker.errors import DockerException
from dxf.exceptions import DXFError

from kairosfile.cli.build import buildx as buildx_client
from kairosfile.cli.build.buildx import FIRST_WITH_RAW_JSON
from kairosfile.cli.errors import CliError
from kairosfile.cli.registry import HUB, ping, why
from kairosfile.oci import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.cli.build.buildx import Buildx


# `unknown` is what cannot be checked from here; it does not fail a report.
Status = Literal["ok", "unknown", "warning", "error"]

SECONDS = 10

Version = tuple[int, ...]

# The oldest BuildKit in each major version of the engine; distributions build engines that do not know its number.
IN_ENGINE: dict[int, Version] = {23: (0, 10), 24: (0, 11), 25: (0, 12), 26: (0, 13), 27: (0, 14), 28: (0, 20)}
START = "start it: docker buildx inspect --bootstrap"
OLDEST_BUILDKIT: Version = (0, 13)

# What an older BuildKit lacks that people will miss, by the first release that has it.
CAPABILITIES: tuple[tuple[Version, str], ...] = (
    ((0, 14), "`docker buildx build --check`"),
    ((0, 14), "messages of more than 4 MiB"),
)

# The first with BuildKit 0.13, the oldest one that the frontend is tested on.
OLDEST_ENGINE = 26
IMAGE_STORE = "io.containerd.snapshotter.v1"
CONTAINERD = '"features": {"containerd-snapshotter": true}'

# A base, the packages, and a layer for each step are some gigabytes; an ISO needs them three times.
LOW_BYTES, FEW_BYTES = 3 << 30, 15 << 30
SOME_SKEW, MUCH_SKEW = timedelta(seconds=30), timedelta(minutes=5)

REACHED = {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

ODD = "check its name, and whether a proxy answers in its place"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `advice` is the solution, empty if there is nothing to do."""

    check: str
    status: Status
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine's description of itself (GET /info and /version of the Engine API), and its address."""

    address: str
    info: dict[str, Any]
    version: str

    @property
    def major(self) -> int:
        """The major version, 0 if it is unknown."""
        match = re.match(r"[0-9]+", self.version)
        return int(match[0]) if match else 0


@dataclass(frozen=True)
class Builder:
    """The output of `docker buildx inspect` for the current builder and its first node, or the reason for no output."""

    fields: dict[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def driver(self) -> str:
        """`docker` for the engine's own BuildKit, `docker-container` and others for a separate one."""
        return self.fields.get("Driver", "")

    @property
    def is_engine(self) -> bool:
        """Whether it is the BuildKit in the engine."""
        return self.driver == "docker"

    @property
    def platforms(self) -> list[str]:
        """The platforms that it can run; preferred ones have a star."""
        return [name.strip().rstrip("*") for name in self.fields.get("Platforms", "").split(",") if name.strip()]


@dataclass
class Environment:
    """This machine, its engine and its builder; `platforms` and `registries` are the requirements of the build."""

    platforms: Sequence[str] = ()
    registries: Sequence[str] = ()
    pushes_to: Sequence[str] = ()

    @cached_property
    def engine(self) -> Engine | str:
        """The engine, or the reason for no answer. DOCKER_HOST precedes the current context, as with docker itself."""
        try:
            address, client = _client()
            return Engine(address, client.info(), str(client.version()["Version"]))
        except (DockerException, requests.RequestException, OSError) as error:
            return _innermost_reason(error)

    @cached_property
    def buildx(self) -> Buildx | CliError:
        """The buildx of this machine, or the error that says how to install it."""
        try:
            return buildx_client.find()
        except CliError as error:
            return error

    @cached_property
    def builder(self) -> Builder:
        """The builder that `docker buildx build` would use."""
        if isinstance(self.buildx, CliError):
            return Builder(error="there is no buildx")
        try:
            done = _run("docker", "buildx", "inspect")
        except subprocess.TimeoutExpired:
            return Builder(error=f"it does not answer within {SECONDS} seconds")
        if done.returncode:
            return Builder(error=" ".join(done.stderr.split()) or "it gives no reason")
        return Builder(read_fields(done.stdout))


def read_fields(text: str) -> dict[str, str]:
    """Return the `Name: value` lines of `docker buildx inspect`; those of the first of several nodes."""
    pairs = [line.partition(":") for line in text.splitlines() if ":" in line and not line.startswith((" ", "\t"))]
    return {name.strip(): value.strip() for name, _, value in reversed(pairs)}


def _client() -> tuple[str, docker.DockerClient]:
    """Return the address of the engine and a client for it."""
    if address := os.environ.get("DOCKER_HOST"):
        return address, docker.from_env(timeout=SECONDS)
    context = ContextAPI.get_current_context()
    address = str(context.Host)
    return address, docker.DockerClient(base_url=address, tls=context.TLSConfig or False, timeout=SECONDS)


def _run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=SECONDS)


def _innermost_reason(error: BaseException) -> str:
    """Return the innermost reason of an error of the SDK, which wraps several."""
    match = re.search(r"(?:Error|Exception)\([0-9]*+,? ?'?([^'()]+)'?\)", str(error))
    return match[1] if match else str(error)


def buildx(environment: Environment) -> Iterator[Finding]:
    """The installed buildx supports progress as JSON."""
    program = environment.buildx
    if isinstance(program, CliError):
        advice = "install it: the package is docker-buildx-plugin or docker-buildx"
        yield Finding("buildx", "error", str(program).partition("\n")[0], advice)
    elif program.has_raw_json:
        yield Finding("buildx", "ok", program.text)
    else:
        first = _text(FIRST_WITH_RAW_JSON)
        message = f"{program.text} cannot report its progress to `kairosfile build`"
        yield Finding("buildx", "warning", message, f"upgrade it to {first} or newer")


def buildkit(environment: Environment) -> Iterator[Finding]:
    """The BuildKit in use is a tested version."""
    builder = environment.builder
    if isinstance(environment.buildx, CliError):
        return
    reason = builder.error or builder.fields.get("Error", "")
    if reason:
        advice = "choose another: docker buildx ls, docker buildx use NAME"
        yield Finding("buildkit", "error", f"the builder in use does not work: {reason}", advice)
        return
    version, name = _version(environment)
    builder_name = f"{name} of the builder {builder.fields.get('Name', '')} (driver {builder.driver})"
    if not version:
        yield Finding("buildkit", "unknown", f"{builder_name} does not report its version", START)
    elif version < OLDEST_BUILDKIT:
        yield Finding("buildkit", "warning", f"{builder_name} is older than {_text(OLDEST_BUILDKIT)}", "upgrade it")
    else:
        lacks = [what for first, what in CAPABILITIES if version < first]
        yield Finding("buildkit", "ok", builder_name + (f"; it lacks {', '.join(lacks)}" if lacks else ""))


def platforms(environment: Environment) -> Iterator[Finding]:
    """The builder can run the programs of each requested platform."""
    known = {_normal(name) for name in environment.builder.platforms}
    if not known:
        if environment.platforms and not environment.builder.error:
            message = "what the builder can run is not known before it is started"
            yield Finding("platform", "unknown", message, START)
        return
    for platform in environment.platforms:
        yield _platform(platform, can_run=_normal(platform) in known)


def _platform(platform: str, *, can_run: bool) -> Finding:
    if can_run:
        return Finding("platform", "ok", f"{platform} can be built")
    advice = (
        "install emulation: qemu-user-static and binfmt-support of the distribution, or docker run --privileged --rm "
        f"tonistiigi/binfmt --install {platform.split('/')[1]}; or add a native node: docker buildx create --append"
    )
    return Finding("platform", "error", f"{platform} cannot be run by this builder", advice)


def _version(environment: Environment) -> tuple[Version, str]:
    """Return the version of BuildKit, empty if it is unknown, and its name."""
    fields, engine = environment.builder.fields, environment.engine
    text = fields.get("BuildKit version") or fields.get("BuildKit") or fields.get("Buildkit") or ""
    match = re.match(r"v?([0-9]+)\.([0-9]+)", text)
    number = tuple(map(int, match.groups())) if match else ()
    if any(number):
        return number, f"BuildKit {text}"
    if isinstance(engine, str) or not environment.builder.is_engine:
        return (), "BuildKit"
    known = [major for major in IN_ENGINE if major <= engine.major]
    return (IN_ENGINE[max(known)] if known else ()), f"the BuildKit in Docker {engine.version}"


def _normal(platform: str) -> Platform | str:
    try:
        return Platform.parse(platform).normalized()
    except ValueError:
        return platform


def _text(version: Version) -> str:
    return ".".join(map(str, version))


def answers(environment: Environment) -> Iterator[Finding]:
    """The engine answers and is a tested version."""
    engine = environment.engine
    if isinstance(engine, str):
        advice = "start it (systemctl start docker), join the group docker, or set DOCKER_HOST or `docker context use`"
        yield Finding("engine", "error", f"the Docker Engine does not answer: {engine}", advice)
    elif engine.major and engine.major < OLDEST_ENGINE:
        advice = f"upgrade it to {OLDEST_ENGINE}.1 or newer, or make a builder: docker buildx create --use"
        yield Finding("engine", "warning", f"Docker {engine.version} is older than what was tried", advice)
    else:
        yield Finding("engine", "ok", f"Docker {engine.version} at {engine.address}")


def image_store(environment: Environment) -> Iterator[Finding]:
    """The engine's own BuildKit merges file systems only on the containerd image store."""
    engine = environment.engine
    if isinstance(engine, str):
        return
    if IMAGE_STORE in str(engine.info.get("DriverStatus")):
        yield Finding("image-store", "ok", "the engine keeps images in containerd")
    elif environment.builder.is_engine:
        message = "the engine has no containerd image store, without which its BuildKit cannot build a Kairosfile"
        advice = f"put {CONTAINERD} in /etc/docker/daemon.json and restart it, or: docker buildx create --use"
        yield Finding("image-store", "error", message, advice)
    else:
        message = "the engine has no containerd image store: images of several platforms cannot be loaded into it"
        yield Finding("image-store", "warning", message, f"push them, or put {CONTAINERD} in /etc/docker/daemon.json")


def disk(environment: Environment) -> Iterator[Finding]:
    """The engine's disk has free space, if it is a disk of this machine."""
    engine = environment.engine
    if isinstance(engine, str):
        return
    root = Path(str(engine.info.get("DockerRootDir", "")))
    if not _is_here(engine) or not root.exists():
        yield Finding("disk", "unknown", f"{root} of the engine cannot be seen from here", "look at `df` there")
        return
    free = shutil.disk_usage(root).free
    message = f"{free / (1 << 30):.1f} GiB are free for {root}"
    advice = "free disk space: docker buildx prune, docker image prune"
    status: Status = "error" if free < LOW_BYTES else "warning" if free < FEW_BYTES else "ok"
    yield Finding("disk", status, message, "" if status == "ok" else advice)


def clock(environment: Environment) -> Iterator[Finding]:
    """The clock of the engine agrees with this one."""
    engine = environment.engine
    if isinstance(engine, str) or "SystemTime" not in engine.info:
        return
    yield from skew("the engine's clock", datetime.fromisoformat(engine.info["SystemTime"]) - datetime.now(UTC))


def skew(whose: str, ahead: timedelta) -> Iterator[Finding]:
    """Yield a finding about the difference between another clock and this machine's."""
    seconds, way = abs(ahead.total_seconds()), "ahead of" if ahead > timedelta() else "behind"
    if abs(ahead) < SOME_SKEW:
        yield Finding("clock", "ok", f"{whose} agrees with this machine's")
        return
    advice = "set the clocks (timedatectl set-ntp true): certificates and package lists are refused by a wrong one"
    status: Status = "error" if abs(ahead) >= MUCH_SKEW else "warning"
    yield Finding("clock", status, f"{whose} is {seconds:.0f} seconds {way} this machine's", advice)


def _is_here(engine: Engine) -> bool:
    return "unix" in engine.address and engine.info.get("Name") == socket.gethostname()


def reachable(environment: Environment) -> Iterator[Finding]:
    """Each registry answers (GET /v2/ of the distribution specification), and its clock agrees."""
    with ThreadPoolExecutor() as pool:
        for findings in pool.map(_ask, environment.registries):
            yield from findings


def _ask(host: str) -> list[Finding]:
    try:
        reply = ping(host)
    except (DXFError, ValueError, KeyError) as error:
        if isinstance(error, requests.RequestException):  # an invalid address is a ValueError too
            return [_unreached(host, error)]
        return [Finding("registry", "error", f"{host} does not answer as a registry", ODD)]
    except requests.RequestException as error:
        return [_unreached(host, error)]
    if reply.status_code not in REACHED:
        return [Finding("registry", "error", f"{host} answers {reply.status_code}, not as a registry", ODD)]
    findings = [Finding("registry", "ok", f"{host} answers")]
    ahead = _ahead(reply.headers.get("Date", ""))
    return findings + (list(skew(f"the clock of {host}", ahead)) if ahead is not None else [])


def _unreached(host: str, error: requests.RequestException) -> Finding:
    advice = "check the network, HTTPS_PROXY and DNS; air-gapped, name a mirror in the Kairosfile"
    return Finding("registry", "error", f"{host} cannot be reached from here: {why(error)}", advice)


def _ahead(date: str) -> timedelta | None:
    """Return the lead of a clock over this machine's, None for an invalid date."""
    try:
        parsed = parsedate_to_datetime(date)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC) - datetime.now(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def credentials(environment: Environment) -> Iterator[Finding]:
    """The credentials that docker would use: from its config file or a helper. Names and secrets are not printed."""
    config = auth.load_config()
    for host in environment.registries:
        helper = config.get_credential_store(host) or ""
        try:
            has_some = bool(config.resolve_authconfig(None if host == HUB else host))
        except DockerException:
            advice = f"install it, or remove it from docker's config.json; then: docker login {host}"
            message = f"the helper docker-credential-{helper}, which has the credentials for {host}, does not work"
            yield Finding("credentials", "error", message, advice)
            continue
        if has_some:
            source = f"docker-credential-{helper}" if helper else "docker's config.json"
            yield Finding("credentials", "ok", f"for {host} from {source}")
        elif host in environment.pushes_to:
            yield Finding("credentials", "warning", f"no login to push to {host}", f"docker login {host}")
        else:
            yield Finding("credentials", "ok", f"no login for {host} (only public images can be pulled)")
