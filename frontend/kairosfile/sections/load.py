"""Loads a text as documents: parsed once, read for each platform.

    parse -> merge includes -> platform overrides -> args -> build args -> model -> rules

Every stage works on the tree, so that each value keeps its range in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import parser, platforms, rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError, in_order, once
from kairosfile.language.files import INCLUDING, NAME_ANOTHER, clean, leaves_context
from kairosfile.language.records import read
from kairosfile.oci import Platform
from kairosfile.sections import registry
from kairosfile.sections.document import Document
from kairosfile.sections.image import bases
from kairosfile.sections.lint import SUPPRESSING_ARG
from kairosfile.sections.records import Kairosfile
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kairosfile.language.files import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.language.nodes import Node, Path, Range, Source
    from kairosfile.sections.validation import FieldError, Recovered


class Loader:
    """Loads one file, for any number of platforms.

    `read_lock` returns the lock file next to it, if any; the first check that needs it waits for it. `parsed` is what
    the parser returned, if the caller has it.
    """

    def __init__(
        self,
        source: Source,
        build_args: Mapping[str, str],
        files: Files | None = None,
        build_platform: str = "",
        read_lock: Callable[[], Lock | None] = lambda: None,
        *,
        parsed: tuple[Node, list[Diagnostic]] | None = None,
    ) -> None:
        self.source = source
        self.build_args = build_args
        self.files = files
        self.build_platform = build_platform
        self._read_lock = read_lock
        root, self.diagnostics = parsed or parser.parse_what_is_valid(source)
        try:
            own = parser.without_extensions(root)
            self.root = _with_includes(source, own, files)
        except KairosfileError as error:
            raise KairosfileError(source, [*self.diagnostics, *error.diagnostics]) from error
        # A backslash may escape a dollar.
        self._may_name_args = self.root is not own or any(mark in source.text for mark in ("args", "$", "\\"))
        self._documents: dict[str, Document] = {}

    @property
    def lock(self) -> Lock | None:
        """The lock file next to the file, None if it does not exist; raises KairosfileError."""
        return self._read_lock()

    @property
    def platforms(self) -> list[str]:
        """The platforms of Kairos that the file names, else the one that a file is read for by default."""
        named = [name for name in platforms.named(self.root) if name in platforms.KNOWN]
        return named or [platforms.DEFAULT]

    def documents(self, platforms: Sequence[str]) -> list[Document]:
        """Return the document of each platform; raises KairosfileError with the diagnostics of all of them."""
        errors: list[Diagnostic] = []
        warnings: list[Diagnostic] = []
        for platform in platforms:
            if platform not in self._documents:
                try:
                    self._documents[platform] = self._read(platform)
                except KairosfileError as error:
                    errors += error.diagnostics
                    warnings += error.warnings
        if errors:
            raise KairosfileError(self.source, once(errors), once(warnings))
        return [self._documents[platform] for platform in platforms]

    def _read(self, platform: str) -> Document:
        target = Platform.parse(platform)
        build = Platform.parse(self.build_platform or platform)
        root = platforms.apply_platform_overrides(self.root, platform)
        args, args_read = platforms.arg_values(target, build), frozenset[str]()
        diagnostics = [*self.diagnostics, *platforms.diagnostics(self.root, platform)]
        if self._may_name_args:
            from kairosfile.language import interpolation  # noqa: PLC0415 - many files have none

            filling = interpolation.Interpolation(root, self.build_args, interpolation.platform_args(target, build))
            root = filling.root(root) if isinstance(root.value, dict) else root
            args, args_read = {name: arg.value for name, arg in filling.args.items()}, frozenset(filling.read)
            diagnostics += filling.diagnostics
        if self.build_args:
            from kairosfile.sections.build_args import apply  # noqa: PLC0415 - most builds have none

            root = apply(root, self.build_args)
        model = validate(root)
        recovered = None if isinstance(model, Kairosfile) else _recover(root, model, diagnostics)
        if recovered is not None:
            diagnostics += _elsewhere(diagnostics, recovered.diagnostics)
            root, model = recovered.root, recovered.model or []
        if not isinstance(model, Kairosfile):
            raise KairosfileError(self.source, diagnostics)
        document = Document(self.source, root, model, (), platform, args, args_read, self)
        return self._check(document, diagnostics, recovered)

    def _check(self, document: Document, diagnostics: list[Diagnostic], recovered: Recovered | None) -> Document:
        self._load(document.root, registry.key_files(document))
        checked = [*_checked(document), *self._on_own_platform(document)]
        if recovered is not None:
            checked = [diagnostic for diagnostic in checked if not recovered.follows(diagnostic)]
        all_errors = [*diagnostics, *(diagnostic for diagnostic in checked if diagnostic.severity == "error")]
        advice = [diagnostic for diagnostic in checked if diagnostic.severity != "error"]
        reported = once([*diagnostics, *_elsewhere(diagnostics, all_errors), *_elsewhere(all_errors, advice)])
        used: frozenset[Range] = frozenset()
        if may_suppress(document, reported):
            from kairosfile.sections.lint.suppressions import apply_suppressions  # noqa: PLC0415 - few files have some

            reported, used = apply_suppressions(document, reported)
        errors = [diagnostic for diagnostic in reported if diagnostic.severity == "error"]
        warnings = in_order(diagnostic for diagnostic in reported if diagnostic.severity != "error")
        if errors:
            raise KairosfileError(self.source, errors, warnings)
        return document._replace(warnings=warnings, suppressed=used)

    def _on_own_platform(self, document: Document) -> Sequence[Diagnostic]:
        """Return the diagnostics of a platform that the file itself names; the caller checks other platforms."""
        own = document.platform in platforms.named(self.root)
        return bases.diagnostics(document, document.platform) if own else ()

    def _load(self, root: Node, key_files: Iterable[str]) -> None:
        """Load the files whose content is checked, all together."""
        if self.files is None:
            return
        file_keys: list[Path] = [("stage_extensions",), ("provider", "config")]
        file_keys += [("cloud_config", index, "from") for index in range(len(root.find(("cloud_config",)).items))]
        for kind in ("iso", "uki", "raw"):
            config: Path = ("artifacts", kind, "cloud_config")
            file_keys += [config, (*config, "from")]
        paths = {text for key in file_keys if (text := _text(root, key)) is not None}
        paths |= {path for path in key_files if not leaves_context(path)}
        if paths:
            self.files.load(paths)


def _with_includes(source: Source, root: Node, files: Files | None) -> Node:
    if not root.fields.keys() & INCLUDING:
        return root
    from kairosfile.language.includes import resolve_includes  # noqa: PLC0415 - few files include others

    return resolve_includes(source, root, files)


def may_suppress(document: Document, diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether a file may change which diagnostics are reported, or their severity."""
    lint = document.model.lint
    if lint.ignore or lint.error or SUPPRESSING_ARG in document.reader.build_args:
        return True
    texts = [document.source.text, *{each.range.source.text for each in diagnostics if each.range.source}]
    return any("kairosfile:" in text or "check" in text.lower() for text in texts)


