"""Boot artifacts of an image: their steps, command lines, mounts and target names."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, plan, sections
from kairosfile.cli.commands.name import Flavor, Named
from kairosfile.cli.files import RevisionFiles
from kairosfile.kairos import auroraboot
from kairosfile.kairos.releases import release
from kairosfile.language.rules import ARTIFACT_TRUSTED_BOOT
from kairosfile.plan import Run
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import TargetError, find, select
from kairosfile.sections.artifacts.steps import SCRATCH, SCRIPT
from tests.unit.cli.test_command import run

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "base: ubuntu:24.04\nversion: v1.0.0\n"
UKI = HEAD + "trusted_boot: true\nartifacts:\n  uki:\n    keys: {public_keys: keys}\n"
PUBLIC = {f"keys/{name}": b"" for name in (*auroraboot.ENROLLED, *auroraboot.CERTIFICATES)}
FILES = {"install.yaml": b"#cloud-config\nhostname: a\n", "over/a": b"", "logo.bmp": b"", **PUBLIC}


# The link /boot/vmlinuz is absolute, so it resolves only if the root's /boot is at /boot.
SEES_BOOT = ("/bin/sh", "-ec", 'rm -rf /boot; ln -s /rootfs/boot /boot; exec "$0" "$@"')


def plan_of(text: str, platform: str = "linux/amd64", build_platform: str = "linux/amd64") -> plan.Plan:
    source = language.Source("Kairosfile", text)
    files = language.DictFiles(FILES)
    document = sections.read(source, platforms=[platform], files=files, build_platform=build_platform)
    (plan,) = resolve(document, [platform])
    return plan


def run_of(own_plan: plan.Plan, step: str) -> Run:
    action = {each.id: each.action for each in own_plan.every_step}[step]
    assert isinstance(action, Run)
    return action


def mounts(run: Run) -> dict[str, str]:
    """Return the mounts by target, each as its kind and its source."""
    return {it.target: f"{it.kind} {it.step or it.path or it.id}".strip() for it in run.mounts}


def test_an_image_alone_has_no_step_of_an_artifact_and_does_not_ask_for_auroraboot() -> None:
    result = select(plan_of(HEAD + "artifacts: {iso: {overlay_iso: over}}\n"), "")

    assert [image.id for image in result.images] == ["base", "kairos-init"]
    assert [step.id for step in result.steps] == ["install", "init", "validate"]
    assert (result.context_paths, result.is_image) == ((), True)


def test_an_iso_is_made_of_the_gated_image_without_a_section_for_it() -> None:
    result = select(plan_of(HEAD), "iso")

    assert [step.id for step in result.steps] == ["install", "init", "validate", "auroraboot-iso", "iso"]
    assert (result.root, result.checks, result.is_image) == ("iso", ("validate",), False)
    run = run_of(result, "auroraboot-iso")
    assert run.argv == (*SEES_BOOT, "/usr/bin/auroraboot", "build-iso", "--output", "/output", "dir:/rootfs")
    assert mounts(run) == {"/rootfs": "step init", SCRATCH: "scratch", "/output": "empty"}
    assert (run.network, run.security) == ("none", "sandbox")


def test_an_iso_is_made_by_the_auroraboot_of_the_builder_and_a_uki_by_that_of_the_platform() -> None:
    (iso,) = (it for it in select(plan_of(HEAD, "linux/arm64"), "iso").images if it.id == "auroraboot")
    (uki,) = (it for it in select(plan_of(UKI, "linux/arm64"), "uki").images if it.id == "auroraboot")

    assert (iso.platform, uki.platform) == ("linux/amd64", "")


def test_a_cloud_config_is_copied_into_the_iso_and_never_passed_by_a_flag() -> None:
    result = plan_of(HEAD + "artifacts: {iso: {cloud_config: install.yaml}}\n")

    run = run_of(result, "auroraboot-iso")
    assert "--overlay-iso /overlay/iso" in shlex.join(run.argv)
    assert "cloud-config" not in shlex.join(run.argv)
    assert mounts(run)["/overlay/iso"] == "tmpfs"
    assert mounts(run)["/overlay/iso/config.yaml"] == "context install.yaml"


def test_a_cloud_config_is_added_to_the_overlay_without_changing_it() -> None:
    result = plan_of(HEAD + "artifacts: {iso: {cloud_config: install.yaml, overlay_iso: over, overlay_rootfs: over}}\n")

    run = run_of(result, "auroraboot-iso")
    assert [it.writable for it in run.mounts if it.target == "/overlay/iso"] == [True]
    assert [it.writable for it in run.mounts if it.target == "/overlay/rootfs"] == [False]
    assert mounts(run)["/overlay/iso/config.yaml"] == "context install.yaml"


def test_a_secret_is_added_to_the_finished_iso_by_a_step_of_its_own() -> None:
    result = plan_of(HEAD + "artifacts: {iso: {cloud_config: {secret: install}}, netboot: {}}\n")

    assert [step.id for step in result.every_step if step.holds_secret] == ["iso"]
    assert mounts(run_of(result, "auroraboot-iso")) == {"/rootfs": "step init", SCRATCH: "scratch", "/output": "empty"}
    (config,) = (it for it in run_of(result, "iso").mounts if it.kind == "secret")
    assert (config.target, config.id, config.required) == ("/run/secrets/config.yaml", "install", True)


@pytest.mark.parametrize(
    ("chosen", "text", "words"),
    [
        ("v0.26.0", "extend_cmdline: 'a b'", "--extend-live-cmdline 'a b'"),
        ("v0.26.0", "console: console=ttyS1", "--live-console console=ttyS1"),
        ("v0.5.0", "overlay_rootfs: over", "--arch amd64 --overlay-rootfs /overlay/rootfs"),
    ],
)
def test_options_of_an_iso_are_flags_before_the_source(chosen: str, text: str, words: str) -> None:
    result = plan_of(f"{HEAD}artifacts: {{auroraboot: {chosen}, iso: {{{text}}}}}\n")

    argv = run_of(result, "auroraboot-iso").argv[len(SEES_BOOT) :]
    assert shlex.join(argv) == f"/usr/bin/auroraboot build-iso --output /output {words} dir:/rootfs"


def test_keys_of_a_uki_are_secrets_and_three_public_files() -> None:
    result = plan_of(UKI)

    run = run_of(result, "auroraboot-uki-iso")
    assert shlex.join(run.argv) == (
        "/usr/bin/auroraboot build-uki --output-dir /output --output-type iso --public-keys /keys "
        "--sb-key /keys/db.key --sb-cert /keys/db.pem --tpm-pcr-private-key /keys/tpm2-pcr-private.pem dir:/rootfs"
    )
    shown = {target: what for target, what in mounts(run).items() if target.startswith("/keys")}
    assert shown == {
        "/keys": "tmpfs",
        "/keys/PK.auth": "context keys/PK.auth",
        "/keys/KEK.auth": "context keys/KEK.auth",
        "/keys/db.auth": "context keys/db.auth",
        "/keys/db.key": "secret db.key",
        "/keys/db.pem": "secret db.pem",
        "/keys/tpm2-pcr-private.pem": "secret tpm2-pcr-private.pem",
    }


def test_before_v0_9_keys_are_one_directory() -> None:
    result = plan_of(UKI.replace("artifacts:\n", "artifacts:\n  auroraboot: v0.5.0\n"))

    run = run_of(result, "auroraboot-uki-iso")
    assert "--keys /keys" in shlex.join(run.argv)
    assert not {"--sb-key", "--sb-cert", "--public-keys", "--tpm-pcr-private-key"} & set(run.argv)
    assert mounts(run)["/keys/db.der"] == "context keys/db.der"
    assert "/keys/db.pem" not in mounts(run)


def test_each_output_of_a_uki_is_a_run_of_its_own_and_only_the_iso_has_the_files_for_an_iso() -> None:
    options = "    outputs: [iso, container, uki]\n    overlay_iso: over\n    splash: logo.bmp\n    efi_size_warn: 1g\n"
    result = plan_of(UKI + options + "    extra_cmdline: [a, b c]\n    include_version_in_config: true\n")

    assert find(result, "uki").overlays == ("uki-container", "uki-uki")
    argv = {
        output: shlex.join(run_of(result, f"auroraboot-uki-{output}").argv) for output in ("iso", "container", "uki")
    }
    assert [output for output, words in argv.items() if "--overlay-iso" in words] == ["iso"]
    expected = (
        "--include-version-in-config --extra-cmdline a --extra-cmdline 'b c' --efi-size-warn 1024 --splash /splash"
    )
    assert all(expected in words for words in argv.values())


def test_disks_are_made_one_by_one_and_need_an_entitlement() -> None:
    text = "artifacts: {raw: {formats: [efi, gce], size: 8g, state_size: 512m, default_cloud_config: false}}\n"
    result = plan_of(HEAD + text)

    (raw,) = (it for it in result.artifacts if it.name == "raw")
    assert (raw.results, raw.entitlement) == (("raw-efi", "raw-gce"), "security.insecure")
    run = run_of(result, "auroraboot-raw-gce")
    assert run.security == "insecure"
    assert run.argv == (
        "/usr/bin/auroraboot",
        *("--set", "container_image=dir:/rootfs", "--set", "state_dir=/output"),
        *("--set", "disable_http_server=true", "--set", "disable_netboot=true", "--set", "disk.gce=true"),
        *("--set", "disk.size=8192", "--set", "disk.state_size=512", "--set", "no_default_cloud_config=true"),
    )


def test_a_release_that_ignores_the_switch_for_no_default_user_is_refused() -> None:
    with pytest.raises(language.KairosfileError, match=r"AuroraBoot v0\.14\.0 does not support default_cloud_config"):
        plan_of(f"{HEAD}artifacts: {{auroraboot: v0.14.0, raw: {{default_cloud_config: false}}}}\n")


def test_netboot_files_are_those_of_the_same_iso() -> None:
    text = HEAD + "artifacts: {netboot: {}, iso: {extend_cmdline: quiet}}\n"
    result = select(plan_of(text), "artifacts")

    assert [step.id for step in result.steps if step.start == "auroraboot"] == [
        *("auroraboot-iso", "iso", "auroraboot-netboot", "netboot")
    ]
    assert (result.root, result.overlays) == ("iso", ("netboot",))
    assert [it.writable for it in run_of(result, "auroraboot-netboot").mounts if it.target == "/iso"] == [True]


def test_all_artifacts_are_the_requested_ones_and_need_no_entitlement() -> None:
    body = plan_of(HEAD + "artifacts:\n  iso:\n  raw:\n")

    assert (find(body, "artifacts").root, find(body, "artifacts").overlays) == ("iso", ())
    with pytest.raises(TargetError, match="the file asks for none"):
        find(plan_of(HEAD), "artifacts")


@pytest.mark.parametrize(
    ("text", "word", "reason"),
    [
        (HEAD, "uki", "a UKI is made of an image with `trusted_boot: true` only"),
        (UKI, "iso", "has no initrd: build it with --target uki"),
        (UKI, "raw", "has no initrd: build it with --target uki"),
        (HEAD + "trusted_boot: true\n", "uki", "write what it is signed with"),
    ],
)
def test_an_artifact_that_cannot_be_made_of_the_image_is_refused_with_the_reason(
    text: str, word: str, reason: str
) -> None:
    with pytest.raises(TargetError) as refused:
        find(plan_of(text), word)

    assert str(refused.value).startswith(f'there is no target "{word}" on linux/amd64: ')
    assert reason in str(refused.value)


@pytest.mark.parametrize("kind", ["iso", "netboot", "raw"])
def test_trusted_boot_needs_a_uki_and_refuses_the_rest(kind: str) -> None:
    with pytest.raises(language.KairosfileError) as refused:
        plan_of(f"{HEAD}trusted_boot: true\nartifacts:\n  {kind}:\n")

    assert [diagnostic.rule for diagnostic in refused.value.diagnostics] == [ARTIFACT_TRUSTED_BOOT]


def test_another_name_changes_no_operation_of_auroraboot() -> None:
    plain, named = plan_of(HEAD), plan_of(HEAD + "artifacts: {name: my-os}\n")

    assert run_of(plain, "auroraboot-iso") == run_of(named, "auroraboot-iso")
    assert run_of(plain, "iso") != run_of(named, "iso")


def collected(folder: Path, result: dict[str, str], name: str, *words: str, kairos_release: str = "") -> dict[str, str]:
    """Run the script on AuroraBoot's output; return the files that it creates, without checksums."""
    for name_of_folder in ("made", "output"):
        (folder / name_of_folder).mkdir()
    for file, content in result.items():
        (folder / "made" / file).parent.mkdir(exist_ok=True, parents=True)
        (folder / "made" / file).write_text(content)
    (folder / "release").write_text(kairos_release)
    script = SCRIPT.replace("/made", str(folder / "made")).replace("/output", str(folder / "output"))
    script = script.replace("/kairos-release", str(folder / "release"))
    subprocess.run(["/bin/sh", "-ec", script, "collect", name, *words], check=True, capture_output=True)
    sums = [path for path in (folder / "output").iterdir() if path.suffix == ".sha256"]
    for listed in sums:
        subprocess.run(["sha256sum", "-c", str(listed)], check=True, cwd=folder / "output", capture_output=True)
    files = (path for path in (folder / "output").rglob("*") if path.is_file() and path not in sums)
    path = {str(path.relative_to(folder / "output")): path.read_text() for path in files}
    assert len(sums) == len({file.partition("/")[0] for file in path})
    return path


