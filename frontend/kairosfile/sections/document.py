"""A loaded Kairosfile: its model, the range of each part, and the images that it names and that its plan uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kairosfile.language.diagnostics import Diagnostic
from kairosfile.named_tuple import NamedTuple
from kairosfile.oci import normalize_reference
from kairosfile.plan.model import BASE, KAIROS_INIT, Image
from kairosfile.sections.hooks.records import Hooks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.language.files import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.language.nodes import Node, Path, Range, Source
    from kairosfile.language.rules import Rule
    from kairosfile.sections.hooks.step import HookStep
    from kairosfile.sections.records import Kairosfile


class Reader(Protocol):
    """The interface of the loader for its documents."""

    source: Source
    root: Node
    build_args: Mapping[str, str]
    files: Files | None
    build_platform: str

    @property
    def lock(self) -> Lock | None:
        """The lock file next to the Kairosfile, None if it does not exist; raises KairosfileError."""

    def documents(self, platforms: Sequence[str]) -> list[Document]:
        """Return the document of each platform; raises KairosfileError with the diagnostics of all of them."""


class Document(NamedTuple):
    """A model with its source, its tree, and the diagnostics that do not stop a build.

    It is the file resolved for one platform: `args` are the values of its args and of the platform's; `build_args`
    are the names that `--build-arg` can set, and `suppressed` the ranges of the words that suppressed a diagnostic.
    """

    source: Source
    root: Node
    model: Kairosfile
    warnings: tuple[Diagnostic, ...]
    platform: str
    args: Mapping[str, str]
    build_args: frozenset[str]
    reader: Reader
    suppressed: frozenset[Range] = frozenset()

    def for_platforms(self, platforms: Sequence[str]) -> list[Document]:
        """Return the file resolved for each of these platforms; raises KairosfileError with all diagnostics."""
        return self.reader.documents(platforms)

    @property
    def lock(self) -> Lock | None:
        """The lock file next to the Kairosfile, None if it does not exist."""
        return self.reader.lock

    @property
    def files(self) -> Files | None:
        """The build context, None if the caller has none: checks that need it are skipped."""
        return self.reader.files

    def range(self, *path: str | int) -> Range:
        """Return the range of a field with its key; that of the first field if the file does not have it."""
        node = self.root.find(path)
        return self._first_field.whole if node is self.root or (node.key is None and node.set_by) else node.whole

    @property
    def _first_field(self) -> Node:
        nodes = [node for node in self.root.fields.values() if node.key is not None]
        return next((node for node in nodes if node.range.source is None), self.root)

    def has(self, field: str) -> bool:
        """Return whether the file itself has a top-level field; a field set only by a build arg does not count."""
        node = self.root.fields.get(field)
        return node is not None and node.key is not None

    def steps(self) -> Iterator[tuple[Path, HookStep]]:
        """Yield the hook steps in the order in which they run, with their paths."""
        for hook in Hooks.FIELDS:
            for index, step in enumerate(getattr(self.model.hooks, hook.name)):
                yield ("hooks", hook.name, index), step

    @property
    def kernel_step(self) -> Path | None:
        """The path of the first hook step that replaces every kernel before init, or None."""
        steps = (path for path, step in self.steps() if step.replaces_kernel and path[1] != "after_init")
        return next(steps, None) if self.model.convert else None

    def diagnostic(self, rule: Rule, path: Path, message: str, hint: str, suggestion: str = "") -> Diagnostic:
        """Return a diagnostic at the value of a field; it names the build arg that set the value, if any.

        `suggestion` is the likely intended value, offered as a quick fix.
        """
        node = self.root.find(path)
        set_by = f" (from {node.set_by})" if node.set_by else ""
        return Diagnostic(rule, node.range, message + set_by, hint).with_suggestion(suggestion, node.part())


def image_fields(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the fields with references, with their values or defaults.

    AuroraBoot is included if the file requests artifacts. The bases of a matrix are included, although a build starts
    from one of them at most: one lock file is for all images of the matrix.
    """
    model = document.model
    yield ("base",), model.base
    for index, base in enumerate(model.matrix.base if model.matrix else ()):
        yield ("matrix", "base", index), base
    if model.convert:
        yield ("kairos_init",), model.kairos_init.reference
    artifacts = model.artifacts
    if artifacts is not None and any(getattr(artifacts, kind) is not None for kind in ("iso", "netboot", "raw", "uki")):
        yield ("artifacts", "auroraboot"), artifacts.auroraboot.reference
    yield from named_by_steps(document)


def named_by_steps(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the paths at which the provider, hook steps and the stages of kairos-init name images, with the images."""
    for stage, section in (("install", document.model.install), ("init", document.model.init)):
        if section.mounts:
            from kairosfile.sections.hooks.mounts import images_of  # noqa: PLC0415 - few stages have mounts

            for field, reference in images_of(section.mounts):
                yield (stage, "mounts", *field), reference
    if document.model.provider is not None and document.model.provider.from_ is not None:
        yield ("provider", "from"), document.model.provider.from_
    for path, step in document.steps():
        for field, reference in step.images:
            yield (*path, *field), reference


def images(document: Document) -> tuple[Image, ...]:
    """Return the images of a document, pinned if its lock file has their digests."""
    fixed = [pinned(document, BASE, document.model.base, document.range("base"))]
    if document.model.convert:
        reference = document.model.kairos_init.reference
        fixed.append(pinned(document, KAIROS_INIT, reference, document.range("kairos_init")))
    others: dict[str, Image] = {}
    for path, reference in named_by_steps(document):
        image = image_id(document, reference)
        if image not in (BASE, KAIROS_INIT):
            others.setdefault(image, pinned(document, image, reference, document.range(*path)))
    return (*fixed, *others.values())


def image_id(document: Document, reference: str) -> str:
    """Return the id of an image that a step names: its full name, except for the base and kairos-init."""
    name = normalize_reference(reference)
    if name == normalize_reference(document.model.base):
        return BASE
    is_program = document.model.convert and name == normalize_reference(document.model.kairos_init.reference)
    return KAIROS_INIT if is_program else name


def pinned(document: Document, image: str, reference: str, range_: Range, platform: str = "") -> Image:
    """Return an image with its digest in the lock file, if any; `platform` is that of `Image`."""
    name = normalize_reference(reference)
    digest = document.lock.digest(name) if document.lock else ""
    return Image(image, f"{name}@{digest}" if digest else name, range_, name, platform)
