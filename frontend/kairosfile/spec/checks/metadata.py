"""Labels and annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document

# Names of Docker's and OCI's conventions. BuildKit's exporters refuse a blank in the key of an annotation, and no
# registry or tool agrees with another on the rest.
_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")


def keys(document: Document) -> Iterator[Diagnostic]:
    """Keys are names that every tool can read."""
    for field in ("labels", "annotations"):
        for key in getattr(document.model, field):
            if not _KEY.fullmatch(key):
                message = f'"{key}" is not the key of {"a label" if field == "labels" else "an annotation"}'
                hint = "use letters, digits and . - _ / between them: org.example.team"
                node = document.root.find((field, key))
                yield Diagnostic(rules.METADATA, node.key or node.range, message, hint)
