"""The kinds of steps, each named by its verb."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictStr

from kairosfile.spec.model.record import Record, Text
from kairosfile.spec.model.steps_mounts import Mount

Network = Literal["default", "none", "host"]
Words = tuple[Text, ...]


class NamedStep(Record):
    """What every step has."""

    name: Text | None = Field(
        None,
        description="What the progress output calls the step; it is a name for `--target` too.",
        examples=["install the driver"],
    )


class RunStep(NamedStep):
    """Run a command in the image, as root and in `/` unless the step says otherwise."""

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
    network: Network = Field(
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


class CopyStep(NamedStep):
    """Copy files or folders of the build context, or of another image, into the image.

    As with a Dockerfile's COPY, a folder's content is copied, not the folder itself.
    """

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

    @property
    def sources(self) -> tuple[str, ...]:
        """The paths in the build context or the image."""
        return (self.copy_,) if isinstance(self.copy_, str) else tuple(self.copy_)


class FileStep(NamedStep):
    """Write a file; the folders on its way are made, a file that is there is replaced."""

    file: Text = Field(description="Absolute path of the file.", examples=["/etc/modules-load.d/foo.conf"])
    content: StrictStr = Field(description="All that is in it.", examples=["foo"])
    mode: Text = Field("0644", description="Permissions, in octal.", examples=["0755"])
    owner: Text | None = Field(
        None,
        description="Owner, `user[:group]`, each a name of the image or a number. Default: root.",
        examples=["root:adm"],
    )


class Packages(Record):
    """Packages by the names that the distribution gives them; removed first, then installed."""

    install: Words = Field((), description="Packages to install.", examples=[["curl", "vim"]])
    remove: Words = Field((), description="Packages to remove.", examples=[["snapd"]])


def _packages_from_list(value: object) -> object:
    """Read a mere list as the packages to install."""
    return {"install": value} if isinstance(value, list) else value


class PackagesStep(NamedStep):
    """Install and remove packages with the package manager of the base's family.

    The family is that of a known base or the field `family`; then the manager's download caches are mounted, so they
    do not grow the image. Otherwise the step finds it out in the image's /etc/os-release.
    """

    packages: Annotated[Packages, BeforeValidator(_packages_from_list)] = Field(
        description="Packages to install, or what to install and to remove.",
        examples=[["curl", "vim"], {"install": ["curl"], "remove": ["snapd"]}],
    )


class Kernel(Record):
    """Packages of kernels; removed first, then installed."""

    install: Words = Field((), description="Packages to install.", examples=[["linux-image-generic"]])
    remove: Words = Field(
        (),
        description="Packages to remove. Default: every kernel package that is installed.",
        examples=[["linux-virt"]],
    )


def _kernel_from_name(value: object) -> object:
    """Read a mere name as the package to install."""
    return {"install": [value]} if isinstance(value, str) else value


class KernelStep(NamedStep):
    """Replace the kernel that kairos-init installs; in `after_install`, so that init makes the initrd for it.

    The kernel packages of the image are removed and the named ones are installed, with the package manager of the
    base's family. In `before_install` it makes sense only where `skip_steps` names `installKernel`: install would add
    its own kernel.
    """

    kernel: Annotated[Kernel, BeforeValidator(_kernel_from_name)] = Field(
        description="Package of the wanted kernel, or what to install and to remove.",
        examples=["linux-image-generic", {"install": ["linux-lts"], "remove": ["linux-virt"]}],
    )


class Systemd(Record):
    """Units by their names."""

    enable: Words = Field((), description="Units to start at boot.", examples=[["chronyd.service"]])
    disable: Words = Field((), description="Units not to start at boot.", examples=[["apt-daily.timer"]])
    mask: Words = Field(
        (), description="Units that nothing can start.", examples=[["systemd-networkd-wait-online.service"]]
    )
    unmask: Words = Field((), description="Units to mask no longer.", examples=[["systemd-resolved.service"]])


class SystemdStep(NamedStep):
    """Enable, disable, mask and unmask units of systemd in the image; nothing is started."""

    systemd: Systemd = Field(description="What to do with which units.", examples=[{"enable": ["chronyd.service"]}])
