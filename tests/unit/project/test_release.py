"""The release: its notes and version, and all its files made from a clean clone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = (
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-12-01\n\n### Added\n\n- A thing.\n\n## 0.1.0\n\n- The first.\n"
)


@pytest.fixture(scope="module")
def release() -> Any:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci" / "release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_notes_are_the_part_of_the_changelog_on_the_version(release: Any) -> None:
    assert release.notes_of(CHANGELOG, "0.2.0") == "### Added\n\n- A thing.\n"
    assert release.notes_of(CHANGELOG, "0.1.0") == "- The first.\n"


@pytest.mark.parametrize("version", ["0.3.0", "0.2"])
def test_a_version_without_notes_is_not_released(release: Any, version: str) -> None:
    with pytest.raises(release.ReleaseError, match="no part"):
        release.notes_of(CHANGELOG, version)


def test_the_version_stands_in_one_place(release: Any) -> None:
    from kairosfile import __version__  # noqa: PLC0415 - the place

    assert release.version_of(release.INIT.read_text()) == __version__


def _git(folder: Path, *argv: str) -> None:
    subprocess.run(["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *argv], check=True)


@pytest.mark.long
def test_a_release_of_a_clean_clone_is_the_same_twice(tmp_path: Path) -> None:
    """Wheel and sdist are installed without a network and run by the script itself."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    changelog = clone / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("## Unreleased\n", "## Unreleased\n\n## 0.1.0\n", 1))
    _git(clone, "commit", "-qam", "release: 0.1.0")
    subprocess.run(["make", "--silent", "page"], cwd=clone, check=True)

    for out in ("one", "two"):
        subprocess.run([sys.executable, str(clone / ".ci/release.py"), str(tmp_path / out)], check=True)

    sums = [(tmp_path / out / "SHA256SUMS").read_text() for out in ("one", "two")]
    assert sums[0] == sums[1]
    assert [line.split()[1] for line in sums[0].splitlines()] == [
        "kairosfile-0.1.0-py3-none-any.whl",
        "kairosfile-0.1.0.tar.gz",
        "kairosfile-docs-0.1.0.tar.gz",
        "kairosfile_llb-0.1.0-py3-none-any.whl",
        "kairosfile_llb-0.1.0.tar.gz",
        "notes.md",
    ]
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path / "one", check=True)


def test_a_release_without_notes_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "release.py"), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("no release: CHANGELOG.md has no part `## 0.1.0`")
    assert not (tmp_path / "out").exists()
