"""Declaration of the hook steps other than `run`: each is imported only if a file has it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StrictStr

from kairosfile.language.model import StrictModel, Text
from kairosfile.sections.short_forms import kernel_from_name, packages_from_list

Words = tuple[Text, ...]


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
