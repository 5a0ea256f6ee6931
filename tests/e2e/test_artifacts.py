"""ISOs, UKIs, netboot files and disks as targets of real builds; AuroraBoot is the stand-in, which makes real ones."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.support.e2e import oci
from tests.support.e2e.artifacts import EXTRACT, PUBLIC, built, check_sums, look, secrets
from tests.support.standins.auroraboot.releases import FIRST
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.engine import Engine


def test_an_iso_and_its_checksum_are_all_that_is_left(
    engine: Engine, project: Project, system: Callable[..., str], auroraboot: Callable[[str], str]
) -> None:
    config = "{from: install.yaml, template: true}"
    project.write(system(f"  iso:\n    cloud_config: {config}\n    overlay_iso: over\n") + "args: {HOST: installed}\n")
    (project.folder / "install.yaml").write_text("#cloud-config\nhostname: ${HOST}\n")
    (project.folder / "over").mkdir()
    (project.folder / "over" / "extra").write_text("mine")

    done, files = built(project, engine, "iso")

    name = "kairos-debian-13-core-amd64-generic-v1.2.3.iso"
    assert list(files) == [name, f"{name}.sha256"]
    check_sums(project)
    assert "hostname" not in done.vertex("make the ISO").log
    words = f"{EXTRACT} && cd /iso && cp boot/kernel boot/initrd config.yaml extra /out/ && ls > /out/names"
    words += " && unsquashfs -q -d /root-of-iso rootfs.squashfs && cp /root-of-iso/etc/nonce /out/"
    visited = look(project, engine, auroraboot(AURORABOOT), words)
    assert visited["config.yaml"] == "#cloud-config\nhostname: installed\n"
    assert visited["extra"] == "mine"
    assert {"boot", "rootfs.squashfs"} <= set(visited["names"].split())
    assert visited.keys() >= {"kernel", "initrd", "nonce"}


def test_an_iso_boots_the_kernel_of_the_image_and_not_the_first_by_name(
    engine: Engine, project: Project, system: Callable[..., str], auroraboot: Callable[[str], str]
) -> None:
    project.write(system("  iso:\n").replace("after_init: [", "after_init: [{file: /boot/vmlinuz-0, content: older}, "))

    built(project, engine, "iso")

    visited = look(project, engine, auroraboot(AURORABOOT), f"{EXTRACT} && cp /iso/boot/kernel /out/")
    assert "kernel for the model generic" in visited["kernel"]


def test_an_iso_needs_no_section_and_a_second_build_runs_nothing(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  name: my-os\n"))
    first, files = built(project, engine, "iso")

    second, again = built(project, engine, "iso")

    assert list(files) == list(again) == ["my-os.iso", "my-os.iso.sha256"]
    assert first.vertex("make the ISO").ran
    assert all(second.vertex(step).cached for step in ("init kairos", "make the ISO", "name iso and its checksum"))


def test_an_arm64_iso_is_made_by_the_auroraboot_of_the_builder(
    engine: Engine, project: Project, system: Callable[..., str], auroraboot: Callable[[str], str]
) -> None:
    """The stand-in prints its machine type, which is aarch64 under emulation."""
    project.write(system("  iso:\n"))

    done, files = built(project, engine, "iso", "--platform", "linux/arm64")

    assert next(iter(files)) == "kairos-debian-13-core-arm64-generic-v1.2.3.iso"
    assert "on x86_64" in done.vertex("make the ISO").log
    visited = look(project, engine, auroraboot(AURORABOOT), f"{EXTRACT} && mdir -/ -b -i /iso/boot/uefi.img > /out/efi")
    assert "bootaa64.efi" in visited["efi"].lower()
    assert "bootx64.efi" not in visited["efi"].lower()


def test_two_platforms_are_two_folders(engine: Engine, project: Project, system: Callable[..., str]) -> None:
    project.write(system("  name: my-os\n"))

    _, files = built(project, engine, "iso", "--platform", "linux/amd64,linux/arm64")

    folders = ("linux_amd64", "linux_arm64")
    assert list(files) == [f"{folder}/{name}" for folder in folders for name in ("my-os.iso", "my-os.iso.sha256")]


def test_artifacts_of_one_file_are_made_beside_each_other_of_one_image(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  iso:\n  netboot:\n  raw:\n"))

    done, files = built(project, engine, "artifacts")

    stem = "kairos-debian-13-core-amd64-generic-v1.2.3"
    result = [f"{stem}-initrd", f"{stem}-kernel", f"{stem}.iso", f"{stem}.squashfs"]
    assert sorted(files) == sorted([*result, *(f"{name}.sha256" for name in result)])
    check_sums(project)
    assert done.vertex("make the ISO").ran
    assert not [name for name in done.names if "disk" in name]
    second, _ = built(project, engine, "artifacts")
    assert all(
        second.vertex(step).cached for step in ("make the ISO", "name iso", "take netboot files", "name netboot")
    )


def test_the_first_documented_release_gets_its_command_line(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  iso:\n    overlay_rootfs: over\n  netboot:\n", FIRST))
    (project.folder / "over").mkdir()
    (project.folder / "over" / "extra").write_text("mine")

    _, files = built(project, engine, "artifacts")

    stem = "kairos-debian-13-core-amd64-generic-v1.2.3"
    result = [f"{stem}-initrd", f"{stem}-kernel", f"{stem}.iso", f"{stem}.squashfs"]
    assert sorted(files) == sorted([*result, *(f"{name}.sha256" for name in result)])


def test_an_artifact_waits_for_the_checks_of_the_image(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  iso:\n").replace("after_init: [", "after_init: [{run: rm /etc/kairos-release}, "))

    output = project.fails(engine, "--target", "iso")

    assert "validate" in output


def test_uki_outputs_are_made_with_keys_that_are_secrets(
    engine: Engine, project: Project, system: Callable[..., str], keys: Path
) -> None:
    (project.folder / "public").mkdir()
    for name in PUBLIC[:3]:
        shutil.copy(keys / name, project.folder / "public")
    section = "  uki:\n    keys: {public_keys: public}\n    outputs: [iso, container, uki]\n"
    project.write(system(section, more="trusted_boot: true\n"))

    done, files = built(project, engine, "uki", *secrets(keys))

    stem = "kairos-debian-13-core-amd64-generic-v1.2.3-uki"
    assert {f"{stem}.iso", f"{stem}.tar", f"{stem}/EFI/BOOT/BOOTX64.EFI", f"{stem}.sha256"} <= files.keys()
    assert all(name.startswith(stem) for name in files)
    check_sums(project)
    assert done.vertex("make the UKI's ISO").ran
    second, again = built(project, engine, "uki", *secrets(keys))
    assert again.keys() == files.keys()
    result = [vertex for vertex in second.vertices.values() if vertex.name.startswith(("make ", "name "))]
    assert len(result) == 6
    assert all(vertex.cached for vertex in result)


def test_a_key_that_was_not_provided_is_an_error_at_its_line(
    engine: Engine, project: Project, system: Callable[..., str], keys: Path
) -> None:
    (project.folder / "public").mkdir()
    for name in PUBLIC[:3]:
        shutil.copy(keys / name, project.folder / "public")
    project.write(system("  uki:\n    keys: {public_keys: public}\n", more="trusted_boot: true\n"))

    output = project.fails(engine, "--target", "uki", *secrets(keys)[:4])

    assert "secret tpm2-pcr-private.pem: not found" in output
    assert ">>>   uki:" in output


def test_a_private_key_in_the_context_is_refused_before_it_is_transferred(
    docker28: Engine, project: Project, system: Callable[..., str], keys: Path
) -> None:
    """BuildKit 0.13 cannot list a folder without its content, so the frontend requests the public files only."""
    (project.folder / "public").mkdir()
    for name in (*PUBLIC[:3], "db.key"):
        shutil.copy(keys / name, project.folder / "public")
    project.write(system("  uki:\n    keys: {public_keys: public}\n", more="trusted_boot: true\n"))

    output = project.fails(docker28, "--target", "uki", *secrets(keys))

    assert '"public/db.key" looks like a private key, and is in the build context' in output
    assert "install kairos" not in output


def test_a_disk_is_refused_before_anything_is_built_where_it_is_not_allowed(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  raw: {size: 8g}\n"))

    output = project.fails(engine, "--target", "raw")

    assert "build with --allow security.insecure" in output
    assert ">>>   raw: {size: 8g}" in output
    assert "install kairos" not in output


def test_an_image_and_its_iso_come_of_one_bake(engine: Engine, project: Project, system: Callable[..., str]) -> None:
    project.write(system("  name: my-os\n"))
    (project.folder / "docker-bake.hcl").write_text(
        'group "default" { targets = ["image", "iso"] }\n'
        'target "image" {\n dockerfile = "Kairosfile"\n output = ["type=oci,dest=image.tar"]\n}\n'
        'target "iso" {\n dockerfile = "Kairosfile"\n target = "iso"\n output = ["build"]\n}\n'
    )

    done = engine.run(["docker", "buildx", "bake", "--progress", "plain"], cwd=project.folder, timeout=300)

    assert done.returncode == 0, done.stderr
    assert {path.name for path in (project.folder / "build").iterdir()} == {"my-os.iso", "my-os.iso.sha256"}
    (image,) = oci.load(project.folder / "image.tar").values()
    assert "etc/kairos-release" in image.names()
    assert not [name for name in image.names() if name.endswith(".iso")]


def test_another_secret_is_in_the_iso_though_no_cache_knows(
    engine: Engine, project: Project, system: Callable[..., str], auroraboot: Callable[[str], str]
) -> None:
    project.write(system("  iso:\n    cloud_config: {secret: install}\n"))
    handed = ("--secret", f"id=install,src={project.folder / 'secret.yaml'}")
    visited = []
    for word in ("first", "second"):
        (project.folder / "secret.yaml").write_text(f"#cloud-config\nhostname: {word}\n")
        done, _ = built(project, engine, "iso", *handed)
        visited.append(look(project, engine, auroraboot(AURORABOOT), f"{EXTRACT} && cp /iso/config.yaml /out/"))

    assert done.vertex("make the ISO").cached
    assert [each["config.yaml"].split()[-1] for each in visited] == ["first", "second"]
