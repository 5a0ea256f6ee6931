"""The plan: what will be built, as plain data.

A plan is the interface between reading and building. Commands such as `explain`, `diff` and `graph` read it (which
steps run, why, on what they depend, what a change costs), and the compiler turns it into LLB. It has no state and
nothing volatile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.named_tuple import NamedTuple
from kairosfile.oci import familiar_reference

if TYPE_CHECKING:
    from kairosfile.language.nodes import Range

Network = Literal["none", "default", "host"]
Security = Literal["sandbox", "insecure"]
MountKind = Literal["image", "step", "context", "cache", "secret", "ssh", "tmpfs", "scratch", "empty", "hand-over"]
Sharing = Literal["shared", "private", "locked"]

BASE = "base"
KAIROS_INIT = "kairos-init"
AURORABOOT = "auroraboot"


class Image(NamedTuple):
    """An image that the build starts from or uses tools of.

    `reference` is the requested image, `written` is its name in the file, both in full: they differ if the lock file
    has its digest. `platform` is the platform of its programs, empty for the plan's platform.
    """

    id: str
    reference: str
    range: Range
    written: str
    platform: str = ""

    @property
    def digest(self) -> str:
        """The requested digest, empty if the file names a tag."""
        return self.reference.partition("@")[2]

    @property
    def is_locked(self) -> bool:
        """Whether the lock file has its digest."""
        return self.reference != self.written

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the image for named contexts, the preferred name first.

        These are the image name in its short form and, for images with a role, the name of the role: a context for
        the `base` of this file is more specific than one for an image name.
        """
        familiar = familiar_reference(self.written)
        return (self.id, familiar) if self.id in (BASE, KAIROS_INIT, AURORABOOT) else (familiar,)


class Mount(NamedTuple):
    """A mount of a command; files written there are not part of the image.

    `image` mounts a path of an image, `step` a path of an earlier step's result and `context` a path of the build
    context, all read-only unless `writable`. `cache` is the daemon's directory `id`, `secret` and `ssh` are the
    client's by their `id`, `tmpfs` is memory of at most `size` bytes, 0 for no limit, `scratch` is a folder on the
    builder's disk that is removed after the step, `empty` is one whose content becomes the step's result instead of the
    root, and `hand-over` is one that the steps of this plan on this platform share in one build, see
    plan/secret_export.py; its `step` must finish before.
    `mode`, `uid` and `gid` apply to the file or socket of a secret or an agent.
    """

    kind: MountKind
    target: str
    image: str = ""
    path: str = ""
    id: str = ""
    step: str = ""
    sharing: Sharing = "shared"
    mode: int | None = None
    uid: int = 0
    gid: int = 0
    required: bool = False
    size: int = 0
    writable: bool = False


class SecretEnv(NamedTuple):
    """A secret of the client as an environment variable of a command."""

    name: str
    id: str
    required: bool = False


class Run(NamedTuple):
    """A command as arguments, never as a shell line unless the user's text requires a shell.

    Without a `user` it runs as root, whatever the base sets. With an `empty_root` it inherits only the environment and
    the platform from its start. A command that prints its usage after an error has an `error_file`, a path in memory:
    the usage is removed, so that the last lines of a failed build show the cause.
    """

    argv: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    network: Network = "default"
    read_only_root: bool = False
    user: str = ""
    cwd: str = "/"
    secret_env: tuple[SecretEnv, ...] = ()
    security: Security = "sandbox"
    empty_root: bool = False
    error_file: str = ""

    @property
    def exports_secret(self) -> bool:
        """Whether the command is part of a secret export."""
        return any(mount.kind == "hand-over" for mount in self.mounts)


class Copy(NamedTuple):
    """Files of an image, or of the build context where `image` is empty, copied into the image.

    `include` and `exclude` are patterns below each source; `mode` is None to keep that of each file.
    """

    sources: tuple[str, ...]
    target: str
    image: str = ""
    owner: str = ""
    mode: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class File(NamedTuple):
    """A file with the given content; missing parent folders are created.

    `source` is the file of the build context that the content comes from, if any; the operation does not read it.
    """

    target: str
    content: str
    mode: int = 0o644
    owner: str = ""
    source: str = ""


class Download(NamedTuple):
    """A download that BuildKit itself copies into the image: no command of the image runs.

    `checksum` is the digest of its bytes, such as `sha256:...`; a cached file is found by it without a request.
    """

    url: str
    checksum: str
    target: str
    mode: int = 0o644
    owner: str = ""


Action = Run | Copy | File | Download


