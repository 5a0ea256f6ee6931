"""The whole language as one class: for its schema, its reference and editors, which describe sections of no file.

Reading a file takes `spec.model.Kairosfile`, which imports a section only where the file has it.
"""

from __future__ import annotations

from pydantic import Field

from kairosfile.spec.model import kairosfile
from kairosfile.spec.model.artifacts import Artifacts
from kairosfile.spec.model.image_tests import ImageTest
from kairosfile.spec.model.matrix import Matrix


class Kairosfile(kairosfile.Kairosfile):
    """One Kairos image."""

    tests: tuple[ImageTest, ...] = Field(
        (),
        description="What must be true of the finished image: commands with their results, files with what is in them. "
        "A test that fails fails the build; none changes the image.",
        examples=[[{"path": "/usr/bin/kairos-agent", "mode": "0755"}, {"run": "k3s --version", "stdout": "v1.33.1"}]],
    )
    artifacts: Artifacts = Field(
        default_factory=Artifacts,
        description="What is made of the image for machines to boot from: an ISO, a UKI, disks. Built with --target, "
        "never with the image.",
        examples=[{"iso": {"cloud_config": "install.yaml"}}],
    )
    matrix: Matrix = Field(
        default_factory=Matrix,
        description="Images to make of this file, as combinations of values: `kairosfile bake` makes a target of each. "
        "A build makes the one image that the other fields say.",
        examples=[{"variant": ["core", "standard"], "platform": ["linux/amd64", "linux/arm64"]}],
    )