RELEASE = """\
KAIROS_FLAVOR="ubuntu"
KAIROS_FLAVOR_RELEASE="24.04"
KAIROS_VARIANT="standard"
KAIROS_ARCH="amd64"
KAIROS_MODEL="generic"
KAIROS_VERSION="v1.0.0"
KAIROS_SOFTWARE_VERSION="v1.33.1+k3s1"
KAIROS_SOFTWARE_VERSION_PREFIX="k3s"
"""


def test_files_are_called_as_kairos_calls_them_and_the_rest_is_left(tmp_path: Path) -> None:
    remaining = {"kairos.iso": "iso", "config.yaml": "secret", "kairos.iso.sha256": "old"}

    actual = collected(tmp_path, remaining, "", ".iso", ".iso", kairos_release=RELEASE)

    flavor = Flavor("ubuntu", "24.04")
    named = Named(flavor, "standard", "amd64", "generic", "v1.0.0", "k3s", "v1.33.1+k3s1")
    assert actual == {named.files()[0]: "iso"}


def test_a_core_image_has_no_provider_in_its_name(tmp_path: Path) -> None:
    text = RELEASE.replace("standard", "core").replace("v1.33.1+k3s1", "").replace('="k3s"', '=""')

    actual = collected(tmp_path, {"a.iso": "iso"}, "", ".iso", ".iso", kairos_release=text)

    assert list(actual) == ["kairos-ubuntu-24.04-core-amd64-generic-v1.0.0.iso"]


