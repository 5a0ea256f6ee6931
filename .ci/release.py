"""Make what a release uploads, check it, and sign it: `make release`, or `.ci/release.py OUT [--key KEY]`.

    kairosfile-VERSION-py3-none-any.whl, kairosfile-VERSION.tar.gz   both are installed and run without a network
    kairosfile_llb-VERSION...                                        the same of the library alone
    kairosfile-VERSION.vsix                                          the extension for Visual Studio Code
    kairosfile-docs-VERSION.tar.gz                                   the site of docs/
    FILE.cdx.json, provenance.intoto.json                            an SBOM of each, the provenance of all
    notes.md                                                         the changelog's part on this version
    SHA256SUMS, SHA256SUMS.sig                                       checksums; the signature by cosign, with --key

Images are built and pushed by the workflow, with SBOM and provenance of BuildKit. Equal commits give equal files: all
times are the commit's.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from statements import Component, bundled, write_provenance, write_sbom

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
INIT = ROOT / "frontend" / "kairosfile" / "__init__.py"
CHANGELOG = ROOT / "CHANGELOG.md"
LIBRARY = ROOT / "frontend" / "kairosfile-llb"
GRAPH = ROOT / "examples" / "llb" / "graph.py"
PAGE = ROOT / "frontend" / "kairosfile" / "cli" / "web" / "static" / "index.html"
LICENCES = PAGE.with_name("THIRD-PARTY.txt")  # of the components of the page
EXTENSION = ROOT / "editors" / "vscode"
EXAMPLE = ROOT / "examples" / "first" / "Kairosfile"


NPM = ("--ignore-scripts", "--prefer-offline", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
_IN_BUNDLE = re.compile(r"^.*node_modules/(?:@[^/]+/)?[^/]+")


class ReleaseError(Exception):
    """The repository is not ready for a release, or a file of it does not work."""


def main() -> int:
    """Make all files; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="a folder, which is emptied first")
    parser.add_argument("--key", help="a private key of cosign; COSIGN_PASSWORD has its password")
    options = parser.parse_args()
    return report(lambda: release(options.out.resolve(), options.key))


def report(make: Callable[[], None]) -> int:
    """Return the exit status of a step of a release; print the error if it fails."""
    try:
        make()
    except ReleaseError as error:
        sys.stderr.write(f"no release: {error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(
            f"no release: {' '.join(map(str, error.cmd))} exited with {error.returncode}\n{error.stderr or ''}"
        )
        return 1
    return 0


def release(out: Path, key: str | None) -> None:
    """Make and check all files in `out`; raises ReleaseError, CalledProcessError."""
    version = version_of(INIT.read_text())
    notes = notes_of(CHANGELOG.read_text(), version)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    build_packages(out)
    for package in sorted(out.glob("kairosfile*")):
        write_sbom(package, version, check_package(package, version))
    extension = out / f"kairosfile-{version}.vsix"
    write_sbom(extension, version, pack_extension(extension))
    docs = out / f"kairosfile-docs-{version}.tar.gz"
    write_sbom(docs, version, pack_docs(docs))
    (out / "notes.md").write_text(notes)
    write_provenance(out, run(["git", "-C", str(ROOT), "rev-parse", "HEAD"]).strip())
    write_checksums(out)
    if key:
        sign(out / "SHA256SUMS", key)
    say(f"{version}: {', '.join(sorted(path.name for path in out.iterdir()))}")


def version_of(text: str) -> str:
    """Return the version that the package states, its one place."""
    match = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if match is None:
        raise ReleaseError(f"{INIT.relative_to(ROOT)} has no __version__")
    return match[1]


def notes_of(changelog: str, version: str) -> str:
    """Return the changelog's part on a version."""
    match = re.search(rf"^## {re.escape(version)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if match is None or not match[1].strip():
        raise ReleaseError(f"CHANGELOG.md has no part `## {version}`: rename `## Unreleased`, and begin a new one")
    return match[1].strip() + "\n"


def commit_time() -> str:
    """Return the time of the commit, in seconds since 1970."""
    return run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]).strip()


def build_packages(out: Path) -> None:
    """Build wheel and sdist of the command and of the library, each with the backend of its pyproject.toml."""
    if not PAGE.is_file():
        raise ReleaseError("the page is not built: run `make page`, which `make release` does first")
    env = {**os.environ, "SOURCE_DATE_EPOCH": commit_time()}
    for folder in (ROOT, LIBRARY):
        run([sys.executable, "-m", "hatchling", "build", "-d", str(out)], cwd=folder, env=env)


