"""Plans: a checked document to steps as data (`resolve`), and steps to an LLB graph (`compile`)."""

from __future__ import annotations

from kairosfile.plan.model import (
    AURORABOOT,
    BASE,
    KAIROS_INIT,
    Action,
    Copy,
    Download,
    File,
    Image,
    Mount,
    Plan,
    Run,
    SecretEnv,
    Step,
)

__all__ = [
    "AURORABOOT",
    "BASE",
    "KAIROS_INIT",
    "Action",
    "Copy",
    "Download",
    "File",
    "Image",
    "Mount",
    "Plan",
    "Run",
    "SecretEnv",
    "Step",
]
