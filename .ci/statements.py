"""What a release states of its files: an SBOM of each (CycloneDX), and the provenance of all (SLSA, in-toto)."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SBOM = ".cdx.json"
PROVENANCE = "provenance.intoto.json"
REPOSITORY = "https://github.com/kairos-io/kairosfile"
_LISTED = re.compile(r"^((?:@[\w.-]+/)?[\w.-]+) (\d[\w.+-]*) \(.+\)$", re.MULTILINE)


class Component(NamedTuple):
    """A package that a file holds or needs."""

    kind: str  # as package URLs name its registry: pypi, npm
    name: str
    version: str

    @property
    def purl(self) -> str:
        """Its package URL, whose names of PyPI are in lower case and without underscores."""
        name = self.name.lower().replace("_", "-") if self.kind == "pypi" else self.name
        return f"pkg:{self.kind}/{quote(name, safe='/')}@{quote(self.version)}"


def bundled(licences: str) -> list[Component]:
    """Return the packages of npm that a list of licences names, as the bundle of the page has one."""
    return [Component("npm", name, version) for name, version in _LISTED.findall(licences)]


def write_sbom(file: Path, version: str, components: Iterable[Component]) -> None:
    """Write the SBOM of a file next to it; equal files and components give equal SBOMs."""
    digest = _sha256(file)
    parts = sorted(set(components), key=lambda part: part.purl)
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "file",
                "bom-ref": file.name,
                "name": file.name,
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [
            {"type": "library", "bom-ref": part.purl, "name": part.name, "version": part.version, "purl": part.purl}
            for part in parts
        ],
        "dependencies": [{"ref": file.name, "dependsOn": [part.purl for part in parts]}],
    }
    file.with_name(f"{file.name}{SBOM}").write_text(json.dumps(sbom, indent=2) + "\n")


def write_provenance(out: Path, commit: str) -> None:
    """Write the provenance of the files of a folder: their commit and build."""
    source = {"uri": f"git+{REPOSITORY}@{commit}", "digest": {"gitCommit": commit}}
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.name, "digest": {"sha256": _sha256(file)}} for file in sorted(out.iterdir())],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": f"{REPOSITORY}/blob/main/docs/internals/releasing.md",
                "externalParameters": {"command": "make release", "source": source},
                "resolvedDependencies": [source],
            },
            "runDetails": {"builder": {"id": f"{REPOSITORY}/blob/main/.ci/release.py"}},
        },
    }
    (out / PROVENANCE).write_text(json.dumps(statement, indent=2) + "\n")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
