"""Serves the page: the bundled files of `frontend/web`, and one document for all of its addresses.

Each response has a new nonce, which the editor needs to add its styles. Nothing else in the document is inline, and
nothing is loaded from another origin.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

STATIC = Path(__file__).parent / "static"
ADDRESSES = ("/", "/p/{rest:path}", "/builds", "/builds/{rest:path}", "/new", "/import", "/builder", "/reference")
NOT_BUILT = (
    "the page is not built: this is a source checkout. Run `make page` in it (Node 20 or newer with npm), "
    "or install a release: pip install 'kairosfile[web]'. The API answers below /api/v1 without it"
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TYPES = {".js": "text/javascript", ".txt": "text/plain"}
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


def is_built() -> bool:
    """Return whether the page was bundled: its document is the last file that the bundler writes."""
    return (STATIC / "index.html").is_file()


def add(app: FastAPI) -> None:
    """Add the routes of the page."""
    for address in ADDRESSES:
        app.get(address, include_in_schema=False, response_class=HTMLResponse)(_document)
    app.get("/static/{name}", include_in_schema=False, response_class=FileResponse)(_file)


def is_public(path: str) -> bool:
    """Return whether a path belongs to the page, which contains no secret: all of its data comes from the API."""
    return not path.startswith("/api/")


def _document() -> Response:
    if not is_built():
        return PlainTextResponse(f"kairosfile web: {NOT_BUILT}.\n", 503)
    nonce = secrets.token_urlsafe(16)
    text = (STATIC / "index.html").read_text(encoding="utf-8").replace("NONCE", nonce)
    return HTMLResponse(text, headers={"content-security-policy": POLICY.format(nonce=nonce)})


def _file(name: str) -> Response:
    """Return a file of the bundle; its name contains its hash, so that it never changes."""
    place = STATIC / name
    kind = _TYPES.get(place.suffix)
    if kind is None or place.parent != STATIC or not place.is_file():
        return PlainTextResponse("there is no such file\n", 404)
    return FileResponse(place, media_type=kind, headers=_FOR_EVER if place.suffix != ".txt" else None)
