"""Declaration of the section `hooks`: steps of the user between those of kairos-init, and mounts of a command.

Each kind of step names the module that implements it, in a class of the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr

from kairosfile.language.model import StrictModel, Text, one_of
from kairosfile.language.records import ByKey, ByValue
from kairosfile.sections.short_forms import kernel_from_name, packages_from_list, user_number

Words = tuple[Text, ...]
Id = Annotated[StrictInt, BeforeValidator(user_number)]


class CacheMount(StrictModel):
    """A directory that the builder keeps from one build to the next."""

    type: Literal["cache"] = Field(description="A directory that the builder keeps between builds.")
    target: Text = Field(description="Absolute path where it is mounted.", examples=["/root/.cache/go-build"])
    id: Text | None = Field(
        None, description="Name of the cache; steps with the same id share it. Default: the target.", examples=["go"]
    )
    sharing: Literal["shared", "private", "locked"] = Field(
        "shared",
        description="Whether builds that run at the same time use it together, each a copy, or one after the other.",
        examples=["locked"],
    )


class SecretMount(StrictModel):
    """A build secret (`--secret id=token,src=token.txt`), as a file or as an environment variable."""

    type: Literal["secret"] = Field(description="A build secret, given with `--secret id=...`.")
    id: Text = Field(description="Id of the secret, as in `--secret id=...`.", examples=["token"])
    target: Text | None = Field(
        None,
        description="Absolute path of the file. Default: /run/secrets/ and the id, no file where env is given.",
        examples=["/root/.netrc"],
    )
    env: Text | None = Field(
        None,
        description="Environment variable with the secret, in addition to the file or instead of it.",
        examples=["TOKEN"],
    )
    required: StrictBool = Field(True, description="Whether the build fails without the secret.", examples=[False])
    mode: Text | None = Field(None, description="Permissions of the file, in octal. Default: 0400.", examples=["0440"])
    uid: Id = Field(0, description="Number of the user who owns the file.", examples=[1000])
    gid: Id = Field(0, description="Number of the group that owns the file.", examples=[1000])


class SshMount(StrictModel):
    """The SSH agent of the client (`--ssh default`)."""

    type: Literal["ssh"] = Field(description="The SSH agent of the client, given with `--ssh`.")
    id: Text = Field("default", description="Id of the agent, as in `--ssh ID=...`.", examples=["default", "deploy"])
    target: Text | None = Field(
        None,
        description="Absolute path of the socket. Default: /run/buildkit/ssh_agent.0 and so on, in SSH_AUTH_SOCK.",
        examples=["/run/agent.sock"],
    )
    required: StrictBool = Field(True, description="Whether the build fails without the agent.", examples=[False])
    mode: Text | None = Field(
        None, description="Permissions of the socket, in octal. Default: 0600.", examples=["0660"]
    )
    uid: Id = Field(0, description="Number of the user who owns the socket.", examples=[1000])
    gid: Id = Field(0, description="Number of the group that owns the socket.", examples=[1000])


class TmpfsMount(StrictModel):
    """Memory that vanishes with the step."""

    type: Literal["tmpfs"] = Field(description="Memory that vanishes with the step.")
    target: Text = Field(description="Absolute path where it is mounted.", examples=["/var/scratch"])
    size: Text | None = Field(
        None, description="Maximum size in bytes, or with k, m or g. Default: no limit.", examples=["64m"]
    )


class BindMount(StrictModel):
    """Files of the build context or of another image, without a copy of them in the image."""

    type: Literal["bind"] = Field(description="Files of the build context or of another image.")
    target: Text = Field(description="Absolute path where they are mounted.", examples=["/src"])
    from_: Text | None = Field(
        None, alias="from", description="Image with the files. Default: the build context.", examples=["golang:1.25"]
    )
    source: Text = Field(
        "/", description="Path in the build context or in the image. Default: all of it.", examples=["drivers"]
    )
    writable: StrictBool = Field(
        False, description="Whether the step may write there; its changes are discarded.", examples=[True]
    )


MOUNT_TYPES: dict[str, type[StrictModel]] = {
    "cache": CacheMount,
    "secret": SecretMount,
    "ssh": SshMount,
    "tmpfs": TmpfsMount,
    "bind": BindMount,
}

if TYPE_CHECKING:
    Mount = CacheMount | SecretMount | SshMount | TmpfsMount | BindMount
else:
    Mount = one_of("mount_type", ByValue("type", *MOUNT_TYPES), MOUNT_TYPES)


class HookStep(StrictModel):
    """One kind of hook step.

    `verb` is its key in the Kairosfile, `implemented_in` the module that implements it, and `short_forms` the JSON
    Schemas of the other forms of its fields.
    """

    verb: ClassVar[str]
    implemented_in: ClassVar[str]
    short_forms: ClassVar[dict[str, dict[str, Any]]] = {}

    name: Text | None = Field(
        None,
        description="Name of the step in the progress output; `--target` accepts it too.",
        examples=["install the driver"],
    )


class RunStep(HookStep):
    """Run a command in the image, by default as root and in `/`."""

    verb: ClassVar = "run"
    implemented_in: ClassVar = "kairosfile.sections.hooks.run"

    run: Text | Annotated[list[StrictStr], Field(min_length=1)] = Field(
        description="Shell text, which `/bin/sh -ec` runs (so it stops at the first line that fails), "
        "or a list of arguments, which is executed without a shell.",
        examples=["systemctl enable foo", ["touch", "/etc/marker"]],
    )
    mounts: tuple[Mount, ...] = Field(
        (),
        description="Mounts of the command; none of them is part of the image.",
        examples=[[{"type": "cache", "target": "/root/.cache"}]],
    )
    network: Literal["default", "none", "host"] = Field(
        "default",
        description="Network of the command: the builder's, none, or the host's (needs `--allow network.host`).",
        examples=["none"],
    )
    env: dict[str, StrictStr] = Field(
        default_factory=dict,
        description="Environment variables of this step only.",
        examples=[{"DEBIAN_FRONTEND": "noninteractive"}],
    )
    user: Text | None = Field(
        None,
        description="User that runs it, `name[:group]`, each a name or a number. Default: root.",
        examples=["nobody"],
    )
    workdir: Text | None = Field(
        None, description="Absolute path of the working directory. Default: /.", examples=["/usr/src"]
    )


class CopyStep(HookStep):
    """Copy files or folders of the build context, or of another image, into the image.

    As with a Dockerfile's COPY, a folder's content is copied, not the folder itself.
    """

    verb: ClassVar = "copy"
    implemented_in: ClassVar = "kairosfile.sections.hooks.copy"

    copy_: Text | Annotated[list[Text], Field(min_length=1)] = Field(
        alias="copy",
        description="Path, or several; with wildcards as in a Dockerfile's COPY.",
        examples=["overlay/", ["a.conf", "b.conf"]],
    )
    to: Text = Field(
        description="Absolute path in the image; a folder ends with /. Missing parent folders are created.",
        examples=["/etc/foo/", "/usr/bin/foo"],
    )
    from_: Text | None = Field(
        None, alias="from", description="Image to copy from. Default: the build context.", examples=["alpine:3.23"]
    )
    owner: Text | None = Field(
        None,
        description="Owner of the copied files, `user[:group]`, each a name of the image or a number. Default: root.",
        examples=["1000:1000"],
    )
    mode: Text | None = Field(
        None,
        description="Permissions of the copied files and folders, in octal. Default: those of each file.",
        examples=["0755"],
    )
    include: Words = Field(
        (), description="Patterns: copy only files that match one of them, below each path.", examples=[["**/*.conf"]]
    )
    exclude: Words = Field(
        (), description="Patterns: skip files that match one of them, below each path.", examples=[["**/*.md"]]
    )


class FileStep(HookStep):
    """Write a file; missing parent folders are created, an existing file is replaced."""

    verb: ClassVar = "file"
    implemented_in: ClassVar = "kairosfile.sections.hooks.file"

    file: Text = Field(description="Absolute path of the file.", examples=["/etc/modules-load.d/foo.conf"])
    content: StrictStr = Field(description="Content of the file.", examples=["foo"])
    mode: Text = Field("0644", description="Permissions, in octal.", examples=["0755"])
    owner: Text | None = Field(
        None,
        description="Owner, `user[:group]`, each a name of the image or a number. Default: root.",
        examples=["root:adm"],
    )


class FetchStep(HookStep):
    """Download a file with this checksum; missing parent folders are created, an existing file is replaced.

    BuildKit downloads it, so the image needs no tool for it. The builder does not download a cached file with this
    checksum again.
    """

    verb: ClassVar = "fetch"
    implemented_in: ClassVar = "kairosfile.sections.hooks.fetch"

    fetch: Text = Field(
        description="URL of the file, with http or https.",
        examples=["https://example.com/k3s-airgap-images-amd64.tar.zst"],
    )
    sha256: Text = Field(
        description="SHA-256 checksum of the file, 64 hexadecimal digits.",
        examples=["3f1b0c1d9a7e5b2c4d6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5"],
    )
    to: Text = Field(
        description="Absolute path of the file in the image, or of a folder if it ends with /: then the file keeps the "
        "name of the URL.",
        examples=["/usr/bin/tool", "/opt/"],
    )
    owner: Text | None = Field(
        None,
        description="Owner, `user[:group]`, each a name of the image or a number. Default: root.",
        examples=["1000:1000"],
    )
    mode: Text = Field("0644", description="Permissions, in octal.", examples=["0755"])


class Packages(StrictModel):
    """Packages by their names in the distribution; removed first, then installed."""

    install: Words = Field((), description="Packages to install.", examples=[["curl", "vim"]])
    remove: Words = Field((), description="Packages to remove.", examples=[["snapd"]])


class PackagesStep(HookStep):
    """Install and remove packages with the package manager of the base's family.

    The family is that of a known base or the field `family`; then the manager's download caches are mounted, so they
    do not grow the image. Otherwise the step detects it in the image's /etc/os-release.
    """

    verb: ClassVar = "packages"
    implemented_in: ClassVar = "kairosfile.sections.hooks.packages"
    short_forms: ClassVar = {"packages": {"type": "array", "items": {"type": ["string", "number"]}}}

    packages: Annotated[Packages, BeforeValidator(packages_from_list)] = Field(
        description="Packages to install, or a mapping with `install` and `remove`.",
        examples=[["curl", "vim"], {"install": ["curl"], "remove": ["snapd"]}],
    )


class Kernel(StrictModel):
    """Packages of kernels; removed first, then installed."""

    install: Words = Field((), description="Packages to install.", examples=[["linux-image-generic"]])
    remove: Words = Field(
        (),
        description="Packages to remove. Default: all installed kernel packages.",
        examples=[["linux-virt"]],
    )


class KernelStep(HookStep):
    """Replace the kernel that kairos-init installs; in `after_install`, so that init generates the initrd for it.

    The kernel packages of the image are removed and the named ones are installed, with the package manager of the
    base's family. If all are removed, the default one is never installed: `installKernel` is skipped (kairos-init
    v0.5.5 and newer).
    """

    verb: ClassVar = "kernel"
    implemented_in: ClassVar = "kairosfile.sections.hooks.kernel"
    short_forms: ClassVar = {"kernel": {"type": "string", "minLength": 1}}

    kernel: Annotated[Kernel, BeforeValidator(kernel_from_name)] = Field(
        description="Package of the new kernel, or a mapping with `install` and `remove`.",
        examples=["linux-image-generic", {"install": ["linux-lts"], "remove": ["linux-virt"]}],
    )


class Systemd(StrictModel):
    """Units by their names."""

    enable: Words = Field(
        (), description="Units to enable: systemd starts them at boot.", examples=[["chronyd.service"]]
    )
    disable: Words = Field(
        (), description="Units to disable: systemd does not start them.", examples=[["apt-daily.timer"]]
    )
    mask: Words = Field(
        (), description="Units to mask: nothing can start them.", examples=[["systemd-networkd-wait-online.service"]]
    )
    unmask: Words = Field((), description="Units to unmask.", examples=[["systemd-resolved.service"]])


class SystemdStep(HookStep):
    """Enable, disable, mask and unmask units of systemd in the image; nothing is started."""

    verb: ClassVar = "systemd"
    implemented_in: ClassVar = "kairosfile.sections.hooks.systemd"

    systemd: Systemd = Field(
        description="Lists of units to enable, disable, mask or unmask.", examples=[{"enable": ["chronyd.service"]}]
    )


KINDS: tuple[type[HookStep], ...] = (
    RunStep,
    CopyStep,
    FileStep,
    FetchStep,
    PackagesStep,
    KernelStep,
    SystemdStep,
)
STEP_KINDS = {kind.verb: kind for kind in KINDS}

if TYPE_CHECKING:
    AnyStep = HookStep
else:
    AnyStep = one_of("step_verb", ByKey(*STEP_KINDS), STEP_KINDS)


class Hooks(StrictModel):
    """Your own steps between those of kairos-init."""

    before_install: tuple[AnyStep, ...] = Field(
        (),
        description="On the base image, before kairos-init install: repositories, certificates, proxies.",
        examples=[[{"copy": "repos/", "to": "/etc/apt/sources.list.d/"}]],
    )
    after_install: tuple[AnyStep, ...] = Field(
        (),
        description="After install, before init: packages, kernels and drivers for the initrd.",
        examples=[[{"packages": {"install": ["vim"]}}]],
    )
    after_init: tuple[AnyStep, ...] = Field(
        (), description="After init; the initrd no longer changes.", examples=[[{"run": "echo hello > /etc/motd"}]]
    )
