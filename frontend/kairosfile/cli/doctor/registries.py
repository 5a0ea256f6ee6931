"""The registries that a build reads from and writes to, asked from this machine, which may not be the engine's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import requests
from docker import auth
from docker.errors import DockerException

from kairosfile.cli.doctor.engine import skew
from kairosfile.cli.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.cli.doctor.surroundings import Surroundings

SECONDS = 5
HUB, HUB_HOST = "docker.io", "registry-1.docker.io"
# Docker itself speaks plain HTTP with registries on this machine.
LOOPBACK = ("localhost", "127.", "[::1]")
REACHED = {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def reachable(surroundings: Surroundings) -> Iterator[Finding]:
    """Each registry answers as one (GET /v2/ of the distribution specification), and its clock agrees."""
    with ThreadPoolExecutor() as pool:
        for findings in pool.map(_ask, surroundings.registries):
            yield from findings


def _ask(host: str) -> list[Finding]:
    address = f"{'http' if host.startswith(LOOPBACK) else 'https'}://{HUB_HOST if host == HUB else host}/v2/"
    try:
        reply = requests.get(address, timeout=SECONDS)
    except requests.RequestException as error:
        advice = "check the network, HTTPS_PROXY and DNS; air-gapped, name a mirror in the Kairosfile"
        return [Finding("registry", "error", f"{host} cannot be reached from here: {why(error)}", advice)]
    if reply.status_code not in REACHED:
        advice = "check its name, and whether a proxy answers in its place"
        return [Finding("registry", "error", f"{host} answers {reply.status_code}, not as a registry", advice)]
    found = [Finding("registry", "ok", f"{host} answers")]
    date = reply.headers.get("Date")
    return found + (list(skew(f"the clock of {host}", _ahead(date))) if date else [])


def _ahead(date: str) -> timedelta:
    return parsedate_to_datetime(date) - datetime.now(UTC)


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


def credentials(surroundings: Surroundings) -> Iterator[Finding]:
    """What docker would log in with: from its config file or a helper. Neither names nor secrets are printed."""
    config = auth.load_config()
    for host in surroundings.registries:
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
        elif host in surroundings.pushes_to:
            yield Finding("credentials", "warning", f"there are none to push to {host}", f"docker login {host}")
        else:
            yield Finding("credentials", "ok", f"there are none for {host}: public images can be pulled")
