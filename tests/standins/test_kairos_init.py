"""The stand-in for kairos-init knows the command line of every release.

Command lines are parsed in bulk, by one shell per table. What the stand-in does to an image is tested beside
it, in tests/support/standins.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.support.standins import quirks, releases
from tests.support.standins.features import posix_pattern, release_keys
from tests.support.standins.image import SHELLS, Image, Run, accept, present_shells
from tests.support.standins.kairos_init import LABEL, script, write_build_context
from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, flags_of, make, require, succeed, validate_words

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = (
    *("cat", "chmod", "date", "env", "grep", "id", "ln", "mkdir", "mktemp", "mv", "readlink", "rm"),
    *("rmdir", "sed", "sleep", "sort", "tail", "tr", "uname"),
)


Case = tuple[str, tuple[str, ...]]


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    require(name)
    return name


def parsed(run: Run) -> dict[str, str]:
    lines = (line.split("=", 1) for line in run.stdout.splitlines() if "=" in line)
    return {key: json.loads(value) if value.startswith('"') else value for key, value in lines}


def test_every_known_tag_belongs_to_the_range_that_lists_it() -> None:
    for release in releases.facts()["releases"]:
        assert releases.dialect(release["tag"])["id"] == release["dialect"]
    assert len(releases.tags()) == 131


def test_tags_are_ordered_by_number_and_a_pre_release_comes_first() -> None:
    ordered = ["v0.5.0-rc1", "v0.5.0", "v0.5.29", "v0.6.0-RC1", "v0.7.0-beta13", "v0.7.0", "v0.8.14", "v0.15.0"]
    assert sorted(sorted(ordered), key=releases.order) == ordered


def test_a_newer_release_has_the_newest_command_line() -> None:
    assert releases.dialect("v4.2.0")["id"] == "d14"
    assert "kairos-init stand-in v4.2.0 (not the real kairos-init)" in script("v4.2.0")


@pytest.mark.parametrize("tag", ["latest", "0.17.3", "v0.7.0-beta7", "v0.17", "v0.17.3 "])
def test_what_never_was_a_release_has_no_stand_in(tag: str) -> None:
    with pytest.raises(releases.UnknownReleaseError):
        script(tag)


def test_keys_of_kairos_release_follow_the_releases() -> None:
    assert len(release_keys("v0.1.1")) == 16
    assert "KAIROS_SOFTWARE_VERSION_PREFIX" in release_keys("v0.2.0")
    assert "KAIROS_IMAGE_LABEL" in release_keys("v0.4.9")
    assert {"KAIROS_IMAGE_LABEL", "KAIROS_FRAMEWORK_VERSION"}.isdisjoint(release_keys("v0.5.0-rc1"))
    assert ("KAIROS_INIT_VERSION" in release_keys("v0.5.1"), "KAIROS_INIT_VERSION" in release_keys("v0.5.2")) == (
        False,
        True,
    )


def test_a_pattern_of_go_becomes_one_of_posix() -> None:
    assert posix_pattern(r"^([0-9]+(\.[0-9]+)*?)(-[0-9A-Za-z\-~]*)?$") == r"^([0-9]+(\.[0-9]+)*)(-[0-9A-Za-z~-]*)?$"


def samples(tags: tuple[str, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return each distinct sample command line of the tags: (release, stage, words)."""
    actual = {
        (tag, stage, tuple(argv[1:])): None
        for tag in tags
        for sample in releases.dialect(tag)["argv"].values()
        for stage, argv in sample.items()
        if isinstance(argv, list)
    }
    return list(actual)


def test_every_sample_command_line_of_every_release_is_accepted(tmp_path: Path, shell: str) -> None:
    # The shells share the releases: the tables are the same text throughout a dialect (next test).
    shells = present_shells()
    cases = samples(releases.tags()[shells.index(shell) :: len(shells)])
    runs = accept([(tag, words) for tag, _, words in cases], tmp_path, under=shell)

    refused = [(*case, run.stdout) for case, run in zip(cases, runs, strict=True) if run.exit != 0]
    assert refused == []
    for (_, stage, _), run in zip(cases, runs, strict=True):
        values = parsed(run)
        assert (values["command"] if stage == "validate" else values["stage"]) == stage


