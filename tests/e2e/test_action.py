"""The GitHub Action with a real engine: an image and an ISO, with the summary of the job."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.e2e.conftest import NEWEST, Project
from tests.support import images
from tests.support.actions.composite import Runner
from tests.support.e2e import registry_api
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.actions.composite import Job
    from tests.support.engine import DockerEngine

pytestmark = pytest.mark.docker26_is_long


def result(job: Job, step: str) -> str:
    """Return the summary's text about the first step of a name."""
    return job.summary.partition(f"{step} | ")[2].partition(" |")[0]


def test_the_action_builds_pushes_and_sums_up(
    engine: DockerEngine,
    project: Project,
    tmp_path: Path,
    base: str,
    kairos_init: Callable[[str], str],
    auroraboot: Callable[[str], str],
    nonce: str,
) -> None:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        f"hooks: {{after_install: [{{file: /etc/nonce, content: {nonce}}}]}}\n"
        f"artifacts: {{auroraboot: '{auroraboot(AURORABOOT)}', iso: {{}}}}\n"
    )
    environment = engine.env() | {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    environment["PATH"] = f"{environment['PATH']}:{os.environ['PATH']}"
    words = {"arch": "amd64", "iso": "true", "sbom": "false", "registry_domain": images.REGISTRY}
    words |= {"registry_repository": nonce, "custom_tag_format": "v1.0.0", "cache": f"{images.REGISTRY}/{nonce}:cache"}

    first = Runner(ROOT, project.folder, tmp_path / "first", environment).run(**words)
    assert not first.failed, first.log
    again = Runner(ROOT, project.folder, tmp_path / "again", environment).run(**words, kairosfile_version="")

    assert not again.failed, again.log
    name = f"{images.REGISTRY}/{nonce}:v1.0.0"
    assert again.outputs["image"] == name
    assert again.outputs["digest"] == registry_api.digest(name)
    assert f"## {name}" in again.summary
    assert ".iso |" in again.summary
    assert "init kairos v1.0.0" in again.summary
    assert [result(job, "init kairos v1.0.0") == "cached" for job in (first, again)] == [False, True]
    assert again.steps["Keep the artifacts"].inputs["path"].endswith("/artifacts")
