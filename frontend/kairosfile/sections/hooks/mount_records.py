"""The records of `sections.hooks.mount_model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.language import records as kinds
from kairosfile.language.records import FLAG, NUMBER, OPTIONAL_TEXT, TEXT, Field
from kairosfile.sections import short_forms


class CacheMount(kinds.Record):
    """A directory that the builder keeps from one build to the next."""

    type: Literal["cache"]
    target: str
    id: str | None
    sharing: Literal["shared", "private", "locked"]
    FIELDS = (
        Field("type", kinds.Word("cache")),
        Field("target", TEXT, example="/root/.cache/go-build"),
        Field("id", OPTIONAL_TEXT, default=None),
        Field("sharing", kinds.Word("shared", "private", "locked"), default="shared"),
    )


class SecretMount(kinds.Record):
    """A build secret (`--secret id=token,src=token.txt`), as a file or as an environment variable."""

    type: Literal["secret"]
    id: str
    target: str | None
    env: str | None
    required: bool
    mode: str | None
    uid: int
    gid: int
    FIELDS = (
        Field("type", kinds.Word("secret")),
        Field("id", TEXT, example="token"),
        Field("target", OPTIONAL_TEXT, default=None),
        Field("env", OPTIONAL_TEXT, default=None),
        Field("required", FLAG, default=True),
        Field("mode", OPTIONAL_TEXT, default=None),
        Field("uid", kinds.Short(short_forms.user_number, NUMBER), default=0),
        Field("gid", kinds.Short(short_forms.user_number, NUMBER), default=0),
    )


class SshMount(kinds.Record):
    """The SSH agent of the client (`--ssh default`)."""

    type: Literal["ssh"]
    id: str
    target: str | None
    required: bool
    mode: str | None
    uid: int
    gid: int
    FIELDS = (
        Field("type", kinds.Word("ssh")),
        Field("id", TEXT, default="default"),
        Field("target", OPTIONAL_TEXT, default=None),
        Field("required", FLAG, default=True),
        Field("mode", OPTIONAL_TEXT, default=None),
        Field("uid", kinds.Short(short_forms.user_number, NUMBER), default=0),
        Field("gid", kinds.Short(short_forms.user_number, NUMBER), default=0),
    )


class TmpfsMount(kinds.Record):
    """Memory that vanishes with the step."""

    type: Literal["tmpfs"]
    target: str
    size: str | None
    FIELDS = (
        Field("type", kinds.Word("tmpfs")),
        Field("target", TEXT, example="/var/scratch"),
        Field("size", OPTIONAL_TEXT, default=None),
    )


class BindMount(kinds.Record):
    """Files of the build context or of another image, without a copy of them in the image."""

    type: Literal["bind"]
    target: str
    from_: str | None
    source: str
    writable: bool
    FIELDS = (
        Field("type", kinds.Word("bind")),
        Field("target", TEXT, example="/src"),
        Field("from_", OPTIONAL_TEXT, default=None, key="from"),
        Field("source", TEXT, default="/"),
        Field("writable", FLAG, default=False),
    )


MOUNT_TYPE = kinds.Choice(
    "mount_type",
    kinds.ByValue("type", "cache", "secret", "ssh", "tmpfs", "bind"),
    {
        "cache": kinds.Of(CacheMount),
        "secret": kinds.Of(SecretMount),
        "ssh": kinds.Of(SshMount),
        "tmpfs": kinds.Of(TmpfsMount),
        "bind": kinds.Of(BindMount),
    },
)


if TYPE_CHECKING:
    Mount = CacheMount | SecretMount | SshMount | TmpfsMount | BindMount
