"""The plan: what will be built, as plain data.

A plan is the interface between reading and building. Everything a person can ask (what runs, why, what it depends on,
what a change costs) is answered from it, and everything that builds is made of it. It holds no state and nothing
volatile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.named_tuple import NamedTuple
from kairosfile.oci import familiar_reference

if TYPE_CHECKING:
    from kairosfile.language.source import Range

Network = Literal["none", "default", "host"]
Security = Literal["sandbox", "insecure"]
MountKind = Literal["image", "step", "context", "cache", "secret", "ssh", "tmpfs", "scratch", "empty", "hand-over"]
Sharing = Literal["shared", "private", "locked"]

BASE = "base"
KAIROS_INIT = "kairos-init"
AURORABOOT = "auroraboot"


class Image(NamedTuple):
    """An image that the build starts from or takes tools of.

    `reference` is what is asked for, `written` is how the file names it, both in full: they differ where the lock
    file has its digest. `platform` is that of its programs, empty for the plan's own.
    """

    id: str
    reference: str
    range: Range
    written: str
    platform: str = ""

    @property
    def digest(self) -> str:
        """The digest that is asked for, empty where a tag is."""
        return self.reference.partition("@")[2]

    @property
    def is_locked(self) -> bool:
        """Whether the lock file has its digest."""
        return self.reference != self.written

    @property
    def names(self) -> tuple[str, ...]:
        """What the image may be called where something stands in its place, the name that goes first, first.

        That is its name as people write it, and for those that have a role the word for what they are: what a
        user says of the base of this file is meant for it more than what is said of an image by its name.
        """
        familiar = familiar_reference(self.written)
        return (self.id, familiar) if self.id in (BASE, KAIROS_INIT, AURORABOOT) else (familiar,)


class Mount(NamedTuple):
    """Something mounted while a command runs; what is written there never reaches the image.

    `image` shows the path of an image, `step` that of what an earlier step left and `context` one of the build context,
    all read-only unless `writable`. `cache` is the daemon's directory `id`, `secret` and `ssh` are the client's own by
    their `id`, `tmpfs` is memory of at most `size` bytes, 0 for no limit, `scratch` is a folder on the builder's disk
    that is gone after the step, `empty` is one whose content becomes the step's result instead of the root's, and
    `hand-over` is one that the steps of this plan on this platform share in one build, see plan/hand_over.py; its
    `step` is the one that has to be done before.
    `mode`, `uid` and `gid` are those of the file or socket of a secret or an agent.
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
    """A command: words, never a shell line, unless the user's own text asked for a shell.

    No `user` is root, whatever the base says. One with an `empty_root` takes of what it starts from the environment and
    the platform alone. One that prints its usage after an error has an `error_file`, a path in memory: what it says of
    its flags is left out, so that the last lines of a failed build are those that name the cause.
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
        """Whether it takes part in a hand-over."""
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
    """A file of given content; the folders on its way are made.

    `source` is the file of the build context that the content was made of, if any; the operation does not read it.
    """

    target: str
    content: str
    mode: int = 0o644
    owner: str = ""
    source: str = ""


class Download(NamedTuple):
    """A file of the web, copied into the image by BuildKit itself: no command of the image runs.

    `checksum` is the digest of its bytes, such as `sha256:...`; a cache is asked for it, not the server.
    """

    url: str
    checksum: str
    target: str
    mode: int = 0o644
    owner: str = ""


Action = Run | Copy | File | Download


class Step(NamedTuple):
    """One vertex of the build.

    `start` is the id of the image or step whose root it works on. `ranges` are the places of the Kairosfile that
    a failure points at. `fields` are the paths of the Kairosfile fields that its operation is made of: a change to any
    other leaves it cached as long as `start` is. `aliases` are what the file calls it. The result of one that
    `holds_secret` has a build secret in it: the step runs each time, because no cache sees that another secret
    was given.
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
        """Whether no cache ever answers it: what it leaves has a secret, or it is there to hand such over."""
        return self.holds_secret or (isinstance(self.action, Run) and self.action.exports_secret)

    @property
    def needs(self) -> frozenset[str]:
        """The ids of the images and steps whose root it works on or whose files it takes."""
        return frozenset({self.start, *_taken_from(self.action)})

    def uses(self, image_id: str) -> bool:
        """Return whether the step starts from an image or takes files of it."""
        return bool(_image_paths(self, image_id))


class Artifact(NamedTuple):
    """What can be made of the finished image: files, in the results of the steps `results`.

    Artifacts may share `images` and `steps`. `asked` says that the file has a section for it. `entitlement` is what the
    user has to allow the builder, if anything.
    """

    name: str
    description: str
    images: tuple[Image, ...]
    steps: tuple[Step, ...]
    results: tuple[str, ...]
    range: Range
    asked: bool
    entitlement: str = ""


class SecretExport(NamedTuple):
    """The ids of two steps: `before` ends a solve before that of the result, `after` is solved when all is done."""

    before: str
    after: str


class Plan(NamedTuple):
    """The steps of one image for one platform, each after the steps that it needs.

    `root` is the id of the step whose root file system the image has, `overlays` are steps whose results are laid over
    it; `checks` are steps that must succeed but add nothing to it. `artifacts` can be made of the image, `refused` are
    others with the reason why not. The result of a plan that was narrowed to artifacts is no image: `is_image`. One
    solve builds a plan, but where a `secret_export` says otherwise. `one_layer` packs what is above the base as
    one layer.
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
        return tuple((own | {step.id: step for made in self.artifacts for step in made.steps}).values())

    @property
    def asked_steps(self) -> tuple[Step, ...]:
        """The steps of the image and of the artifacts that the file asks for."""
        asked = {step.id for made in self.artifacts if made.asked for step in made.steps}
        own = {step.id for step in self.steps}
        return tuple(step for step in self.every_step if step.id in own | asked)

    @property
    def every_image(self) -> tuple[Image, ...]:
        """The images of the image's steps and of all artifacts, each once."""
        own = {image.id: image for image in self.images}
        return tuple((own | {image.id: image for made in self.artifacts for image in made.images}).values())

    def image(self, image_id: str) -> Image:
        """Return an image by its id; raises KeyError for an unknown one."""
        return {image.id: image for image in self.every_image}[image_id]

    def image_paths(self, image_id: str) -> tuple[str, ...]:
        """Return the paths of an image that any step uses: its root where a step starts from it."""
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
