"""`eject`: a plan as a commented Dockerfile that does the same, for builders without the frontend.

    kairos-init    the image that holds it, which RUNs mount
    scripts        what several steps run
    base, system   the base, and every step on it
    validate ...   a stage for each check; `image` takes an empty folder from each, so it depends on it and gets nothing
    iso ...        a target for each artifact of the file

One Dockerfile is one plan, so one platform: what differs between platforms is decided before there are steps. The
Kairosfile itself is carried along in comments at the end (`carried`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.dockerfile import carried, reader
from kairosfile.dockerfile.eject import comments
from kairosfile.dockerfile.eject.instructions import LONGEST_LINE, exec_form, instruction, quote_value, write
from kairosfile.dockerfile.eject.lowering import (
    AURORABOOT_IMAGE,
    BASE_IMAGE,
    IMAGE,
    IMAGES,
    KAIROS_INIT_IMAGE,
    NOTHING,
    SCRIPTS,
    VERSION,
    arguments,
    files_of,
    filled_words,
    image_text,
    lower,
    mounts,
    own_args,
    scripts,
)
from kairosfile.kairos.auroraboot import OUTPUT
from kairosfile.plan.image_config import BASE_NAME_LABEL
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Plan, Run, Step
from kairosfile.plan.resolve import VERSION_LABEL
from kairosfile.plan.targets import ARTIFACTS
from kairosfile.sections.hooks.run import SHELL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.language.nodes import Range
    from kairosfile.plan.model import Artifact
    from kairosfile.sections.document import Document

SYNTAX = "# syntax=docker/dockerfile:1\n"
SYSTEM = "system"
USER, FOLDER = "root", "/"
UKI = "uki"
AURORABOOT_USER = "0:0"  # by number: a name would be looked up in a file that an image of one program may lack


@dataclass(frozen=True, slots=True)
class UnsupportedStep:
    """A step or another part of a file that a Dockerfile cannot express: its range, its name, and the reason."""

    ranges: tuple[Range, ...]
    name: str
    reason: str


class InexpressibleError(ValueError):
    """A plan has parts that no Dockerfile can say: `unsupported`."""

    def __init__(self, unsupported: list[UnsupportedStep]) -> None:
        super().__init__("; ".join(f"{each.name}: {each.reason}" for each in unsupported))
        self.unsupported = unsupported


def eject(plan: Plan, document: Document, file: str = "Kairosfile", original: str | None = None) -> str:
    """Return the Dockerfile of a plan.

    Args:
        plan: The plan of one platform.
        document: The Kairosfile of the plan: its comments are kept, and its whole text is added at the end.
        file: What the Dockerfile calls the Kairosfile.
        original: The text of the Kairosfile as it is on disk, where the document's own text is not the same.

    Raises:
        InexpressibleError: the plan has parts that no Dockerfile can say.
    """
    requested = plan._replace(artifacts=tuple(artifact for artifact in plan.artifacts if artifact.is_requested))
    lowered = lower(requested)
    unsupported = list(_unsupported(lowered, document))
    if unsupported:
        raise InexpressibleError(unsupported)
    syntax = SYNTAX if comments.needs_newer_syntax(requested) else ""
    text = syntax + "\n\n".join([comments.head(requested, file), *_Stages(lowered, document).blocks()]) + "\n"
    instructions = reader.parse(text).instructions
    carried_text = document.source.text if original is None else original
    build_args = {name: value for name, value in document.reader.build_args.items() if value.isprintable()}
    return f"{text}\n{carried.comments(carried_text, instructions, build_args)}"


def _unsupported(plan: Plan, document: Document) -> Iterator[UnsupportedStep]:
    for step in plan.every_step:
        if reason := _refusal_of_step(step):
            yield UnsupportedStep(step.ranges, " ".join(step.name.split()), reason)
    for section, pairs in (("labels", plan.labels), ("annotations", plan.annotations)):
        for name, text in pairs:
            if reason := _refusal_of_values(name, text):
                yield UnsupportedStep((document.range(section, name),), f"{section}: {' '.join(name.split())}", reason)


def _refusal_of_step(step: Step) -> str:
    """Return why a Dockerfile cannot express a step, empty if it can."""
    try:
        instruction(step, {})
    except ValueError as error:
        return str(error)
    return _refusal_of_values(step.action.user, step.action.cwd) if isinstance(step.action, Run) else ""


def _refusal_of_values(*texts: str) -> str:
    try:
        quoted = [quote_value(text) for text in texts]
    except ValueError as error:
        return str(error)
    is_long = any(len(text.encode()) > LONGEST_LINE - 1000 for text in quoted)
    return f"a line of a Dockerfile has at most {LONGEST_LINE:,} bytes" if is_long else ""


class _Stages:
    """The stages of one Dockerfile, of a lowered plan, written one after the other."""

    def __init__(self, plan: Plan, document: Document) -> None:
        self.plan = plan
        self.document = document
        self.args = arguments(plan)
        self.declared: set[str] = set()
        self.user, self.folder = USER, FOLDER

    def blocks(self) -> Iterator[str]:
        """Yield what blank lines part."""
        yield "\n".join(self._global_args())
        images = {image.id for image in self.plan.images}
        program = f"FROM ${{{KAIROS_INIT_IMAGE}}} AS {KAIROS_INIT}\n" if KAIROS_INIT in images else ""
        yield f"{program}FROM ${{{BASE_IMAGE}}} AS {BASE}"
        yield from self._scripts()
        start = [comments.START_COMMENT, f"USER {USER}", f"WORKDIR {FOLDER}"]
        yield "\n".join([f"FROM {BASE} AS {SYSTEM}", *start, comments.SHELL_COMMENT, f"SHELL {exec_form(SHELL)}"])
        checks = [step for step in self.plan.steps if step.id in self.plan.checks]
        for step in self.plan.steps:
            if step not in checks:
                yield from self._step(step)
        yield from self._restore()
        for step in checks:
            user = [f"USER {quote_value(name)}"] if (name := _user(step)) else []
            yield "\n".join([f"FROM {SYSTEM} AS {step.id}", *user, self._text(step), f"WORKDIR {_marker(step)}"])
        yield "\n".join(self._image(checks))
        yield from self._artifacts()

    def _global_args(self) -> Iterator[str]:
        named = [image for image in self.plan.every_image if image.id in IMAGES]
        texts = [image_text(image, self.document, self.args) for image in named]
        first = {name: text for _, used in texts for name, text in used.items()}
        if first:
            yield comments.ARGS_COMMENT
            yield from self._args(first)
        above: set[Range] = set()
        for image, (text, _) in zip(named, texts, strict=True):
            yield from comments.own(None if image.range in above else image.range, self.document.source)
            above.add(image.range)
            yield f"ARG {IMAGES[image.id]}={text}"
        if self.args and not first:
            yield comments.ARGS_COMMENT
        yield from self._args({name: text for name, text in self.args.items() if name not in first})

    def _args(self, args: Mapping[str, str]) -> Iterator[str]:
        for name, text in args.items():
            yield from comments.own(self._range_of_arg(name), self.document.source)
            yield f"ARG {name}={quote_value(text)}"

    def _range_of_arg(self, name: str) -> Range | None:
        """Return the range of an arg in the Kairosfile, or of the field of a predefined one."""
        if name in self.document.model.args:
            return self.document.range("args", name)
        field = {"VERSION": "version", "MODEL": "model", "KUBERNETES_VERSION": "provider"}.get(name, "")
        return self.document.range(field) if field and self.document.has(field) else None

    def _scripts(self) -> Iterator[str]:
        if files := scripts(self.plan.every_step):
            copies = [f"{comments.block(comments.SCRIPT[file.target])}\n{write(file)}" for file in files]
            yield "\n".join([comments.block(comments.SCRIPTS), f"FROM scratch AS {SCRIPTS}", *copies])

    def _step(self, step: Step) -> Iterator[str]:
        user, folder = (step.action.user, step.action.cwd) if isinstance(step.action, Run) else ("", "")
        yield from self._from_line(user or USER, folder or FOLDER)
        names_used = dict.fromkeys([*filled_words(step, self.args).values(), *own_args(step, self.args)])
        names = [name for name in names_used if name not in self.declared]
        self.declared.update(names)
        yield self._text(step, names)

    def _from_line(self, user: str, folder: str) -> Iterator[str]:
        """Change the user and the working directory if those of the next step differ."""
        changes = [f"USER {quote_value(user)}"] if user != self.user else []
        changes += [f"WORKDIR {quote_value(folder)}"] if folder != self.folder else []
        self.user, self.folder = user, folder
        if changes:
            yield "\n".join(changes)

    def _restore(self) -> Iterator[str]:
        yield from self._from_line(USER, FOLDER)

    def _text(self, step: Step, args: Sequence[str] = ()) -> str:
        declared = [f"ARG {name}" for name in args]
        in_system = step.id not in self.plan.checks
        own = own_args(step, self.args) if in_system else []
        text = instruction(step, filled_words(step, self.args), own)
        return "\n".join([*declared, comments.of_step(step, self.document.source), text])

    def _image(self, checks: list[Step]) -> Iterator[str]:
        yield f"{comments.IMAGE_COMMENT}\nFROM {SYSTEM} AS {IMAGE}"
        for step in checks:
            yield f"COPY --from={step.id} {_marker(step)}/ /"
        yield f"ARG {BASE_IMAGE}"
        labels = [(BASE_NAME_LABEL, f"${{{BASE_IMAGE}}}"), *map(self._label, self.plan.labels)]
        yield "LABEL " + " \\\n      ".join(f"{quote_value(name)}={text}" for name, text in labels)

    def _label(self, label: tuple[str, str]) -> tuple[str, str]:
        name, text = label
        is_version = name == VERSION_LABEL and self.args.get(VERSION) == text and VERSION in self.declared
        return name, f"${{{VERSION}}}" if is_version else quote_value(text)

    def _artifacts(self) -> Iterator[str]:
        """Yield the stages of the artifacts: `image -> auroraboot-iso -> iso-files -> iso`.

        The middle ones run AuroraBoot and name what it made; the last one has those files and nothing else. As they
        start from the image, its checks hold for them too.
        """
        artifacts = self.plan.artifacts
        if not artifacts:
            return
        yield _auroraboot(artifacts)
        results = {result for each in artifacts for result in each.results}
        for step in {step.id: step for each in artifacts for step in each.steps}.values():
            stage = files_of(step.id) if step.id in results else step.id
            comment = comments.of_step(step, self.document.source)
            yield "\n".join([f"FROM {AURORABOOT} AS {stage}", comment, instruction(step, {})])
        for each in artifacts:
            yield _target(each.name, each.description, [each])
        if unprivileged := [each for each in artifacts if not each.entitlement]:
            yield _target(ARTIFACTS, ", ".join(each.name for each in unprivileged), unprivileged)
        yield f"# What is built without --target.\nFROM {IMAGE}"


def _user(step: Step) -> str:
    return step.action.user if isinstance(step.action, Run) else ""


def _marker(step: Step) -> str:
    """Return the folder that is a check's result in the plan: here it is made after the check, and stays empty."""
    return next(mount.target for mount in mounts(step) if mount.kind == "empty")


def _auroraboot(artifacts: Sequence[Artifact]) -> str:
    """Return the stage of AuroraBoot.

    A UKI is signed for the processor that AuroraBoot runs on; the rest is made for any without emulation.
    """
    is_signed = any(each.name == UKI for each in artifacts)
    platform = "" if is_signed else "--platform=${BUILDPLATFORM} "
    return "\n".join(
        [
            comments.block(comments.ARTIFACTS),
            f"FROM {platform}${{{AURORABOOT_IMAGE}}} AS {AURORABOOT}",
            f"USER {AURORABOOT_USER}",
            f"WORKDIR {OUTPUT}",
            "WORKDIR /",
            f"FROM scratch AS {NOTHING}",
        ]
    )


def _target(name: str, what: str, artifacts: Sequence[Artifact]) -> str:
    """Return the stage of a target; its comment is its description in `docker buildx build --call targets`."""
    results = dict.fromkeys(result for each in artifacts for result in each.results)
    copies = [f"COPY --from={files_of(result)} {OUTPUT}/ /" for result in results]
    return "\n".join([f"# {name} makes {what}", f"FROM scratch AS {name}", *copies])
