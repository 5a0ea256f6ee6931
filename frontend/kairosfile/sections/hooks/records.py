"""The records of `sections.hooks.model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.language import records as kinds
from kairosfile.language.records import FLAG, FRESH, NUMBER, OPTIONAL_TEXT, STRING, TEXT, TEXTS, Field
from kairosfile.sections import short_forms

if TYPE_CHECKING:
    from kairosfile.sections.hooks.step import HookStep


class CacheMount(kinds.Record):
    """A directory that the builder keeps from one build to the next."""

    type: Literal["cache"]
    target: str
    id: str | None
    sharing: Literal["shared", "private", "locked"]
    FIELDS = (
        Field("type", kinds.Word("cache")),
        Field("target", TEXT, example="/root/.cache/go-build"),
        Field("id", OPTIONAL_TEXT, default=None),
        Field("sharing", kinds.Word("shared", "private", "locked"), default="shared"),
    )


class SecretMount(kinds.Record):
    """A build secret (`--secret id=token,src=token.txt`), as a file or as an environment variable."""

    type: Literal["secret"]
    id: str
    target: str | None
    env: str | None
    required: bool
    mode: str | None
    uid: int
    gid: int
    FIELDS = (
        Field("type", kinds.Word("secret")),
        Field("id", TEXT, example="token"),
        Field("target", OPTIONAL_TEXT, default=None),
        Field("env", OPTIONAL_TEXT, default=None),
        Field("required", FLAG, default=True),
        Field("mode", OPTIONAL_TEXT, default=None),
        Field("uid", kinds.Short(short_forms.user_number, NUMBER), default=0),
        Field("gid", kinds.Short(short_forms.user_number, NUMBER), default=0),
    )


class SshMount(kinds.Record):
    """The SSH agent of the client (`--ssh default`)."""

    type: Literal["ssh"]
    id: str
    target: str | None
    required: bool
    mode: str | None
    uid: int
    gid: int
    FIELDS = (
        Field("type", kinds.Word("ssh")),
        Field("id", TEXT, default="default"),
        Field("target", OPTIONAL_TEXT, default=None),
        Field("required", FLAG, default=True),
        Field("mode", OPTIONAL_TEXT, default=None),
        Field("uid", kinds.Short(short_forms.user_number, NUMBER), default=0),
        Field("gid", kinds.Short(short_forms.user_number, NUMBER), default=0),
    )


class TmpfsMount(kinds.Record):
    """Memory that vanishes with the step."""

    type: Literal["tmpfs"]
    target: str
    size: str | None
    FIELDS = (
        Field("type", kinds.Word("tmpfs")),
        Field("target", TEXT, example="/var/scratch"),
        Field("size", OPTIONAL_TEXT, default=None),
    )


class BindMount(kinds.Record):
    """Files of the build context or of another image, without a copy of them in the image."""

    type: Literal["bind"]
    target: str
    from_: str | None
    source: str
    writable: bool
    FIELDS = (
        Field("type", kinds.Word("bind")),
        Field("target", TEXT, example="/src"),
        Field("from_", OPTIONAL_TEXT, default=None, key="from"),
        Field("source", TEXT, default="/"),
        Field("writable", FLAG, default=False),
    )


MOUNT_TYPE = kinds.Choice(
    "mount_type",
    kinds.ByValue("type", "cache", "secret", "ssh", "tmpfs", "bind"),
    {
        "cache": kinds.Of(CacheMount),
        "secret": kinds.Of(SecretMount),
        "ssh": kinds.Of(SshMount),
        "tmpfs": kinds.Of(TmpfsMount),
        "bind": kinds.Of(BindMount),
    },
)


class RunStep(kinds.Record):
    """Run a command in the image, by default as root and in `/`."""

    verb = "run"
    name: str | None
    run: str | list[str]
    mounts: tuple[Mount, ...]
    network: Literal["default", "none", "host"]
    env: dict[str, str]
    user: str | None
    workdir: str | None
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("run", kinds.Either(TEXT, kinds.Items(STRING, list, 1)), example="systemctl enable foo"),
        Field("mounts", kinds.Items(MOUNT_TYPE), default=()),
        Field("network", kinds.Word("default", "none", "host"), default="default"),
        Field("env", kinds.Named(STRING), default=FRESH),
        Field("user", OPTIONAL_TEXT, default=None),
        Field("workdir", OPTIONAL_TEXT, default=None),
    )


class CopyStep(kinds.Record):
    """Copy files or folders of the build context, or of another image, into the image."""

    verb = "copy"
    name: str | None
    copy_: str | list[str]
    to: str
    from_: str | None
    owner: str | None
    mode: str | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("copy_", kinds.Either(TEXT, kinds.Items(TEXT, list, 1)), example="overlay/", key="copy"),
        Field("to", TEXT, example="/etc/foo/"),
        Field("from_", OPTIONAL_TEXT, default=None, key="from"),
        Field("owner", OPTIONAL_TEXT, default=None),
        Field("mode", OPTIONAL_TEXT, default=None),
        Field("include", TEXTS, default=()),
        Field("exclude", TEXTS, default=()),
    )


class FileStep(kinds.Record):
    """Write a file."""

    verb = "file"
    name: str | None
    file: str
    content: str
    mode: str
    owner: str | None
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("file", TEXT, example="/etc/modules-load.d/foo.conf"),
        Field("content", STRING, example="foo"),
        Field("mode", TEXT, default="0644"),
        Field("owner", OPTIONAL_TEXT, default=None),
    )


class FetchStep(kinds.Record):
    """Download a file with this checksum."""

    verb = "fetch"
    name: str | None
    fetch: str
    sha256: str
    to: str
    owner: str | None
    mode: str
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("fetch", TEXT, example="https://example.com/k3s-airgap-images-amd64.tar.zst"),
        Field("sha256", TEXT, example="3f1b0c1d9a7e5b2c4d6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5"),
        Field("to", TEXT, example="/usr/bin/tool"),
        Field("owner", OPTIONAL_TEXT, default=None),
        Field("mode", TEXT, default="0644"),
    )


class Packages(kinds.Record):
    """Packages by their names in the distribution."""

    install: tuple[str, ...]
    remove: tuple[str, ...]
    FIELDS = (
        Field("install", TEXTS, default=()),
        Field("remove", TEXTS, default=()),
    )


class PackagesStep(kinds.Record):
    """Install and remove packages with the package manager of the base's family."""

    verb = "packages"
    name: str | None
    packages: Packages
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("packages", kinds.Short(short_forms.packages_from_list, kinds.Of(Packages)), example="['curl', 'vim']"),
    )


