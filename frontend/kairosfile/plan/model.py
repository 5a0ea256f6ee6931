"""The plan: what will be built, as plain data.

A plan is the seam of the product. Everything a person can ask (what runs, why, what it depends on, what a change
costs) is answered from it, and everything that builds is made of it. It holds no state and nothing volatile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kairosfile.spec.source import Range

Network = Literal["none", "default"]
MountKind = Literal["image", "tmpfs", "empty"]

BASE = "base"
KAIROS_INIT = "kairos-init"


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the build starts from or takes tools of; `reference` is normalised, not yet pinned."""

    id: str
    reference: str
    range: Range


@dataclass(frozen=True, slots=True)
class Mount:
    """Something mounted while a command runs.

    `image` shows one file of an image read-only, `tmpfs` is scratch that vanishes, `empty` is scratch whose
    content becomes the step's result instead of the root's.
    """

    kind: MountKind
    target: str
    image: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A command: words, never a shell line, unless the user's own text asked for a shell."""

    argv: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    network: Network = "default"
    read_only_root: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """Files of the build context copied into the image."""

    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Step:
    """One vertex of the build.

    `start` is the id of the image or step whose root it works on. `ranges` are the places of the Kairosfile that
    a failure points at. `fields` are the paths of the Kairosfile
    fields that its operation is made of: a change to any other leaves it cached as long as `start` is.
    """

    id: str
    name: str
    start: str
    action: Run | Copy
    ranges: tuple[Range, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one image for one platform, each after the steps that it needs.

    `root` is the id of the step whose root file system the image has; `gates` are steps that must succeed but add
    nothing to it.
    """

    platform: str
    images: tuple[Image, ...]
    steps: tuple[Step, ...]
    root: str
    gates: tuple[str, ...]
    labels: tuple[tuple[str, str], ...] = field(default=())

    def image(self, image_id: str) -> Image:
        """Return an image by its id; raises KeyError for an unknown one."""
        return {image.id: image for image in self.images}[image_id]

    @property
    def context_paths(self) -> tuple[str, ...]:
        """The paths of the build context that any step uses."""
        copies = [step.action for step in self.steps if isinstance(step.action, Copy)]
        return tuple(sorted({path for copy in copies for path in copy.sources}))
