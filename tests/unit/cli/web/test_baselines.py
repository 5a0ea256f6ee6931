"""The plan of an earlier text is computed once, and again as soon as a file that it depends on has changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.load import FolderFiles
from kairosfile.cli.web import answers, baselines, texts
from kairosfile.cli.web.texts import Text
from kairosfile.cli.web.traced_files import TracedFiles
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WAS = """\
extends: common.yaml
version: v1.0.0
variant: core
stage_extensions: extensions
cloud_config: [{name: 90_a.yaml, from: cloud.yaml}]
"""
NOW = WAS.replace("v1.0.0", "v1.0.1")
COMMON = "base: debian:13\n"
DIGEST = f"sha256:{'a' * 64}"
LOCK = f"version: 1\nimages:\n  docker.io/library/debian:13: {DIGEST}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "common.yaml").write_text(COMMON)
    (tmp_path / "cloud.yaml").write_text("#cloud-config\nhostname: a\n")
    (tmp_path / "extensions").mkdir()
    (tmp_path / "extensions" / "one.yaml").write_text("stages:\n  after-install:\n    - commands: [a]\n")
    baselines._cache.clear()
    yield tmp_path
    baselines._cache.clear()


@pytest.fixture
def planned_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts of all documents that are planned, as they are."""
    versions, noted = Text.versions, []

    def count(self: Text, *args: Any, **more: Any) -> Any:
        noted.append(self.text)
        return versions(self, *args, **more)

    monkeypatch.setattr(Text, "versions", count)
    return noted


def cost(folder: Path, now: str = NOW, was: str = WAS, **args: str) -> Any:
    """Return the answer about a change, from one earlier text to the next."""
    file, platforms = folder / "Kairosfile", ["linux/amd64"]
    return answers.plan(Text(file, now, platforms, args), "", Text(file, was, platforms, args))


def test_an_earlier_text_is_planned_once(folder: Path, planned_texts: list[str]) -> None:
    first = cost(folder)
    assert planned_texts == [NOW, WAS]
    assert cost(folder) == first
    assert planned_texts == [NOW, WAS, NOW]
    assert first.data["cost"][0]["runs"] > 0


def include_another_base(folder: Path) -> None:
    (folder / "common.yaml").write_text("base: debian:12\n")


def lock(folder: Path) -> None:
    (folder / "Kairosfile.lock").write_text(LOCK)


def add_an_extension(folder: Path) -> None:
    (folder / "extensions" / "two.yaml").write_text("stages:\n  after-install:\n    - commands: [b]\n")


def change_an_extension(folder: Path) -> None:
    (folder / "extensions" / "one.yaml").write_text("stages:\n  after-install:\n    - commands: [c]\n")


def change_a_cloud_config(folder: Path) -> None:
    (folder / "cloud.yaml").write_text("#cloud-config\nhostname: b\n")


@pytest.mark.parametrize(
    "change", [include_another_base, lock, add_an_extension, change_an_extension, change_a_cloud_config]
)
def test_it_is_planned_again_after_a_file_has_changed(
    folder: Path, planned_texts: list[str], change: Callable[[Path], None]
) -> None:
    cost(folder)
    change(folder)
    planned_texts.clear()
    answer = cost(folder)
    assert planned_texts == [NOW, WAS]
    baselines._cache.clear()
    assert cost(folder) == answer


def test_an_included_file_that_changes_changes_the_cost(folder: Path) -> None:
    """An image of another base costs the same as before: both texts include it."""
    own = COMMON + WAS.partition("\n")[2]
    (folder / "Kairosfile").write_text(own)
    assert cost(folder, now=own, was=WAS).data["cost"][0]["runs"] == 0

    include_another_base(folder)
    (now,) = cost(folder, now=own, was=WAS).data["cost"]
    assert now["runs"] == now["of"]


