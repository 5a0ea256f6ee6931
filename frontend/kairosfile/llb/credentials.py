"""Secrets and SSH agents of a run. Only the settings of their mounts are part of the op, never their content."""

from __future__ import annotations

from kairosfile.llb.graph import NO_INPUT
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops

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
        """The path of the mounted file, None if the secret is only a variable."""
        if self.target is None and self.env is None:
            return f"{_SECRETS}/{self.id.rpartition('/')[2]}"
        return self.target

    def to_env(self) -> ops.SecretEnv | None:
        """Return the variable, if the secret is one."""
        if self.env is None:
            return None
        return ops.SecretEnv(ID=self.id, name=self.env, optional=self.optional)

    def to_mount(self) -> ops.Mount | None:
        """Return the mount, if the secret is a file."""
        if self.path is None:
            return None
        return ops.Mount(
            input=NO_INPUT,
            dest=self.path,
            mountType=ops.MountType.SECRET,
            secretOpt=ops.SecretOpt(ID=self.id, uid=self.uid, gid=self.gid, mode=self.mode, optional=self.optional),
        )


class Ssh(NamedTuple):
    """An SSH agent of the client as a socket.

    Args:
        id: Name of the agent, as in `--ssh ID=...`. Empty means the default agent, and is encoded as empty, as the Go
            client does.
        target: Absolute path of the socket. Default: /run/buildkit/ssh_agent.N, N being the index in the run's list.
        mode: Permissions of the socket.
        uid: Owner of the socket.
        gid: Group of the socket.
        optional: Whether the run continues if the client has no such agent.
    """

    id: str = ""
    target: str | None = None
    mode: int = 0o600
    uid: int = 0
    gid: int = 0
    optional: bool = False

    def at(self, position: int) -> Agent:
        """Return the agent with the default path for its index in a run's agents."""
        return Agent(self, self.target or f"{_AGENTS}.{position}")


class Agent(NamedTuple):
    """An agent with the path of its socket."""

    ssh: Ssh
    path: str

    def to_proto(self) -> ops.Mount:
        """Return the mount."""
        ssh = self.ssh
        return ops.Mount(
            input=NO_INPUT,
            dest=self.path,
            mountType=ops.MountType.SSH,
            SSHOpt=ops.SSHOpt(ID=ssh.id, uid=ssh.uid, gid=ssh.gid, mode=ssh.mode, optional=ssh.optional),
        )
