"""From a text to documents: parsed once, read for each platform.

    parse -> lay over what it includes -> what is different on the platform -> args -> build args -> model -> rules

Every stage works on the tree, so that a value keeps its place in the file whatever gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.oci import Platform
from kairosfile.spec import checks, includes, interpolation, overrides, parser, platforms, shape, silence
from kairosfile.spec.diagnostics import Diagnostic, KairosfileError, in_order
from kairosfile.spec.document import Document
from kairosfile.spec.files import leaves_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kairosfile.spec.files import Files
    from kairosfile.spec.lock import Lock
    from kairosfile.spec.nodes import Node, Path
    from kairosfile.spec.source import Source


class Reading:
    """One file on its way, with what is told beside it."""

    def __init__(
        self,
        source: Source,
        build_args: Mapping[str, str],
        files: Files | None = None,
        build_platform: str = "",
        lock: Lock | None = None,
    ) -> None:
        self.source = source
        self.build_args = build_args
        self.files = files
        self.build_platform = build_platform
        self.lock = lock
        self.root = includes.unfold(source, parser.parse(source), files)
        self._documents: dict[str, Document] = {}

    @property
    def platforms(self) -> list[str]:
        """The platforms that the file names, else the one that a file is read for by default."""
        named = [name for name in platforms.named(self.root) if platforms.normal(name)]
        return named or [platforms.DEFAULT]

    def documents(self, wanted: Sequence[str]) -> list[Document]:
        """Return the document of each platform; raises KairosfileError with the faults of all of them."""
        errors: list[Diagnostic] = []
        warnings: list[Diagnostic] = []
        for platform in wanted:
            if platform not in self._documents:
                try:
                    self._documents[platform] = self._read(platform)
                except KairosfileError as error:
                    errors += error.diagnostics
                    warnings += error.warnings
        if errors:
            raise KairosfileError(self.source, _once(errors), _once(warnings))
        return [self._documents[platform] for platform in wanted]

    def _read(self, platform: str) -> Document:
        target = Platform.parse(platform)
        build = Platform.parse(self.build_platform or platform)
        root = platforms.lay_over(self.root, platform)
        filling = interpolation.Interpolation(root, self.build_args, interpolation.platform_args(target, build))
        if isinstance(root.value, dict):
            root = filling.root(root)
        root = overrides.apply(root, self.build_args)
        faults = [*platforms.faults(self.root, platform), *filling.faults]
        model = shape.read(root)
        if isinstance(model, list):
            raise KairosfileError(self.source, [*faults, *_elsewhere(faults, model)])
        args = {name: arg.value for name, arg in filling.args.items()}
        document = Document(self.source, root, model, (), platform, args, frozenset(filling.read), self)
        return self._check(document, faults)

    def _check(self, document: Document, faults: list[Diagnostic]) -> Document:
        self._load(document.root, checks.key_files(document))
        found = silence.settle(document, [*faults, *_elsewhere(faults, checks.check(document))])
        errors = [fault for fault in found if fault.severity == "error"]
        warnings = in_order(fault for fault in found if fault.severity != "error")
        if errors:
            raise KairosfileError(self.source, errors, warnings)
        return document._replace(warnings=warnings)

    def _load(self, root: Node, key_files: Iterable[str]) -> None:
        """Have at hand, at once, the files whose content is checked."""
        if self.files is None:
            return
        places: list[Path] = [("stage_extensions",), ("provider", "config")]
        places += [("cloud_config", index, "from") for index in range(len(root.find(("cloud_config",)).items))]
        for kind in ("iso", "uki", "raw"):
            config: Path = ("artifacts", kind, "cloud_config")
            places += [config, (*config, "from")]
        found = {text for place in places if (text := _text(root, place)) is not None}
        found |= {path for path in key_files if not leaves_context(path)}
        if found:
            self.files.load(found)


def _text(root: Node, path: Path) -> str | None:
    node: Node | None = root
    for part in path:
        node = node.child(part) if node is not None else None
    return node.value if node is not None and isinstance(node.value, str) else None


def _elsewhere(faults: Iterable[Diagnostic], more: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the faults at places where nothing is known to be wrong yet: the rest only follows from it."""
    places = {(fault.range.filename, fault.range) for fault in faults}
    return [fault for fault in more if (fault.range.filename, fault.range) not in places]


def _once(faults: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return faults without those that another platform has too."""
    return list({(fault.rule.id, fault.range.filename, fault.range, fault.message): fault for fault in faults}.values())
