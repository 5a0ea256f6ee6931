"""The summary of a build, computed from buildx's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.build.summary import artifacts, main, read

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LOG = """kairosfile: docker buildx build ...
#0 building with "default" instance using docker driver

#1 [internal] load build definition from Kairosfile
#1 transferring dockerfile: 120B done
#1 DONE 0.0s

#2 resolve image config for docker-image://quay.io/kairos/kairos-frontend:v1
#2 DONE 0.1s

#5 base debian:13
#5 CACHED

#6 [install] install kairos
#6 0.512 DONE 9s is what a program printed
#6 DONE 23.4s

#7 [init] init <b>
#7 1.1 text

#6 [install] install kairos
#7 DONE 2.0s

#8 exporting to image
#8 DONE 1.0s
#1 [internal] load build definition from Kairosfile
#1 DONE 0.0s
#5 iso
#5 ERROR: process "/bin/sh" did not complete successfully: exit code: 1
#6 checksums
#6 CANCELED
"""


def results(log: str) -> list[tuple[str, str]]:
    """Return the name and the result of each step of a log."""
    return [(step.name, step.result) for step in read(log.splitlines())]


def test_steps_are_those_of_the_plan_with_their_results() -> None:
    assert results(LOG) == [
        ("base debian:13", "cached"),
        ("[install] install kairos", "23.4 s"),
        ("[init] init <b>", "2.0 s"),
        ("iso", "**failed**"),
        ("checksums", "canceled"),
    ]


IMAGE_AND_ISO = """#1 [internal] load build definition from Kairosfile
#2 base debian:13
#1 [internal] load build definition from Kairosfile
#1 DONE 0.0s
#2 DONE 0.1s
#3 [linux/amd64] install kairos
#3 DONE 20.0s
#4 [linux/arm64] install kairos
#4 CACHED
#5 after_init 1: true
#5 DONE 1.0s
#6 after_init 1: true
#6 DONE 2.0s
#7 exporting to image
#7 DONE 1.0s
#8 resolving provenance for metadata file
#8 DONE 0.0s
#1 [internal] load build definition from Kairosfile
#1 DONE 0.0s
#2 [linux/arm64] install kairos
#2 CACHED
#3 [linux/amd64] install kairos
#3 CACHED
#4 base debian:13
#4 DONE 0.2s
#5 after_init 1: true
#6 make the ISO
#6 DONE 24.4s
"""


def test_a_step_that_the_image_and_an_artifact_share_is_there_once() -> None:
    assert results(IMAGE_AND_ISO) == [
        ("base debian:13", "0.3 s"),
        ("[linux/amd64] install kairos", "20.0 s"),
        ("[linux/arm64] install kairos", "cached"),
        ("after_init 1: true", "1.0 s"),
        ("after_init 1: true", "2.0 s"),
        ("make the ISO", "24.4 s"),
    ]


def test_the_summary_has_steps_sizes_and_checksums(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").write_text(LOG)
    path = tmp_path / "made"
    path.mkdir()
    (path / "a.iso").write_bytes(b"x" * 2_500_000)
    (path / "a.iso.sha256").write_text("0" * 64 + "  a.iso\n")
    (path / "b.raw").write_bytes(b"x")
    (path / "b.raw.sha256").write_text("<script>")

    main(
        ["--log", str(tmp_path / "log"), "--image", "quay.io/a_b:v1", "--digest", "sha256:1", "--artifacts", str(path)]
    )

    output = capsys.readouterr().out
    assert output.startswith("## quay.io/a\\_b:v1\n\nPushed as `sha256:1`.\n")
    assert "5 steps, 1 of them cached; 25.4 s of work." in output
    assert "| \\[init\\] init &lt;b> | 2.0 s |" in output
    assert f"| a.iso | 2.5 MB | `{'0' * 64}` |" in output
    assert "| b.raw | 0.0 kB |  |" in output


def test_a_job_without_artifacts_has_no_table_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").write_text("nothing")

    main(["--log", str(tmp_path / "log")])

    assert capsys.readouterr().out.startswith("## Kairos image\n\n0 steps, 0 of them cached")
    assert artifacts(tmp_path / "none") == []