def test_releases_of_one_command_line_version_differ_in_the_framework_alone() -> None:
    def tables(tag: str) -> str:
        text = script(tag)
        tables = text[text.index("opt_extensions=") : text.index("# The image's files and the log")]
        return tables.replace(releases.details(tag).get("default_framework", "-"), "FRAMEWORK")

    for dialect in releases.facts()["ranges"]:
        assert len({tables(tag) for tag in dialect["tags"]}) == 1


UNSUPPORTED = {
    "standard_k3s_latest": ("-k", "k3s"),
    "standard_k3s_pinned": ("-k", "k3s"),
    "standard_k0s_pinned": ("-k", "k0s"),
    "fips": ("--fips",),
    "skip_steps": ("--skip-step", "cleanup"),
    "stage_extensions": ("--stage-extensions",),
    "provider_config_file": ("--provider-k3s-config", "c.yaml"),
    "framework_and_registry": ("-f", "v2.18.3"),
}


def test_a_sample_that_a_range_does_not_support_is_refused(tmp_path: Path, shell: str) -> None:
    cases: list[Case] = [
        (dialect["last"], UNSUPPORTED[name])
        for dialect in releases.facts()["ranges"]
        for name, sample in dialect["argv"].items()
        if not sample["supported"]
    ]
    runs = accept(cases, tmp_path, under=shell)
    codes = {"Go standard flag": 2, "cobra/pflag (GNU": 1}
    for (tag, words), run in zip(cases, runs, strict=True):
        assert run.exit == codes[releases.dialect(tag)["parser"][:16]], (tag, words, run.stdout)
    assert len(cases) == 31


def check_quirks(table: list[quirks.Quirk], tmp_path: Path, shell: str) -> None:
    cases = [(tag, quirk) for quirk in table for tag in dict.fromkeys(quirk.releases)]
    cases.sort(key=lambda case: releases.order(case[0]))
    runs = accept([(tag, quirk.words) for tag, quirk in cases], tmp_path, under=shell)
    for (tag, quirk), run in zip(cases, runs, strict=True):
        assert (run.exit, quirk.says in run.stdout) == (quirk.exit, True), (tag, quirk, run)
        assert parsed(run).items() >= quirk.values.items() if quirk.values else True, (tag, quirk, run)


def test_input_that_a_real_release_refuses_is_refused_with_its_exit_code(tmp_path: Path, shell: str) -> None:
    check_quirks(quirks.REFUSED, tmp_path, shell)


def test_input_that_a_real_release_misreads_is_misread_in_the_same_way(tmp_path: Path, shell: str) -> None:
    check_quirks(quirks.ACCEPTED, tmp_path, shell)


def test_a_version_parses_as_in_the_real_library(tmp_path: Path, shell: str) -> None:
    ranges = [dialect for dialect in releases.facts()["ranges"] if "pattern" in dialect["version_parsing"]]
    good = [
        (dialect["first"], text, normal)
        for dialect in ranges
        for text, normal in dialect["version_parsing"]["accepted_examples"].items()
    ]
    good += [(NEWEST, "9223372036854775807", "9223372036854775807.0.0"), (NEWEST, "v0.0.0", "0.0.0")]
    bad = [(dialect["first"], text) for dialect in ranges for text in dialect["version_parsing"]["rejected_examples"]]
    bad += [(NEWEST, text) for text in ("9223372036854775808", "v1.2.3\n", "v1.2.3\nx", "1.2.3-~\u00e9")]

    runs = accept([(tag, ("--version", text)) for tag, text, _ in good], tmp_path, under=shell)
    assert [parsed(run).get("normal_version") for run in runs] == [normal for _, _, normal in good]
    runs = accept([(tag, ("--version", text)) for tag, text in bad], tmp_path, under=shell)
    assert [run.exit for run in runs] == [1] * len(bad)
    assert all("version" in run.stdout for run in runs)


