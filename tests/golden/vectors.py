"""Vector files: cases that say which graph to build, and the bytes that the reference client makes of it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.golden.builder import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kairosfile import llb

FORMAT = "llb-golden/1"


class Vector(NamedTuple):
    """One case for one platform."""

    file: str
    case: dict[str, Any]
    platform: str
    local_unique_id: str

    @property
    def name(self) -> str:
        return f"{self.file}:{self.case['name']}:{self.platform}"

    @property
    def expected(self) -> dict[str, Any]:
        actual: dict[str, Any] = self.case["expect"][self.platform]
        return actual

    @property
    def ops(self) -> list[bytes]:
        return [base64.b64decode(op["bytes"]) for op in self.expected["ops"]]

    @property
    def definition(self) -> bytes:
        return base64.b64decode(self.expected["definition"])

    def marshal(self) -> llb.Definition:
        return build(self.case, self.platform, self.local_unique_id)


def read_vectors(path: Path) -> Iterator[Vector]:
    """Yield each case of a file once per platform; raise ValueError for another format."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document["format"] != FORMAT:
        raise ValueError(f"{path}: the format is {document['format']!r}, not {FORMAT!r}")
    unique = document["defaults"]["localUniqueID"]
    for case in document["cases"]:
        for platform in case["expect"]:
            yield Vector(path.stem, case, platform, unique)
