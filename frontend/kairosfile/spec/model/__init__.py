"""The Kairosfile as typed, frozen data: what a file may say, field by field.

Field descriptions are what editors and the reference show. Positions are not part of the model; a `Document` finds
them by path. The rules that hold fields against each other live in `spec.checks`. What is here is imported for every
file; sections that few files have are not: `sections`.
"""

from __future__ import annotations

from kairosfile.spec.model.cloud_config import CloudConfig
from kairosfile.spec.model.document import PlatformFields
from kairosfile.spec.model.kairos_init import Binaries, Framework, KairosInit
from kairosfile.spec.model.kairosfile import Kairosfile
from kairosfile.spec.model.lint import Lint
from kairosfile.spec.model.provider import Provider
from kairosfile.spec.model.record import Record
from kairosfile.spec.model.steps import STEP_KINDS, Hooks, Step
from kairosfile.spec.model.steps_kinds import (
    CopyStep,
    FileStep,
    Kernel,
    KernelStep,
    Packages,
    PackagesStep,
    RunStep,
    Systemd,
    SystemdStep,
)
from kairosfile.spec.model.steps_mounts import (
    MOUNT_TYPES,
    BindMount,
    CacheMount,
    Mount,
    SecretMount,
    SshMount,
    TmpfsMount,
)

__all__ = [
    "MOUNT_TYPES",
    "STEP_KINDS",
    "Binaries",
    "BindMount",
    "CacheMount",
    "CloudConfig",
    "CopyStep",
    "FileStep",
    "Framework",
    "Hooks",
    "KairosInit",
    "Kairosfile",
    "Kernel",
    "KernelStep",
    "Lint",
    "Mount",
    "Packages",
    "PackagesStep",
    "PlatformFields",
    "Provider",
    "Record",
    "RunStep",
    "SecretMount",
    "SshMount",
    "Step",
    "Systemd",
    "SystemdStep",
    "TmpfsMount",
]
