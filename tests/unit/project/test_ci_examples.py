"""The files of examples/ci pass the schemas and linters of their tools, and contain the required steps."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kairosfile.cli.commands.new import CI_FILES
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = ROOT / "examples" / "ci"
BUILDS = sorted(path for path in EXAMPLES.iterdir() if path.is_file() and path.name not in {"join.sh", "sign.sh"})
WORKFLOWS = sorted(EXAMPLES.glob("github-*.yml"))
SCRIPTS = sorted(EXAMPLES.rglob("*.sh"))
MANIFESTS = sorted((EXAMPLES / "kubernetes").iterdir())
PAGE = ROOT / "docs/guides/ci.md"


def run(program: str, *arguments: str | Path, text: str | None = None) -> None:
    """Run a program of the virtual environment; it must succeed."""
    command = [Path(sys.executable).with_name(program), *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def named(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


@pytest.mark.parametrize("path", BUILDS, ids=named)
def test_an_example_builds_the_kairosfile_with_its_version_and_a_cache_of_all_steps(path: Path) -> None:
    text = path.read_text()

    assert "Kairosfile" in text
    assert "VERSION=" in text
    assert "mode=max" in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_workflow_is_one_of_github_actions(path: Path) -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)


def test_the_pipeline_is_one_of_gitlab() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", EXAMPLES / "gitlab-ci.yml")


@pytest.mark.parametrize("path", MANIFESTS, ids=named)
def test_a_manifest_is_one_that_kubernetes_knows(path: Path) -> None:
    run("kubernetes-validate", "--strict", path)


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_has_nothing_that_a_shell_reads_otherwise_than_it_looks(path: Path) -> None:
    run("shellcheck", path)


@pytest.mark.parametrize("path", [*WORKFLOWS, EXAMPLES / "gitlab-ci.yml"], ids=named)
def test_the_commands_of_a_pipeline_are_sound_shell(path: Path) -> None:
    for command in commands(yaml.safe_load(path.read_text())):
        run("shellcheck", "--shell=sh", "-", text=command)


def commands(node: Any) -> Iterator[str]:
    """Yield the shell texts of a pipeline: `run` of GitHub, lists of GitLab joined as their runner does."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key == "run":
            yield value
        elif key == "script":
            yield "\n".join(value)
        else:
            yield from commands(value)
    for each in node if isinstance(node, list) else ():
        yield from commands(each)


def test_the_workflows_differ_only_in_where_the_cache_is() -> None:
    """Two files with the same content must stay identical."""
    texts = [
        (EXAMPLES / f"github-{kind}-cache.yml").read_text().partition("\nname:")[2] for kind in ("gha", "registry")
    ]

    without_cache = [re.sub(r"\n +cache-(?:from|to):.*", "", text) for text in texts]
    assert without_cache[0] == without_cache[1]


def test_what_new_writes_is_for_one_platform_that_is_named_once() -> None:
    assert [(EXAMPLES / example).read_text().count("linux/amd64") for example, _ in CI_FILES.values()] == [1] * 4


def test_buildkit_is_of_one_version_everywhere() -> None:
    """Runners and builders of different versions share less of a cache."""
    texts = [path.read_text() for path in EXAMPLES.rglob("*") if path.is_file()] + [PAGE.read_text()]
    versions = {version for text in texts for version in re.findall(r"moby/buildkit:(v[\d.]+\d)", text)}

    assert len(versions) == 1


def test_the_page_names_every_file() -> None:
    text = PAGE.read_text()

    assert [named(path) for path in EXAMPLES.rglob("*") if path.is_file() and named(path) not in text] == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="certificates.sh needs openssl, which this machine lacks")
def test_only_clients_with_a_client_certificate_are_admitted(tmp_path: Path) -> None:
    names = ["builder.example.com", "127.0.0.1", "::1"]
    script = EXAMPLES / "remote" / "certificates.sh"
    for folder in ("mine", "others"):
        (tmp_path / folder).mkdir()
        subprocess.run([script, *names], cwd=tmp_path / folder, check=True, capture_output=True)
    mine, others = tmp_path / "mine" / "certificates", tmp_path / "others" / "certificates"

    assert all(shakes_hands(mine, mine / "client", name) for name in names)
    assert not shakes_hands(mine, mine / "client", "other.example.com")
    assert not shakes_hands(mine, others / "client", names[0])
    assert not shakes_hands(mine, mine / "daemon", names[0])
    assert {path.name for path in mine.rglob("*") if path.is_file()} == {"ca.pem", "cert.pem", "key.pem"}
    assert all(path.stat().st_mode & 0o77 == 0 for path in mine.rglob("*"))


def shakes_hands(certificates: Path, client: Path, name: str) -> bool:
    """Return whether a daemon and a client that uses this name for it accept each other."""
    daemon = context(ssl.Purpose.CLIENT_AUTH, certificates / "daemon")
    daemon.verify_mode = ssl.CERT_REQUIRED
    to_client, to_daemon = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        context(ssl.Purpose.SERVER_AUTH, client).wrap_bio(to_client, to_daemon, server_hostname=name),
        daemon.wrap_bio(to_daemon, to_client, server_side=True),
    ]
    for _ in range(3):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return True


def context(purpose: ssl.Purpose, folder: Path) -> ssl.SSLContext:
    path = ssl.create_default_context(purpose, cafile=folder / "ca.pem")
    path.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return path
