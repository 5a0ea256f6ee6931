"""Declaration of the mounts of a command, which few files have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt

from kairosfile.language.model import StrictModel, Text, one_of
from kairosfile.language.records import ByValue
from kairosfile.sections.short_forms import user_number

Id = Annotated[StrictInt, BeforeValidator(user_number)]


class CacheMount(StrictModel):
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


class SecretMount(StrictModel):
    """A build secret (`--secret id=token,src=token.txt`), as a file or as an environment variable."""

    type: Literal["secret"] = Field(description="A build secret, given with `--secret id=...`.")
    id: Text = Field(description="Id of the secret, as in `--secret id=...`.", examples=["token"])
    target: Text | None = Field(
        None,
        description="Absolute path of the file. Default: /run/secrets/ and the id, no file where env is given.",
        examples=["/root/.netrc"],
    )
    env: Text | None = Field(
        None,
        description="Environment variable with the secret, in addition to the file or instead of it.",
        examples=["TOKEN"],
    )
    required: StrictBool = Field(True, description="Whether the build fails without the secret.", examples=[False])
    mode: Text | None = Field(None, description="Permissions of the file, in octal. Default: 0400.", examples=["0440"])
    uid: Id = Field(0, description="Number of the user who owns the file.", examples=[1000])
    gid: Id = Field(0, description="Number of the group that owns the file.", examples=[1000])


class SshMount(StrictModel):
    """The SSH agent of the client (`--ssh default`)."""

    type: Literal["ssh"] = Field(description="The SSH agent of the client, given with `--ssh`.")
    id: Text = Field("default", description="Id of the agent, as in `--ssh ID=...`.", examples=["default", "deploy"])
    target: Text | None = Field(
        None,
        description="Absolute path of the socket. Default: /run/buildkit/ssh_agent.0 and so on, in SSH_AUTH_SOCK.",
        examples=["/run/agent.sock"],
    )
    required: StrictBool = Field(True, description="Whether the build fails without the agent.", examples=[False])
    mode: Text | None = Field(
        None, description="Permissions of the socket, in octal. Default: 0600.", examples=["0660"]
    )
    uid: Id = Field(0, description="Number of the user who owns the socket.", examples=[1000])
    gid: Id = Field(0, description="Number of the group that owns the socket.", examples=[1000])


class TmpfsMount(StrictModel):
    """Memory that vanishes with the step."""

    type: Literal["tmpfs"] = Field(description="Memory that vanishes with the step.")
    target: Text = Field(description="Absolute path where it is mounted.", examples=["/var/scratch"])
    size: Text | None = Field(
        None, description="Maximum size in bytes, or with k, m or g. Default: no limit.", examples=["64m"]
    )


class BindMount(StrictModel):
    """Files of the build context or of another image, without a copy of them in the image."""

    type: Literal["bind"] = Field(description="Files of the build context or of another image.")
    target: Text = Field(description="Absolute path where they are mounted.", examples=["/src"])
    from_: Text | None = Field(
        None, alias="from", description="Image with the files. Default: the build context.", examples=["golang:1.25"]
    )
    source: Text = Field(
        "/", description="Path in the build context or in the image. Default: all of it.", examples=["drivers"]
    )
    writable: StrictBool = Field(
        False, description="Whether the step may write there; its changes are discarded.", examples=[True]
    )


MOUNT_TYPES: dict[str, type[StrictModel]] = {
    "cache": CacheMount,
    "secret": SecretMount,
    "ssh": SshMount,
    "tmpfs": TmpfsMount,
    "bind": BindMount,
}

if TYPE_CHECKING:
    Mount = CacheMount | SecretMount | SshMount | TmpfsMount | BindMount
else:
    Mount = one_of("mount_type", ByValue("type", *MOUNT_TYPES), MOUNT_TYPES)