def test_a_name_of_the_file_counts_whatever_is_in_it(tmp_path: Path) -> None:
    result = {"kairos-kernel": "k", "kairos-initrd": "i", "kairos.squashfs": "s"}

    actual = collected(tmp_path, result, "my-os+1", *(word for each in auroraboot.FILES["netboot"] for word in each))

    assert actual == {"my-os+1-kernel": "k", "my-os+1-initrd": "i", "my-os+1.squashfs": "s"}


def test_a_disk_is_found_where_old_releases_leave_it(tmp_path: Path) -> None:
    actual = collected(tmp_path, {"build/disk.raw": "d", "build/config.yaml": "c"}, "my-os", ".raw", ".raw")

    assert actual == {"my-os.raw": "d"}


def test_the_files_of_an_efi_partition_are_a_folder(tmp_path: Path) -> None:
    actual = collected(tmp_path, {"EFI/BOOT/BOOTX64.EFI": "b", "loader/loader.conf": "l"}, "my-os", "/", "-uki")

    assert actual == {"my-os-uki/EFI/BOOT/BOOTX64.EFI": "b", "my-os-uki/loader/loader.conf": "l"}


def test_a_missing_file_is_reported_with_the_existing_ones(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        collected(tmp_path, {"other.img": ""}, "my-os", ".iso", ".iso")

    assert b"made no file *.iso" in failed.value.stderr
    assert b"other.img" in failed.value.stderr


@pytest.mark.parametrize("chosen", ["v0.5.0", "v0.8.14", "v0.9.0", "v0.26.0"])
@pytest.mark.parametrize("kind", ["iso", "uki"])
def test_the_source_is_the_last_word(kind: str, chosen: str) -> None:
    settings = dict.fromkeys((flag.setting for flag in auroraboot.COMMANDS[kind]), "x")

    assert auroraboot.command(kind, release(chosen), settings)[-1] == "dir:/rootfs"


def test_private_keys_in_an_overlay_are_looked_for_on_disk_and_in_a_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Kairosfile").write_text(HEAD + "artifacts: {iso: {overlay_rootfs: over}}\n")
    (tmp_path / "over" / "etc").mkdir(parents=True)
    (tmp_path / "over" / "etc" / "server.key").write_text("-----BEGIN EC PRIVATE KEY-----\n")
    (tmp_path / "over" / "etc" / "server.pem").symlink_to("nowhere")
    (tmp_path / "other.key").write_text("-----BEGIN EC PRIVATE KEY-----\n")

    data = json.loads(run("check", "Kairosfile", "--format", "json", folder=tmp_path).stdout)["diagnostics"]
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    (tmp_path / "over" / "etc" / "server.key").unlink()

    assert [one["message"].split()[0] for one in data if one["rule"] == "KF510"] == ['"over/etc/server.key"']
    monkeypatch.chdir(tmp_path)
    assert RevisionFiles("HEAD:Kairosfile").below("over/") == ["over/etc/server.key", "over/etc/server.pem"]
