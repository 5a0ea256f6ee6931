"""The frontend that a file asks for in its first lines, found as BuildKit finds it.

Source: frontend/dockerfile/parser/directives.go of BuildKit. A file without one is read as a Dockerfile.
"""

from __future__ import annotations

import re

FRONTEND = "quay.io/kairos/kairos-frontend:v1"

_DIRECTIVE = re.compile(r"#\s*([a-z][a-z0-9]*)\s*=\s*(\S+)", re.IGNORECASE)
_KNOWN = frozenset({"escape", "check"})


def frontend_of(text: str) -> str | None:
    """Return the image that `# syntax=` names, None where the file has no such line."""
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
