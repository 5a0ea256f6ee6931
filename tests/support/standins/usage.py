"""Builds command lines for a release of the stand-in: the same request in the syntax of its range."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.standins import releases
from tests.support.standins.image import Image, Run, missing_shell

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = releases.tags()[-1]
DEBIAN = 'ID=debian\nVERSION_ID="12"\n'
UBUNTU = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'
FEDORA = "ID=fedora\nVERSION_ID=42\n"
VERSION = ("--version", "v1.2.3")


def require(shell: str) -> None:
    """Skip the test where the machine lacks the shell."""
    if reason := missing_shell(shell):
        pytest.skip(reason)


def make(tmp_path: Path, os_release: str) -> Image:
    """Return a base for the rules in which the shell plays no part."""
    require("dash")
    return Image.make(tmp_path / "root", os_release)


def flags_of(release: str, *, kubernetes: str = "", trusted: str = "false") -> tuple[str, ...]:
    """Return the flags that make a core or a k3s image with the release, `-t` first and the stage left out."""
    order = releases.order(release)
    version = VERSION if order >= releases.order("v0.2.5") else ()
    if not kubernetes:
        return ("-t", trusted, *version)
    if order < releases.order("v0.5.0-rc1"):
        return ("-t", trusted, "-v", "standard", "-k", "k3s", "--k8sversion", kubernetes, *version)
    if order < releases.order("v0.6.0-RC1"):
        return ("-t", trusted, "-k", "k3s", "--k8sversion", kubernetes, *version)
    return ("-t", trusted, "-p", "k3s", "--provider-k3s-version", kubernetes, *version)


def validate_words(release: str, *flags: str) -> tuple[str, ...]:
    """Return the argv that validates an image made with `flags` of flags_of; the first two count."""
    if releases.order(release) < releases.order("v0.5.0-rc1"):
        return ("--validate", *flags)
    return ("validate", *flags[:2])


def succeed(run: Run) -> Run:
    """Return the run, which must have succeeded."""
    assert run.exit == 0, run.output
    return run


def build(image: Image, release: str, *flags: str, **environment: str) -> None:
    """Install and initialise."""
    for stage in ("install", "init"):
        succeed(image.run(release, "-s", stage, *flags, **environment))


def in_own_mounts(script: str) -> tuple[str, ...]:
    """Return a prefix for a command that runs `script` in a separate mount namespace first, root or not."""
    prefix = ("unshare", "--map-root-user", "--mount")
    try:
        subprocess.run([*prefix, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this machine gives no mount namespace: {error}")
    return (*prefix, "sh", "-c", f'{script} && exec "$0" "$@"')
