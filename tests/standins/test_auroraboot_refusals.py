"""What the stand-in for AuroraBoot refuses once the command line is read, with exit code 1 and the real message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.standins.auroraboot.app import main
from tests.support.standins.auroraboot.releases import FIRST, NEWEST

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "dir:/rootfs"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("build-iso",), "no source defined"),
        (("build-iso", "--arch", "riscv64", SOURCE), "invalid architecture 'riscv64'"),
        (("build-iso", "--overlay-iso", "/no/such", SOURCE), "invalid path '/no/such'"),
        (("build-iso", "--cloud-config", "/no/such", SOURCE), "reading cloud config"),
        (("build-iso", "oci:alpine"), "only dir:PATH can be a source"),
        (("build-iso", "dir:/no/such"), "could not dump source dir:/no/such"),
        (("build-iso", "--bogus"), "flag provided but not defined: -bogus"),
    ],
)
def test_a_run_that_cannot_go_on_exits_1(
    words: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--output", str(tmp_path)) if words[0] == "build-iso" and "--bogus" not in words else ()
    assert main((words[0], *place, *words[1:]), NEWEST) == 1
    assert message in capsys.readouterr().err


def test_an_empty_cloud_config_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.yaml").touch()
    assert main(("build-iso", "-o", str(tmp_path), "-c", str(tmp_path / "empty.yaml"), SOURCE), NEWEST) == 1
    assert "contents are empty" in capsys.readouterr().err


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_lines_are_coloured_even_without_a_terminal_unless_disabled(
    no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    main(("build-iso", "--help"), NEWEST)
    first = capsys.readouterr().err.splitlines()[0]
    assert ("\x1b[32mINF\x1b[0m" in first, "\x1b" in first) == (coloured, coloured)


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("build-iso", "--help"), NEWEST) == 0
    assert "--override-name, -n" in capsys.readouterr().out


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A directory with the files that a run looks for."""
    for name in ("db.key", "db.pem", "tpm2-pcr-private.pem", "PK.auth", "KEK.auth", "db.auth"):
        (tmp_path / name).touch()
    return tmp_path


def build_uki(keys: Path, *words: str) -> tuple[str, ...]:
    private = ("--sb-key", f"{keys}/db.key", "--sb-cert", f"{keys}/db.pem", "--tpm-pcr-private-key")
    return ("build-uki", *private, f"{keys}/tpm2-pcr-private.pem", "--public-keys", str(keys), *words, SOURCE)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-t", "raw"), "invalid output type: raw"),
        (("-c", "a", "-x", "b"), "extra-cmdline and extend-cmdline flags are mutually exclusive"),
        (("-i", "/"), "overlay-iso is only supported for iso artifacts"),
        (("-o", "/no/such"), "overlay-rootfs directory does not exist: /no/such"),
        (("--public-keys", "/no/such"), "keys directory does not exist: /no/such"),
        (("--public-keys", "/"), "keys directory does not contain required file: db.auth"),
        (("--sb-key", "/no/such"), "sb-key does not exist: /no/such"),
        (("--sb-cert", "/no/such"), "sb-cert does not exist: /no/such"),
        (("--tpm-pcr-private-key", "/no/such"), "tpm-pcr-private-key does not exist: /no/such"),
        (("--cmd-lines-v2",), "stand-in: --cmd-lines-v2 is not made here"),
    ],
)
def test_a_uki_that_cannot_be_made_exits_1(
    keys: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(build_uki(keys, *words), NEWEST) == 1
    assert message in capsys.readouterr().err


def test_the_first_release_wants_every_file_of_the_directory_of_keys(
    keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("build-uki", "--keys", str(keys), SOURCE), FIRST) == 1
    assert "does not contain required file: db.der" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "iso-file is required"),
        (("a.iso",), "output-dir is required"),
        (("a.iso", "/out"), "output-artifact-prefix is required"),
        (("a.iso", "/no/such", "kairos"), "destination directory /no/such does not exist"),
    ],
)
def test_netboot_wants_an_iso_a_directory_that_exists_and_a_prefix(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("netboot", *words), NEWEST) == 1
    assert message in capsys.readouterr().err


SERVERLESS = ("disable_http_server=true", "disable_netboot=true")


@pytest.mark.parametrize(
    ("release", "settings", "message"),
    [
        (NEWEST, ("disk.efi=true",), "without --set disable_http_server=true the real AuroraBoot goes on"),
        (NEWEST, ("disable_http_server=true",), "without --set disable_netboot=true"),
        (NEWEST, (*SERVERLESS, "disk.qcow2=true"), "silently ignores the key disk.qcow2"),
        (FIRST, (*SERVERLESS, "disk.efi=true"), "silently ignores the key disk.efi"),
        (NEWEST, SERVERLESS, "one of disk.efi, disk.bios"),
        (NEWEST, (*SERVERLESS, "disk.efi=true", "disk.gce=true"), "one of disk.efi, disk.bios"),
    ],
)
def test_a_disk_with_invalid_options_exits_1(
    release: str, settings: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word for setting in settings for word in ("--set", setting)], release) == 1
    assert message in capsys.readouterr().err
