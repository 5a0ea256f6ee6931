"""The records of `sections.hooks.model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.language import records as kinds
from kairosfile.language.records import FRESH, OPTIONAL_TEXT, STRING, TEXT, Field

if TYPE_CHECKING:
    from kairosfile.sections.hooks.mount_records import Mount
    from kairosfile.sections.hooks.step import HookStep


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
        Field("mounts", kinds.Items(kinds.Later("kairosfile.sections.hooks.mount_records", "MOUNT_TYPE")), default=()),
        Field("network", kinds.Word("default", "none", "host"), default="default"),
        Field("env", kinds.Named(STRING), default=FRESH),
        Field("user", OPTIONAL_TEXT, default=None),
        Field("workdir", OPTIONAL_TEXT, default=None),
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
