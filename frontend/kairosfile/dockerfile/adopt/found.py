"""What has been found in a Dockerfile so far: fields of a Kairosfile, steps with comments, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Data = dict[str, Any]

BEFORE_INSTALL, AFTER_INSTALL, AFTER_INIT = "before_install", "after_install", "after_init"


class Leftover(NamedTuple):
    """A part of the Dockerfile that the Kairosfile does not say, and why."""

    line: int
    said: str
    reason: str


class Commented(NamedTuple):
    """An item of a list with the comment above it."""

    data: Data
    comment: tuple[str, ...] = ()


@dataclass
class Found:
    """A Kairosfile that is being put together."""

    fields: Data = field(default_factory=dict)
    hooks: dict[str, list[Commented]] = field(
        default_factory=lambda: {BEFORE_INSTALL: [], AFTER_INSTALL: [], AFTER_INIT: []}
    )
    cloud_config: list[Commented] = field(default_factory=list)
    tests: list[Commented] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    args: dict[str, str | None] = field(default_factory=dict)
    stages: dict[str, dict[str, str]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    leftovers: list[Leftover] = field(default_factory=list)

    @property
    def hook(self) -> str:
        """The hook that a step at this place belongs to."""
        if "init" in self.stages:
            return AFTER_INIT
        return AFTER_INSTALL if "install" in self.stages else BEFORE_INSTALL

    def add(self, step: Data, comment: tuple[str, ...] = ()) -> None:
        """Add a step at this place."""
        self.hooks[self.hook].append(Commented(step, comment))
