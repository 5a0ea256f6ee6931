"""Configuration files of an image for its first boot, and every later one."""

from __future__ import annotations

from typing import Any

from pydantic import Field, StrictBool

from kairosfile.language.model import StrictModel, Text


class CloudConfig(StrictModel):
    """One file under /system/oem: written here, or a file of the build context."""

    name: Text = Field(
        description="Name of the file. Kairos reads files in the order of their names.", examples=["90_custom.yaml"]
    )
    content: Any = Field(
        None,
        description="Content of the file: a text that begins with `#cloud-config`, or a mapping. "
        "${...} in it is not replaced unless `template` is true.",
        examples=[{"stages": {"boot": [{"commands": ["echo up"]}]}}],
        json_schema_extra={"type": ["string", "object"]},
    )
    from_: Text | None = Field(
        None, alias="from", description="File of the build context with the content.", examples=["cloud-config.yaml"]
    )
    template: StrictBool = Field(
        False,
        description="Whether args are put into it: `${NAME}` or `${NAME:-default}`, and `$$` for a dollar. A file can "
        "only name args that the Kairosfile declares.",
        examples=[True],
    )
