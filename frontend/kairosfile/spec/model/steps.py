"""The user's own steps: which kinds there are, and the hooks that hold them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from kairosfile.spec.model.record import Record
from kairosfile.spec.model.steps_kinds import (
    CopyStep,
    FileStep,
    KernelStep,
    NamedStep,
    PackagesStep,
    RunStep,
    SystemdStep,
)

STEP_KINDS: dict[str, type[NamedStep]] = {
    "run": RunStep,
    "copy": CopyStep,
    "file": FileStep,
    "packages": PackagesStep,
    "kernel": KernelStep,
    "systemd": SystemdStep,
}


def _verb(step: object) -> str | None:
    verbs = [verb for verb in STEP_KINDS if isinstance(step, dict) and verb in step]
    return f"<{verbs[0]}>" if len(verbs) == 1 else None


Step = Annotated[
    Annotated[RunStep, Tag("<run>")]
    | Annotated[CopyStep, Tag("<copy>")]
    | Annotated[FileStep, Tag("<file>")]
    | Annotated[PackagesStep, Tag("<packages>")]
    | Annotated[KernelStep, Tag("<kernel>")]
    | Annotated[SystemdStep, Tag("<systemd>")],
    Discriminator(_verb, custom_error_type="step_verb", custom_error_message="step_verb"),
]


class Hooks(Record):
    """Steps of your own between those of kairos-init."""

    before_install: tuple[Step, ...] = Field(
        (),
        description="On the base image, before kairos-init install: repositories, certificates, proxies.",
        examples=[[{"copy": "repos/", "to": "/etc/apt/sources.list.d/"}]],
    )
    after_install: tuple[Step, ...] = Field(
        (),
        description="After install, before init: packages, kernels and drivers that the initrd must hold.",
        examples=[[{"packages": {"install": ["vim"]}}]],
    )
    after_init: tuple[Step, ...] = Field(
        (), description="After init; the initrd no longer changes.", examples=[[{"run": "echo hello > /etc/motd"}]]
    )
