"""Uses `kairosfile web` with only a loopback network: `python -m tests.support.browser.unshared ...`.

Prints the observations as JSON. The program and the folder are its arguments.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.browser.served import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

OVERTAKEN = "net::ERR_ABORTED"  # the page cancels a request when the text has changed
SOMEWHERE = ("192.0.2.1", 443)  # an unassigned address (RFC 5737)


def main(program: str, home: Path) -> dict[str, object]:
    """Serve a folder, use the page of its file, and return the observations."""
    requests: list[str] = []
    failed: list[str] = []
    with served(home / "images", home / "state", os.environ, "--no-open", program=program) as site:
        page = site.context().new_page()
        site.watch(page)
        page.on("request", lambda request: requests.append(request.url))
        page.on("requestfailed", lambda request: failed.append(request.url) if request.failure != OVERTAKEN else None)
        page.goto("/")
        used = _use(page)
        foreign = [url for url in requests if not url.startswith(site.address)]
        return {**used, "foreign": foreign, "failed": failed, "faults": site.faults, "network": _has_network()}


def _use(page: Page) -> dict[str, object]:
    page.get_by_role("link", name="Kairosfile", exact=True).click()
    page.get_by_role("region", name="Problems").get_by_role("button", name="Fix").click()
    page.get_by_text("steps run").first.wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("status").filter(has_text="saved").first.wait_for()
    page.goto("/builder")
    page.get_by_text("Concurrent builds").wait_for()
    return {"title": page.title(), "heading": page.get_by_role("heading", level=1).inner_text()}


def _has_network() -> bool:
    with socket.socket() as tried:
        tried.settimeout(5)
        try:
            tried.connect(SOMEWHERE)
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
