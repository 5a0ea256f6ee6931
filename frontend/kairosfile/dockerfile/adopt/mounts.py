"""The mounts of a RUN as those of a `run` step."""

from __future__ import annotations

import csv
import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.dockerfile.adopt.found import Data

_TARGETS = ("target", "dst", "destination")
_SOURCES = ("source", "src")
_KNOWN = {
    "bind": {"from", "rw", "readwrite", "ro", "readonly"},
    "cache": {"id", "sharing"},
    "tmpfs": {"size"},
    "secret": {"id", "env", "required", "mode", "uid", "gid"},
    "ssh": {"id", "required", "mode", "uid", "gid"},
}


def options(text: str) -> dict[str, str]:
    """Return the options of `--mount`, by the first of their names; a switch has the value "true"."""
    (row,) = csv.reader([text])
    given = {name: value if equals else "true" for name, equals, value in (field.partition("=") for field in row)}
    for names in (_TARGETS, _SOURCES):
        for name in names[1:]:
            if name in given:
                given[names[0]] = given.pop(name)
    return {"type": "bind"} | given


def mount(given: dict[str, str], image: Callable[[str], str]) -> Data:
    """Return a mount of a step; raises ValueError for one that a Kairosfile has no word for.

    `image` tells which image the name of a stage or an image means.
    """
    kind = given["type"]
    strange = given.keys() - {"type", *_TARGETS, *_SOURCES} - _KNOWN.get(kind, set())
    if kind not in _KNOWN or strange:
        raise ValueError(f"a step has no mount with {', '.join(sorted(strange)) or f'type={kind}'}")
    return {"type": kind, **(_bind(given, image) if kind == "bind" else _other(given))}


def _bind(given: dict[str, str], image: Callable[[str], str]) -> Data:
    found: Data = {"target": given["target"]}
    if given.get("from"):
        found["from"] = image(given["from"])
    if given.get("source", "").strip("/.") or given.get("source", "").strip("/"):
        found["source"] = given["source"]
    if "true" in (given.get("rw"), given.get("readwrite")):
        found["writable"] = True
    return found


def _other(given: dict[str, str]) -> Data:
    found: Data = {name: given[name] for name in ("id", "target", "env", "sharing", "size", "mode") if name in given}
    found |= {name: int(given[name]) for name in ("uid", "gid") if name in given}
    if given["type"] == "secret":
        found.setdefault("id", posixpath.basename(given.get("target", "")))
        if found.get("target") == f"/run/secrets/{found['id'].rpartition('/')[2]}":
            del found["target"]
    if given["type"] in ("secret", "ssh") and given.get("required", "false") != "true":
        found["required"] = False
    return found