def test_a_lock_file_that_is_removed_counts_at_once(folder: Path, planned_texts: list[str]) -> None:
    lock(folder)
    cost(folder)
    planned_texts.clear()
    (folder / "Kairosfile.lock").unlink()
    cost(folder)
    assert planned_texts == [NOW, WAS]


def test_what_the_text_does_not_name_may_change(folder: Path, planned_texts: list[str]) -> None:
    cost(folder)
    (folder / "README.md").write_text("a")
    (folder / "Kairosfile").write_text(NOW)
    cost(folder)

    assert planned_texts == [NOW, WAS, NOW]


def test_platforms_targets_build_args_and_files_are_planned_separately(folder: Path, planned_texts: list[str]) -> None:
    was = "args: {A: x}\n" + WAS + "labels: {a: '${A}'}\n"
    shutil.copytree(folder, folder / "other")
    text = Text(folder / "Kairosfile", was, ["linux/amd64"], {"A": "1"})
    requests = [
        (text, ["linux/amd64"], ""),
        (text, ["linux/amd64"], "image"),
        (text, ["linux/arm64"], ""),
        (Text(text.file, was, [], {"A": "2"}), ["linux/amd64"], ""),
    ]
    results = [baselines.baselines_of(*request) for request in requests]

    assert len(planned_texts) == len(requests) == baselines.MOST
    assert [baselines.baselines_of(*request) for request in requests] == results
    assert len(planned_texts) == len(requests), "all of them are kept"
    labels = [dict(one.version.plan.labels)["a"] for (one,) in results]
    assert labels == ["1", "1", "1", "2"]
    elsewhere = Text(folder / "other" / "Kairosfile", was, [], {"A": "1"})
    baselines.baselines_of(elsewhere, ["linux/amd64"], "")
    baselines.baselines_of(*requests[0])
    assert len(planned_texts) == len(requests) + 2, "the one that was used longest ago makes room"
    assert len(baselines._cache) == baselines.MOST


def test_a_text_without_the_target_is_planned_whole(folder: Path) -> None:
    now = NOW + "artifacts: {iso: {}}\n"
    text = Text(folder / "Kairosfile", now, ["linux/amd64"])
    (first, again) = (answers.plan(text, "iso", Text(text.file, WAS)) for _ in range(2))

    assert first == again
    assert first.data["cost"][0]["runs"] > 0


def test_an_earlier_text_with_errors_has_no_cost_until_they_are_gone(folder: Path) -> None:
    (folder / "common.yaml").unlink()
    own = COMMON + NOW.partition("\n")[2]
    assert cost(folder, now=own).data["cost"] is None
    (folder / "common.yaml").write_text(COMMON)

    assert cost(folder, now=own).data["cost"][0]["runs"] > 0


def test_each_kind_of_answer_is_compared(folder: Path) -> None:
    files = TracedFiles(FolderFiles(folder))
    (folder / "large").write_bytes(b"a" * (3 << 20))
    assert (files.read("none"), files.list("none"), files.exists("none")) == (None, None, False)
    assert (files.names("extensions"), files.below("")) == (["one.yaml"], files.below(""))
    with pytest.raises(RefusedFileError):
        files.read("large")
    assert files.are_unchanged

    (folder / "large").write_bytes(b"a")
    assert not files.are_unchanged


@pytest.mark.parametrize("method", ["read", "list", "names", "below", "exists"])
def test_a_file_that_appears_is_noticed(folder: Path, method: str) -> None:
    files = TracedFiles(FolderFiles(folder))
    getattr(files, method)("new")
    assert files.are_unchanged
    if method in {"list", "names", "below"}:
        (folder / "new").mkdir()
        (folder / "new" / "a").touch()
    else:
        (folder / "new").touch()

    assert not files.are_unchanged


def test_the_check_of_a_text_keeps_nothing(folder: Path) -> None:
    texts.check(Text(folder / "Kairosfile", WAS))

    assert not baselines._cache
