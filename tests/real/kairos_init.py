"""The real kairos-init, compiled from its module, and its image.

The one idea: kairos-init carries the programs that it installs. Its release downloads them; here they are compiled too,
where their modules can be had. What cannot be had is a placeholder that says so and fails.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.engine import cache, layers
from tests.engine.publish import Image, push
from tests.real.go import Module, compile_program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine import Registry

RELEASE = "v0.16.4"
NAME = "kairos-init-real"
PROGRAM = "/kairos-init"
AGENT = Module("github.com/kairos-io/kairos-agent/v2", "v2.30.2")  # v0.16.4 carries v2.31.1, v0.16.1 this one

_MODULE = Module("github.com/kairos-io/kairos-init", RELEASE)
_CARRIED = "pkg/bundled/binaries"
PLACEHOLDERS = (
    *("immucore", "kcrypt-discovery-challenger", "provider-kairos", "kairos-installer", "edgevpn"),
    *("fips/kairos-agent", "fips/immucore", "fips/kcrypt-discovery-challenger", "fips/provider-kairos"),
)
_PLACEHOLDER = '#!/bin/sh\necho "a placeholder for {name}, whose module cannot be had" >&2\nexit 1\n'


def root() -> Path:
    """Return a directory that holds the program at its path; raises Unavailable where it cannot be compiled."""
    recipe = repr((_MODULE, AGENT, PLACEHOLDERS, _PLACEHOLDER))
    return cache.made("kairos-init-real", recipe, _make) / "root"


def publish(registry: Registry) -> str:
    """Push the image, for amd64; return its reference. Raises Unavailable."""
    folder = root()
    layer = layers.pack(folder, folder.parent / "layer.tar.gz")
    push(registry, f"{NAME}:{RELEASE}", Image("linux/amd64", [layer], entrypoint=[PROGRAM]))
    return f"{registry.address}/{NAME}:{RELEASE}"


def agent() -> Path:
    """Return the kairos-agent that the program carries."""
    return root().parent / "kairos-agent"


def _make(to: Path) -> None:
    version = {f"{AGENT.path}/internal/common.VERSION": AGENT.version}
    compile_program(AGENT.copy_source(to / "agent"), to / "kairos-agent", version)
    source = _MODULE.copy_source(to / "source")
    _carry(source / _CARRIED, to / "kairos-agent")
    (to / "root").mkdir()
    compile_program(source, to / "root" / PROGRAM.lstrip("/"), {f"{_MODULE.path}/pkg/values.version": RELEASE})
    shutil.rmtree(to / "agent")
    shutil.rmtree(to / "source")


def _carry(binaries: Path, agent: Path) -> None:
    (binaries / "fips").mkdir(parents=True)
    (binaries / "kairos-agent").hardlink_to(agent)
    for name in PLACEHOLDERS:
        (binaries / name).write_text(_PLACEHOLDER.format(name=name))
    (binaries / "version-info.yaml").write_text(f"kairos-agent: {AGENT.version}\n")
