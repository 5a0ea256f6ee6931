"""The section `hooks` as it is declared: steps of the user between those of kairos-init, and mounts of a command.

What each kind of step does is in the module that it names, on a class of the same name.
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
    id: Text = Field(description="Name of the secret, as `--secret id=...` says.", examples=["token"])
    target: Text | None = Field(
        None,
        description="Absolute path of the file. Default: /run/secrets/ and the id, no file where env is given.",
        examples=["/root/.netrc"],
    )
    env: Text | None = Field(
        None,
        description="Environment variable that holds the secret, beside or instead of the file.",
        examples=["TOKEN"],
    )
    required: StrictBool = Field(
        True, description="Whether the build fails where the secret is not given.", examples=[False]
    )
    mode: Text | None = Field(None, description="Permissions of the file, in octal. Default: 0400.", examples=["0440"])
    uid: Id = Field(0, description="Number of the user who owns the file.", examples=[1000])
    gid: Id = Field(0, description="Number of the group that owns the file.", examples=[1000])


class SshMount(StrictModel):
    """The SSH agent of the client (`--ssh default`)."""

    type: Literal["ssh"] = Field(description="The SSH agent of the client, given with `--ssh`.")
    id: Text = Field(
        "default", description="Name of the agent, as `--ssh ID=...` says.", examples=["default", "deploy"]
    )
    target: Text | None = Field(
        None,
        description="Absolute path of the socket. Default: /run/buildkit/ssh_agent.0 and so on, in SSH_AUTH_SOCK.",
        examples=["/run/agent.sock"],
    )
    required: StrictBool = Field(True, description="Whether the build fails where there is no agent.", examples=[False])
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
        None, description="Largest size in bytes, or with k, m or g. Default: no limit of its own.", examples=["64m"]
    )


class BindMount(StrictModel):
    """Files of the build context or of another image, without a copy of them in the image."""

    type: Literal["bind"] = Field(description="Files of the build context or of another image.")
    target: Text = Field(description="Absolute path where they are mounted.", examples=["/src"])
    from_: Text | None = Field(
        None, alias="from", description="Image to take them from. Default: the build context.", examples=["golang:1.25"]
    )
    source: Text = Field(
        "/", description="Path in the build context or in the image. Default: all of it.", examples=["drivers"]
    )
    writable: StrictBool = Field(
        False, description="Whether the step may write there; what it writes is dropped.", examples=[True]
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

    `verb` is its key in the Kairosfile, `implemented_in` the module of what it does, and `short_forms` the JSON Schemas
    of the other forms in which its fields can be written.
    """

    verb: ClassVar[str]
    implemented_in: ClassVar[str]
    short_forms: ClassVar[dict[str, dict[str, Any]]] = {}

    name: Text | None = Field(
        None,
        description="What the progress output calls the step; it is a name for `--target` too.",
        examples=["install the driver"],
    )


class RunStep(HookStep):
    """Run a command in the image, as root and in `/` unless the step says otherwise."""

    verb: ClassVar = "run"
    implemented_in: ClassVar = "kairosfile.sections.hooks.run"

    run: Text | Annotated[list[StrictStr], Field(min_length=1)] = Field(
        description="Shell text, which goes to `/bin/sh -ec` (so it stops at the first line that fails), "
        "or a list of words, which is executed as it is.",
        examples=["systemctl enable foo", ["touch", "/etc/marker"]],
    )
    mounts: tuple[Mount, ...] = Field(
        (),
        description="What is mounted while it runs; nothing of it reaches the image.",
        examples=[[{"type": "cache", "target": "/root/.cache"}]],
    )
    network: Literal["default", "none", "host"] = Field(
        "default",
        description="Network while it runs: the builder's, none, or the host's (needs `--allow network.host`).",
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
        description="Absolute path in the image; ends with / when it is a folder. Missing folders on the way are made.",
        examples=["/etc/foo/", "/usr/bin/foo"],
    )
    from_: Text | None = Field(
        None, alias="from", description="Image to copy from. Default: the build context.", examples=["alpine:3.23"]
    )
    owner: Text | None = Field(
        None,
        description="Owner of what is copied, `user[:group]`, each a name of the image or a number. Default: root.",
        examples=["1000:1000"],
    )
    mode: Text | None = Field(
        None,
        description="Permissions of what is copied, folders too, in octal. Default: those of each file.",
        examples=["0755"],
    )
    include: Words = Field(
        (), description="Patterns: copy only what matches one of them, below each path.", examples=[["**/*.conf"]]
    )
    exclude: Words = Field(
        (), description="Patterns: leave out what matches one of them, below each path.", examples=[["**/*.md"]]
    )


class FileStep(HookStep):
    """Write a file; the folders on its way are made, a file that is there is replaced."""

    verb: ClassVar = "file"
    implemented_in: ClassVar = "kairosfile.sections.hooks.file"

    file: Text = Field(description="Absolute path of the file.", examples=["/etc/modules-load.d/foo.conf"])
    content: StrictStr = Field(description="All that is in it.", examples=["foo"])
    mode: Text = Field("0644", description="Permissions, in octal.", examples=["0755"])
    owner: Text | None = Field(
        None,
        description="Owner, `user[:group]`, each a name of the image or a number. Default: root.",
        examples=["root:adm"],
    )


