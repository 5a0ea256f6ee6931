"""Files of a context folder: nothing outside it, only regular files, and no endless file."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from kairosfile.cli import files
from kairosfile.cli.errors import CliError
from kairosfile.cli.files import ContextFolder, RevisionFiles, read_file, read_revision
from kairosfile.untrusted import MAX_COMPANION, RefusedFileError
from tests.unit.cli.test_command import run

BASE = "base: debian:13\nversion: v1.0.0\n"
# The folder's links and the file that a daemon reads through each; the folder is the daemon's root (fs.RootPath).
LINKS = {
    "same": ("a", b"A"),
    "chain": ("same", b"A"),
    "down": ("sub/b", b"B"),
    "absolute": ("/sub/b", b"B"),
    "clamped": ("../../../../a", b"A"),
    "passwd": ("/etc/passwd", None),
    "outside": ("../secret", None),
    "dangling": ("none", None),
    "circle": ("circle", None),
    "root": ("/", None),
    "to-folder": ("sub", None),
    "zero": ("/dev/zero", None),
}


@pytest.fixture
def folder(tmp_path: Path) -> ContextFolder:
    (tmp_path / "secret").write_bytes(b"SECRET")
    root = tmp_path / "context"
    (root / "sub").mkdir(parents=True)
    (root / "a").write_bytes(b"A")
    (root / "sub" / "b").write_bytes(b"B")
    for name, (target, _) in LINKS.items():
        (root / name).symlink_to(target)
    return ContextFolder(root)


@pytest.mark.parametrize("name", LINKS)
def test_a_link_is_resolved_with_the_folder_as_root(folder: ContextFolder, name: str) -> None:
    assert folder.read(name) == LINKS[name][1]


def test_a_link_on_the_way_is_resolved_too(folder: ContextFolder) -> None:
    assert folder.read("to-folder/b") == b"B"
    assert folder.read("root/sub/b") == b"B"
    assert folder.read("root/root/to-folder/../a") == b"A"
    assert folder.read("a/b") is None


def test_a_long_chain_of_links_ends(folder: ContextFolder) -> None:
    for number in range(300):
        (folder.root / f"l{number}").symlink_to(f"l{number + 1}")
    (folder.root / "l300").write_bytes(b"end")

    assert folder.read("l100") == b"end"
    assert folder.read("l0") is None


def test_pipe_device_and_socket_are_refused_at_once(folder: ContextFolder) -> None:
    os.mkfifo(folder.root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener, pytest.MonkeyPatch.context() as here:
        here.chdir(folder.root)
        listener.bind("socket")

        with pytest.raises(RefusedFileError, match='"pipe" is a named pipe, not a regular file'):
            folder.read("pipe")
        with pytest.raises(RefusedFileError, match='"socket" is a socket, not a regular file'):
            folder.read("socket")
    with pytest.raises(RefusedFileError, match='"zero" is a character device, not a regular file'):
        ContextFolder(Path("/dev")).read("zero")


def test_a_file_is_refused_by_its_size(folder: ContextFolder) -> None:
    with (folder.root / "large").open("wb") as file:
        file.truncate(250 << 20)  # a sparse file

    with pytest.raises(RefusedFileError, match=f"has {250 << 20} bytes, more than the {MAX_COMPANION}"):
        folder.read("large")


def test_a_file_without_a_size_is_read_up_to_the_limit() -> None:
    """Files in /proc report a size of 0 bytes."""
    assert ContextFolder(Path("/proc/self")).read("cmdline")


def test_a_folder_is_listed_as_a_daemon_lists_it(folder: ContextFolder) -> None:
    assert folder.list("sub") == ["b"]
    assert folder.list("to-folder") == ["b"]
    assert folder.list("root") == ["a", *sorted(LINKS)]
    assert folder.list("a") is None
    assert folder.list("none") is None
    assert folder.folders("") == ["sub"]


def test_what_is_below_a_folder_never_leaves_it(folder: ContextFolder) -> None:
    assert folder.below("root") == sorted(["root/a", *(f"root/{name}" for name in LINKS), "root/sub/b"])
    assert folder.below("passwd") == []


def test_what_is_listed_has_a_bound(folder: ContextFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_ENTRIES", 20)
    (folder.root / "many").mkdir()
    for number in range(50):
        (folder.root / "many" / f"{number:02}").touch()

    assert len(folder.list("many") or ()) == 20
    assert len(folder.below("many")) == 20


def test_a_file_named_by_a_path_stays_in_its_own_folder(folder: ContextFolder) -> None:
    assert read_file(str(folder.root / "down")) == b"B"
    with pytest.raises(RefusedFileError, match="leads to nothing within"):
        read_file(str(folder.root / "outside"))
    with pytest.raises(FileNotFoundError):
        read_file(str(folder.root / "nothing"))
    with pytest.raises(IsADirectoryError):
        read_file(str(folder.root / "sub"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: passwd\n", 'there is no file "passwd" to include'),
        ("extends: pipe\n", '"pipe" is a named pipe, not a regular file; name a regular file'),
        ("extends: large\n", f'"large" has {250 << 20} bytes'),
        ("cloud_config: [{name: 90.yaml, from: large}]\n", f'"large" has {250 << 20} bytes'),
    ],
)
def test_check_gives_the_answer_of_a_build(folder: ContextFolder, text: str, message: str) -> None:
    os.mkfifo(folder.root / "pipe")
    with (folder.root / "large").open("wb") as file:
        file.truncate(250 << 20)
    (folder.root / "Kairosfile").write_text(BASE + text)
    done = run("check", "--format", "github", "Kairosfile", folder=folder.root)

    assert done.returncode == 1, done.stderr
    assert message.replace(":", "%3A") in done.stdout.replace(":", "%3A")
    assert "root:" not in done.stdout


def test_no_command_reads_a_kairosfile_that_links_out_of_its_folder(folder: ContextFolder) -> None:
    (folder.root / "Kairosfile").symlink_to("/etc/passwd")
    done = run("check", "Kairosfile", folder=folder.root)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "root:" not in done.stderr


def test_an_option_of_git_is_no_revision(folder: ContextFolder) -> None:
    done = run("plan", "--", "--output=stolen:x", folder=folder.root)

    assert done.returncode == 2
    assert not (folder.root / "stolen:x").exists()


@pytest.fixture
def revision(folder: ContextFolder, monkeypatch: pytest.MonkeyPatch) -> RevisionFiles:
    """Return the folder as a revision."""
    monkeypatch.chdir(folder.root)
    (folder.root / "sub" / os.fsdecode(b"\xff")).write_bytes(b"")
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@example.com commit -q -m x"):
        subprocess.run(["git", *command.split(" ")], check=True)
    return RevisionFiles("HEAD:Kairosfile")


@pytest.mark.parametrize("name", LINKS)
def test_a_link_in_a_revision_is_resolved_with_the_folder_as_root(revision: RevisionFiles, name: str) -> None:
    assert revision.read(name) == LINKS[name][1]


def test_a_revision_has_any_names(revision: RevisionFiles) -> None:
    names = ["b", os.fsdecode(b"\xff")]

    assert revision.list("to-folder") == revision.list("sub") == names
    assert revision.below("to-folder") == [f"to-folder/{name}" for name in names]
    assert revision.read("a\0b") is None
    assert revision.read("-x") is None
    assert read_revision("HEAD:same") == b"A"
    with pytest.raises(CliError, match="cannot be read"):
        read_revision("HEAD:passwd")


@pytest.mark.parametrize("path", ["a/" * 500_000, "x" * 1_000_000, "root/" * 5000])
def test_a_path_of_any_length_is_resolved_at_once(folder: ContextFolder, path: str) -> None:
    started = time.process_time()

    assert folder.read(path) is None
    assert time.process_time() - started < 1
