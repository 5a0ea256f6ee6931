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
from kairosfile.cli.registry import HUB, ping, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.cli.doctor.surroundings import Surroundings

REACHED = {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def reachable(surroundings: Surroundings) -> Iterator[Finding]:
    """Each registry answers as one (GET /v2/ of the distribution specification), and its clock agrees."""
    with ThreadPoolExecutor() as pool:
        for findings in pool.map(_ask, surroundings.registries):
            yield from findings


def _ask(host: str) -> list[Finding]:
    try:
        reply = ping(host)
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
