"""`kairosfile compare` from two layouts to its report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from kairosfile.cli.app import app
from kairosfile.cli.compare.comparison import compare, to_data
from kairosfile.cli.compare.contents import capabilities
from kairosfile.cli.compare.report import to_markdown, to_text
from kairosfile.cli.errors import CliError
from tests.unit.cli.compare.layouts import File, Layout, capability, layer, layout
from tests.unit.cli.compare.test_packages import DATABASE, STATUS, rpm_file

if TYPE_CHECKING:
    from pathlib import Path

NET_BIND = capability(1 << 10)
BASE = layer(File("usr/share/base", b"b" * 5000))
STATUS_NEW = STATUS.replace(b"Version: 3.134", b"Version: 3.137").replace(b"u14", b"u3") + (
    b"\nPackage: htop\nStatus: install ok installed\nVersion: 3.3\n"
)
RELEASE = b'KAIROS_VERSION="%s"\nKAIROS_SOFTWARE_VERSION="v1.33.1+k3s1"\nKAIROS_FLAVOR="debian"\n'


def os_files(version: bytes, status: bytes, kernel: str, *more: File) -> list[File]:
    return [
        File("etc/kairos-release", RELEASE % version),
        File("etc/os-release", link="../usr/lib/os-release"),
        File("usr/lib/os-release", b'PRETTY_NAME="Debian GNU/Linux 13"\n'),
        File("var/lib/dpkg/status", status),
        File("boot/vmlinuz", link=f"vmlinuz-{kernel}"),
        File(f"boot/vmlinuz-{kernel}", kernel.encode()),
        File("boot/initrd", b"initrd " + version),
        File(f"usr/lib/modules/{kernel}/modules.dep"),
        File("usr/bin/kairos-agent", b"agent"),
        File("etc/systemd/system/multi-user.target.wants/ssh.service", link="/usr/lib/systemd/system/ssh.service"),
        File("usr/bin/sudo", b"s", mode=0o4755),
        *more,
    ]


OLD = os_files(b"v1.0.0", STATUS, "6.12.1", File("usr/bin/passwd", b"p", mode=0o2755))
NEW = os_files(
    *(b"v1.1.0", STATUS_NEW, "6.12.2"),
    File("etc/systemd/system/multi-user.target.wants/k3s.service", link="/etc/systemd/system/k3s.service"),
    File("etc/systemd/system/cron.service", link="/dev/null"),
    File("etc/systemd/system/multi-user.target.wants/cron.service", link="/dev/null"),
    File("etc/runlevels/default/sshd", link="/etc/init.d/sshd"),
    File("usr/bin/ping", b"p", capability=NET_BIND),
    File("usr/bin/immucore", b"immucore"),
)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["compare", *words])


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """An old and a new image with the same base."""
    old = layout(tmp_path / "old", BASE, layer(*OLD))
    new = layout(tmp_path / "new", BASE, layer(*NEW), layer(File("usr/share/.wh.base")))
    return str(old), str(new)


@pytest.fixture
def data(pair: tuple[str, str]) -> dict[str, Any]:
    """The JSON report of their differences."""
    result = run(*pair, "--format", "json")
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    assert data["schema"] == "kairosfile.compare/1"
    return data


def test_packages_are_added_removed_upgraded_and_downgraded(data: dict[str, Any]) -> None:
    packages = data["packages"]

    assert [(one["name"], one["old"], one["new"]) for one in packages["upgraded"]] == [("adduser", "3.134", "3.137")]
    assert [one["name"] for one in packages["downgraded"]] == ["libc6"]
    assert [(one["name"], one["version"]) for one in packages["added"]] == [("htop", "3.3")]
    assert (packages["removed"], packages["changed"], packages["unchanged"]) == ([], [], 0)


def test_kernel_and_initrd_are_compared(data: dict[str, Any]) -> None:
    assert data["kernel"] == {
        "name": "kernel",
        "old": "6.12.1",
        "new": "6.12.2",
        "image_changed": True,
        "initrd_changed": True,
    }


def test_components_are_compared_by_what_kairos_init_wrote_and_by_their_files(data: dict[str, Any]) -> None:
    assert data["release"] == [{"name": "KAIROS_VERSION", "old": "v1.0.0", "new": "v1.1.0"}]
    assert [(one["name"], one["old"]) for one in data["programs"]] == [("immucore", None)]


def test_services_are_enabled_and_masked(data: dict[str, Any]) -> None:
    assert {one["name"] for one in data["services"]} == {"multi-user.target: k3s.service", "default: sshd"}
    assert [one["name"] for one in data["masked"]] == ["cron.service"]


def test_files_that_give_privileges_are_named(data: dict[str, Any]) -> None:
    assert data["privileged"] == [
        {"name": "/usr/bin/passwd", "old": "setgid 0", "new": None},
        {"name": "/usr/bin/ping", "old": None, "new": "cap_net_bind_service=ep"},
    ]


def test_sizes_are_of_layers_and_dead_bytes_of_what_they_hide(data: dict[str, Any]) -> None:
    base, _, _ = data["new"]["layers"]

    assert base == {**base, "stored": len(BASE), "unpacked": 5000, "dead": 5000, "created_by": "step 0"}
    assert (data["old"]["dead"], data["new"]["dead"]) == (0, 5000)
    assert data["download"]["new_layers"] == 2
    assert data["download"]["whole"] == data["download"]["with_old_layers"] + len(BASE) == data["new"]["stored"]


def test_an_image_differs_from_itself_in_nothing(pair: tuple[str, str]) -> None:
    data = json.loads(run(pair[0], pair[0], "--format", "json").stdout)

    assert all(not data[key] for key in ("release", "programs", "services", "masked", "privileged"))
    assert data["packages"]["unchanged"] == 2
    assert data["download"]["with_old_layers"] == 0
    assert not data["kernel"]["initrd_changed"]


def test_text_shows_what_differs(pair: tuple[str, str]) -> None:
    output = run(*pair).stdout

    assert "Packages: 1 upgraded, 1 downgraded, 1 added, 0 unchanged\n" in output
    assert "  ~ adduser  3.134 -> 3.137\n" in output
    assert "  ~ KAIROS_VERSION  v1.0.0 -> v1.1.0\n" in output
    assert "  + immucore        new\n" in output
    assert "  - /usr/bin/passwd  setgid 0\n" in output
    assert "for kairos-agent upgrade\n" in output


def test_markdown_of_an_image_is_a_table_and_escapes_what_it_read(tmp_path: Path) -> None:
    evil = STATUS + b"\nPackage: <img src=x>|[a](b)@all\nStatus: install ok installed\nVersion: *1*\n\x1b[2J\n"
    old = layout(tmp_path / "old", layer(*OLD))
    new = layout(tmp_path / "new", layer(*os_files(b"v1.0.0", evil, "6.12.1")))

    output = run(str(old), str(new), "--format", "markdown").stdout

    assert "### Packages: 1 added, 2 unchanged" in output
    assert r"| added | &lt;img src=x>\|\[a\](b)&#64;all | \*1\* |" in output
    assert "\x1b" not in output


def test_several_versions_of_one_package_are_added_and_removed(tmp_path: Path) -> None:
    kernel = b"\nPackage: k\nStatus: install ok installed\nVersion: %d\n"
    old = layout(tmp_path / "old", layer(File("var/lib/dpkg/status", kernel % 1 + kernel % 2)))
    new = layout(tmp_path / "new", layer(File("var/lib/dpkg/status", kernel % 2 + kernel % 3)))

    packages = json.loads(run(str(old), str(new), "--format", "json").stdout)["packages"]

    assert [one["version"] for one in packages["added"]] == ["3"]
    assert [one["version"] for one in packages["removed"]] == ["1"]


def test_an_image_of_rpm_is_compared_with_one_of_dpkg(tmp_path: Path) -> None:
    old = layout(tmp_path / "old", layer(File(DATABASE, rpm_file("rpmdb.sqlite"))))
    new = layout(tmp_path / "new", layer(File("var/lib/dpkg/status", STATUS)))

    packages = json.loads(run(str(old), str(new), "--format", "json").stdout)["packages"]

    assert {one["manager"] for one in packages["removed"]} == {"rpm"}
    assert {one["manager"] for one in packages["added"]} == {"dpkg"}


def test_a_platform_that_one_image_lacks_is_reported(tmp_path: Path) -> None:
    arm = Layout()
    arm.name(arm.image(BASE, platform={"os": "linux", "architecture": "arm64"}))
    old, new = str(layout(tmp_path / "old", BASE)), str(arm.write(tmp_path / "new"))

    assert "is for linux/amd64" in str(run(old, new).exception)
    assert "both images have linux/amd64" in str(run(old, old, "--platform", "linux/arm64").exception)


def test_a_layer_that_cannot_be_read_names_its_image(tmp_path: Path) -> None:
    old = str(layout(tmp_path / "old", BASE))
    new = str(layout(tmp_path / "new", b"no archive"))

    error = run(old, new).exception

    assert isinstance(error, CliError)
    assert str(error).startswith(f"cannot read {new}: layer sha256:")


def test_capabilities_are_named_as_getcap_does() -> None:
    assert capabilities(capability(1 << 10 | 1 << 39)) == "cap_net_bind_service=ep cap_bpf=ep"
    assert capabilities(capability(1 << 13, effective=False)) == "cap_net_raw=p"
    assert capabilities(b"\1\2") == "capabilities 0x0102"
    assert capabilities(capability(1 << 60)) == "no capability"


def test_functions_are_usable_without_the_command(pair: tuple[str, str]) -> None:
    from kairosfile.cli.compare import contents  # noqa: PLC0415
    from kairosfile.cli.image.stores import open_stored  # noqa: PLC0415

    with open_stored(pair[0]) as stored:
        image = contents.read(stored.image("linux/amd64"), "it", {})

    actual = compare(image, image)
    assert to_data(actual)["old"]["name"] == "it"
    assert to_text(actual).startswith("it -> it for linux/amd64\n")
    assert to_markdown(actual).startswith("## it\n")
