"""A Kairosfile that was read: its model, and where each part of it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.spec.diagnostics import Diagnostic
from kairosfile.spec.model import Hooks, Kairosfile, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.spec.files import Files
    from kairosfile.spec.lock import Lock
    from kairosfile.spec.nodes import Node, Path
    from kairosfile.spec.reading import Reading
    from kairosfile.spec.rules import Rule
    from kairosfile.spec.source import Range, Source


class Document(NamedTuple):
    """A model with the source and the tree that it was made of, and what was found that stops no build.

    It is the file as it is on one platform: `args` are the values of its own args and of the platform's; `build_args`
    are the names that it lets `--build-arg` set.
    """

    source: Source
    root: Node
    model: Kairosfile
    warnings: tuple[Diagnostic, ...]
    platform: str
    args: Mapping[str, str]
    build_args: frozenset[str]
    reading: Reading

    def for_platforms(self, platforms: Sequence[str]) -> list[Document]:
        """Return the file as it is on each of these platforms; raises KairosfileError with the faults of all."""
        return self.reading.documents(platforms)

    @property
    def lock(self) -> Lock | None:
        """The lock file beside the Kairosfile, None where there is none."""
        return self.reading.lock

    @property
    def files(self) -> Files | None:
        """The build context, None where nobody gave one: what needs it is then not checked."""
        return self.reading.files

    def range(self, *path: str | int) -> Range:
        """Return the range of a field with its key; of the first field where the file does not have it."""
        node = self.root.find(path)
        return self._first_field.whole if node is self.root or (node.key is None and node.origin) else node.whole

    @property
    def _first_field(self) -> Node:
        written = [node for node in self.root.fields.values() if node.key is not None]
        return next((node for node in written if node.range.source is None), self.root)

    def has(self, field: str) -> bool:
        """Tell whether the file itself has a top-level field; one that only a build arg gave does not count."""
        node = self.root.fields.get(field)
        return node is not None and node.key is not None

    def steps(self) -> Iterator[tuple[Path, Step]]:
        """Yield the hook steps in the order in which they run, with their paths."""
        for hook in Hooks.model_fields:
            for index, step in enumerate(getattr(self.model.hooks, hook)):
                yield ("hooks", hook, index), step

    def fault(self, rule: Rule, path: Path, message: str, hint: str, meant: str = "") -> Diagnostic:
        """Return a fault at the value of a field; names the build arg that gave the value, if one did.

        `meant` is the word that should probably stand there.
        """
        node = self.root.find(path)
        origin = f" (from {node.origin})" if node.origin else ""
        return Diagnostic(rule, node.range, message + origin, hint).suggesting(meant, node.part())