@pytest.mark.parametrize("model", ["rpi3", "rpi4", "nvidia-jetson-agx-orin", "nvidia-jetson-thor"])
def test_a_model_is_matched_with_the_machine_from_v0_16_2_on(tmp_path: Path, model: str) -> None:
    words = (*VERSION, "-m", model)
    cases: list[Case] = [("v0.16.1", words), ("v0.16.2", words), (NEWEST, words), (NEWEST, VERSION)]
    on_amd64 = accept(cases, tmp_path, under="dash", machine="x86_64")
    on_arm64 = accept(cases, tmp_path, under="dash", machine="aarch64")
    assert [run.exit for run in on_amd64] == [0, 1, 1, 0]
    assert f'model "{model}" requires architecture "arm64"' in on_amd64[1].stdout
    assert [run.exit for run in on_arm64] == [0, 0, 0, 0]


def test_fips_is_refused_on_riscv64_from_v0_10_0_on(tmp_path: Path) -> None:
    cases: list[Case] = [(tag, (*VERSION, "--fips")) for tag in ("v0.9.1", "v0.10.0-rc1", NEWEST)]
    runs = accept(cases, tmp_path, under="dash", machine="riscv64")
    assert [run.exit for run in runs] == [0, 1, 1]
    assert "FIPS is not supported on riscv64" in runs[1].stdout


def test_the_script_needs_sh_coreutils_sed_and_grep_alone(tmp_path: Path) -> None:
    base = make(tmp_path, DEBIAN)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(str(shutil.which(tool)))
    for release in ("v0.4.9", NEWEST):
        flags = flags_of(release, kubernetes="v1.33.1+k3s1")
        for words in (("-s", "all", *flags), validate_words(release, *flags)):
            run = succeed(base.run(release, *words, PATH=str(tools)))
            assert run.stderr == ""
        shutil.rmtree(base.root)
        base = Image.make(base.root, DEBIAN)


def test_a_busybox_root_has_every_tool_of_the_script() -> None:
    require("busybox")
    listed = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    assert set(TOOLS) <= set(listed)


@pytest.mark.parametrize("release", ["v0.4.9", NEWEST])
def test_the_script_is_clean_under_shellcheck(tmp_path: Path, release: str) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed on this machine")
    program = tmp_path / "kairos-init"
    program.write_text(script(release), "utf-8")
    done = subprocess.run(["shellcheck", "-s", "sh", program], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_the_build_context_is_a_script_and_a_dockerfile_that_say_stand_in(tmp_path: Path) -> None:
    write_build_context(NEWEST, tmp_path / "context")
    assert sorted(path.name for path in (tmp_path / "context").iterdir()) == ["Dockerfile", "kairos-init"]
    assert (tmp_path / "context/kairos-init").stat().st_mode & 0o777 == 0o755
    dockerfile = (tmp_path / "context/Dockerfile").read_text("utf-8")
    assert "FROM scratch\n" in dockerfile
    assert f'LABEL {LABEL}="kairos-init {NEWEST}"' in dockerfile
    assert 'ENTRYPOINT ["/kairos-init"]' in dockerfile


def test_the_command_writes_a_build_context_and_refuses_an_unknown_release(tmp_path: Path) -> None:
    def call(release: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.support.standins", "--release", release, "--output", str(tmp_path / release)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    assert call("v0.2.6").returncode == 0
    assert (tmp_path / "v0.2.6/kairos-init").read_text("utf-8") == script("v0.2.6")
    unknown = call("v0.99")
    assert (unknown.returncode, unknown.stderr.startswith("error: 'v0.99' is no tag")) == (2, True)
