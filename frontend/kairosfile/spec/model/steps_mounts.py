"""What a `run` step can have mounted while it runs. Nothing that is mounted reaches the image."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StrictBool, Tag

from kairosfile.spec.model.record import Record, Text
from kairosfile.spec.model.steps_values import Id


class CacheMount(Record):
    """A directory that the builder keeps from one build to the next."""

    type: Literal["cache"] = Field(description="A directory that the builder keeps between builds.")
    target: Text = Field(description="Absolute path where it is mounted.", examples=["/root/.cache/go-build"])
    id: Text | None = Field(
        None, description="Name of the cache; steps with the same id share it. Default: the target.", examples=["go"]
    )
    sharing: Literal["shared", "private", "locked"] = Field(
        "shared",
        description="Whether builds that run at the same time use it together, each a copy, or one after the other.",
        examples=["locked"],
    )


class SecretMount(Record):
    """A secret of who builds (`--secret id=token,src=token.txt`), as a file or as an environment variable."""

    type: Literal["secret"] = Field(description="A secret of who builds, given with `--secret id=...`.")
    id: Text = Field(description="Name of the secret, as `--secret id=...` says.", examples=["token"])
    target: Text | None = Field(
        None,
        description="Absolute path of the file. Default: /run/secrets/ and the id, no file where env is given.",
        examples=["/root/.netrc"],
    )
    env: Text | None = Field(
        None,
        description="Environment variable that holds the secret, beside or instead of the file.",
        examples=["TOKEN"],
    )
    required: StrictBool = Field(
        True, description="Whether the build fails where the secret is not given.", examples=[False]
    )
    mode: Text | None = Field(None, description="Permissions of the file, in octal. Default: 0400.", examples=["0440"])
    uid: Id = Field(0, description="Number of the user who owns the file.", examples=[1000])
    gid: Id = Field(0, description="Number of the group that owns the file.", examples=[1000])


class SshMount(Record):
    """The SSH agent of who builds (`--ssh default`)."""

    type: Literal["ssh"] = Field(description="The SSH agent of who builds, given with `--ssh`.")
    id: Text = Field(
        "default", description="Name of the agent, as `--ssh ID=...` says.", examples=["default", "deploy"]
    )
    target: Text | None = Field(
        None,
        description="Absolute path of the socket. Default: /run/buildkit/ssh_agent.0 and so on, in SSH_AUTH_SOCK.",
        examples=["/run/agent.sock"],
    )
    required: StrictBool = Field(True, description="Whether the build fails where there is no agent.", examples=[False])
    mode: Text | None = Field(
        None, description="Permissions of the socket, in octal. Default: 0600.", examples=["0660"]
    )
    uid: Id = Field(0, description="Number of the user who owns the socket.", examples=[1000])
    gid: Id = Field(0, description="Number of the group that owns the socket.", examples=[1000])


class TmpfsMount(Record):
    """Memory that vanishes with the step."""

    type: Literal["tmpfs"] = Field(description="Memory that vanishes with the step.")
    target: Text = Field(description="Absolute path where it is mounted.", examples=["/var/scratch"])
    size: Text | None = Field(
        None, description="Largest size in bytes, or with k, m or g. Default: no limit of its own.", examples=["64m"]
    )


class BindMount(Record):
    """Files of the build context or of another image, without a copy of them in the image."""

    type: Literal["bind"] = Field(description="Files of the build context or of another image.")
    target: Text = Field(description="Absolute path where they are mounted.", examples=["/src"])
    from_: Text | None = Field(
        None, alias="from", description="Image to take them from. Default: the build context.", examples=["golang:1.25"]
    )
    source: Text = Field(
        "/", description="Path in the build context or in the image. Default: all of it.", examples=["drivers"]
    )
    writable: StrictBool = Field(
        False, description="Whether the step may write there; what it writes is dropped.", examples=[True]
    )


MOUNT_TYPES: dict[str, type[Record]] = {
    "cache": CacheMount,
    "secret": SecretMount,
    "ssh": SshMount,
    "tmpfs": TmpfsMount,
    "bind": BindMount,
}


def _type(mount: object) -> str | None:
    kind = mount.get("type") if isinstance(mount, dict) else None
    return f"<{kind}>" if isinstance(kind, str) and kind in MOUNT_TYPES else None


Mount = Annotated[
    Annotated[CacheMount, Tag("<cache>")]
    | Annotated[SecretMount, Tag("<secret>")]
    | Annotated[SshMount, Tag("<ssh>")]
    | Annotated[TmpfsMount, Tag("<tmpfs>")]
    | Annotated[BindMount, Tag("<bind>")],
    Discriminator(_type, custom_error_type="mount_type", custom_error_message="mount_type"),
]
