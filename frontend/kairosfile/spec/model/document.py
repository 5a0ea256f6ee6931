"""What surrounds the fields of an image: args, other files, platforms, labels and annotations."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StrictStr

from kairosfile.spec.model.record import Record, Text


class PlatformFields(Record):
    """What is different on one platform."""

    base: Text | None = Field(None, description="Base on this platform.", examples=["debian:13"])
    model: Text | None = Field(None, description="Board on this platform.", examples=["rpi4"])
    packages: tuple[Text, ...] = Field(
        (),
        description="More packages on this platform; they become the last step of after_install.",
        examples=[["wireless-regdb"]],
    )


def _nothing_more(value: object) -> object:
    return {} if value is None else value


def _platforms_from_list(value: object) -> object:
    """Read a list of platforms as a mapping that says nothing more of them."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return {item: {} for item in value}
    return value


_Described = Annotated[PlatformFields, BeforeValidator(_nothing_more)]

Platforms = Annotated[
    dict[str, _Described],
    BeforeValidator(_platforms_from_list),
    Field(
        description="Platforms that the file is for, each with what is different there: model, base, packages. "
        "Building for another one is an error. Default: any platform.",
        examples=[{"linux/amd64": {}, "linux/arm64": {"model": "rpi4"}}],
    ),
]
Args = Annotated[
    dict[str, StrictStr | None],
    Field(
        description="Names that --build-arg gives values to, each with its default; null where there is none. Any text "
        "value of the file may say ${NAME}, or ${NAME:-default} without naming it here, and $$ for a dollar; "
        "TARGETARCH and the other platform args exist without being named here. The text of `run` steps and the "
        "`content` of files is left alone: a `run` step finds the args that it names in its environment.",
        examples=[{"SUITE": "13", "TEAM": None}],
    ),
]
Labels = Annotated[
    dict[str, StrictStr],
    Field(
        description="Labels of the image's config; --label wins.",
        examples=[{"org.opencontainers.image.vendor": "ACME"}],
    ),
]
Annotations = Annotated[
    dict[str, StrictStr],
    Field(
        description="Annotations of the image's manifest, on every platform.",
        examples=[{"org.opencontainers.image.description": "Edge node"}],
    ),
]
Extends = Annotated[
    Text | None,
    Field(
        description="Another Kairosfile of the build context that this one is laid over: mappings are merged, the "
        "lists of hooks, cloud_config and tests are appended, anything else is replaced.",
        examples=["common/base.yaml"],
    ),
]
Include = Annotated[
    tuple[Text, ...],
    Field(
        description="More Kairosfiles of the build context to lay this one over, in this order, after `extends`.",
        examples=[["common/users.yaml"]],
    ),
]
