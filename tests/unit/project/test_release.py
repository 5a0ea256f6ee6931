"""The release: its notes and version, and all its files built from a clean clone."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import venv
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tests import ROOT
from tests.support.e2e import cosign

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = (
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-12-01\n\n### Added\n\n- A thing.\n\n## 0.1.0\n\n- The first.\n"
)


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    return importlib.import_module("release")


def test_notes_are_the_part_of_the_changelog_on_the_version(release: Any) -> None:
    assert release.notes_of(CHANGELOG, "0.2.0") == "### Added\n\n- A thing.\n"
    assert release.notes_of(CHANGELOG, "0.1.0") == "- The first.\n"


@pytest.mark.parametrize("version", ["0.3.0", "0.2"])
def test_a_version_without_notes_is_not_released(release: Any, version: str) -> None:
    with pytest.raises(release.ReleaseError, match="no part"):
        release.notes_of(CHANGELOG, version)


def test_the_version_is_defined_once(release: Any) -> None:
    from kairosfile import __version__  # noqa: PLC0415 - the place

    assert release.version_of(release.INIT.read_text()) == __version__


def _git(folder: Path, *argv: str) -> None:
    subprocess.run(["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *argv], check=True)


RELEASE_FILES = (
    "kairosfile-0.1.0-py3-none-any.whl",
    "kairosfile-0.1.0.tar.gz",
    "kairosfile-0.1.0.vsix",
    "kairosfile-docs-0.1.0.tar.gz",
    "kairosfile_llb-0.1.0-py3-none-any.whl",
    "kairosfile_llb-0.1.0.tar.gz",
)


@pytest.mark.long
def test_a_release_of_a_clean_clone_is_whole_signed_and_the_same_twice(tmp_path: Path) -> None:
    """The script itself installs wheel and sdist without a network and runs them."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    changelog = clone / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("## Unreleased\n", "## Unreleased\n\n## 0.1.0\n", 1))
    _git(clone, "commit", "-qam", "release: 0.1.0")
    subprocess.run(["make", "--silent", "page"], cwd=clone, check=True)
    env = cosign.environment()
    subprocess.run(["cosign", "generate-key-pair"], cwd=tmp_path, env=env, check=True, capture_output=True)

    for out in ("one", "two"):
        command = [sys.executable, str(clone / ".ci/release.py"), str(tmp_path / out)]
        subprocess.run([*command, "--key", str(tmp_path / "cosign.key")], env=env, check=True)

    sums = [(tmp_path / out / "SHA256SUMS").read_text() for out in ("one", "two")]
    assert sums[0] == sums[1]
    boms = [f"{name}.cdx.json" for name in RELEASE_FILES]
    listed = [line.split()[1] for line in sums[0].splitlines()]
    assert listed == sorted([*RELEASE_FILES, *boms, "notes.md", "provenance.intoto.json"])
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path / "one", check=True)
    verify = ["cosign", "verify-blob", "--insecure-ignore-tlog", "--key", "../cosign.pub"]
    verify += ["--signature", "SHA256SUMS.sig", "SHA256SUMS"]
    subprocess.run(verify, cwd=tmp_path / "one", env=env, check=True, capture_output=True)
    assert _components(tmp_path / "one" / boms[0]) > {"typer", "PyYAML", "preact", "@codemirror/view"}
    assert "vscode-languageclient" in _components(tmp_path / "one" / boms[2])
    assert _components(tmp_path / "one" / boms[4]) == set()
    _install_from_an_index(tmp_path / "one", tmp_path, "kairosfile[web]", "kairosfile-llb")
    _install(tmp_path / "checkout", str(clone))  # as the README says


def _install_from_an_index(path: Path, folder: Path, *expected: str) -> None:
    """Install by name, as from PyPI: from a local index that has the release files and their dependencies."""
    wheels, index = folder / "wheels", folder / "index"
    constraints = ["-c", str(ROOT / "constraints.txt")]
    pip = [sys.executable, "-m", "pip", "wheel", "-q", *constraints, "--find-links", str(path), "-w", str(wheels)]
    subprocess.run([*pip, *expected], check=True)
    for file in (*wheels.iterdir(), *path.glob("kairosfile*.whl"), *path.glob("kairosfile*.tar.gz")):
        page = index / re.sub(r"[-_.]+", "-", file.name.split("-", maxsplit=1)[0]).lower() / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        with page.open("a") as text:
            text.write(f'<a href="{file.as_uri()}">{file.name}</a>\n')
    _install(folder / "installed", "--index-url", index.as_uri(), *expected)


def _install(home: Path, *words: str) -> None:
    """Install into an empty environment, and run the command there."""
    venv.create(home)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "-q", *words], check=True
    )
    done = subprocess.run([home / "bin" / "kairosfile", "version"], capture_output=True, text=True, check=True)
    assert "0.1.0" in done.stdout


def _components(sbom: Path) -> set[str]:
    return {each["name"] for each in json.loads(sbom.read_text())["components"]}


def test_an_sbom_names_what_is_in_a_file_by_its_package_url(release: Any, tmp_path: Path) -> None:
    statements = importlib.import_module("statements")
    file = tmp_path / "a.whl"
    file.write_bytes(b"content")
    scoped = statements.Component("npm", "@codemirror/view", "6.0.0")
    assert statements.bundled("@codemirror/view 6.0.0 (MIT)\n\nCopyright (C) 2018\n") == [scoped]

    release.write_sbom(file, "1.0.0", [scoped, scoped, statements.Component("pypi", "Pydantic_core", "2.50.4")])

    sbom = json.loads((tmp_path / "a.whl.cdx.json").read_text())
    assert [each["purl"] for each in sbom["components"]] == [
        "pkg:npm/%40codemirror/view@6.0.0",
        "pkg:pypi/pydantic-core@2.50.4",
    ]
    assert sbom["metadata"]["component"]["hashes"][0]["content"] == sha256(b"content").hexdigest()


def test_the_provenance_is_of_every_file_and_names_the_commit(release: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")

    release.write_provenance(tmp_path, "c" * 40)

    statement = json.loads((tmp_path / "provenance.intoto.json").read_text())
    assert statement["subject"] == [{"name": "a", "digest": {"sha256": sha256(b"content").hexdigest()}}]
    assert statement["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"] == {"gitCommit": "c" * 40}


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