class FetchStep(HookStep):
    """Download a file, which must have the checksum; the folders on its way are made, a file that is there is replaced.

    BuildKit downloads it, so the image needs no tool for it. A file with this checksum that the builder has is not
    downloaded again.
    """

    verb: ClassVar = "fetch"
    implemented_in: ClassVar = "kairosfile.sections.hooks.fetch"

    fetch: Text = Field(
        description="Address of the file, with http or https.",
        examples=["https://example.com/k3s-airgap-images-amd64.tar.zst"],
    )
    sha256: Text = Field(
        description="SHA-256 checksum of the file, 64 hexadecimal digits.",
        examples=["3f1b0c1d9a7e5b2c4d6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5"],
    )
    to: Text = Field(
        description="Absolute path of the file in the image, or of a folder where it ends with /: the file keeps the "
        "name that it has in the address then.",
        examples=["/usr/bin/tool", "/opt/"],
    )
    owner: Text | None = Field(
        None,
        description="Owner, `user[:group]`, each a name of the image or a number. Default: root.",
        examples=["1000:1000"],
    )
    mode: Text = Field("0644", description="Permissions, in octal.", examples=["0755"])


class Packages(StrictModel):
    """Packages by the names that the distribution gives them; removed first, then installed."""

    install: Words = Field((), description="Packages to install.", examples=[["curl", "vim"]])
    remove: Words = Field((), description="Packages to remove.", examples=[["snapd"]])


class PackagesStep(HookStep):
    """Install and remove packages with the package manager of the base's family.

    The family is that of a known base or the field `family`; then the manager's download caches are mounted, so they
    do not grow the image. Otherwise the step finds it out in the image's /etc/os-release.
    """

    verb: ClassVar = "packages"
    implemented_in: ClassVar = "kairosfile.sections.hooks.packages"
    short_forms: ClassVar = {"packages": {"type": "array", "items": {"type": ["string", "number"]}}}

    packages: Annotated[Packages, BeforeValidator(packages_from_list)] = Field(
        description="Packages to install, or what to install and to remove.",
        examples=[["curl", "vim"], {"install": ["curl"], "remove": ["snapd"]}],
    )


class Kernel(StrictModel):
    """Packages of kernels; removed first, then installed."""

    install: Words = Field((), description="Packages to install.", examples=[["linux-image-generic"]])
    remove: Words = Field(
        (),
        description="Packages to remove. Default: every kernel package that is installed.",
        examples=[["linux-virt"]],
    )


class KernelStep(HookStep):
    """Replace the kernel that kairos-init installs; in `after_install`, so that init makes the initrd for it.

    The kernel packages of the image are removed and the named ones are installed, with the package manager of the
    base's family. Where all are removed, the default one is never installed: `installKernel` is skipped (kairos-init
    v0.5.5 and newer).
    """

    verb: ClassVar = "kernel"
    implemented_in: ClassVar = "kairosfile.sections.hooks.kernel"
    short_forms: ClassVar = {"kernel": {"type": "string", "minLength": 1}}

    kernel: Annotated[Kernel, BeforeValidator(kernel_from_name)] = Field(
        description="Package of the wanted kernel, or what to install and to remove.",
        examples=["linux-image-generic", {"install": ["linux-lts"], "remove": ["linux-virt"]}],
    )


class Systemd(StrictModel):
    """Units by their names."""

    enable: Words = Field((), description="Units to start at boot.", examples=[["chronyd.service"]])
    disable: Words = Field((), description="Units not to start at boot.", examples=[["apt-daily.timer"]])
    mask: Words = Field(
        (), description="Units that nothing can start.", examples=[["systemd-networkd-wait-online.service"]]
    )
    unmask: Words = Field((), description="Units to mask no longer.", examples=[["systemd-resolved.service"]])


class SystemdStep(HookStep):
    """Enable, disable, mask and unmask units of systemd in the image; nothing is started."""

    verb: ClassVar = "systemd"
    implemented_in: ClassVar = "kairosfile.sections.hooks.systemd"

    systemd: Systemd = Field(description="What to do with which units.", examples=[{"enable": ["chronyd.service"]}])


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
    """Steps of your own between those of kairos-init."""

    before_install: tuple[AnyStep, ...] = Field(
        (),
        description="On the base image, before kairos-init install: repositories, certificates, proxies.",
        examples=[[{"copy": "repos/", "to": "/etc/apt/sources.list.d/"}]],
    )
    after_install: tuple[AnyStep, ...] = Field(
        (),
        description="After install, before init: packages, kernels and drivers that the initrd must hold.",
        examples=[[{"packages": {"install": ["vim"]}}]],
    )
    after_init: tuple[AnyStep, ...] = Field(
        (), description="After init; the initrd no longer changes.", examples=[[{"run": "echo hello > /etc/motd"}]]
    )
