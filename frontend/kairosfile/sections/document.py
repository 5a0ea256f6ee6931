"""A loaded Kairosfile: its model, and the range of each part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kairosfile.language.diagnostics import Diagnostic
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections.hooks.records import Hooks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.language.files import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.language.nodes import Node, Path
    from kairosfile.language.rules import Rule
    from kairosfile.language.source import Range, Source
    from kairosfile.sections.hooks.step import HookStep
    from kairosfile.sections.records import Kairosfile


class Reader(Protocol):
    """The interface of the loader for its documents."""

    source: Source
    root: Node
    build_args: Mapping[str, str]
    files: Files | None
    lock: Lock | None
    build_platform: str

    def documents(self, wanted: Sequence[str]) -> list[Document]:
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
        written = [node for node in self.root.fields.values() if node.key is not None]
        return next((node for node in written if node.range.source is None), self.root)

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
        """The path of the first hook step that replaces every kernel before init, None if there is none."""
        found = (path for path, step in self.steps() if step.replaces_kernel and path[1] != "after_init")
        return next(found, None) if self.model.convert else None

    def diagnostic(self, rule: Rule, path: Path, message: str, hint: str, suggestion: str = "") -> Diagnostic:
        """Return a diagnostic at the value of a field; it names the build arg that set the value, if any.

        `meant` is the likely intended value, offered as a quick fix.
        """
        node = self.root.find(path)
        set_by = f" (from {node.set_by})" if node.set_by else ""
        return Diagnostic(rule, node.range, message + set_by, hint).with_suggestion(suggestion, node.part())
