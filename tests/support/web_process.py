"""A server of `kairosfile web` as a process, which can be killed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import requests

from tests.support.web_client import until

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = str(Path(sys.executable).with_name("kairosfile"))


class WebProcess:
    """A server, and a client with the token of its file.

    Args:
        root: The project.
        state: The state folder.
        environment: That of the server, and of its builds.
        more: Further arguments of its command line.
        errors: A file for its other output than the address.
    """

    def __init__(
        self, root: Path, state: Path, environment: Mapping[str, str], *more: str, errors: Path | None = None
    ) -> None:
        self.state = state
        words = [COMMAND, "web", "--port", "0", "--state", str(state), *more, str(root)]
        with nullcontext() if errors is None else errors.open("w") as log:
            self.child = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.child.stdout
        self.line = self.child.stdout.readline()
        scheme, host, *_ = urlsplit(self.line.split()[0])
        self.address = f"{scheme}://{host}/api/v1"
        self.token = (state / "token").read_text().strip()
        until(self._answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/health", timeout=60).ok
        except requests.ConnectionError:
            return False

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        """Ask with the token."""
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return requests.request(method, self.address + path, json=body, headers=headers, timeout=120, **more)

    def end(self, *, kill: bool = False) -> None:
        """End it, if it still runs."""
        if kill:
            self.child.kill()
        else:
            self.child.terminate()
        self.child.wait()
        assert self.child.stdout
        self.child.stdout.close()