def _checked(document: Document) -> list[Diagnostic]:
    """Return the diagnostics of the rules; a refused file ends them."""
    try:
        return list(registry.check(document))
    except RefusedFileError as error:
        range_ = _naming(document.root, clean(error.path)) or document.root.range.first()
        return [Diagnostic(rules.MISSING_FILE, range_, str(error), NAME_ANOTHER)]


def _naming(node: Node, path: str) -> Range | None:
    """Return the range of the value that names a file, or the folder that it is in."""
    if isinstance(node.value, str):
        named = clean(node.value)
        return node.range if named and (path == named or path.startswith(f"{named}/")) else None
    children = node.fields.values() if isinstance(node.value, dict) else node.items
    return next((match for child in children if (match := _naming(child, path))), None)


def _text(root: Node, path: Path) -> str | None:
    node: Node | None = root
    for part in path:
        node = node.child(part) if node is not None else None
    return node.value if node is not None and isinstance(node.value, str) else None


def _elsewhere(diagnostics: Iterable[Diagnostic], more: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics at ranges without an earlier one: the others are consequences of it."""
    ranges = {(diagnostic.range.filename, diagnostic.range) for diagnostic in diagnostics}
    return [diagnostic for diagnostic in more if (diagnostic.range.filename, diagnostic.range) not in ranges]


def validate(root: Node) -> Kairosfile | list[FieldError]:
    """Return the model of a tree, or all diagnostics of its structure."""
    model, problems = read(Kairosfile, root.plain(), root)
    if not problems:
        return model
    from kairosfile.sections.validation import diagnose  # noqa: PLC0415 - most files have none

    return list(diagnose(root, problems))


def _recover(root: Node, errors: list[FieldError], known: Iterable[Diagnostic]) -> Recovered:
    from kairosfile.sections.validation import recover  # noqa: PLC0415 - most files have no errors

    return recover(root, errors, validate, [diagnostic.range for diagnostic in known])