class Step(NamedTuple):
    """One vertex of the build.

    `start` is the id of the image or step whose root it works on. `ranges` are the ranges of the Kairosfile that a
    failure points at. `fields` are the paths of the Kairosfile fields that its operation depends on: a change to any
    other leaves it cached as long as `start` is. `aliases` are its names in the file. If it `holds_secret`, its result
    contains a build secret: the step runs in every build, because a cache cannot detect a changed secret.
    """

    id: str
    name: str
    start: str
    action: Action
    ranges: tuple[Range, ...]
    fields: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    holds_secret: bool = False

    @property
    def runs_each_time(self) -> bool:
        """Whether the step is never cached: its result contains a secret, or it exports such a result."""
        return self.holds_secret or (isinstance(self.action, Run) and self.action.exports_secret)

    @property
    def needs(self) -> frozenset[str]:
        """The ids of the images and steps whose root it works on or whose files it reads."""
        return frozenset({self.start, *_taken_from(self.action)})

    def uses(self, image_id: str) -> bool:
        """Return whether the step starts from an image or reads files of it."""
        return bool(_image_paths(self, image_id))


class Artifact(NamedTuple):
    """An artifact of the finished image: files, in the results of the steps `results`.

    Artifacts may share `images` and `steps`. `is_requested` is True if the file has a section for it. `entitlement` is
    the entitlement that the user has to grant to the builder, if any.
    """

    name: str
    description: str
    images: tuple[Image, ...]
    steps: tuple[Step, ...]
    results: tuple[str, ...]
    range: Range
    is_requested: bool
    entitlement: str = ""


class SecretExport(NamedTuple):
    """The ids of two steps: `before` ends a solve before the result's, `after` is solved when all else is done."""

    before: str
    after: str


class Plan(NamedTuple):
    """The steps of one image for one platform, each after the steps that it needs.

    `root` is the id of the step whose root file system the image has, `overlays` are steps whose results are merged
    over it; `checks` are steps that must succeed but add nothing to it. `artifacts` can be made from the image,
    `refused` are the others with the reason. `is_image` is False for a plan that was narrowed to artifacts. One solve
    builds a plan, unless it has a `secret_export`. `one_layer` packs all changes above the base as one layer.
    """

    platform: str
    images: tuple[Image, ...]
    steps: tuple[Step, ...]
    root: str
    checks: tuple[str, ...]
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    overlays: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    is_image: bool = True
    secret_export: SecretExport | None = None
    one_layer: bool = False

    @property
    def every_step(self) -> tuple[Step, ...]:
        """The steps of the image and of all artifacts, each once, after those that it needs."""
        own = {step.id: step for step in self.steps}
        return tuple((own | {step.id: step for artifact in self.artifacts for step in artifact.steps}).values())

    @property
    def insecure_step(self) -> Step | None:
        """The first step that needs an entitlement, or None."""
        return next((it for it in self.steps if isinstance(it.action, Run) and it.action.security == "insecure"), None)

    @property
    def asked_steps(self) -> tuple[Step, ...]:
        """The steps of the image and of the artifacts that the file requests."""
        requested = {step.id for artifact in self.artifacts if artifact.is_requested for step in artifact.steps}
        own = {step.id for step in self.steps}
        return tuple(step for step in self.every_step if step.id in own | requested)

    @property
    def every_image(self) -> tuple[Image, ...]:
        """The images of the image's steps and of all artifacts, each once."""
        own = {image.id: image for image in self.images}
        return tuple((own | {image.id: image for artifact in self.artifacts for image in artifact.images}).values())

    def image(self, image_id: str) -> Image:
        """Return an image by its id; raises KeyError for an unknown one."""
        return {image.id: image for image in self.every_image}[image_id]

    def image_paths(self, image_id: str) -> tuple[str, ...]:
        """Return the paths of an image that any step uses: its root if a step starts from it."""
        return tuple(sorted({path for step in self.steps for path in _image_paths(step, image_id)}))

    @property
    def context_paths(self) -> tuple[str, ...]:
        """The paths of the build context that any step uses."""
        return tuple(sorted({path for step in self.steps for path in _context_paths(step.action)}))


def _taken_from(action: Action) -> set[str]:
    if isinstance(action, Copy):
        return {action.image} - {""}
    mounts = action.mounts if isinstance(action, Run) else ()
    return {mount.step or mount.image for mount in mounts} - {""}


def _context_paths(action: Action) -> tuple[str, ...]:
    if isinstance(action, Copy):
        return () if action.image else action.sources
    mounts = action.mounts if isinstance(action, Run) else ()
    return tuple(mount.path for mount in mounts if mount.kind == "context")


def _image_paths(step: Step, image_id: str) -> tuple[str, ...]:
    if step.start == image_id:
        return ("/",)
    if isinstance(step.action, Copy):
        return step.action.sources if step.action.image == image_id else ()
    mounts = step.action.mounts if isinstance(step.action, Run) else ()
    return tuple(mount.path for mount in mounts if mount.kind == "image" and mount.image == image_id)
