"""kairos-init's log: readable in the build's output, and not in any layer."""

from __future__ import annotations

import pytest

from kairosfile import language, plan, sections
from kairosfile.kairos.releases import log_folders, release
from kairosfile.plan.resolve import resolve


@pytest.mark.parametrize(
    ("tag", "folders"),
    [
        ("v0.2.6", ("/run/kairos", "/var/log/kairos")),
        ("v0.4.7", ("/run/kairos", "/var/log/kairos")),
        ("v0.4.8", ("/var/log/kairos",)),
        ("v0.17.3", ("/var/log/kairos",)),
    ],
)
def test_a_release_writes_its_log_to_known_folders(tag: str, folders: tuple[str, ...]) -> None:
    assert log_folders(release(tag)) == folders


def test_the_steps_of_kairos_init_keep_their_log_out_of_the_image_and_use_no_colour() -> None:
    source = language.decode("Kairosfile", b"base: ubuntu:24.04\nprovider: k3s\nversion: v1.0.0\n")
    (resolved_plan,) = resolve(sections.read(source), ["linux/amd64"])
    runs = {step.id: step.action for step in resolved_plan.steps if isinstance(step.action, plan.Run)}

    for writing in ("install", "init"):
        assert plan.Mount("tmpfs", "/var/log/kairos") in runs[writing].mounts
    for speaking in ("install", "init", "validate"):
        assert dict(runs[speaking].env)["NO_COLOR"] == "1"
