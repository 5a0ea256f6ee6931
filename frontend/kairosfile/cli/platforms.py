"""The platforms that a command is for, where nobody named one."""

from __future__ import annotations

import platform as machine
from typing import TYPE_CHECKING

from kairosfile.kairos.names import MODEL_ARCHITECTURE, MODELS_FOR_ANY_PLATFORM
from kairosfile.oci import Platform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.spec import Document


def platforms_of(document: Document, asked: Sequence[str]) -> list[str]:
    """Return the platforms asked for, else those that the file names, else its board's, else this machine's.

    The machine is the one that the command runs on: no daemon is asked.
    """
    return list(asked or document.model.platforms or [for_board(document.model.model)])


def for_board(model: str) -> str:
    """Return the platform of a board; where it may be any, that of this machine."""
    return here() if model in MODELS_FOR_ANY_PLATFORM else f"linux/{MODEL_ARCHITECTURE}"


def here() -> str:
    """Return the platform of this machine; BuildKit builds for Linux whatever the machine runs."""
    return str(Platform.parse(f"linux/{machine.machine()}").normalized())
