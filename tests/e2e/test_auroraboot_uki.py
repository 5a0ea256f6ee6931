"""Tests the content of the UKIs of the AuroraBoot stand-in, and their signatures by the given keys."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e.auroraboot import Bench, pushed
from tests.support.standins.auroraboot.releases import FIRST, NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import Engine

KEYS = "auroraboot genkey --output keys nobody\nauroraboot genkey --output others others"
SPLIT = (
    "--sb-key",
    "/ready/keys/db.key",
    "--sb-cert",
    "/ready/keys/db.pem",
    "--tpm-pcr-private-key",
    "/ready/keys/tpm2-pcr-private.pem",
)
BUILD = ("build-uki", "--output-dir", "/out", *SPLIT, "--public-keys", "/ready/keys")
ROOT = "dir:/rootfs"
NAME = "kairos-debian-13-standard-amd64-generic-v1.2.3-k3sv1.33.1+k3s1-uki"

# Each program is verified with its keys and with others; the default one is taken apart.
LOOK = """for program in $(find . -name '*.efi' -o -name '*.EFI'); do
    sbverify --cert /ready/keys/db.pem $program >> /seen/own 2>&1 || true
    sbverify --cert /ready/others/db.pem $program >> /seen/others 2>&1 || true
done
mkdir /seen/sections
python3 - <<'PYTHON'
import pefile
for section in pefile.PE("EFI/kairos/norole.efi").sections:
    name = section.Name.rstrip(b"\\0").decode()
    open(f"/seen/sections/{name}", "wb").write(section.get_data(length=section.Misc_VirtualSize))
