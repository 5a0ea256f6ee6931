"""The Kairosfile as typed, frozen data: what a file may say, field by field.

Field descriptions are what editors and the reference show. Positions are not part of the model; a `Document` finds
them by path. The rules that hold fields against each other live in `spec.checks`.
"""

from __future__ import annotations

from kairosfile.spec.model.artifacts import Artifacts, AuroraBoot, ConfigSource, Iso, Netboot, Raw, Uki, UkiKeys
from kairosfile.spec.model.cloud_config import CloudConfig
from kairosfile.spec.model.document import PlatformFields
from kairosfile.spec.model.image_tests import TEST_KINDS, ImageTest, Output, PathTest, RunTest
from kairosfile.spec.model.kairos_init import Binaries, Framework, KairosInit
from kairosfile.spec.model.kairosfile import Kairosfile
from kairosfile.spec.model.lint import Lint
from kairosfile.spec.model.matrix import Exclude, Matrix
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
    "TEST_KINDS",
    "Artifacts",
    "AuroraBoot",
    "Binaries",
    "BindMount",
    "CacheMount",
    "CloudConfig",
    "ConfigSource",
    "CopyStep",
    "Exclude",
    "FileStep",
    "Framework",
    "Hooks",
    "ImageTest",
    "Iso",
    "KairosInit",
    "Kairosfile",
    "Kernel",
    "KernelStep",
    "Lint",
    "Matrix",
    "Mount",
    "Netboot",
    "Output",
    "Packages",
    "PackagesStep",
    "PathTest",
    "PlatformFields",
    "Provider",
    "Raw",
    "Record",
    "RunStep",
    "RunTest",
    "SecretMount",
    "SshMount",
    "Step",
    "Systemd",
    "SystemdStep",
    "TmpfsMount",
    "Uki",
    "UkiKeys",
]
