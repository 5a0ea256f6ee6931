"""Plans: a checked Kairosfile to steps as data, and steps to an LLB graph."""

from __future__ import annotations

from kairosfile.plan.model import (
    AURORABOOT,
    BASE,
    KAIROS_INIT,
    Action,
    Copy,
    File,
    Image,
    Mount,
    Plan,
    Run,
    SecretEnv,
    Step,
)
from kairosfile.plan.resolve import resolve

__all__ = [
    "AURORABOOT",
    "BASE",
    "KAIROS_INIT",
    "Action",
    "Copy",
    "File",
    "Image",
    "Mount",
    "Plan",
    "Run",
    "SecretEnv",
    "Step",
    "resolve",
]
