"""The frontend that the first lines of a file name, as BuildKit finds it.

Source: frontend/dockerfile/parser/directives.go of BuildKit. A file without one is read as a Dockerfile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SYNTAX = "BUILDKIT_SYNTAX"
FRONTEND = "quay.io/kairos/kairos-frontend:v1"

_DIRECTIVE = re.compile(r"#\s*([a-z][a-z0-9]*)\s*=\s*(\S+)", re.IGNORECASE)
_KNOWN = frozenset({"escape", "check"})


def frontend_of(text: str) -> str | None:
    """Return the image that `# syntax=` names, None without such a line."""
    lines = text.removeprefix("\ufeff").splitlines()
    for line in lines[1:] if lines and lines[0].startswith("#!") else lines:
        match = _DIRECTIVE.match(line)
        if match is None:
            return None
        if match[1].lower() == "syntax":
            return match[2]
        if match[1].lower() not in _KNOWN:
            return None
    return None


def with_frontend(text: str, build_args: Mapping[str, str]) -> dict[str, str]:
    """Return build args, with the frontend if the file does not name one."""
    named = build_args if frontend_of(text) is not None else {SYNTAX: FRONTEND} | dict(build_args)
    return dict(named)