PYTHON
openssl pkey -in /ready/keys/tpm2-pcr-private.pem -pubout > /seen/policy
zstd -dc /seen/sections/.initrd | cpio -t --quiet > /seen/files
"""


LOOK_INTO_ISO = """osirrox -indev *.iso -extract / /seen/tree
chmod -R u+w /seen
mdir -/ -b -i /seen/tree/efiboot.img > /seen/efi
mcopy -i /seen/tree/efiboot.img ::/EFI/kairos/norole.efi /seen/
sbverify --cert /ready/keys/db.pem /seen/norole.efi
"""


@pytest.fixture
def newest(tmp_path: Path, docker28: Engine, base: str) -> Bench:
    """The newest release, with throw-away keys in /ready/keys and others in /ready/others."""
    return Bench(tmp_path, docker28, base, pushed(NEWEST), before=KEYS, look=LOOK)


@pytest.fixture
def first(tmp_path: Path, docker28: Engine, base: str) -> Bench:
    """The first documented release, with the same."""
    return Bench(tmp_path, docker28, base, pushed(FIRST), before=KEYS, look=LOOK)


def test_a_uki_is_a_tree_for_the_efi_partition_signed_with_the_keys_given(newest: Bench) -> None:
    result = newest.run(*BUILD, ROOT)
    files = {str(path.relative_to(result / "out")) for path in (result / "out").rglob("*") if path.is_file()}
    keys = {f"loader/keys/auto/{name}.auth" for name in ("PK", "KEK", "db")}
    assert files == {
        *("EFI/BOOT/BOOTX64.EFI", "EFI/kairos/norole.efi", "loader/loader.conf", "loader/entries/norole.conf"),
        *keys,
    }
    own, others = ((result / f"seen/{name}").read_text() for name in ("own", "others"))
    assert (own.count("Signature verification OK"), "failed" in own) == (2, False)
    assert (others.count("Signature verification failed"), "OK" in others) == (2, False)


def test_a_uki_holds_the_root_as_its_initrd_and_the_command_line_of_kairos(newest: Bench) -> None:
    result = newest.run(*BUILD, "--extend-cmdline", "rd.debug=1,2", ROOT)
    sections = result / "seen/sections"
    line = (sections / ".cmdline").read_text()
    assert line.startswith("console=ttyS0 console=tty1 net.ifnames=1 rd.immucore.oemlabel=COS_OEM")
    assert line.endswith("install-mode rd.debug=1,2")
    assert (sections / ".uname").read_text() == "v1.2.3"
    assert (sections / ".pcrpkey").read_text() == (result / "seen/policy").read_text()
    assert (sections / ".linux").read_text() == "the kernel\n"
    files = set((result / "seen/files").read_text().splitlines())
    assert {"init", "etc/kairos-release", "bin/busybox", "oem"} <= files
    assert not [name for name in files if name.split("/")[0] in {"boot", "dev", "proc", "run", "sys", "tmp"}]


def test_every_command_line_more_is_a_program_more_and_commas_part_them(newest: Bench) -> None:
    result = newest.run(
        *(*BUILD, "-c", "one=1", "--extra-cmdline", "two=2,three", "-s", "My Entry: four=4"),
        *("--boot-branding", "Mine", "--include-cmdline-in-config", "--include-version-in-config", ROOT),
    )
    entries = {path.name: path.read_text() for path in (result / "out/loader/entries").iterdir()}
    start = "norole_install-mode_"
    assert set(entries) == {
        "norole.conf",
        "my_entry.conf",
        *(f"{start}{end}.conf" for end in ("one_1", "two_2", "three")),
    }
    assert entries["my_entry.conf"].startswith(
        "title Mine (My Entry)\nsort-key my_entry-0\nuki /EFI/kairos/my_entry.efi\n"
    )
    assert "version v1.2.3\n" in entries["norole.conf"]
    assert "cmdline install-mode one=1\n" in entries[f"{start}one_1.conf"]


def test_an_iso_of_a_uki_holds_the_tree_in_a_fat_image(newest: Bench) -> None:
    newest.write("overlay/config.yaml", "#cloud-config\n")
    newest.look = LOOK_INTO_ISO
    result = newest.run(*BUILD, "-t", "iso", "--overlay-iso", "/context/overlay", ROOT)
    assert [path.name for path in (result / "out").iterdir()] == [f"{NAME}.iso"]
    assert (result / "seen/tree/config.yaml").read_text() == "#cloud-config\n"
    efi = (result / "seen/efi").read_text()
    assert all(
        f"{name}\n" in efi for name in ("/EFI/BOOT/BOOTX64.EFI", "/loader/keys/auto/PK.auth", "/loader/loader.conf")
    )


def test_an_image_of_a_uki_is_an_archive_with_the_tree_as_its_layer(newest: Bench) -> None:
    newest.look = "true"
    result = newest.run(*BUILD, "-t", "container", "--name", "mine", ROOT)
    with tarfile.open(result / f"out/{NAME}.tar") as archive:
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        with tarfile.open(fileobj=archive.extractfile(manifest[0]["Layers"][0])) as layer:
            assert "./EFI/kairos/norole.efi" in layer.getnames()
    assert manifest[0]["RepoTags"] == ["mine.tar:latest"]


def test_a_uki_of_arm64_is_made_by_the_program_of_arm64(newest: Bench) -> None:
    newest.arch, newest.options = "arm64", ("--platform", "linux/arm64")
    newest.look = "sbverify --cert /ready/keys/db.pem EFI/kairos/norole.efi"
    result = newest.run(*BUILD, ROOT)
    assert [path.name for path in (result / "out/EFI/BOOT").iterdir()] == ["BOOTAA64.EFI"]


def test_the_first_release_takes_a_directory_of_keys(first: Bench) -> None:
    result = first.run("build-uki", "-d", "/out", "--keys", "/ready/keys", ROOT)
    assert (result / "out/EFI/kairos/norole.efi").exists()
    assert "OK" in (result / "seen/own").read_text()
    assert "failed" not in (result / "seen/own").read_text()
    first.before += "\nrm keys/KEK.der"
    assert "does not contain required file: KEK.der" in first.fails(
        "build-uki", "-d", "/out", "-k", "/ready/keys", ROOT
    )


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        ("ln -s /sbin/init /init", "/init: file exists"),
        ("sed -i 's/\"v1.2.3\"/v1.2.3/' /etc/kairos-release", "unexpected number of matches for KAIROS_RELEASE"),
        ("rm /boot/vmlinuz-6", "copying kernel: open "),
    ],
)
def test_a_root_that_the_real_one_cannot_use_is_refused(newest: Bench, prepare: str, message: str) -> None:
    newest.prepare = prepare
    assert message in newest.fails(*BUILD, ROOT)


def test_without_the_keys_to_enrol_nothing_is_made(newest: Bench) -> None:
    assert "PK.auth: no such file or directory" in newest.fails(*BUILD[:-2], ROOT)


def test_an_invalid_key_is_refused(newest: Bench) -> None:
    newest.before += "\necho none > keys/db.key"
    assert "exit status" in newest.fails(*BUILD, ROOT)
