"""The records of `sections.hooks.step_model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from kairosfile.language import records as kinds
from kairosfile.language.records import OPTIONAL_TEXT, STRING, TEXT, TEXTS, Field
from kairosfile.sections import short_forms


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
