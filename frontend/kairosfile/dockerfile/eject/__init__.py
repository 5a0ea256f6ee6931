"""`eject`: a plan as a commented Dockerfile that does the same, for builders without the frontend.

    kairos-init    the image that holds it, which RUNs mount
    scripts        what several steps run
    base, system   the base, and every step on it
    validate ...   a stage for each gate; `image` takes an empty folder from each, so it depends on it and gets nothing
    iso ...        a target for each artifact that the file asks for; what it could be asked for is nobody's to keep

One Dockerfile is one plan, so one platform: what differs between platforms is decided before there are steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.dockerfile import quoting
from kairosfile.dockerfile.eject import artifacts, comments
from kairosfile.dockerfile.eject.arguments import BASE_IMAGE, IMAGES, KAIROS_INIT_IMAGE, VERSION, arguments, places
from kairosfile.dockerfile.eject.instructions import instruction, write
from kairosfile.dockerfile.eject.lowering import IMAGE, SCRIPTS, lower, mounts, scripts
from kairosfile.plan.image import BASE_NAME_LABEL
from kairosfile.plan.model import BASE, KAIROS_INIT, Plan, Run, Step
from kairosfile.plan.resolve import VERSION_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SYNTAX = "# syntax=docker/dockerfile:1\n"
SYSTEM = "system"
USER, FOLDER = "root", "/"


class Unsaid(NamedTuple):
    """A step that no Dockerfile can say, and why."""

    step: Step
    reason: str


class InexpressibleError(ValueError):
    """A plan has steps that no Dockerfile can say: `unsaid`."""

    def __init__(self, unsaid: list[Unsaid]) -> None:
        super().__init__("; ".join(f"{step.name}: {reason}" for step, reason in unsaid))
        self.unsaid = unsaid


def eject(plan: Plan, file: str) -> str:
    """Return the Dockerfile of a plan, whose Kairosfile is called `file` in it; raises InexpressibleError."""
    asked = plan._replace(artifacts=tuple(made for made in plan.artifacts if made.asked))
    lowered = lower(asked)
    unsaid = list(_unsaid(lowered))
    if unsaid:
        raise InexpressibleError(unsaid)
    syntax = SYNTAX if comments.needs_newer_syntax(asked) else ""
    return syntax + "\n\n".join([comments.head(asked, file), *_Stages(lowered, file).blocks()]) + "\n"


def _unsaid(plan: Plan) -> Iterator[Unsaid]:
    for step in plan.every_step:
        try:
            instruction(step, {})
        except ValueError as error:
            yield Unsaid(step, str(error))


class _Stages:
    """The stages of one Dockerfile, of a lowered plan, written one after the other."""

    def __init__(self, plan: Plan, file: str) -> None:
        self.plan = plan
        self.file = file
        self.args = arguments(plan)
        self.declared: set[str] = set()
        self.user, self.folder = USER, FOLDER

    def blocks(self) -> Iterator[str]:
        """Yield what blank lines part."""
        yield "\n".join(self._global_args())
        yield f"FROM ${{{KAIROS_INIT_IMAGE}}} AS {KAIROS_INIT}\nFROM ${{{BASE_IMAGE}}} AS {BASE}"
        yield from self._scripts()
        comment = "# As the steps expect it, whatever the base says."
        yield f"FROM {BASE} AS {SYSTEM}\n{comment}\nUSER {USER}\nWORKDIR {FOLDER}"
        gates = [step for step in self.plan.steps if step.id in self.plan.gates]
        for step in self.plan.steps:
            if step not in gates:
                yield from self._step(step)
        yield from self._as_before()
        for step in gates:
            user = (
                [f"USER {quoting.value(step.action.user)}"] if isinstance(step.action, Run) and step.action.user else []
            )
            yield "\n".join([f"FROM {SYSTEM} AS {step.id}", *user, self._text(step), f"WORKDIR {_marker(step)}"])
        yield "\n".join(self._image(gates))
        yield from artifacts.stages(self.plan, self.file)

    def _global_args(self) -> Iterator[str]:
        for image in self.plan.every_image:
            if image.id in IMAGES:
                yield f"# {image.id}: {comments.places((image.range,), self.file)}"
                yield f"ARG {IMAGES[image.id]}={quoting.value(image.reference)}"
        if self.args:
            yield "# Change these here, or with --build-arg NAME=VALUE."
        for name, text in self.args.items():
            yield f"ARG {name}={quoting.value(text)}"

    def _scripts(self) -> Iterator[str]:
        if files := scripts(self.plan.every_step):
            copies = [f"{comments.block(comments.SCRIPT[file.target])}\n{write(file)}" for file in files]
            yield "\n".join([comments.block(comments.SCRIPTS), f"FROM scratch AS {SCRIPTS}", *copies])

    def _step(self, step: Step) -> Iterator[str]:
        user, folder = (step.action.user, step.action.cwd) if isinstance(step.action, Run) else ("", "")
        yield from self._be(user or USER, folder or FOLDER)
        names = [name for name in dict.fromkeys(places(step, self.args).values()) if name not in self.declared]
        self.declared.update(names)
        yield self._text(step, names)

    def _be(self, user: str, folder: str) -> Iterator[str]:
        """Change the user and the working directory where the next step has others."""
        changes = [f"USER {quoting.value(user)}"] if user != self.user else []
        changes += [f"WORKDIR {quoting.value(folder)}"] if folder != self.folder else []
        self.user, self.folder = user, folder
        if changes:
            yield "\n".join(changes)

    def _as_before(self) -> Iterator[str]:
        yield from self._be(USER, FOLDER)

    def _text(self, step: Step, args: Sequence[str] = ()) -> str:
        declared = [f"ARG {name}" for name in args]
        return "\n".join([comments.of_step(step, self.file), *declared, instruction(step, self.args)])

    def _image(self, gates: list[Step]) -> Iterator[str]:
        yield f"# {IMAGE} is the whole image, checked\nFROM {SYSTEM} AS {IMAGE}"
        for step in gates:
            yield f"COPY --from={step.id} {_marker(step)}/ /"
        yield f"ARG {BASE_IMAGE}"
        labels = [(BASE_NAME_LABEL, f"${{{BASE_IMAGE}}}"), *map(self._label, self.plan.labels)]
        yield "LABEL " + " \\\n      ".join(f"{quoting.value(name)}={text}" for name, text in labels)

    def _label(self, label: tuple[str, str]) -> tuple[str, str]:
        name, text = label
        is_version = name == VERSION_LABEL and self.args.get(VERSION) == text
        return name, f"${{{VERSION}}}" if is_version else quoting.value(text)


def _marker(step: Step) -> str:
    """Return the folder that is a gate's result in the plan: here it is made after the gate, and stays empty."""
    return next(mount.target for mount in mounts(step) if mount.kind == "empty")
