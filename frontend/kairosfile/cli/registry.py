"""Registry requests from this machine: the digests of tags, and whether a registry answers.

The protocol is python-dxf's matter, credentials are found as docker finds them (its SDK reads config.json and runs its
helpers). No engine is needed, so mirrors that an engine is configured with are not known here.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import requests
import tenacity
from docker import auth
from docker.errors import DockerException
from dxf import DXF, DXFBase, hash_bytes
from dxf.exceptions import DXFAuthInsecureError, DXFDigestMismatchError, DXFError, DXFUnauthorizedError

from kairosfile.cli.errors import CliError
from kairosfile.language.lockfile import is_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docker.auth import AuthConfig

SECONDS = 10
HUB, HUB_HOST = "docker.io", "registry-1.docker.io"
# Docker itself speaks plain HTTP with registries on this machine.
LOOPBACK = re.compile(r"(localhost|127(\.[0-9]+){3}|\[::1\])(:[0-9]+)?")

CHECK = "check the name, and that the registry can be reached from here"
LOGIN = "check the name, and `docker login {host}`"
WAIT = "it limits how often it answers: wait, or `docker login {host}`, which may raise the limit"

# A registry that is restarted or overloaded answers again in seconds; for a wrong name there is no retry.
TRANSIENT = {
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
ATTEMPTS = 4

# Bytes and seconds of an answer other than a blob. Registries take manifests of 4 MiB.
LARGEST_ANSWER, LONGEST_ANSWER, CHUNK = 8 << 20, 60, 1 << 16


class RegistryError(Exception):
    """An image cannot be looked up; the message says why, `advice` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password; never shown."""

    name: str
    password: str = field(repr=False)


class _Client(DXF):
    """Lets go of an answer whose redirection cannot be read: requests raises for it with the connection left open."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._sessions[0].hooks["response"].append(_checked)  # for logins too
        return self

    def _base_request(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        options["hooks"] = {"response": _checked}
        response: requests.Response = super()._base_request(method, path, **options)  # type: ignore[no-untyped-call]
        return response


def _checked(response: requests.Response, *, stream: bool = False, **_: object) -> None:
    """Refuse an answer that cannot be read, or that is too large or too slow; a stream is bounded by its reader."""
    if not stream:
        _read(response)
    try:
        response.headers.get("Location", "").encode("latin-1").decode()
    except UnicodeError as error:
        response.close()
        raise requests.exceptions.InvalidURL("a redirection that cannot be read") from error


def _read(response: requests.Response) -> None:
    """Read the content of an answer within bounds, which requests would read to its end."""
    content, end = bytearray(), time.monotonic() + LONGEST_ANSWER
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) > LARGEST_ANSWER or time.monotonic() > end:
            response.close()
            raise requests.exceptions.InvalidURL("an answer that does not end")
    response._content = bytes(content)  # noqa: SLF001 - where requests keeps it


def ping(host: str) -> requests.Response:
    """Return the response of a registry to GET /v2/ without credentials; raises requests.RequestException."""
    refusals: list[requests.Response] = []
    client = _Client(_address(host), "", lambda _, response: refusals.append(response), is_plain(host), timeout=SECONDS)
    try:
        return client.api_version_check()[1]
    except DXFUnauthorizedError:
        return refusals[-1]
    except requests.HTTPError as error:
        return error.response


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, requests.HTTPError):
        return error.response.status_code in TRANSIENT
    return isinstance(error, requests.ConnectionError) and "Connection aborted" in str(error)


_retrying = tenacity.retry(
    retry=tenacity.retry_if_exception(_is_transient),
    stop=tenacity.stop_after_attempt(ATTEMPTS),
    wait=tenacity.wait_random_exponential(multiplier=0.5, max=5),
    reraise=True,
)


def look_up(names: Sequence[str]) -> list[str | RegistryError]:
    """Look up the digest of each full name with a tag concurrently; each failure is an error of its name.

    It is the digest of an index if the image has several platforms. Raises CliError.
    """
    config = _load_config()
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda name: _look_up(config, name), names))


@contextmanager
def repository(name: str) -> Iterator[DXF]:
    """Yield a client of a repository by its full name, such as quay.io/acme/os.

    Raises CliError, and RegistryError for what the registry does inside the `with`.
    """
    host, _, path = name.partition("/")
    with _client(_load_config(), host, path) as client:
        yield client


def _load_config() -> AuthConfig:
    try:
        return auth.load_config()
    except (DockerException, ValueError) as error:
        raise CliError(
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
        login = login_for(config, host)
        name, password = (login.name, login.password) if login else (None, None)
        try:
            client.authenticate(name, password, response=response)
        except (TypeError, AttributeError, IndexError, RecursionError) as error:  # what dxf makes of an odd answer
            raise ValueError("an answer to a login that cannot be read") from error

    try:
        with _Client(_address(host), path, log_in, is_plain(host), timeout=SECONDS) as client:  # and closes connections
            yield client
    except DXFDigestMismatchError as error:
        raise RegistryError(f"{host} sends something else than {error.expected}", "push the image again") from error
    except (requests.RequestException, DXFError, DockerException, KeyError, ValueError) as error:
        raise _reason(host, error) from error


@_retrying
def _digest(client: DXF, tag: str) -> str:
    """Return the digest in the registry's header, or that of the content, because some registries send no header."""
    header, _ = client.head_manifest_and_response(tag)
    digest = header or hash_bytes(client.get_manifest_and_response(tag)[1].content)
    if not is_digest(digest):
        raise ValueError(digest)
    return digest


def login_for(config: AuthConfig, host: str) -> Login | None:
    """Return the credentials that docker would use, None without any; raises DockerException, RegistryError."""
    login = config.resolve_authconfig(None if host == HUB else host) or {}
    if login.get("IdentityToken"):
        message = f"the credentials for {host} are an identity token, which is not supported here"
        raise RegistryError(message, f"docker login {host} with a name and a password or an access token")
    # A helper's answer has its keys in capitals, an entry of the config file has not.
    entry = {key.lower(): value for key, value in login.items()}
    return Login(entry["username"], entry["password"]) if entry.get("username") else None


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
    return next((reason for part, reason in (known | refused).items() if part in text), "no connection")


def _address(host: str) -> str:
    return HUB_HOST if host == HUB else host


def is_plain(host: str) -> bool:
    """Return whether docker speaks plain HTTP with a registry: one on this machine."""
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
