"""Untrusted JSON, of registries, builders and attestations."""

from __future__ import annotations

import json
from typing import Any


def parse(text: str | bytes) -> Any:  # noqa: ANN401 - whatever it holds
    """Return the value of a JSON text; raises ValueError, also for one that is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
