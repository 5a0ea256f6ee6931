"""Secrets and agent sockets of a run.

Both are mounts to the daemon, in the order given and after all others. Only how they are mounted is part of
the op, never what is in them.
"""

from __future__ import annotations

from typing import NamedTuple

from kairosfile.llb.graph import NO_INPUT
from kairosfile.pb import ops_pb2

_SECRETS = "/run/secrets"
_AGENTS = "/run/buildkit/ssh_agent"


class Secret(NamedTuple):
    """A secret of the client, as the file `target`, as the variable `env`, or both.

    With neither it is the file /run/secrets/<last part of the id>. A secret that is not `optional` and that
    the client does not have fails the build.
    """

    id: str
    target: str | None = None
    env: str | None = None
    mode: int = 0o400
    uid: int = 0
    gid: int = 0
    optional: bool = False

    @property
    def path(self) -> str | None:
        """Where the file is mounted, None when the secret is only a variable."""
        if self.target is None and self.env is None:
            return f"{_SECRETS}/{self.id.rpartition('/')[2]}"
        return self.target

    def encode_env(self) -> ops_pb2.SecretEnv | None:
        """Return the variable, if it is to be one."""
        if self.env is None:
            return None
        return ops_pb2.SecretEnv(ID=self.id, name=self.env, optional=self.optional)

    def encode_mount(self) -> ops_pb2.Mount | None:
        """Return the mount, if it is to be a file."""
        if self.path is None:
            return None
        return ops_pb2.Mount(
            input=NO_INPUT,
            dest=self.path,
            mountType=ops_pb2.SECRET,
            secretOpt=ops_pb2.SecretOpt(ID=self.id, uid=self.uid, gid=self.gid, mode=self.mode, optional=self.optional),
        )


class Ssh(NamedTuple):
    """An SSH agent of the client as a socket; without a target at /run/buildkit/ssh_agent.<its position>."""

    id: str = "default"
    target: str | None = None
    mode: int = 0o600
    uid: int = 0
    gid: int = 0
    optional: bool = False

    def at(self, position: int) -> Agent:
        """Return the agent as the one in this position of a run's agents."""
        return Agent(self, self.target or f"{_AGENTS}.{position}")


class Agent(NamedTuple):
    """An agent with the path of its socket."""

    ssh: Ssh
    path: str

    def encode(self) -> ops_pb2.Mount:
        """Return the mount."""
        ssh = self.ssh
        return ops_pb2.Mount(
            input=NO_INPUT,
            dest=self.path,
            mountType=ops_pb2.SSH,
            SSHOpt=ops_pb2.SSHOpt(ID=ssh.id, uid=ssh.uid, gid=ssh.gid, mode=ssh.mode, optional=ssh.optional),
        )
