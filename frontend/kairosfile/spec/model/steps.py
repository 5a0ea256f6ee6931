"""The user's own steps: what a hook can do."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, StrictStr, Tag

from kairosfile.spec.model.record import Record, Text


class RunStep(Record):
    """Run a command in the image: a text goes to `/bin/sh -ec`, a list is executed as it is."""

    name: Text | None = Field(None, description="What the progress output calls the step.")
    run: Text | Annotated[list[StrictStr], Field(min_length=1)] = Field(description="Shell text, or a list of words.")


class CopyStep(Record):
    """Copy files or folders of the build context into the image."""

    name: Text | None = Field(None, description="What the progress output calls the step.")
    copy_: Text | Annotated[list[Text], Field(min_length=1)] = Field(
        alias="copy", description="Path in the build context, or several; wildcards as in a Dockerfile's COPY."
    )
    to: Text = Field(description="Absolute path in the image; ends with / when it is a folder.")

    @property
    def sources(self) -> tuple[str, ...]:
        """The paths in the build context."""
        return (self.copy_,) if isinstance(self.copy_, str) else tuple(self.copy_)


STEP_KINDS: dict[str, type[Record]] = {"run": RunStep, "copy": CopyStep}


def _verb(step: object) -> str | None:
    verbs = [verb for verb in STEP_KINDS if isinstance(step, dict) and verb in step]
    return f"<{verbs[0]}>" if len(verbs) == 1 else None


Step = Annotated[
    Annotated[RunStep, Tag("<run>")] | Annotated[CopyStep, Tag("<copy>")],
    Discriminator(_verb, custom_error_type="step_verb", custom_error_message="step_verb"),
]


class Hooks(Record):
    """Steps of your own between those of kairos-init."""

    before_install: tuple[Step, ...] = Field((), description="On the base image, before kairos-init install.")
    after_install: tuple[Step, ...] = Field(
        (), description="After install, before init: packages, kernels and drivers that the initrd must hold."
    )
    after_init: tuple[Step, ...] = Field((), description="After init; the initrd no longer changes.")
