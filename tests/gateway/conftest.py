"""Fixtures of the gateway tests: a daemon and a client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kairosfile.gateway.bridge import Bridge
from kairosfile.gateway.http2 import Http2Transport
from kairosfile.gateway.options import Options
from kairosfile.gateway.request import Request
from tests.support.gateway.fake_bridge import V0_25, FakeBridge, FakeImage, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.gateway.fake_bridge import Release
    from tests.support.gateway.relay import Relay

UBUNTU = "docker.io/library/ubuntu:24.04"
KAIROSFILE = b"base: ubuntu:24.04\nmodel: generic\n"


@pytest.fixture
def release() -> Release:
    """Return the release of the daemon; a test overrides it with parametrize."""
    return V0_25


@pytest.fixture
def fake(release: Release) -> Iterator[FakeBridge]:
    """Return a daemon with one entry file, a build context and one image."""
    files = {"dockerfile": {"Kairosfile": KAIROSFILE}, "context": {"hook.sh": b"true\n"}}
    with FakeBridge(files=files, images={UBUNTU: FakeImage()}, release=release) as running:
        yield running


@pytest.fixture
def relay(fake: FakeBridge) -> Iterator[Relay]:
    """Return the pipes of a frontend in this process."""
    joined = fake.connect()
    yield joined
    joined.close_frontend_ends()


@pytest.fixture
def transport(relay: Relay) -> Http2Transport:
    """Return the product's transport on those pipes."""
    return Http2Transport(relay.reader, relay.writer)


@pytest.fixture
def bridge(transport: Http2Transport) -> Bridge:
    """Return the product's client on that transport."""
    return Bridge(transport)


@pytest.fixture
def request_of(bridge: Bridge) -> Callable[..., Request]:
    """Return a function that creates a build request from options."""

    def make(**options: str) -> Request:
        arguments = {key if ":" in key else key.replace("_", "-"): value for key, value in options.items()}
        named = {"filename": "Kairosfile", **arguments}
        return Request(bridge, Options.from_environ(environment(named)))

    return make
