"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# `unknown` is what cannot be told from here; it is no fault.
Status = Literal["ok", "unknown", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `advice` says what to do where there is something to do."""

    check: str
    status: Status
    message: str
    advice: str = ""