class Kernel(kinds.Record):
    """Packages of kernels."""

    install: tuple[str, ...]
    remove: tuple[str, ...]
    FIELDS = (
        Field("install", TEXTS, default=()),
        Field("remove", TEXTS, default=()),
    )


class KernelStep(kinds.Record):
    """Replace the kernel that kairos-init installs."""

    verb = "kernel"
    name: str | None
    kernel: Kernel
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("kernel", kinds.Short(short_forms.kernel_from_name, kinds.Of(Kernel)), example="linux-image-generic"),
    )


class Systemd(kinds.Record):
    """Units by their names."""

    enable: tuple[str, ...]
    disable: tuple[str, ...]
    mask: tuple[str, ...]
    unmask: tuple[str, ...]
    FIELDS = (
        Field("enable", TEXTS, default=()),
        Field("disable", TEXTS, default=()),
        Field("mask", TEXTS, default=()),
        Field("unmask", TEXTS, default=()),
    )


class SystemdStep(kinds.Record):
    """Enable, disable, mask and unmask units of systemd in the image."""

    verb = "systemd"
    name: str | None
    systemd: Systemd
    FIELDS = (
        Field("name", OPTIONAL_TEXT, default=None),
        Field("systemd", kinds.Of(Systemd), example="{'enable': ['chronyd.service']}"),
    )


STEP_VERB = kinds.Choice(
    "step_verb",
    kinds.ByKey("run", "copy", "file", "fetch", "packages", "kernel", "systemd"),
    {
        "run": kinds.Later("kairosfile.sections.hooks.run", "RunStep"),
        "copy": kinds.Later("kairosfile.sections.hooks.copy", "CopyStep"),
        "file": kinds.Later("kairosfile.sections.hooks.file", "FileStep"),
        "fetch": kinds.Later("kairosfile.sections.hooks.fetch", "FetchStep"),
        "packages": kinds.Later("kairosfile.sections.hooks.packages", "PackagesStep"),
        "kernel": kinds.Later("kairosfile.sections.hooks.kernel", "KernelStep"),
        "systemd": kinds.Later("kairosfile.sections.hooks.systemd", "SystemdStep"),
    },
)


class Hooks(kinds.Record):
    """Your own steps between those of kairos-init."""

    before_install: tuple[HookStep, ...]
    after_install: tuple[HookStep, ...]
    after_init: tuple[HookStep, ...]
    FIELDS = (
        Field("before_install", kinds.Items(STEP_VERB), default=()),
        Field("after_install", kinds.Items(STEP_VERB), default=()),
        Field("after_init", kinds.Items(STEP_VERB), default=()),
    )


if TYPE_CHECKING:
    Mount = CacheMount | SecretMount | SshMount | TmpfsMount | BindMount
