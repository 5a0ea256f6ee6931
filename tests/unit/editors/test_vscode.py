"""The extension for Visual Studio Code: its types, its own tests, and the package that vsce builds."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from typer.main import get_command

from kairosfile import __version__
from kairosfile.cli.app import COMMANDS
from kairosfile.cli.lsp.checks import LANGUAGE, is_kairosfile
from tests.support import npm
from tests.support.vscode.extension import SOURCES as EXTENSION
from tests.support.vscode.extension import copied

MANIFEST: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text())
CONTRIBUTED: dict[str, Any] = MANIFEST["contributes"]
SOURCES = "\n".join(path.read_text() for path in sorted((EXTENSION / "src").glob("*.ts")))

needs_npm = pytest.mark.skipif(not npm.is_here(), reason="the extension is TypeScript, and this machine has no npm")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the extension with its build dependencies."""
    return copied(tmp_path_factory.mktemp("vscode"))


@needs_npm
def test_the_logic_and_the_grammar_do_what_their_own_tests_say(folder: Path) -> None:
    result = npm.run(["npm", "test"], folder)

    assert re.search(r"^# pass [1-9]", result, re.MULTILINE), result
    assert "# fail 0" in result


@needs_npm
def test_vsce_makes_a_package_of_it_after_a_strict_check_of_its_types(folder: Path) -> None:
    npm.run(["npm", "run", "package"], folder)

    (package,) = folder.glob("*.vsix")
    with ZipFile(package) as archive:
        names = set(archive.namelist())
        bundle = archive.read("extension/dist/extension.js").decode()
        packed = json.loads(archive.read("extension/package.json"))
    assert {name.removeprefix("extension/") for name in names if name.startswith("extension/")} == {
        "package.json",
        "readme.md",
        "LICENSE.txt",
        "language-configuration.json",
        "syntaxes/kairosfile.tmLanguage.json",
        "syntaxes/run.tmLanguage.json",
        "dist/extension.js",
    }
    assert packed["contributes"] == CONTRIBUTED
    assert "vscode-languageclient" not in set(re.findall(r'\brequire\("([^"]+)"\)', bundle))  # it is in the bundle


def test_all_versions_are_exact() -> None:
    pinned = [*MANIFEST["devDependencies"].values(), *MANIFEST["overrides"].values()]

    assert all(re.fullmatch(r"(npm:[\w-]+@)?\d+\.\d+\.\d+", version) for version in pinned)
    assert MANIFEST["version"] == __version__


def test_every_command_that_it_runs_exists_with_its_options() -> None:
    (listed,) = re.findall(r"COMMANDS = \[(.*)\] as const", SOURCES)
    names = re.findall(r'"(\w+)"', listed)
    declared = [command["command"] for command in CONTRIBUTED["commands"]]

    assert declared == [f"kairosfile.{name}" for name in (*names, "restart")]
    assert set(names) <= COMMANDS.keys()
    (task,) = CONTRIBUTED["taskDefinitions"]
    assert task["properties"]["command"]["enum"] == names
    for name in (*names, "lsp"):
        command: Any = get_command_of(name)
        options = {option for param in command.params for option in param.opts}
        used = {"--build-arg", "--platform", "--context"} | (set() if name == "lsp" else {"--file"})
        assert used <= options, name


def get_command_of(name: str) -> object:
    """Return a subcommand in Typer's format."""
    return get_command(import_module(f"kairosfile.cli.commands.{name}").app)


def test_every_setting_that_it_reads_is_declared() -> None:
    declared = {name.partition(".")[2] for name in CONTRIBUTED["configuration"]["properties"]}

    assert set(re.findall(r'section\(\)\.get(?:<.+?>)?\("(\w+)"', SOURCES)) == declared
    (of_server,) = re.findall(r"OF_SERVER = \[(.*)\]", SOURCES)
    assert set(re.findall(r'"(\w+)"', of_server)) == declared
    assert MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == ["kairosfile.command"]


def test_it_knows_the_files_that_the_language_server_knows() -> None:
    ours, *others = CONTRIBUTED["languages"]

    assert ours["id"] == LANGUAGE
    for pattern in (*ours["filenames"], *ours["filenamePatterns"]):
        assert is_kairosfile(Path(pattern.replace("*", "rpi4")), "yaml")
    for name in (name for other in others for name in other["filenames"]):
        assert not is_kairosfile(Path(name), "yaml")
