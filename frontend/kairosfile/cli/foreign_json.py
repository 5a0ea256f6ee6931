"""JSON of registries, builders and attestations, which anybody may have written."""

from __future__ import annotations

import json
from typing import Any


def parse(text: str | bytes) -> Any:  # noqa: ANN401 - whatever it holds
    """Return what a JSON text holds; raises ValueError, also for one that is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
