"""Registries, asked from this machine: what a tag names, and whether they answer at all.

The protocol is python-dxf's matter, credentials are found as docker finds them (its SDK reads config.json and runs its
helpers). No engine is needed, so mirrors that an engine is configured with are not known here.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import requests
from docker import auth
from docker.errors import DockerException
from dxf import DXF, DXFBase, hash_bytes
from dxf.exceptions import DXFAuthInsecureError, DXFDigestMismatchError, DXFError, DXFUnauthorizedError

from kairosfile.cli.stop import StopError
from kairosfile.spec.lock import is_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docker.auth import AuthConfig

SECONDS = 10
HUB, HUB_HOST = "docker.io", "registry-1.docker.io"
# Docker itself speaks plain HTTP with registries on this machine.
LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[::1\])(:\d+)?")

CHECK = "check the name, and that the registry can be reached from here"
LOGIN = "check the name, and `docker login {host}`"
WAIT = "it limits how often it answers: wait, or `docker login {host}`, which may raise the limit"


class RegistryError(Exception):
    """An image cannot be looked up; the message says why, `advice` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


class Login(NamedTuple):
    """A name and a password; never shown."""

    name: str
    password: str


def ping(host: str) -> requests.Response:
    """Return what a registry answers to GET /v2/ without credentials; raises requests.RequestException."""
    refusals: list[requests.Response] = []
    client = DXF(_address(host), "", lambda _, response: refusals.append(response), _is_plain(host), timeout=SECONDS)
    try:
        return client.api_version_check()[1]
    except DXFUnauthorizedError:
        return refusals[-1]
    except requests.HTTPError as error:
        return error.response


def look_up(names: Sequence[str]) -> list[str | RegistryError]:
    """Return what each full name with a tag stands for, all asked at the same time: its digest, or why there is none.

    It is the digest of an index where the image has several platforms. Raises StopError.
    """
    config = _load_config()
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda name: _look_up(config, name), names))


@contextmanager
def repository(name: str) -> Iterator[DXF]:
    """Yield a client of a repository by its full name, such as quay.io/acme/os.

    Raises StopError, and RegistryError for what the registry does inside the `with`.
    """
    host, _, path = name.partition("/")
    with _client(_load_config(), host, path) as client:
        yield client


def _load_config() -> AuthConfig:
    try:
        return auth.load_config()
    except (DockerException, ValueError) as error:
        raise StopError(
            "docker's config.json, which has the credentials, cannot be read; docker login renews it"
        ) from error


def _look_up(config: AuthConfig, reference: str) -> str | RegistryError:
    host, _, path = reference.partition("/")
    name, _, tag = path.partition(":")
    try:
        with _client(config, host, name) as client:
            return _digest(client, tag)
    except RegistryError as error:
        return error


@contextmanager
def _client(config: AuthConfig, host: str, path: str) -> Iterator[DXF]:
    def log_in(client: DXFBase, response: requests.Response) -> None:
        user, password = login_for(config, host) or (None, None)
        client.authenticate(user, password, response=response)

    try:
        yield DXF(_address(host), path, log_in, _is_plain(host), timeout=SECONDS)
    except DXFDigestMismatchError as error:
        raise RegistryError(f"{host} sends something else than {error.expected}", "push the image again") from error
    except (requests.RequestException, DXFError, DockerException, KeyError, ValueError) as error:
        raise _reason(host, error) from error


def _digest(client: DXF, tag: str) -> str:
    """Return the digest that the registry tells in a header, which some do not: then that of what it sends."""
    told, _ = client.head_manifest_and_response(tag)
    digest = told or hash_bytes(client.get_manifest_and_response(tag)[1].content)
    if not is_digest(digest):
        raise ValueError(digest)
    return digest


def login_for(config: AuthConfig, host: str) -> Login | None:
    """Return what docker would log in with, None without credentials; raises DockerException, RegistryError."""
    found = config.resolve_authconfig(None if host == HUB else host) or {}
    if found.get("IdentityToken"):
        message = f"the credentials for {host} are an identity token, which is not supported here"
        raise RegistryError(message, f"docker login {host} with a name and a password or an access token")
    # A helper's answer has its keys in capitals, an entry of the config file has not.
    told = {key.lower(): value for key, value in found.items()}
    return Login(told["username"], told["password"]) if told.get("username") else None


def why(error: requests.RequestException) -> str:
    """Return an error in a few words: those of requests hold addresses and objects."""
    if isinstance(error, requests.Timeout):
        return f"no answer within {SECONDS} seconds"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not let it through"
    text = str(error)
    known = {"Name or service not known": "its name is not known", "Temporary failure in name": "its name is not known"}
    refused = {"refused": "the connection is refused", "unreachable": "the network is unreachable"}
    return next((said for part, said in (known | refused).items() if part in text), "no connection")


def _address(host: str) -> str:
    return HUB_HOST if host == HUB else host


def _is_plain(host: str) -> bool:
    return LOOPBACK.fullmatch(host) is not None


def _answered(host: str, status: int) -> RegistryError:
    if status == HTTPStatus.NOT_FOUND:
        return RegistryError(f"{host} has no such image", "check its name and its tag")
    if status == HTTPStatus.FORBIDDEN:
        return RegistryError(f"{host} denies access", LOGIN.format(host=host))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RegistryError(f"{host} answers too many requests", WAIT.format(host=host))
    return RegistryError(f"{host} answers {status}", CHECK)


def _reason(host: str, error: Exception) -> RegistryError:
    if isinstance(error, requests.HTTPError):
        return _answered(host, error.response.status_code)
    if isinstance(error, requests.RequestException) and not isinstance(error, ValueError):
        return RegistryError(f"{host} cannot be reached from here: {why(error)}", CHECK)
    if isinstance(error, DXFUnauthorizedError):
        return RegistryError(f"{host} denies access", LOGIN.format(host=host))
    if isinstance(error, DXFAuthInsecureError):
        message = f"{host} asks for a login over plain HTTP, where a password would be readable"
        return RegistryError(message, "give the registry a certificate, or let it be read without a login")
    if isinstance(error, DockerException):
        return RegistryError(f"the credentials for {host} cannot be read", f"`kairosfile doctor`, docker login {host}")
    return RegistryError(f"{host} does not answer as a registry", CHECK)
