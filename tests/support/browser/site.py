"""The site of the docs with its page "Try it", for a browser: built as `make docs` does it, and served."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from docs.site import playground
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PAGE = ROOT / "docs" / "site" / "try_it" / "page.js"


def example() -> str:
    """Return the Kairosfile that the page shows at first."""
    (text,) = re.findall(r"^const EXAMPLE = `([^`\\$]+)`;$", PAGE.read_text(), re.MULTILINE)
    return str(text)


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder with the MIME types that modules and WebAssembly need; logs nothing."""

    extensions_map: dict[str, str] = {  # noqa: RUF012 - as declared there
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_args: object, **_named: object) -> None:
        """Log nothing."""


def build_site(folder: Path, runtime: Path) -> None:
    """Build the site into a folder, with the runtime of its page, which npm puts into another."""
    playground.fetch(runtime)
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "KAIROSFILE_PYODIDE": str(runtime)}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


@contextmanager
def served_site(folder: Path) -> Iterator[str]:
    """Yield the address of a server of a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