def check_package(package: Path, version: str) -> list[Component]:
    """Install a package in an empty environment without a network and run it; return its dependencies."""
    is_library = package.name.startswith("kairosfile_llb")
    with tempfile.TemporaryDirectory() as folder:
        wheels, home = Path(folder, "wheels"), Path(folder, "home")
        pip = [sys.executable, "-m", "pip"]
        constraints = ["-c", str(ROOT / "constraints.txt")]
        run([*pip, "wheel", "-q", *constraints, "-w", str(wheels), "hatchling", str(package)])
        venv.create(home)  # without a pip, which takes longer than all else: this one installs there
        local = ["--no-index", "--find-links", str(wheels)]
        run([*pip, "--python", str(home / "bin" / "python"), "install", "-q", *local, str(package)])
        installed = distributions(home / "bin" / "python", Path(folder))
        if is_library:
            check_library(home / "bin", Path(folder), installed, version)
        else:
            check_command(home / "bin", Path(folder), version)
    say(f"{package.name}: installed without a network, runs")
    needed = [part for part in installed if not part.name.startswith("kairosfile")]
    return needed if is_library else [*needed, *bundled(LICENCES.read_text())]


def distributions(python: Path, folder: Path) -> list[Component]:
    """Return the installed distributions."""
    listed = (
        "import importlib.metadata as m; print(*sorted(f'{d.name} {d.version}' for d in m.distributions()), sep=',')"
    )
    pairs = (name.split() for name in run([str(python), "-I", "-c", listed], cwd=folder).strip().split(","))
    return [Component("pypi", name, version) for name, version in pairs]


def check_command(programs: Path, folder: Path, version: str) -> None:
    """Run the installed command in `folder`; raises ReleaseError if it is another version."""
    command = str(programs / "kairosfile")
    output = run([command, "version"], cwd=folder)
    if version not in output:
        raise ReleaseError(f"`kairosfile version` says {output.strip()}, not {version}")
    run([command, "check", str(EXAMPLE)], cwd=folder)
    run([command, "rules", "KF001"], cwd=folder)


def check_library(programs: Path, folder: Path, installed: list[Component], version: str) -> None:
    """Make a graph with the installed library; raises ReleaseError if it is another version, or not alone."""
    if installed != [Component("pypi", "kairosfile-llb", version)]:
        raise ReleaseError(f"the library alone is {', '.join(part.purl for part in installed)}, not {version}")
    run([str(programs / "python"), "-I", str(GRAPH)], cwd=folder)
    run([str(programs / "python"), "-I", "-c", "import kairosfile.gateway.run"], cwd=folder)


def pack_extension(package: Path) -> list[Component]:
    """Check and bundle the extension for Visual Studio Code; return the components of the bundle."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "extension")
        shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "dist", "build"))
        shutil.copy(ROOT / "LICENSE", folder)
        run(["npm", "install", *NPM], cwd=folder)
        inputs = Path(temporary, "inputs.json")
        run(["npm", "run", "bundle", "--", f"--metafile={inputs}"], cwd=folder)
        env = {**os.environ, "SOURCE_DATE_EPOCH": commit_time()}
        run(["npm", "run", "package", "--", "--out", str(package)], cwd=folder, env=env)
        matches = {_IN_BUNDLE.search(path) for path in json.loads(inputs.read_text())["inputs"]}
        return [npm_component(folder / match[0]) for match in matches if match]


def npm_component(folder: Path) -> Component:
    """Return which package of npm a folder holds."""
    package = json.loads((folder / "package.json").read_text())
    return Component("npm", package["name"], package["version"])


def pack_docs(archive: Path) -> list[Component]:
    """Build the site and pack it; return its components. Equal sites give equal archives."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": commit_time()}
        run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", folder], cwd=ROOT, env=env)
        time = int(commit_time())
        with (
            archive.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=time) as packed,
            tarfile.open(fileobj=packed, mode="w") as tar,
        ):
            for path in sorted(Path(folder).rglob("*")):
                tar.add(path, path.relative_to(folder), recursive=False, filter=lambda info: _plain(info, time))
    return [Component("pypi", name, metadata.version(name)) for name in ("mkdocs", "mkdocs-material")]


def _plain(info: tarfile.TarInfo, time: int) -> tarfile.TarInfo:
    info.mtime, info.uid, info.gid, info.uname, info.gname = time, 0, 0, "", ""
    info.mode = 0o755 if info.isdir() else 0o644
    return info


def write_checksums(out: Path) -> None:
    """Write SHA256SUMS of all files, as sha256sum does."""
    files = sorted(path for path in out.iterdir() if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (out / "SHA256SUMS").write_text("".join(lines))


def sign(file: Path, key: str) -> None:
    """Sign a file with a key, without a transparency log; raises ReleaseError without cosign."""
    if shutil.which("cosign") is None:
        raise ReleaseError("--key needs cosign (https://docs.sigstore.dev) on the PATH")
    signature = f"{file}.sig"
    run(
        [
            "cosign",
            "sign-blob",
            "--yes",
            "--tlog-upload=false",
            "--key",
            key,
            "--output-signature",
            signature,
            str(file),
        ]
    )


def run(argv: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Return the standard output of a program; raises CalledProcessError."""
    return subprocess.run(argv, cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
