"""Artifacts by the real AuroraBoot: of a root with a real kernel and the stand-in's Kairos.

A disk is not among them: AuroraBoot mounts its partitions, which not every kernel supports.
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST
from tests.support import images
from tests.support.e2e.artifacts import EXTRACT, KEYS, PUBLIC, built, check_sums, look, secrets
from tests.support.e2e.boot import boot
from tests.support.e2e.bootable import GREETING, INITRD, push_bootable, report_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.engine import Engine, Registry
    from tests.support.real.published import Published

pytestmark = pytest.mark.real

NAME = "kairos-debian-13-core-{arch}-generic-v1.2.3"
CONFIG = "hostname: told-to-nobody"
HOOKS = (
    f"{{file: {GREETING}, content: {{nonce}}}}, {{name: initrd, run: cp {INITRD} /boot/initrd}}, "
    "{file: /boot/vmlinuz-0, content: older}"
)
GENKEY = """FROM {image} AS made
RUN --network=none auroraboot genkey -o /keys me
FROM scratch
COPY --from=made /keys /
"""


@pytest.fixture(scope="session")
def image(real_auroraboot: Published) -> str:
    """The image of the real AuroraBoot."""
    return real_auroraboot.image


@pytest.fixture(scope="session")
def kairos_init(docker28: Engine) -> Callable[[str], str]:
    """The stand-in, also in runs with the real kairos-init: these roots are not complete systems."""
    return lambda release: images.push_stand_in(docker28, release)


@pytest.fixture
def bootable(registry: Registry, kairos_init: Callable[[str], str], image: str, nonce: str) -> Callable[..., str]:
    """Return the text of a Kairosfile on a base with a kernel, to which an older one comes, by name the first."""

    def text(artifacts: str, more: str = "") -> str:
        head = f"base: {push_bootable(registry)}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.2.3\n{more}"
        hooks = HOOKS.replace("{nonce}", nonce)
        return f"{head}hooks: {{after_init: [{hooks}]}}\nartifacts:\n  auroraboot: {image}\n{artifacts}"

    return text


@pytest.fixture
def keys(tmp_path_factory: pytest.TempPathFactory, docker28: Engine, image: str) -> Path:
    """Keys of the real genkey."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "Dockerfile").write_text(GENKEY.format(image=image))
    done = docker28.run(["docker", "buildx", "build", "-o", str(folder / "keys"), str(folder)], timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "keys"


def test_an_iso_has_the_kernel_of_the_link_the_config_and_the_root_and_gives_netboot_files(
    engine: Engine, project: Project, bootable: Callable[..., str], image: str, nonce: str
) -> None:
    project.write(bootable("  iso:\n    cloud_config: install.yaml\n    extend_cmdline: a.word\n  netboot:\n"))
    (project.folder / "install.yaml").write_text(f"#cloud-config\n{CONFIG}\n")

    done, files = built(project, engine, "artifacts", "--platform", "linux/amd64")

    name = NAME.format(arch="amd64")
    result = [f"{name}-initrd", f"{name}-kernel", f"{name}.iso", f"{name}.squashfs"]
    assert sorted(files) == sorted([*result, *(f"{each}.sha256" for each in result)])
    check_sums(project)
    assert CONFIG not in done.vertex("make the ISO").log
    assert files[f"{name}-kernel"].stat().st_size > 2**20
    words = f"{EXTRACT} && cd /iso && cp config.yaml boot/grub2/grub.cfg /out/ && sha256sum boot/kernel > /out/kernel"
    words += f" && unsquashfs -q -d /root-of-iso rootfs.squashfs && cp /root-of-iso{GREETING} /out/greeting"
    visited = look(project, engine, image, words)
    assert visited["kernel"].split()[0] == hashlib.sha256(files[f"{name}-kernel"].read_bytes()).hexdigest()
    assert (visited["config.yaml"], visited["greeting"].strip()) == (f"#cloud-config\n{CONFIG}\n", nonce)
    assert " rd.live.overlay.overlayfs a.word\n" in visited["grub.cfg"]


def test_a_secret_config_leaves_the_iso_as_bootable_as_it_was(
    engine: Engine, project: Project, bootable: Callable[..., str], image: str
) -> None:
    project.write(bootable("  name: mine\n  iso:\n    cloud_config: {secret: install}\n"))
    (project.folder / "secret.yaml").write_text(f"#cloud-config\n{CONFIG}\n")
    secret = ("--secret", f"id=install,src={project.folder / 'secret.yaml'}")

    done, files = built(project, engine, "iso", "--platform", "linux/amd64", *secret)

    assert list(files) == ["mine.iso", "mine.iso.sha256"]
    assert CONFIG not in done.output
    words = f"{EXTRACT} && cp /iso/config.yaml /out/ && xorriso -indev *.iso -report_el_torito plain >/out/boot"
    visited = look(project, engine, image, f"{words} && xorriso -indev *.iso -report_system_area plain >/out/disk")
    assert CONFIG in visited["config.yaml"]
    assert {"BIOS", "UEFI"} <= set(visited["boot"].split())
    assert "Appended2" in visited["disk"]


def test_an_iso_of_arm64_is_made_on_amd64(
    engine: Engine, project: Project, system: Callable[..., str], image: str
) -> None:
    project.write(system(f"  auroraboot: {image}\n  iso:\n").replace("  auroraboot:", "  #", 1))

    _, files = built(project, engine, "iso", "--platform", "linux/arm64")

    assert next(iter(files)) == f"{NAME.format(arch='arm64')}.iso"
    visited = look(project, engine, image, f"{EXTRACT} && mdir -/ -b -i /iso/boot/uefi.img > /out/efi")
    assert "bootaa64.efi" in visited["efi"].lower()


def test_a_uki_is_signed_in_all_its_forms_and_its_keys_are_never_shown(
    engine: Engine, project: Project, bootable: Callable[..., str], image: str, keys: Path
) -> None:
    (project.folder / "public").mkdir()
    for public in (*PUBLIC[:3], "db.pem"):
        shutil.copy(keys / public, project.folder / ("public" if public in PUBLIC else ""))
    section = "  uki:\n    keys: {public_keys: public}\n    outputs: [iso, container, uki]\n"
    project.write(bootable(f'{section}    single_efi_cmdline: ["My Entry: a.word"]\n', "trusted_boot: true\n"))

    done, files = built(project, engine, "uki", "--platform", "linux/amd64", *secrets(keys))

    name = f"{NAME.format(arch='amd64')}-uki"
    entries = {path.removeprefix(f"{name}/") for path in files if path.startswith(f"{name}/")}
    programs = {"EFI/BOOT/BOOTX64.EFI", "EFI/kairos/norole.efi", "EFI/kairos/my_entry.efi"}
    assert programs | {"loader/loader.conf", "loader/entries/my_entry.conf", "loader/keys/auto/PK.auth"} <= entries
    assert {f"{name}.iso", f"{name}.tar", f"{name}.sha256"} <= files.keys()
    check_sums(project)
    verify = " && ".join(f"sbverify --cert /context/db.pem {name}/{program}" for program in sorted(programs))
    visited = look(
        project,
        engine,
        image,
        f"({verify}) > /out/signed && objcopy -O binary -j .cmdline {name}/EFI/kairos/my_entry.efi /out/line",
    )
    assert visited["signed"].count("Signature verification OK") == len(programs)
    assert visited["line"].rstrip("\0").endswith("install-mode  a.word")
    bodies = [(keys / key).read_text().splitlines()[2] for key in KEYS if key != "db.pem"]
    assert not [body for body in bodies if body in done.output]


def test_its_iso_boots_to_the_root_in_its_squashfs(
    docker28: Engine, project: Project, bootable: Callable[..., str], nonce: str
) -> None:
    project.write(bootable("  iso:\n    extend_cmdline: 'console=ttyS0,115200 panic=10'\n"))
    _, files = built(project, docker28, "iso", "--platform", "linux/amd64")
    (iso,) = (name for name in files if name.endswith(".iso"))

    console = boot("amd64", files[iso])

    assert report_of(console).get("root") == nonce, console
