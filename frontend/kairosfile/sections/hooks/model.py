"""Declaration of the section `hooks`: steps of the user between those of kairos-init.

Each kind of step names the module that implements it, in a class of the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StrictStr

from kairosfile.language.model import RARE, StrictModel, Text, one_of
from kairosfile.language.records import ByKey
from kairosfile.sections.hooks.mount_model import Mount
from kairosfile.sections.hooks.step_model import (
    CopyStep,
    FetchStep,
    FileStep,
    HookStep,
    KernelStep,
    PackagesStep,
    SystemdStep,
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
    mounts: Annotated[tuple[Mount, ...], RARE] = Field(
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
